import type { SearchAnswer, TraceQuestions } from '../trace-questions.ts';
import type { Trace, TraceBackend } from '../trace-backend.ts';
import { jaegerTraceQl, type JaegerSearch } from './jaeger-search.ts';

/** What Jaeger's APIs are answered from: any backend of traces. */
export type JaegerApiTraces = Pick<TraceBackend, 'get' | 'services' | 'operations'> & Pick<TraceQuestions, 'search' | 'metrics' | 'traffic'>;

export interface TimedSearch extends JaegerSearch {
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
  /** Most traces given; the newest. */
  readonly limit: number;
}

/** Most traces that one request may ask for. */
export const MAX_SEARCH_DEPTH = 10_000;
/** Traces read at the same time. */
const READERS = 4;

/** The newest traces that match, with their totals. */
export function findTraces(traces: JaegerApiTraces, search: TimedSearch, signal: AbortSignal): Promise<SearchAnswer> {
  return traces.search(
    { query: jaegerTraceQl(search), fromUnixNano: String(search.fromUnixNano), toUnixNano: String(search.toUnixNano), sort: 'newest', limit: search.limit, offset: 0, spansPerTrace: 0 },
    signal,
  );
}

/** Whole traces in the order of their ids, each made into bytes at once, so that only their bytes are held together. Those that are gone are left out. */
export async function readTraces(traces: JaegerApiTraces, ids: readonly string[], write: (trace: Trace) => string, signal: AbortSignal): Promise<Buffer[]> {
  const written: (Buffer | undefined)[] = Array.from({ length: ids.length });
  let next = 0;
  const reader = async (): Promise<void> => {
    for (let i = next++; i < ids.length; i = next++) {
      signal.throwIfAborted();
      const trace = await traces.get(ids[i] ?? '');
      if (trace !== undefined && trace.spans.length > 0) written[i] = Buffer.from(write(trace));
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return written.flatMap((bytes) => bytes ?? []);
}

