import type { Segment } from '#server/traces/segment/segment.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import { hexOf, traceOfRow } from '#server/traces/segment/span-at.ts';
import type { SpanKind } from '#server/traces/trace-backend.ts';
import { emptyHistogram, mergeHistogram, observeLatency, type LatencyHistogram } from './latency-histogram.ts';
import { samplingWeight } from './sampling-weight.ts';
import { spanEdges, type ConnectionType } from './span-edges.ts';

/** Rate, errors and duration of what is told apart by `key`. Counts are weighted by sampling. */
export interface Traffic {
  calls: number;
  errors: number;
  readonly latency: LatencyHistogram;
  /** Traces to look at: the slowest seen, and the slowest that failed. */
  slowest?: TraceSample;
  failed?: TraceSample;
}
interface TraceSample {
  readonly traceId: string;
  readonly durationNano: number;
}
export interface OperationTraffic extends Traffic {
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Of the calls, those that come into the service: a server or consumer span that is not below another one of the service. */
  entries: number;
}
/** Of one edge; `latency` as the client saw it, where it sent a span. */
export interface EdgeTraffic extends Traffic {
  readonly client: string;
  readonly server: string;
  readonly type: ConnectionType;
  readonly serverLatency: LatencyHistogram;
}
export interface TrafficBucket {
  readonly operations: Map<string, OperationTraffic>;
  readonly edges: Map<string, EdgeTraffic>;
  /** Client and server spans whose other side is not known. */
  unpaired: number;
  spans: number;
}
/** By minute of the spans' start: Unix ms / BUCKET_MS, whole. */
export type TrafficSummary = Map<number, TrafficBucket>;

export const BUCKET_MS = 60_000;
const ENTRY_KINDS = new Set([SPAN_KINDS.indexOf('server'), SPAN_KINDS.indexOf('consumer')]);
const ERROR = SPAN_STATUSES.indexOf('error');

/** What the traces of a segment, but for those at the indexes in `skippedTraces`, say of the traffic between services. The traces must be whole. One pass over the rows; summaries of parts add up (`mergeTraffic`). */
export function summarizeTraffic(segment: Segment, skippedTraces: Uint32Array = new Uint32Array()): TrafficSummary {
  const summary: TrafficSummary = new Map();
  const { spanCount, start, duration, kind, status, source, sources, name, parentRow, firstRow, traceIds, extras } = segment;
  const baseMs = Number(segment.baseUnixNano / 1000n) / 1000;
  const bucketOf = (row: number): TrafficBucket => {
    const minute = Math.floor((baseMs + (start[row] ?? 0) / 1e6) / BUCKET_MS);
    let bucket = summary.get(minute);
    if (bucket === undefined) summary.set(minute, (bucket = { operations: new Map(), edges: new Map(), unpaired: 0, spans: 0 }));
    return bucket;
  };
  const weightOf = (row: number): number => samplingWeight(extras.get(row)?.traceState);
  const lengthOf = (row: number): number => Math.max(0, duration[row] ?? 0);
  const sampleOf = (row: number): TraceSample => ({ traceId: hexOf(traceIds, traceOfRow(firstRow, row) * 16, 16), durationNano: lengthOf(row) });
  const count = (traffic: Traffic, row: number, weight: number, failed: boolean): void => {
    traffic.calls += weight;
    if (failed) traffic.errors += weight;
    if ((traffic.slowest?.durationNano ?? -1) < lengthOf(row)) traffic.slowest = sampleOf(row);
    if (failed && (traffic.failed?.durationNano ?? -1) < lengthOf(row)) traffic.failed = sampleOf(row);
  };

  const skipped = new Uint8Array(spanCount);
  for (const trace of skippedTraces) skipped.fill(1, firstRow[trace], firstRow[trace + 1]);
  for (let row = 0; row < spanCount; row++) {
    if (skipped[row] === 1) continue;
    const bucket = bucketOf(row);
    bucket.spans += 1;
    const weight = weightOf(row);
    const service = sources[source[row] ?? 0]?.service ?? '';
    const operation = name.values[name.codes[row] ?? 0] ?? '';
    const words = SPAN_KINDS[kind[row] ?? 0] ?? 'unspecified';
    const key = `${words}\0${service}\0${operation}`;
    let traffic = bucket.operations.get(key);
    if (traffic === undefined) bucket.operations.set(key, (traffic = { service, name: operation, kind: words, calls: 0, errors: 0, entries: 0, latency: emptyHistogram() }));
    count(traffic, row, weight, status[row] === ERROR);
    observeLatency(traffic.latency, lengthOf(row), weight);
    const parent = parentRow[row] ?? -1;
    const within = parent >= 0 && ENTRY_KINDS.has(kind[parent] ?? 0) && sources[source[parent] ?? 0]?.service === service;
    if (ENTRY_KINDS.has(kind[row] ?? 0) && !within) traffic.entries += weight;
  }
  const { edges, unpaired } = spanEdges(segment);
  for (const { client, server, type, clientRow, serverRow } of edges) {
    const row = clientRow >= 0 ? clientRow : serverRow;
    if (skipped[row] === 1) continue;
    const bucket = bucketOf(row);
    const key = `${type}\0${client}\0${server}`;
    let traffic = bucket.edges.get(key);
    if (traffic === undefined) bucket.edges.set(key, (traffic = { client, server, type, calls: 0, errors: 0, latency: emptyHistogram(), serverLatency: emptyHistogram() }));
    const weight = weightOf(row);
    count(traffic, row, weight, (clientRow >= 0 && status[clientRow] === ERROR) || (serverRow >= 0 && status[serverRow] === ERROR));
    if (clientRow >= 0) observeLatency(traffic.latency, lengthOf(clientRow), weight);
    if (serverRow >= 0) observeLatency(traffic.serverLatency, lengthOf(serverRow), weight);
  }
  for (const row of unpaired) if (skipped[row] === 0) bucketOf(row).unpaired += 1;
  return summary;
}

