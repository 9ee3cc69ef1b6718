import { emptyHistogram, latencyQuantile, mergeHistogram, type LatencyHistogram } from './latency-histogram.ts';
import type { DependenciesAnswer, OperationRow, ServiceRow, TrafficSeries } from './schemas.ts';
import { edgeKey, operationKey } from './traffic-codec.ts';
import { addTraffic, BUCKET_MS, type EdgeTraffic, type OperationTraffic, type Traffic, type TrafficBucket, type TrafficSummary } from './traffic-summary.ts';

/** Whole minutes, both inclusive: what a summary can tell apart. */
export interface MinuteRange {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** How much of them is past, which rates are over. At least a second. */
  readonly seconds: number;
}

/** The minutes that a range of Unix ms touches. They are counted whole, but for one that is not over yet. */
export function minutesOf(fromMs: number, toMs: number, nowMs: number): MinuteRange {
  const fromMinute = Math.floor(fromMs / BUCKET_MS);
  const toMinute = Math.floor(toMs / BUCKET_MS);
  const endMs = Math.min((toMinute + 1) * BUCKET_MS, nowMs);
  return { fromMinute, toMinute, seconds: Math.max(1, (endMs - fromMinute * BUCKET_MS) / 1000) };
}

/**
 * Rate, errors and duration of every service, of what comes into it: a service that only calls others shows the calls it
 * makes. By impact: the share of all time that callers wait for it, largest first.
 */
export function serviceRows(summary: TrafficSummary, range: MinuteRange): ServiceRow[] {
  const services = new Map<string, { readonly entries: OperationTraffic[]; readonly others: OperationTraffic[] }>();
  for (const operation of mergedOperations(summary, range)) {
    let of = services.get(operation.service);
    if (of === undefined) services.set(operation.service, (of = { entries: [], others: [] }));
    (operation.entries > 0 ? of.entries : of.others).push(operation);
  }
  const rows = [...services].map(([service, { entries, others }]) => {
    const counted = entries.length > 0 ? entries : others;
    const total: Traffic = { calls: 0, errors: 0, latency: emptyHistogram() };
    for (const operation of counted) addTraffic(total, operation);
    return { service, incoming: entries.length > 0, operations: entries.length + others.length, ...figures(total, range) };
  });
  return withImpact(rows);
}

/** Rate, errors and duration of the operations of one service, or of all, by impact. `kinds` empty = all. */
export function operationRows(summary: TrafficSummary, range: MinuteRange, { service, kinds }: { readonly service?: string; readonly kinds: readonly string[] }): OperationRow[] {
  const operations = mergedOperations(summary, range).filter((o) => (service === undefined || o.service === service) && (kinds.length === 0 || kinds.includes(o.kind)));
  return withImpact(operations.map((o) => ({ service: o.service, name: o.name, kind: o.kind, ...figures(o, range) })));
}

/** The same over time, one point a minute (or `stepMinutes`), for what `matches`. Minutes without spans count as none. */
export function trafficSeries(summary: TrafficSummary, { fromMinute, toMinute }: MinuteRange, stepMinutes: number, matches: (operation: OperationTraffic) => boolean): TrafficSeries {
  const points: TrafficSeries['points'][number][] = [];
  for (let minute = fromMinute; minute <= toMinute; minute += stepMinutes) {
    const total: Traffic = { calls: 0, errors: 0, latency: emptyHistogram() };
    for (let m = minute; m < minute + stepMinutes && m <= toMinute; m++) for (const operation of summary.get(m)?.operations.values() ?? []) if (matches(operation)) addTraffic(total, operation);
    points.push({ fromMs: minute * BUCKET_MS, calls: total.calls, errors: total.errors, ...quantiles(total.latency) });
  }
  return { stepMs: stepMinutes * BUCKET_MS, points };
}

/**
 * Services and the calls between them. Calls of which only the caller sent a span, to a service that does send some, are
 * calls of that edge like the others: they failed on the way there.
 */
