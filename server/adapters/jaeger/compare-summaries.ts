import type { TraceQuery, TraceSummary } from '#server/traces/trace-backend.ts';

type Sort = NonNullable<TraceQuery['sort']>;

/** The order of a search's rows: by `sort`, ties by newest, then by trace id, as the embedded store has it. */
export function compareSummaries(sort: Sort): (a: TraceSummary, b: TraceSummary) => number {
  return (a, b) => bySort(sort, a, b) || descending(BigInt(a.startUnixNano), BigInt(b.startUnixNano)) || (a.traceId < b.traceId ? -1 : 1);
}

function bySort(sort: Sort, a: TraceSummary, b: TraceSummary): number {
  switch (sort) {
    case 'newest':
      return descending(BigInt(a.startUnixNano), BigInt(b.startUnixNano));
    case 'oldest':
      return descending(BigInt(b.startUnixNano), BigInt(a.startUnixNano));
    case 'longest':
      return descending(BigInt(a.durationNano), BigInt(b.durationNano));
    case 'shortest':
      return descending(BigInt(b.durationNano), BigInt(a.durationNano));
    case 'most-spans':
      return b.spanCount - a.spanCount;
    case 'most-errors':
      return b.errorCount - a.errorCount;
    case 'sample':
      return a.traceId < b.traceId ? -1 : 1;
  }
}

function descending(a: bigint, b: bigint): number {
  return a > b ? -1 : a < b ? 1 : 0;
}
