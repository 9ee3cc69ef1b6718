import type { PackedSegment } from '#server/traces/segment/packed-segment.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { loadTrace } from '#server/traces/work/trace-work.ts';
import type { TraceBackend } from '#server/traces/trace-backend.ts';
import type { TraceSelection } from '#server/traces/trace-questions.ts';

/** Of how much of a selection an answer is. */
export interface SampleReach {
  /** Traces that match. */
  readonly total: number;
  /** Of these, the ones that were looked at. */
  readonly used: number;
  /** The search was over all that is stored. */
  readonly exact: boolean;
  /** Sentences for people. */
  readonly notes: readonly string[];
}

export interface SampleLimits {
  /** Most traces. */
  readonly limit: number;
  /** No further trace is taken in once there are so many spans. */
  readonly maxSpans: number;
}

/** Segments that are read at the same time. */
const AT_ONCE = 4;

/**
 * Gives `use` a fair sample of the traces that a selection finds, one after another: all of them when they are few. Traces
 * come by their ids, which are random, and whole, not just the spans that match. Between traces other work goes on.
 * Rejects as `TraceBackend` does, and with the signal's reason when it aborts.
 */
export async function sampleTraces(traces: Pick<TraceBackend, 'search' | 'segment' | 'packed'>, selection: TraceSelection, { limit, maxSpans }: SampleLimits, use: (trace: PackedSegment | Segment) => Promise<void>, signal?: AbortSignal): Promise<SampleReach> {
  const found = await traces.search({ ...selection, sort: 'sample', limit, offset: 0, spansPerTrace: 1 }, signal);
  const ids = found.traces.map((t) => t.traceId);
  let used = 0;
  let spans = 0;
  for (let from = 0; from < ids.length && spans < maxSpans; from += AT_ONCE) {
    signal?.throwIfAborted();
    for (const segment of await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => loadTrace(traces, id)))) {
      // Swept since it was found.
      if (segment === undefined || segment.spanCount === 0 || spans >= maxSpans) continue;
      await use(segment);
      used += 1;
      spans += segment.spanCount;
    }
  }
  const notes = [...found.notes];
  if (used < found.totalTraces) notes.push(`${used} of ${found.totalTraces} traces were looked at, chosen by their ids, which are random.`);
  if (spans >= maxSpans && used < ids.length) notes.push(`The sample ends at ${maxSpans} spans: these traces are large.`);
  return { total: found.totalTraces, used, exact: found.exact, notes };
}
