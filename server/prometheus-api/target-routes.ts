import type { Route } from '#server/http/route.ts';
import { formatDurationMs } from '#server/promql/durations.ts';
import { quote } from '#server/promql/go-string.ts';
import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import { parseSelector } from '#server/promql/parse.ts';
import type { DroppedTargetStatus, TargetStatus } from '#server/scrape/target-status.ts';
import { compileMatcher, matchesAll } from '#server/timeseries/label-matcher.ts';
import { METRIC_NAME } from '#server/timeseries/labels.ts';
import { success } from './answer.ts';
import { getRoute, type ApiHandler } from './api-route.ts';
import { badParameter } from './parameters.ts';

export interface TargetRoutesDeps {
  readonly metrics: Pick<MetricsBackend, 'labelValues' | 'metadata'>;
  readonly targets: () => readonly TargetStatus[];
  /** Targets that relabelling left out; none when absent. */
  readonly dropped?: (() => readonly DroppedTargetStatus[]) | undefined;
  /** All pools by name; when absent, those of the targets. */
  readonly pools?: (() => readonly string[]) | undefined;
  readonly clock: { readonly now: () => number };
}

/** Suffixes of the series that one metric of OpenMetrics or a classic histogram has. */
const SUFFIXES = ['', '_total', '_bucket', '_count', '_sum', '_created', '_info', '_gcount', '_gsum'];
/** How far back series count as given by a target, in seconds: Prometheus tells what the last scrapes gave. */
const RECENT_SECONDS = 600;

/** The calls about scrape targets. Source: web/api/v1/api.go. */
export function targetRoutes({ metrics, targets, dropped = () => [], clock, ...deps }: TargetRoutesDeps): Route[] {
  const pools = deps.pools ?? ((): string[] => [...new Set(targets().map(({ scrapePool }) => scrapePool))].sort());
  const listTargets: ApiHandler = async (parameters) => {
    const state = parameters.text('state')?.toLowerCase() ?? 'any';
    const pool = parameters.text('scrapePool');
    const active = state === 'any' || state === 'active' ? targets().filter((target) => pool === undefined || target.scrapePool === pool) : [];
    const withDropped = state === 'any' || state === 'dropped';
    return success({
      activeTargets: active.toSorted((a, b) => (a.scrapePool < b.scrapePool ? -1 : a.scrapePool > b.scrapePool ? 1 : 0)).map(targetData),
      droppedTargets: withDropped ? dropped().filter((target) => pool === undefined || target.scrapePool === pool) : [],
      droppedTargetCounts: withDropped ? Object.fromEntries(pools().map((name) => [name, dropped().filter(({ scrapePool }) => scrapePool === name).length])) : null,
    });
  };
  const targetMetadata: ApiHandler = async (parameters) => {
    const limit = parameters.count('limit') ?? Infinity;
    const matches = targetFilter(parameters.text('match_target'));
    const metric = parameters.text('metric');
    const known = await metrics.metadata(metric === undefined ? {} : { metric });
    const found: object[] = [];
    for (const target of targets()) {
      // As in Prometheus, the limit is looked at between targets.
      if (found.length >= limit) break;
      if (!matches(target)) continue;
      const given = new Set(await metrics.labelValues(METRIC_NAME, { match: [selectorOf(target)], start: clock.now() / 1000 - RECENT_SECONDS }));
      for (const [name, entries] of Object.entries(known)) {
        if (!SUFFIXES.some((suffix) => given.has(name + suffix))) continue;
        for (const entry of entries) found.push({ target: target.labels, ...(metric === undefined ? { metric: name } : {}), type: entry.type, help: entry.help, unit: entry.unit });
      }
    }
    return success(found);
  };
  return [
    getRoute('/targets', ['state', 'scrapePool'], 'Scrape targets and how their last scrape went.', listTargets),
    getRoute('/targets/metadata', ['match_target', 'metric', 'limit'], 'Type and help of metrics, by the target that gives them.', targetMetadata),
    getRoute('/scrape_pools', [], 'The groups of scrape targets.', async () => success({ scrapePools: pools() })),
  ];
}

function targetFilter(selector: string | undefined): (target: TargetStatus) => boolean {
  if (selector === undefined) return () => true;
  const parsed = parseSelector(selector);
  if (!parsed.ok) throw badParameter('match_target', parsed.error.message);
  const matchers = parsed.matchers.map(compileMatcher);
  return ({ labels }) => matchesAll(labels, matchers);
}

function selectorOf({ labels }: TargetStatus): string {
  return `{${METRIC_NAME}!=""${Object.entries(labels).map(([name, value]) => `,${quote(name)}=${quote(value)}`).join('')}}`;
}

function targetData(target: TargetStatus): object {
  return {
    discoveredLabels: target.discoveredLabels,
    labels: target.labels,
    scrapePool: target.scrapePool,
    scrapeUrl: target.scrapeUrl,
    globalUrl: target.scrapeUrl,
    lastError: target.lastError,
    // Go's zero time, which clients of Prometheus read as "never".
    lastScrape: target.lastScrape ?? '0001-01-01T00:00:00Z',
    lastScrapeDuration: target.lastScrapeDuration,
    health: target.health,
    scrapeInterval: formatDurationMs(target.scrapeIntervalSeconds * 1000),
    scrapeTimeout: formatDurationMs(target.scrapeTimeoutSeconds * 1000),
  };
}