/** Adds `from` to `into`; only minutes within [fromMinute, toMinute]. */
export function mergeTraffic(into: TrafficSummary, from: TrafficSummary, fromMinute = -Infinity, toMinute = Infinity): void {
  for (const [minute, bucket] of from) {
    if (minute < fromMinute || minute > toMinute) continue;
    let mine = into.get(minute);
    if (mine === undefined) into.set(minute, (mine = { operations: new Map(), edges: new Map(), unpaired: 0, spans: 0 }));
    mine.unpaired += bucket.unpaired;
    mine.spans += bucket.spans;
    mergeInto(mine.operations, bucket.operations, (o) => ({ ...o, calls: 0, errors: 0, entries: 0, latency: emptyHistogram() }), (a, b) => (a.entries += b.entries));
    mergeInto(mine.edges, bucket.edges, (e) => ({ ...e, calls: 0, errors: 0, latency: emptyHistogram(), serverLatency: emptyHistogram() }), (a, b) => mergeHistogram(a.serverLatency, b.serverLatency));
  }
}

function mergeInto<T extends Traffic>(into: Map<string, T>, from: ReadonlyMap<string, T>, fresh: (like: T) => T, rest: (a: T, b: T) => void): void {
  for (const [key, other] of from) {
    let mine = into.get(key);
    if (mine === undefined) into.set(key, (mine = fresh(other)));
    addTraffic(mine, other);
    rest(mine, other);
  }
}

/** Adds the counts, latencies and samples of `other`. */
export function addTraffic(into: Traffic, other: Traffic): void {
  into.calls += other.calls;
  into.errors += other.errors;
  mergeHistogram(into.latency, other.latency);
  if (other.slowest !== undefined && other.slowest.durationNano > (into.slowest?.durationNano ?? -1)) into.slowest = other.slowest;
  if (other.failed !== undefined && other.failed.durationNano > (into.failed?.durationNano ?? -1)) into.failed = other.failed;
}
