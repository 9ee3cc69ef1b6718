import { paths, withParams } from '#components/api/paths.ts';
import { formatInstant } from '#components/time/time-boundary.ts';
import { attribute, compares, EVERYTHING, intrinsic } from '#components/traces/search/conditions.ts';
import { withCondition } from '#components/traces/search/query-edits.ts';
import { writeQuery } from '#components/traces/search/query-text.ts';
import { formatSetRange } from './set-range.ts';

/** A rollout, as far as its traces are concerned. */
export interface ComparedRollout {
  readonly service: string;
  readonly stable: string;
  readonly canary: string;
  /** Unix ms; absent until it started or ended. */
  readonly startedMs?: number | undefined;
  readonly finishedMs?: number | undefined;
  /** The canary has taken over: from then on nothing of the stable version is served. */
  readonly promoted: boolean;
}

/** Time before and after a rollout whose traces are compared. */
const AROUND_MS = 30 * 60_000;

/**
 * The comparison that tells what a rollout changed: its two versions side by side while both served, over the time of the rollout
 * once it has ended; after a promotion the service before it began and after it ended, since nobody served the old version any more.
 */
export function compareRolloutHref({ service, stable, canary, startedMs, finishedMs, promoted }: ComparedRollout): string {
  if (startedMs === undefined || finishedMs === undefined) return withParams(paths.traceCompare(), { qa: served(service, stable), qb: served(service, canary) });
  if (!promoted) return withParams(paths.traceCompare(), { qa: served(service, stable), qb: served(service, canary), from: formatInstant(startedMs), to: formatInstant(finishedMs + 999) });
  const before = formatSetRange({ kind: 'between', from: { kind: 'instant', ms: startedMs - AROUND_MS }, to: { kind: 'instant', ms: startedMs } });
  return withParams(paths.traceCompare(), { qa: served(service), qb: served(service), ra: before, from: formatInstant(finishedMs + 999), to: formatInstant(finishedMs + AROUND_MS) });
}

/** What a service, or a version of it, answered: by the canonical names that Istio's proxies put into spans. */
function served(service: string, version?: string): string {
  return writeQuery(
    [
      compares(attribute('istio.canonical_service', 'span'), '=', { type: 'string', value: service }),
      ...(version === undefined ? [] : [compares(attribute('istio.canonical_revision', 'span'), '=', { type: 'string', value: version })]),
      compares(intrinsic('span:kind'), '=', { type: 'kind', value: 'server' }),
    ].reduce(withCondition, EVERYTHING),
  );
}
