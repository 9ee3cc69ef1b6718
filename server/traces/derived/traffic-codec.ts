import type { LatencyHistogram } from './latency-histogram.ts';
import type { EdgeTraffic, OperationTraffic, Traffic, TrafficSummary } from './traffic-summary.ts';

/** What is kept of a summary beside the spans it is of. Plain JSON. */
export type TrafficSummaryJson = readonly { readonly minute: number; readonly spans: number; readonly unpaired: number; readonly operations: readonly TrafficJson<OperationTraffic>[]; readonly edges: readonly TrafficJson<EdgeTraffic>[] }[];
type TrafficJson<T extends Traffic> = Omit<T, 'latency' | 'serverLatency'> & { readonly latency: HistogramJson; readonly serverLatency?: HistogramJson };
interface HistogramJson {
  readonly sum: number;
  readonly count: number;
  /** bucket, weight, bucket, weight … */
  readonly buckets: readonly number[];
}

/** A summary as plain JSON. */
export function encodeTraffic(summary: TrafficSummary): TrafficSummaryJson {
  return [...summary].map(([minute, { spans, unpaired, operations, edges }]) => ({
    minute,
    spans,
    unpaired,
    operations: [...operations.values()].map((o) => ({ ...o, latency: histogramJson(o.latency) })),
    edges: [...edges.values()].map((e) => ({ ...e, latency: histogramJson(e.latency), serverLatency: histogramJson(e.serverLatency) })),
  }));
}

/** The reverse of `encodeTraffic`. */
export function decodeTraffic(json: TrafficSummaryJson): TrafficSummary {
  return new Map(
    json.map(({ minute, spans, unpaired, operations, edges }) => [
      minute,
      {
        spans,
        unpaired,
        operations: new Map(operations.map((o) => [operationKey(o), { ...o, latency: histogramOf(o.latency) }])),
        edges: new Map(edges.map((e) => [edgeKey(e), { ...e, latency: histogramOf(e.latency), serverLatency: histogramOf(e.serverLatency) }])),
      },
    ]),
  );
}

/** What tells an operation from others. */
export function operationKey({ kind, service, name }: Pick<OperationTraffic, 'kind' | 'service' | 'name'>): string {
  return `${kind}\0${service}\0${name}`;
}

/** What tells an edge from others. */
export function edgeKey({ type, client, server }: Pick<EdgeTraffic, 'type' | 'client' | 'server'>): string {
  return `${type}\0${client}\0${server}`;
}

function histogramJson({ buckets, sum, count }: LatencyHistogram): HistogramJson {
  return { sum, count, buckets: [...buckets].flat() };
}

function histogramOf(json: HistogramJson | undefined): LatencyHistogram {
  const buckets = new Map<number, number>();
  const flat = json?.buckets ?? [];
  for (let i = 0; i + 1 < flat.length; i += 2) buckets.set(flat[i] ?? 0, flat[i + 1] ?? 0);
  return { buckets, sum: json?.sum ?? 0, count: json?.count ?? 0 };
}
