import type { Span, SpanKind, Trace } from '#server/traces/trace-backend.ts';
import type { TraceQuery, TraceSearchResult } from './trace-query.ts';
import type { AppendOutcome } from './span-writer.ts';
import type { SweepLimits } from './sweep-traces.ts';

/** What a store's thread is started with. */
export interface TraceThreadData {
  readonly file: string;
  /** The one writer makes the file; readers see what it has committed. */
  readonly role: 'writer' | 'reader';
}

/** What a store's thread can be asked, with the answers. */
export interface TraceThreadVerbs {
  append(spans: readonly Span[], nowMs: number): AppendOutcome;
  /** Deletes everything that is due, slice by slice, with appends in between. Gives the number of spans deleted. */
  sweep(limits: SweepLimits): number;
  search(query: TraceQuery): TraceSearchResult;
  get(traceId: string): Trace | undefined;
  services(): string[];
  operations(service: string): { name: string; kind: SpanKind }[];
  attributeKeys(): string[];
  counts(): { readonly traces: number; readonly spans: number; readonly bytes: number };
  close(): void;
}
export type TraceThreadVerb = keyof TraceThreadVerbs;

export interface TraceThreadRequest<V extends TraceThreadVerb = TraceThreadVerb> {
  readonly id: number;
  readonly verb: V;
  readonly args: Parameters<TraceThreadVerbs[V]>;
}
/** `id` 0 tells that the thread is ready. */
export type TraceThreadAnswer = { readonly id: number; readonly ok: true; readonly value: unknown } | { readonly id: number; readonly ok: false; readonly message: string };
