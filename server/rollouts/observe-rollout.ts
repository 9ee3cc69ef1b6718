import type { CanaryRollout, CanaryRolloutSpec, CanaryRolloutStatus } from '#mesh-core/domain/resources/canary-rollout.ts';
import { vectorRows } from '#server/promql/vector-rows.ts';
import type { ServerContext } from '#server/server-context.ts';
import { bucketBoundPattern } from './core/bucket-bound-pattern.ts';
import { countTick, type CounterReading } from './core/counter-deltas.ts';
import type { RolloutObservation } from './core/decide-rollout.ts';
import { findRoute } from './core/weight-patch.ts';
import type { RolloutTargets } from './rollout-targets.ts';
import { judgeTick, type CheckCounts } from './statistics/judge.ts';

/** Scrapes that may be missed before the metrics count as unreadable. */
const MISSED_SCRAPES = 3;

export interface ObservedTick {
  readonly observation: RolloutObservation;
  /** To be kept in the status; undefined when metrics could not be read. */
  readonly counters: Readonly<Record<string, number>> | undefined;
}

/** Reads configuration and metrics for one tick of a rollout and judges it. */
export async function observeRollout(ctx: Pick<ServerContext, 'metrics' | 'clock' | 'log' | 'scrapeIntervalSeconds'>, rollout: CanaryRollout & { readonly spec: CanaryRolloutSpec }, targets: RolloutTargets): Promise<ObservedTick> {
  const { spec, status = {} } = rollout;
  const route = targets.virtualService === undefined ? undefined : findRoute(targets.virtualService, spec);
  const base: RolloutObservation = {
    routeWeight: route?.kind === 'found' ? route.weights.canary : undefined,
    ...(route?.kind === 'found' ? {} : { routeProblem: route?.reason ?? `there is no VirtualService for ${spec.host}` }),
    ...(route?.kind === 'found' && route.others.length > 0 ? { otherDestinations: route.others.map((o) => `${o.share} % to ${o.name}`).join(' and ') } : {}),
    canaryReady: targets.canary.ready,
    stableReady: targets.stable.ready,
  };
  if (status.phase === undefined || status.phase === 'Pending') return { observation: base, counters: undefined };
  const reading = await readCounters(ctx, targets.fqdn, spec).catch((error: unknown) => {
    ctx.log.warn({ rollout: rollout.metadata.name, error: String(error) }, 'metrics of a rollout could not be read');
    return undefined;
  });
  if (reading === undefined) return { observation: base, counters: undefined };
  const arms = { canary: new Set(targets.canary.workloads), stable: new Set(targets.stable.workloads) };
  const { counts, counters } = countTick(status.counters, reading, arms, spec.analysis.latency?.edgesMs ?? []);
  const judgement = judgeTick(spec.analysis, status.tests ?? [], status.checks ?? [], counts);
  const share = observedShare(counts);
  return { observation: { ...base, judgement, ...(share === undefined ? {} : { observedShare: share }) }, counters };
}

/** Bad or slow canary answers beyond what stable's share of them would have been: what the rollout has cost. */
export function harmOf(status: CanaryRolloutStatus): number {
  return (status.checks ?? []).reduce((sum, c) => sum + Math.max(0, c.canary.bad - (c.stable.requests === 0 ? 0 : (c.canary.requests * c.stable.bad) / c.stable.requests)), 0);
}

function observedShare(counts: readonly CheckCounts[]): number | undefined {
  const errors = counts[0];
  const total = (errors?.canary.requests ?? 0) + (errors?.stable.requests ?? 0);
  return errors === undefined || total === 0 ? undefined : (100 * errors.canary.requests) / total;
}

/** Callers' counters where callers have sidecars (they also see what never arrived), otherwise the callee's. */
async function readCounters(ctx: Pick<ServerContext, 'metrics' | 'clock' | 'scrapeIntervalSeconds'>, fqdn: string, spec: CanaryRolloutSpec): Promise<CounterReading | undefined> {
  const time = ctx.clock.now() / 1000;
  const host = JSON.stringify(fqdn);
  const edges = spec.analysis.latency?.edgesMs ?? [];
  const selector = `{reporter="source",destination_service=${host}}`;
  const [newest, requests, buckets] = await Promise.all([
    ctx.metrics.query(`max(timestamp(istio_requests_total${selector}))`, { time }),
    ctx.metrics.query(`istio_requests_total${selector}`, { time }),
    edges.length === 0 ? undefined : ctx.metrics.query(`istio_request_duration_milliseconds_bucket{reporter="source",destination_service=${host},le=~"${bucketBoundPattern(edges)}"}`, { time }),
  ]);
  const newestAt = vectorRows(newest)[0]?.value;
  if (newestAt === undefined || time - newestAt > MISSED_SCRAPES * ctx.scrapeIntervalSeconds) return undefined;
  return { requests: vectorRows(requests), buckets: buckets === undefined ? [] : vectorRows(buckets) };
}
