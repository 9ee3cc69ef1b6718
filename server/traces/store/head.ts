import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { mergeSegments } from '#server/traces/segment/merge-segments.ts';
import type { MergePart } from '#server/traces/segment/merge-plan.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { createSpanReader, hexOf } from '#server/traces/segment/span-at.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { AppendOutcome } from './append-outcome.ts';
import { sameSpan } from './same-span.ts';
import { segmentBytes } from './segment-bytes.ts';

/** Spans that are put into columns together. */
const SEAL_SPANS = 4096;
const SEAL_BYTES = 8 * 1024 * 1024;
/** A span id in a set, with its share of the trace's entry. */
const ID_BYTES = 90;

/** Some spans of the head, in columns. */
export interface SealedSegment {
  readonly id: number;
  readonly segment: Segment;
  readonly bytes: number;
  /** When they were stored, Unix milliseconds. */
  readonly minStoredMs: number;
  readonly maxStoredMs: number;
}

/** What becomes of a trace when the head is written to a block. */
export type Fate = 'block' | 'drop' | 'keep';

/** What the head knows of a trace that it has spans of. */
export interface HeadTrace {
  readonly id: string;
  /** Of its spans here, and, when it is in blocks, of those there. */
  readonly spanIds: Set<string>;
  lastMs: number;
  firstMs: number;
  /** Where its sealed spans are. */
  sealed: { readonly part: SealedSegment; readonly trace: number }[];
  open: Span[];
  /** Blocks have spans of it too. */
  inBlocks: boolean;
  /** Made when an id comes again: spans by their id. */
  byId: Map<string, (() => Span)[]> | undefined;
}

/** What the head asks of the blocks. */
export interface StoredTraces {
  /** The spans of a trace in blocks as segments; empty when there are none. */
  find(traceId: string): readonly Segment[];
  /** Their ids alone, which costs much less; undefined when there are none. */
  spanIds(traceId: string): readonly string[] | undefined;
}

/**
 * The spans that are in no block yet, in memory. New ones are kept as they came; some thousands at a time are put into
 * columns ("sealed"), which take a fifth of the memory. A span sent again is found by its id, then compared.
 */
export class Head {
  readonly traces = new Map<string, HeadTrace>();
  readonly #stored: StoredTraces;
  sealed: SealedSegment[] = [];
  #open: HeadTrace[] = [];
  #openSpans = 0;
  #openBytes = 0;
  #openSince = 0;
  #openUntil = 0;
  #sealedBytes = 0;
  #ids = 0;
  #lastId = 0;
  /** Changes with every change. */
  version = 0;

  constructor(stored: StoredTraces) {
    this.#stored = stored;
  }

