import { compareOpened, type ComparedTraces } from '#server/traces/compare/compare-opened.ts';
import { beginGathering, type GatheredOf, type GatherTask, type Side } from '#server/traces/compare/gather-traces.ts';
import { traceOfSegment } from '#server/traces/core/trace-of-segment.ts';
import type { GroupStatistics } from '#server/traces/core/trace-statistics.ts';
import { openPacked, packSegment, type PackedSegment } from '#server/traces/segment/packed-segment.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { Trace, TraceBackend } from '#server/traces/trace-backend.ts';
import { openTrace, type StatisticsRequest } from '#server/traces/view/opened-trace.ts';
import type { SpanDetails } from '#server/traces/view/schemas.ts';
import { encodeTrace, type TraceEncoding } from './encode-trace.ts';
import { LastingThread, type ThreadLife } from './lasting-thread.ts';
import type { TraceHead } from './verbs.ts';

/** Up to here a trace takes less time than handing it over and a page notices: some milliseconds to open, tens to write. */
const SPANS_IN_PLACE = 1_000;

/** One trace ready for what its page asks, wherever it is. */
export interface OpenTrace extends TraceHead {
  /** False when what had it has ended: it is to be opened again. */
  isOpen(): boolean;
  /** Rows that match words (find-in-trace.ts), or TraceQL when it begins as such (find-by-query.ts), ascending. */
  find(text: string): Promise<number[]>;
  details(rows: readonly number[]): Promise<SpanDetails[]>;
  statistics(request: StatisticsRequest): Promise<GroupStatistics[]>;
  /** Lets go of it. */
  close(): void;
}

/** Many traces that are taken in one by one. */
export interface Gatherer<R> {
  add(side: Side, trace: PackedSegment | Segment): Promise<void>;
  finish(places: number): Promise<R>;
  /** Lets go of it, finished or not. */
  close(): void;
}

/**
 * The work on single traces that grows with their spans. What is given as bytes is handed on, and must not be used again.
 *
 * ```
 * store's threads ── bytes ──▶ server's thread ── bytes ──▶ trace-thread.ts      a large trace is opened nowhere else
 *                                    │ ◀── columns, rows, files as bytes ──┘
 *                                    └── a small one is opened here
 * ```
 */
export interface TraceWork {
  open(trace: PackedSegment | Segment): Promise<OpenTrace>;
  compare(a: PackedSegment | Segment, b: PackedSegment | Segment, limit: number): Promise<ComparedTraces>;
  encode(trace: PackedSegment | Trace, encoding: TraceEncoding): Promise<Uint8Array<ArrayBuffer>>;
  gather<K extends GatherTask['kind']>(task: GatherTask & { readonly kind: K }): Gatherer<GatheredOf[K]>;
  /** Ends its threads when they have done what they were asked. */
  close(): Promise<void>;
}

/** All of it in the calling thread. */
export const workInPlace: TraceWork = {
  async open(trace) {
    const opened = openTrace(segmentOf(trace));
    const { traceId, version, bytes, columns } = opened;
    return {
      traceId,
      version,
      bytes,
      count: columns.count,
      isOpen: () => true,
      find: async (text) => opened.find(text),
      details: async (rows) => opened.details(rows),
      statistics: async (request) => opened.statistics(request),
      close: () => {},
    };
  },
  compare: async (a, b, limit) => compareOpened(openTrace(segmentOf(a)), openTrace(segmentOf(b)), limit),
  encode: async (trace, encoding) => encodeTrace('bytes' in trace ? traceOfSegment(openPacked(trace)) : trace, encoding),
  gather<K extends GatherTask['kind']>(task: GatherTask & { readonly kind: K }) {
    const gathering = beginGathering(task);
    return {
      add: async (side, trace) => gathering.add(side, segmentOf(trace)),
      // Safe because beginGathering gives what GatheredOf says of the task's kind.
      finish: async (places) => gathering.finish(places) as GatheredOf[K],
      close: () => {},
    } satisfies Gatherer<GatheredOf[K]>;
  },
  close: async () => {},
};

