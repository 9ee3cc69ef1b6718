import { createQuestions } from '#server/traces/engine/create-questions.ts';
import { memorySource } from '#server/traces/engine/memory-source.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { TraceQuestions, TraceSelection } from '#server/traces/trace-questions.ts';
import { readTraceQl } from '#server/traces/traceql/check.ts';

/** All questions over some spans, as one segment. */
export function questionsOver(spans: readonly Span[]): TraceQuestions {
  const source = memorySource([buildSegment(spans)]);
  return createQuestions(async () => ({ source, exact: true, notes: [] }));
}

/** A query by its text over a time range, all of 64-bit time unless told otherwise. */
export function selecting(q: string, { from = 0n, to = 2n ** 63n }: { readonly from?: bigint; readonly to?: bigint } = {}, use: 'search' | 'metrics' = 'search'): TraceSelection {
  const read = readTraceQl(q, use);
  if (!read.ok) throw new Error(`${q}: ${read.faults[0]?.message}`);
  return { query: read.query, fromUnixNano: String(from), toUnixNano: String(to) };
}