  /** Of memory, roughly. */
  get bytes(): number {
    return this.#sealedBytes + this.#openBytes + this.#ids * ID_BYTES;
  }
  get spanCount(): number {
    return this.#openSpans + this.sealed.reduce((sum, { segment }) => sum + segment.spanCount, 0);
  }
  get oldestMs(): number {
    const times = this.sealed.map((s) => s.minStoredMs);
    return Math.min(...times, this.#openSpans > 0 ? this.#openSince : Infinity);
  }
  /** Traces that have spans which are not sealed. */
  get openTraces(): readonly HeadTrace[] {
    return this.#open;
  }

  /** Takes spans in; `bytes` is about what they take in memory. */
  insert(spans: readonly Span[], nowMs: number, bytes: number): AppendOutcome {
    let stored = 0;
    for (const span of spans) {
      const trace = this.#traceOf(span.traceId, nowMs);
      if (trace.spanIds.has(span.spanId)) {
        const same = this.#byId(trace).get(span.spanId);
        if (same?.some((known) => sameSpan(known(), span)) === true) continue;
      }
      trace.spanIds.add(span.spanId);
      this.#ids++;
      if (trace.byId !== undefined) push(trace.byId, span.spanId, () => span);
      if (trace.open.length === 0) this.#open.push(trace);
      trace.open.push(span);
      trace.lastMs = nowMs;
      stored++;
    }
    if (stored > 0) {
      if (this.#openSpans === 0) this.#openSince = nowMs;
      this.#openUntil = nowMs;
      this.#openSpans += stored;
      this.#openBytes += Math.ceil((bytes * stored) / spans.length);
      this.version++;
      if (this.#openSpans >= SEAL_SPANS || this.#openBytes >= SEAL_BYTES) this.seal();
    }
    return { stored, duplicates: spans.length - stored };
  }

  /** Takes in what a log kept as a segment. Spans that are here already are left out. */
  insertSegment(segment: Segment, minStoredMs: number, maxStoredMs: number): void {
    const { traceIdOf, spanAt } = createSpanReader(segment);
    const fresh: number[] = [];
    for (let t = 0; t < segment.traceCount; t++) {
      const id = traceIdOf(t);
      if (this.traces.has(id) || this.#stored.spanIds(id) !== undefined) {
        for (let row = segment.firstRow[t] ?? 0; row < (segment.firstRow[t + 1] ?? 0); row++) this.insert([spanAt(row)], maxStoredMs, 1000);
      } else fresh.push(t);
    }
    if (fresh.length > 0) this.#addSealed(mergeSegments([{ segment, traces: fresh }]), minStoredMs, maxStoredMs, false);
  }

  /** Puts the spans that came last into columns. */
  seal(): void {
    const spans = this.#open.flatMap((trace) => trace.open);
    if (spans.length === 0) return;
    for (const trace of this.#open) trace.open = [];
    this.#open = [];
    const [since, until] = [this.#openSince, this.#openUntil];
    this.#openSpans = 0;
    this.#openBytes = 0;
    this.#addSealed(buildSegment(spans), since, until, true);
  }

  /**
   * Takes segments away whose traces are in a block now, or gone. Those that are to be kept of them come back, put together.
   */
  replace(old: readonly SealedSegment[], fates: ReadonlyMap<string, Fate>, kept: { readonly segment: Segment; readonly minStoredMs: number; readonly maxStoredMs: number } | undefined): void {
    const gone = new Set(old);
    this.sealed = this.sealed.filter((part) => !gone.has(part));
    for (const part of old) this.#sealedBytes -= part.bytes;
    for (const [id, fate] of fates) {
      const trace = this.traces.get(id);
      if (trace === undefined) continue;
      trace.sealed = trace.sealed.filter((place) => !gone.has(place.part));
      trace.byId = undefined;
      trace.inBlocks ||= fate === 'block';
      if (fate === 'keep' || trace.sealed.length > 0 || trace.open.length > 0) continue;
      this.traces.delete(id);
    }
    if (kept !== undefined) this.#addSealed(kept.segment, kept.minStoredMs, kept.maxStoredMs, true);
    this.#ids = 0;
    for (const trace of this.traces.values()) this.#ids += trace.spanIds.size;
    this.version++;
  }

  /** The parts of a trace here, for putting it together. */
  partsOf(trace: HeadTrace): MergePart[] {
    const parts: MergePart[] = trace.sealed.map(({ part, trace: index }) => ({ segment: part.segment, traces: [index] }));
    if (trace.open.length > 0) parts.push({ segment: buildSegment(trace.open) });
    return parts;
  }

  /** `known`: its span ids are in the sets already. */
  #addSealed(segment: Segment, minStoredMs: number, maxStoredMs: number, known: boolean): void {
    const part: SealedSegment = { id: ++this.#lastId, segment, bytes: segmentBytes(segment), minStoredMs, maxStoredMs };
    this.sealed.push(part);
    this.#sealedBytes += part.bytes;
    for (let t = 0; t < segment.traceCount; t++) {
      const trace = this.#traceOf(hexOf(segment.traceIds, t * 16, 16), maxStoredMs);
      trace.sealed.push({ part, trace: t });
      trace.byId = undefined;
      if (known) continue;
      const end = segment.firstRow[t + 1] ?? 0;
      for (let row = segment.firstRow[t] ?? 0; row < end; row++) trace.spanIds.add(hexOf(segment.spanIds, row * 8, 8));
      this.#ids += end - (segment.firstRow[t] ?? 0);
    }
    this.version++;
  }

  #traceOf(id: string, nowMs: number): HeadTrace {
    const known = this.traces.get(id);
    if (known !== undefined) return known;
    const stored = this.#stored.spanIds(id);
    const trace: HeadTrace = { id, spanIds: new Set(stored), firstMs: nowMs, lastMs: nowMs, sealed: [], open: [], inBlocks: stored !== undefined, byId: undefined };
    this.#ids += trace.spanIds.size;
    this.traces.set(id, trace);
    return trace;
  }

  #byId(trace: HeadTrace): Map<string, (() => Span)[]> {
    if (trace.byId !== undefined) return trace.byId;
    const byId = new Map<string, (() => Span)[]>();
    const index = (segment: Segment, from: number, to: number): void => {
      let reader: ReturnType<typeof createSpanReader> | undefined;
      for (let row = from; row < to; row++) push(byId, hexOf(segment.spanIds, row * 8, 8), () => (reader ??= createSpanReader(segment)).spanAt(row));
    };
    for (const { part, trace: t } of trace.sealed) index(part.segment, part.segment.firstRow[t] ?? 0, part.segment.firstRow[t + 1] ?? 0);
    if (trace.inBlocks) for (const segment of this.#stored.find(trace.id)) index(segment, 0, segment.spanCount);
    for (const span of trace.open) push(byId, span.spanId, () => span);
    trace.byId = byId;
    return byId;
  }
}

function push<V>(lists: Map<string, V[]>, key: string, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
