import type { TraceStore } from '#server/traces/store/open-trace-store.ts';

export interface TraceByIdFigures {
  readonly traces: number;
  /** Traces that nobody asked for before, milliseconds; and again. */
  readonly first: { readonly p50: number; readonly p95: number };
  readonly again: { readonly p50: number; readonly p95: number };
  /** An id that is not stored. */
  readonly absent: { readonly p50: number; readonly p95: number };
}

/** How long it takes to have a trace as columns, one at a time. */
export async function measureTraceById(store: Pick<TraceStore, 'segment'>, traceIds: readonly string[]): Promise<TraceByIdFigures> {
  const timed = async (ids: readonly string[], stored: boolean): Promise<{ p50: number; p95: number }> => {
    const took: number[] = [];
    for (const id of ids) {
      const started = performance.now();
      const segment = await store.segment(id);
      took.push(performance.now() - started);
      if ((segment !== undefined) !== stored) throw new Error(`trace ${id} is ${stored ? 'not ' : ''}stored`);
    }
    took.sort((a, b) => a - b);
    return { p50: took[took.length >> 1] ?? NaN, p95: took[Math.floor(took.length * 0.95)] ?? NaN };
  };
  return { traces: traceIds.length, first: await timed(traceIds, true), again: await timed(traceIds, true), absent: await timed(traceIds.map((id) => `${id.slice(8)}01234567`), false) };
}
