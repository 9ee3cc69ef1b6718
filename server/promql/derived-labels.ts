import { labelsKey, METRIC_NAME, withoutLabels } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { IdentityCache } from './identity-cache.ts';

/** Labels that describe a metric rather than a series; functions that change the meaning drop them. */
export const METADATA_LABELS: ReadonlySet<string> = new Set([METRIC_NAME, '__type__', '__unit__']);

/** At most as many series' derived labels are kept as a query of some size needs. */
const KEPT = 100_000;
const nameless = new IdentityCache<Labels>(KEPT);
const unnamed = new IdentityCache<Labels>(KEPT);
const keys = new IdentityCache<string>(KEPT);

/** The labels without those that describe the metric: the same object for the same labels, so that more can be kept by it. */
export function withoutMetadata(labels: Labels): Labels {
  return nameless.get(labels, dropMetadata);
}

/** The labels without the metric's name; the same object for the same labels. */
export function withoutName(labels: Labels): Labels {
  return unnamed.get(labels, dropName);
}

/** `labelsKey`, kept by the identity of the labels. */
export function keyOfLabels(labels: Labels): string {
  return keys.get(labels, labelsKey);
}

const NAME: ReadonlySet<string> = new Set([METRIC_NAME]);
function dropName(labels: Labels): Labels {
  return labels[METRIC_NAME] === undefined ? labels : withoutLabels(labels, NAME);
}

function dropMetadata(labels: Labels): Labels {
  for (const name of METADATA_LABELS) if (labels[name] !== undefined) return withoutLabels(labels, METADATA_LABELS);
  return labels;
}
