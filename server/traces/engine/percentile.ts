import { upperBound } from '#server/timeseries/upper-bound.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import type { PercentileAnswer, PercentileRequest } from '#server/traces/trace-questions.ts';
import { rangeTest } from './matched.ts';

/** The durations of an operation's spans in a segment that start in the range, nanoseconds, in no order. */
export function operationDurations(segment: Segment, { service, operation, kind, fromUnixNano, toUnixNano }: PercentileRequest, skippedTraces: Uint32Array): Float64Array {
  const { traceCount, firstRow, source, sources, duration, name } = segment;
  const wantedName = name.values.indexOf(operation);
  const wantedKind = SPAN_KINDS.indexOf(kind);
  const ofService = sources.map((s) => s.service === service);
  if (wantedName < 0 || !ofService.includes(true)) return new Float64Array();
  const inRange = rangeTest(segment, { fromUnixNano: BigInt(fromUnixNano), toUnixNano: BigInt(toUnixNano) });
  const skipped = new Set(skippedTraces);
  const found: number[] = [];
  for (let trace = 0; trace < traceCount; trace++) {
    if (skipped.has(trace)) continue;
    for (let row = firstRow[trace] ?? 0; row < (firstRow[trace + 1] ?? 0); row++) {
      if (name.codes[row] === wantedName && segment.kind[row] === wantedKind && ofService[source[row] ?? 0] === true && inRange(row)) found.push(Math.max(0, duration[row] ?? 0));
    }
  }
  return Float64Array.from(found);
}

/** Where a duration stands among all of them; exact. Quantiles by nearest rank. Undefined when there are none. */
export function percentileAnswer(parts: readonly Float64Array[], durationNano: number): PercentileAnswer | undefined {
  const spans = parts.reduce((sum, part) => sum + part.length, 0);
  if (spans === 0) return undefined;
  const all = new Float64Array(spans);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  all.sort();
  const rank = (share: number): number => all[Math.max(0, Math.ceil(share * spans) - 1)] ?? 0;
  return { spans, percentile: (upperBound(all, durationNano) / spans) * 100, p50Nano: rank(0.5), p95Nano: rank(0.95), p99Nano: rank(0.99) };
}
