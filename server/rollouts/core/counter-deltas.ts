import type { Labels } from '#server/timeseries/storage.ts';
import type { CheckCounts } from '#server/rollouts/statistics/judge.ts';

/** One counter series as last scraped. */
export interface CounterSeries {
  readonly labels: Labels;
  readonly value: number;
}
/** Raw counters of one tick: requests by code, and latency buckets. */
export interface CounterReading {
  readonly requests: readonly CounterSeries[];
  readonly buckets: readonly CounterSeries[];
}
/** Which workloads make up each arm. */
export interface ArmWorkloads {
  readonly canary: ReadonlySet<string>;
  readonly stable: ReadonlySet<string>;
}

/** Envoy flags of a request that got no answer through no wish of the client. */
const NO_ANSWER_FLAGS = new Set(['UF', 'UH', 'NR', 'URX', 'UT', 'UO', 'UC', 'NC', 'LR', 'UR']);
/** gRPC: UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const GRPC_FAILURES = new Set(['2', '4', '8', '13', '14', '15']);

/** Does this series count failures the service is to blame for? A client that gave up (code 0, DC) is not one. */
export function isFailure(labels: Labels): boolean {
  const code = labels['response_code'] ?? '';
  if (code.startsWith('5')) return true;
  if (labels['request_protocol'] === 'grpc' && GRPC_FAILURES.has(labels['grpc_response_status'] ?? '')) return true;
  return code === '0' && (labels['response_flags'] ?? '').split(',').some((f) => NO_ANSWER_FLAGS.has(f));
}

/** Text that is equal for the same series in two readings. */
function seriesKey(labels: Labels): string {
  return Object.keys(labels)
    .toSorted()
    .filter((name) => !IDENTICAL.has(name))
    .map((name) => `${name}=${labels[name]}`)
    .join(',');
}
/** Labels that say nothing more about a series of one service than the others do; left out to keep the record small. */
const IDENTICAL = new Set(['destination_service', 'destination_service_namespace', 'destination_workload_namespace', 'destination_canonical_service', 'destination_canonical_revision', 'destination_app', 'destination_cluster', 'source_cluster', 'source_canonical_service', 'source_canonical_revision', 'source_app', 'source_version', 'connection_security_policy', 'source_principal', 'destination_principal']);

/**
 * Counts of each check since the last reading. Works on the raw counters, so that restarts of the console neither lose
 * nor double a request: a counter below its last value was reset and counts from zero; a series not seen before counts
 * from zero too, except on the very first reading, which only sets the base line.
 */
export function countTick(previous: Readonly<Record<string, number>> | undefined, reading: CounterReading, arms: ArmWorkloads, latencyEdgesMs: readonly number[]): { counts: CheckCounts[]; counters: Record<string, number> } {
  const counters: Record<string, number> = {};
  const delta = (prefix: string, series: CounterSeries): number => {
    const key = `${prefix}${seriesKey(series.labels)}`;
    counters[key] = series.value;
    if (previous === undefined) return 0;
    const last = previous[key] ?? 0;
    return Math.round(series.value >= last ? series.value - last : series.value);
  };
  const armOf = (labels: Labels): 'canary' | 'stable' | undefined => {
    const workload = labels['destination_workload'] ?? '';
    return arms.canary.has(workload) ? 'canary' : arms.stable.has(workload) ? 'stable' : undefined;
  };
  const errors = emptyCounts();
  for (const series of reading.requests) {
    const n = delta('r:', series);
    const arm = armOf(series.labels);
    if (arm === undefined) continue;
    errors[arm].requests += n;
    if (isFailure(series.labels)) errors[arm].bad += n;
  }
  const slow = new Map(latencyEdgesMs.map((edge) => [edge, { all: emptyCounts(), below: emptyCounts() }]));
  for (const series of reading.buckets) {
    const le = series.labels['le'] ?? '';
    const n = delta('b:', series);
    const arm = armOf(series.labels);
    if (arm === undefined) continue;
    if (le === '+Inf') for (const edge of slow.values()) edge.all[arm].requests += n;
    else {
      const edge = slow.get(Number(le));
      if (edge !== undefined) edge.below[arm].requests += n;
    }
  }
  const counts: CheckCounts[] = [{ name: 'errors', ...errors }];
  for (const [edge, { all, below }] of slow) {
    const arm = (name: 'canary' | 'stable') => ({ requests: all[name].requests, bad: Math.max(0, all[name].requests - below[name].requests) });
    counts.push({ name: `slower than ${edge} ms`, canary: arm('canary'), stable: arm('stable') });
  }
  return { counts, counters };
}

function emptyCounts(): { canary: { requests: number; bad: number }; stable: { requests: number; bad: number } } {
  return { canary: { requests: 0, bad: 0 }, stable: { requests: 0, bad: 0 } };
}
