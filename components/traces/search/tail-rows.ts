import type { TraceHit } from '#server/traces/trace-questions.ts';

/** Traces as they came in, the newest first, and those that came with the last answer. */
export interface Tail {
  readonly traces: readonly TraceHit[];
  readonly fresh: ReadonlySet<string>;
}

/** Traces that stay in sight. */
export const MAX_TAIL = 500;

/** With what was found now: a trace that is there already takes its newer form in its place. The first answer is nothing new. */
export function mergeTail(before: Tail, found: readonly TraceHit[]): Tail {
  const known = new Set(before.traces.map(({ traceId }) => traceId));
  const newer = new Map(found.map((trace) => [trace.traceId, trace]));
  const added = found.filter(({ traceId }) => !known.has(traceId));
  const kept = before.traces.map((trace) => newer.get(trace.traceId) ?? trace);
  const traces = [...added, ...kept].toSorted((a, b) => later(b, a)).slice(0, MAX_TAIL);
  return { traces, fresh: new Set(before.traces.length === 0 ? [] : added.map(({ traceId }) => traceId)) };
}

function later(a: TraceHit, b: TraceHit): number {
  const [x, y] = [BigInt(a.startUnixNano), BigInt(b.startUnixNano)];
  return x < y ? -1 : x > y ? 1 : 0;
}
