import type { MergePart } from '#server/traces/segment/merge-plan.ts';
import { mergeSegments } from '#server/traces/segment/merge-segments.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { BlockRef, TracePlace } from './block-set.ts';
import type { HeadTrace, SealedSegment } from './head.ts';
import { memoryHandle } from './segment-handles.ts';
import type { SegmentHandle } from './segment-source.ts';
import type { StoreWriter } from './store-writer.ts';

/** One state of the store: what is in the writer's memory, and the blocks less the traces that are put together there. */
export interface WriterShare {
  readonly handles: readonly SegmentHandle[];
  readonly blocks: readonly BlockRef[];
}

/** Gives the present state of a writer, made anew only when something changed. */
export function createSharer(writer: StoreWriter): () => WriterShare {
  let known: { readonly head: number; readonly blocks: number; readonly share: WriterShare } | undefined;
  const fromBlocks = createExtracts(writer);
  return () => {
    const { head, blocksVersion } = writer;
    if (known?.head === head.version && known.blocks === blocksVersion) return known.share;
    const { joined, places } = joinedTraces(writer);
    const parts: MergePart[] = fromBlocks(places);
    const skipped = skippedOf(joined);
    for (const [part, traces] of skipped) parts.push({ segment: part.segment, traces });
    if (head.openTraces.length > 0) parts.push({ segment: writer.openSegment() });
    const handles = head.sealed.map((part) => sealedHandle(part, skipped.get(part) ?? []));
    if (parts.length > 0) handles.push(memoryHandle(mergeSegments(parts), new Uint32Array(0), `fresh-${head.version}-${blocksVersion}`));
    known = { head: head.version, blocks: blocksVersion, share: { handles, blocks: writer.blocks.refs(places) } };
    return known.share;
  };
}

/** Traces that are in several places, and where in blocks those are. */
function joinedTraces({ head, blocks }: StoreWriter): { joined: HeadTrace[]; places: TracePlace[] } {
  const joined: HeadTrace[] = [];
  const places: TracePlace[] = [];
  for (const trace of head.traces.values()) {
    if (trace.inBlocks) places.push(...blocks.locate(trace.id));
    if (trace.inBlocks || trace.sealed.length + (trace.open.length > 0 ? 1 : 0) > 1) joined.push(trace);
  }
  for (const [id, split] of blocks.split) if (head.traces.get(id)?.inBlocks !== true) places.push(...split);
  return { joined, places };
}

/** Traces of a row group that were read, by where they are in the segment of them. */
interface Extract {
  readonly segment: Segment;
  readonly at: ReadonlyMap<number, number>;
}

/** Gives traces that are in blocks as parts. What was read for the last time is kept, so only what is new has to be read. */
function createExtracts(writer: StoreWriter): (places: readonly TracePlace[]) => MergePart[] {
  let kept = new Map<string, Extract[]>();
  return (places) => {
    const needed = new Map<string, TracePlace[]>();
    for (const place of places) {
      const key = `${place.block.id}/${place.group}`;
      const known = needed.get(key);
      if (known === undefined) needed.set(key, [place]);
      else known.push(place);
    }
    const parts: MergePart[] = [];
    const now = new Map<string, Extract[]>();
    for (const [key, group] of needed) {
      const extracts = kept.get(key) ?? [];
      const fresh = group.filter(({ trace }) => !extracts.some(({ at }) => at.has(trace))).toSorted((a, b) => a.trace - b.trace);
      // Traces are in the same order there as in their group.
      for (const segment of fresh.length === 0 ? [] : writer.blocks.extract(fresh)) extracts.push({ segment, at: new Map(fresh.map(({ trace }, i) => [trace, i])) });
      now.set(key, extracts);
      for (const { segment, at } of extracts) {
        const traces = group.flatMap(({ trace }) => at.get(trace) ?? []);
        if (traces.length > 0) parts.push({ segment, traces });
      }
    }
    kept = now;
    return parts;
  };
}

function skippedOf(joined: readonly HeadTrace[]): Map<SealedSegment, number[]> {
  const skipped = new Map<SealedSegment, number[]>();
  for (const trace of joined) {
    for (const { part, trace: index } of trace.sealed) {
      const known = skipped.get(part);
      if (known === undefined) skipped.set(part, [index]);
      else known.push(index);
    }
  }
  return skipped;
}

const handleOfPart = new WeakMap<SealedSegment, SegmentHandle>();

function sealedHandle(part: SealedSegment, skipped: readonly number[]): SegmentHandle {
  let handle = handleOfPart.get(part);
  if (handle === undefined) handleOfPart.set(part, (handle = memoryHandle(part.segment, new Uint32Array(0), `head-${part.id}`)));
  return skipped.length === 0 ? handle : { ...handle, skippedTraces: Uint32Array.from(skipped).sort() };
}
