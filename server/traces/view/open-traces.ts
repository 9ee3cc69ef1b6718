import type { Clock } from '#mesh-core/runtime/clock.ts';
import { ServerError } from '#server/server-error.ts';
import type { ComparedTraces } from '#server/traces/compare/compare-opened.ts';
import type { PackedSegment } from '#server/traces/segment/packed-segment.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { TraceBackend } from '#server/traces/trace-backend.ts';
import { loadTrace, type OpenTrace, type TraceWork } from '#server/traces/work/trace-work.ts';

/** Traces that pages look at, kept open while there is room. */
export interface OpenTraces {
  /** As it is stored now, or was a moment ago (FRESH_FOR). Rejects with `not-found`. */
  latest(traceId: string): Promise<OpenTrace>;
  /** In the version a page has: `conflict` when the trace has grown since and that version is no longer kept. Without one the latest. */
  at(traceId: string, version: string | undefined): Promise<OpenTrace>;
  /** Two traces place by place, with `limit` places at most. Rejects with `not-found`. */
  compare(a: string, b: string, limit: number): Promise<ComparedTraces>;
}

export interface OpenTracesOptions {
  /** Of memory, roughly, for all that are kept. */
  readonly maxBytes: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly work: TraceWork;
}

/** Guessed bytes that a span takes in memory, with its segment, columns and what find needs. */
const BYTES_PER_SPAN = 600;

/** A trace counts as fresh for so many times as long as it took to load: pages that follow a large one do not keep the store busy. */
const FRESH_FOR = 5;

interface KeptTrace {
  readonly trace: OpenTrace;
  /** Of the store when it was asked (TraceBackend.stateOf): while that is so, nothing of it is read again. */
  readonly state: string | undefined;
  /** Unix ms. */
  readonly freshUntil: number;
}

/** Opens traces of a backend where `work` does it. */
export function createOpenTraces(traces: Pick<TraceBackend, 'segment' | 'packed' | 'stateOf'>, { maxBytes, clock, work }: OpenTracesOptions): OpenTraces {
  /** Least recently used first. */
  const kept = new Map<string, KeptTrace>();
  const loading = new Map<string, Promise<OpenTrace>>();
  let bytes = 0;

  const keep = (one: KeptTrace): OpenTrace => {
    const { trace } = one;
    const before = kept.get(trace.traceId);
    if (before !== undefined) drop(trace.traceId, before.trace !== trace);
    kept.set(trace.traceId, one);
    bytes += sizeOf(trace);
    for (const traceId of kept.keys()) {
      if (bytes <= maxBytes || traceId === trace.traceId) break;
      drop(traceId);
    }
    return trace;
  };
  const drop = (traceId: string, close = true): void => {
    const one = kept.get(traceId);
    if (one === undefined) return;
    kept.delete(traceId);
    bytes -= sizeOf(one.trace);
    if (close) one.trace.close();
  };
  const known = (traceId: string): KeptTrace | undefined => {
    const one = kept.get(traceId);
    if (one === undefined || one.trace.isOpen()) return one;
    drop(traceId);
    return undefined;
  };
  const load = async (traceId: string): Promise<PackedSegment | Segment> => {
    const found = await loadTrace(traces, traceId);
    if (found !== undefined && found.spanCount > 0) return found;
    drop(traceId);
    throw new ServerError('not-found', `No span of trace ${traceId} is stored.`, { hint: 'It may be older than what is kept, not sampled, or not sent yet.' });
  };
  const open = async (traceId: string): Promise<OpenTrace> => {
    const started = clock.now();
    // Asked before the spans are: what comes in between is then told by the next state.
    const state = await traces.stateOf?.(traceId);
    const before = known(traceId);
    if (state !== undefined && state === before?.state) return keep(before);
    const found = await load(traceId);
    const loaded = clock.now();
    const opened = await work.open(found);
    const freshUntil = loaded + (loaded - started) * FRESH_FOR;
    const last = known(traceId);
    if (last === undefined || last.trace.version !== opened.version) return keep({ trace: opened, state, freshUntil });
    // Nothing has come: what was put together for questions about it is still right.
    opened.close();
    return keep({ trace: last.trace, state, freshUntil });
  };
  const latest = (traceId: string): Promise<OpenTrace> => {
    const one = known(traceId);
    if (one !== undefined && clock.now() < one.freshUntil) return Promise.resolve(keep(one));
    const running = loading.get(traceId);
    if (running !== undefined) return running;
    const started = open(traceId).finally(() => loading.delete(traceId));
    loading.set(traceId, started);
    return started;
  };
  return {
    latest,
    at: async (traceId, version) => {
      const one = known(traceId);
      if (one !== undefined && version === one.trace.version) return keep(one);
      const now = await latest(traceId);
      if (version !== undefined && version !== now.version) throw new ServerError('conflict', `Trace ${traceId} has more spans than when it was loaded.`, { hint: 'Load it again: its rows have other numbers now.' });
      return now;
    },
    // Read anew: both have to be in one place.
    compare: async (a, b, limit) => work.compare(await load(a), await load(b), limit),
  };
}

function sizeOf({ bytes, count }: OpenTrace): number {
  return bytes.length + count * BYTES_PER_SPAN;
}