/** Small traces in the calling thread, where an answer is then at hand; large ones in threads of their own. */
export function createTraceWork({ spansInPlace = SPANS_IN_PLACE }: { readonly spansInPlace?: number } = {}): TraceWork {
  // Two, so that a page does not wait for an export.
  const pages = new LastingThread('traces of pages');
  const files = new LastingThread('traces for files');
  let lastKey = 0;
  return {
    async open(trace) {
      if (trace.spanCount <= spansInPlace) return workInPlace.open(trace);
      const { life } = pages;
      const key = ++lastKey;
      const packed = packedOf(trace);
      return inThread(pages, life, key, await pages.ask(life, 'open', [key, packed], [packed.bytes.buffer]));
    },
    async compare(a, b, limit) {
      if (a.spanCount + b.spanCount <= spansInPlace) return workInPlace.compare(a, b, limit);
      const both = { a: packedOf(a), b: packedOf(b) };
      return files.ask(files.life, 'compare', [both.a, both.b, limit], [both.a.bytes.buffer, both.b.bytes.buffer]);
    },
    async encode(trace, encoding) {
      if (('bytes' in trace ? trace.spanCount : trace.spans.length) <= spansInPlace) return workInPlace.encode(trace, encoding);
      if ('bytes' in trace) return files.ask(files.life, 'encode', [trace, encoding], [trace.bytes.buffer]);
      return files.ask(files.life, 'encodeSpans', [trace, encoding]);
    },
    gather<K extends GatherTask['kind']>(task: GatherTask & { readonly kind: K }) {
      const { life } = files;
      const key = ++lastKey;
      const begun = files.ask(life, 'begin', [key, task]);
      begun.catch(() => undefined);
      return {
        async add(side, trace) {
          await begun;
          const packed = packedOf(trace);
          await files.ask(life, 'gather', [key, side, packed], [packed.bytes.buffer]);
        },
        async finish(places) {
          await begun;
          // Safe because beginGathering gives what GatheredOf says of the task's kind.
          return (await files.ask(life, 'gathered', [key, places])) as GatheredOf[K];
        },
        close: () => forget(files, life, key),
      } satisfies Gatherer<GatheredOf[K]>;
    },
    async close() {
      await Promise.all([pages.close(), files.close()]);
    },
  };
}

function inThread(thread: LastingThread, life: ThreadLife, key: number, head: TraceHead): OpenTrace {
  return {
    ...head,
    isOpen: () => !life.ended,
    find: (text) => thread.ask(life, 'find', [key, text]),
    details: (rows) => thread.ask(life, 'details', [key, rows]),
    statistics: (request) => thread.ask(life, 'statistics', [key, request]),
    close: () => forget(thread, life, key),
  };
}

function forget(thread: LastingThread, life: ThreadLife, key: number): void {
  // When it has ended there is nothing to forget.
  void thread.ask(life, 'forget', [key]).catch(() => undefined);
}

/** One trace as bytes, from any backend; undefined when no span of it is stored. */
export async function writeTrace(work: TraceWork, traces: Pick<TraceBackend, 'get' | 'packed'>, traceId: string, encoding: TraceEncoding): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const found = traces.packed === undefined ? await traces.get(traceId) : await traces.packed(traceId);
  if (found === undefined || ('bytes' in found ? found.spanCount : found.spans.length) === 0) return undefined;
  return work.encode(found, encoding);
}

/** One trace from any backend, opened where it has to be; undefined when no span of it is stored. */
export async function loadTrace(traces: Pick<TraceBackend, 'segment' | 'packed'>, traceId: string): Promise<PackedSegment | Segment | undefined> {
  return traces.packed === undefined ? traces.segment(traceId) : traces.packed(traceId);
}

function segmentOf(trace: PackedSegment | Segment): Segment {
  return 'bytes' in trace ? openPacked(trace) : trace;
}
function packedOf(trace: PackedSegment | Segment): PackedSegment {
  return 'bytes' in trace ? trace : packSegment(trace);
}
