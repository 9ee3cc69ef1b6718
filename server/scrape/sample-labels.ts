import { METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { relabel } from './relabel/relabel.ts';
import type { RelabelRule } from './relabel/relabel-rule.ts';

const EXPORTED = 'exported_';

/** What becomes of the labels of a sample before it is stored. */
export interface SampleLabelRules {
  /** Put on every sample: those of the target that do not begin with `__`. */
  readonly targetLabels: Labels;
  /** The page's labels win over the target's. */
  readonly honorLabels: boolean;
  readonly metricRelabel: readonly RelabelRule[];
}

/**
 * The labels of a sample of a target: its own with the target's, then relabelled. Undefined when a rule drops it. Where both
 * have a name, the target's wins and the page's is kept as `exported_<name>`, or with honor_labels the page's wins.
 * Source: Prometheus scrape/scrape.go mutateSampleLabels, resolveConflictingExposedLabels.
 */
export function sampleLabels(scraped: Labels, { targetLabels, honorLabels, metricRelabel }: SampleLabelRules): Labels | undefined {
  return relabel(honorLabels ? { ...targetLabels, ...scraped } : withTargetLabels(scraped, targetLabels), metricRelabel);
}

/** The labels of a series that a scrape leaves about itself (mutateReportSampleLabels). */
export function reportLabels(name: string, targetLabels: Labels): Labels {
  return { ...targetLabels, [METRIC_NAME]: name };
}

function withTargetLabels(scraped: Labels, target: Labels): Labels {
  const out: Record<string, string> = { ...scraped };
  let conflicts: string[] | undefined;
  for (const name in target) {
    if (Object.hasOwn(scraped, name)) (conflicts ??= []).push(name);
    out[name] = target[name] ?? '';
  }
  // Shorter names first, so that `exported_x` of the page moves on when `x` takes its place.
  for (const name of conflicts?.sort((a, b) => a.length - b.length) ?? []) {
    let free = `${EXPORTED}${name}`;
    while (Object.hasOwn(out, free)) free = `${EXPORTED}${free}`;
    out[free] = scraped[name] ?? '';
  }
  return out;
}
