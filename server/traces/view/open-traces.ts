import { createHash } from 'node:crypto';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { ServerError } from '#server/server-error.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { buildTraceColumns, type BuiltTrace } from './build-columns.ts';
import { encodeTraceColumns } from './columns-codec.ts';
import { createQueryFinder, isQuery } from './find-by-query.ts';
import { createTraceFinder, parseFindText } from './find-in-trace.ts';
import type { SpanDetails } from './schemas.ts';
import { createDetailsReader } from './span-details.ts';

/** One trace ready for what its page asks. */
export interface OpenTrace extends BuiltTrace {
  readonly traceId: string;
  /** Of these columns: another when spans have come. */
  readonly version: string;
  readonly segment: Segment;
  /** The columns as bytes (columns-codec.ts). */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Rows that match words (find-in-trace.ts), or TraceQL when it begins as such (find-by-query.ts), ascending. */
  find(text: string): number[];
  details(rows: readonly number[]): SpanDetails[];
}

/** Traces that pages look at, kept built while there is room. */
export interface OpenTraces {
  /** As it is stored now, or was a moment ago (FRESH_FOR). Rejects with `not-found`. */
  latest(traceId: string): Promise<OpenTrace>;
  /** In the version a page has: `conflict` when the trace has grown since and that version is no longer kept. Without one the latest. */
  at(traceId: string, version: string | undefined): Promise<OpenTrace>;
}

/** Guessed bytes that a span takes in memory, with its segment, columns and what find needs. */
const BYTES_PER_SPAN = 600;

/** A trace counts as fresh for so many times as long as it took to load: pages that follow a large one do not keep the store busy. */
const FRESH_FOR = 5;

/** `load` gives a segment whose first trace is the one asked for, or undefined when nothing of it is stored. */
export function createOpenTraces(load: (traceId: string) => Promise<Segment | undefined>, { maxBytes, clock }: { readonly maxBytes: number; readonly clock: Pick<Clock, 'now'> }): OpenTraces {
  /** Least recently used first. */
  const kept = new Map<string, OpenTrace>();
  /** Unix ms until which the one kept is fresh. */
  const freshUntil = new Map<string, number>();
  const loading = new Map<string, Promise<OpenTrace>>();
  let bytes = 0;

  const keep = (trace: OpenTrace): OpenTrace => {
    const fresh = freshUntil.get(trace.traceId) ?? 0;
    drop(trace.traceId);
    freshUntil.set(trace.traceId, fresh);
    kept.set(trace.traceId, trace);
    bytes += sizeOf(trace);
    for (const traceId of kept.keys()) {
      if (bytes <= maxBytes || traceId === trace.traceId) break;
      drop(traceId);
    }
    return trace;
  };
  const drop = (traceId: string): void => {
    const trace = kept.get(traceId);
    if (trace === undefined) return;
    kept.delete(traceId);
    freshUntil.delete(traceId);
    bytes -= sizeOf(trace);
  };
  const open = async (traceId: string): Promise<OpenTrace> => {
    const started = clock.now();
    const segment = await load(traceId);
    const loadedAt = clock.now();
    if (segment === undefined || segment.spanCount === 0) {
      drop(traceId);
      throw new ServerError('not-found', `No span of trace ${traceId} is stored.`, { hint: 'It may be older than what is kept, not sampled, or not sent yet.' });
    }
    const known = kept.get(traceId);
    const trace = keep(known !== undefined && isSame(known.segment, segment) ? known : build(traceId, segment));
    freshUntil.set(traceId, loadedAt + (loadedAt - started) * FRESH_FOR);
    return trace;
  };
  const latest = (traceId: string): Promise<OpenTrace> => {
    const known = kept.get(traceId);
    if (known !== undefined && clock.now() < (freshUntil.get(traceId) ?? 0)) return Promise.resolve(keep(known));
    const running = loading.get(traceId);
    if (running !== undefined) return running;
    const started = open(traceId).finally(() => loading.delete(traceId));
    loading.set(traceId, started);
    return started;
  };
  return {
    latest,
    at: async (traceId, version) => {
      const known = kept.get(traceId);
      if (known !== undefined && version === known.version) return keep(known);
      const now = await latest(traceId);
      if (version !== undefined && version !== now.version) throw new ServerError('conflict', `Trace ${traceId} has more spans than when it was loaded.`, { hint: 'Load it again: its rows have other numbers now.' });
      return now;
    },
  };
}

/** A trace only gains spans, so their number tells whether some have come; the times are asked for the case that it was swept and sent anew. */
function isSame(a: Segment, b: Segment): boolean {
  return a.spanCount === b.spanCount && a.baseUnixNano === b.baseUnixNano && a.events.count === b.events.count;
}

function build(traceId: string, segment: Segment): OpenTrace {
  const built = buildTraceColumns(segment);
  const bytes = encodeTraceColumns(built.columns);
  const finder = createTraceFinder(segment);
  const byQuery = createQueryFinder(segment);
  return {
    ...built,
    traceId,
    version: createHash('sha1').update(bytes).digest('hex').slice(0, 16),
    segment,
    bytes,
    find: (text) => {
      const found = isQuery(text) ? byQuery(text) : finder(parseFindText(text));
      const rows: number[] = [];
      for (let row = 0; row < built.segmentRows.length; row++) if (found[built.segmentRows[row] ?? 0] === 1) rows.push(row);
      return rows;
    },
    details: createDetailsReader(segment, built),
  };
}

function sizeOf({ bytes, columns }: OpenTrace): number {
  return bytes.length + columns.count * BYTES_PER_SPAN;
}