export function dependencies(summary: TrafficSummary, range: MinuteRange): Pick<DependenciesAnswer, 'nodes' | 'edges' | 'unpairedSpans' | 'spans'> {
  const services = new Map(serviceRows(summary, range).map((row) => [row.service, row]));
  const edges = new Map<string, EdgeTraffic>();
  let unpairedSpans = 0;
  let spans = 0;
  for (const bucket of bucketsIn(summary, range)) {
    unpairedSpans += bucket.unpaired;
    spans += bucket.spans;
    for (const edge of bucket.edges.values()) {
      const type = edge.type === 'virtual_node' && services.has(edge.client) && services.has(edge.server) ? 'unset' : edge.type;
      const key = edgeKey({ ...edge, type });
      let mine = edges.get(key);
      if (mine === undefined) edges.set(key, (mine = { client: edge.client, server: edge.server, type, calls: 0, errors: 0, latency: emptyHistogram(), serverLatency: emptyHistogram() }));
      addTraffic(mine, edge);
      mergeHistogram(mine.serverLatency, edge.serverLatency);
    }
  }
  const kinds = new Map<string, 'service' | 'virtual' | 'database'>();
  for (const name of services.keys()) kinds.set(name, 'service');
  for (const { client, server, type } of edges.values()) {
    if (!kinds.has(client)) kinds.set(client, 'virtual');
    if (!kinds.has(server)) kinds.set(server, type === 'database' ? 'database' : 'virtual');
  }
  return {
    spans,
    unpairedSpans,
    nodes: [...kinds].map(([name, kind]) => ({ name, kind, ...(services.has(name) ? { traffic: services.get(name) } : {}) })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    edges: [...edges.values()].map((e) => ({ client: e.client, server: e.server, type: e.type, ...figures({ ...e, latency: e.latency.count > 0 ? e.latency : e.serverLatency }, range), serverP95Nano: latencyQuantile(e.serverLatency, 0.95) ?? null })).sort((a, b) => b.calls - a.calls),
  };
}

function mergedOperations(summary: TrafficSummary, range: MinuteRange): OperationTraffic[] {
  const all = new Map<string, OperationTraffic>();
  for (const bucket of bucketsIn(summary, range)) {
    for (const operation of bucket.operations.values()) {
      const key = operationKey(operation);
      let mine = all.get(key);
      if (mine === undefined) all.set(key, (mine = { service: operation.service, name: operation.name, kind: operation.kind, calls: 0, errors: 0, entries: 0, latency: emptyHistogram() }));
      addTraffic(mine, operation);
      mine.entries += operation.entries;
    }
  }
  return [...all.values()];
}

function* bucketsIn(summary: TrafficSummary, { fromMinute, toMinute }: MinuteRange): Generator<TrafficBucket> {
  for (const [minute, bucket] of summary) if (minute >= fromMinute && minute <= toMinute) yield bucket;
}

function figures(traffic: Traffic, { seconds }: MinuteRange) {
  return {
    calls: traffic.calls,
    errors: traffic.errors,
    ratePerSecond: traffic.calls / seconds,
    totalNano: traffic.latency.sum,
    ...quantiles(traffic.latency),
    ...(traffic.slowest === undefined ? {} : { slowestTrace: traffic.slowest.traceId }),
    ...(traffic.failed === undefined ? {} : { failedTrace: traffic.failed.traceId }),
  };
}

function quantiles(latency: LatencyHistogram): { readonly p50Nano: number | null; readonly p75Nano: number | null; readonly p95Nano: number | null; readonly p99Nano: number | null } {
  const at = (q: number): number | null => latencyQuantile(latency, q) ?? null;
  return { p50Nano: at(0.5), p75Nano: at(0.75), p95Nano: at(0.95), p99Nano: at(0.99) };
}

/** Impact 0..1: time spent, as a share of the row that spent most. */
function withImpact<T extends { readonly totalNano: number }>(rows: readonly T[]): (T & { readonly impact: number })[] {
  const most = rows.reduce((max, row) => Math.max(max, row.totalNano), 0);
  return rows.map((row) => ({ ...row, impact: most === 0 ? 0 : row.totalNano / most })).sort((a, b) => b.impact - a.impact);
}
