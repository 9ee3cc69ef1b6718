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
  let extracted = new Map<string, Segment>();
  return () => {
    const { head, blocksVersion } = writer;
    if (known?.head === head.version && known.blocks === blocksVersion) return known.share;
    const { joined, places } = joinedTraces(writer);
    const fromBlocks = new Map<string, Segment>();
    for (const [key, group] of byGroup(places)) {
      for (const segment of [extracted.get(key)].flatMap((s) => s ?? writer.blocks.extract(group))) fromBlocks.set(key, segment);
    }
    extracted = fromBlocks;
    const skipped = skippedOf(joined);
    const parts: MergePart[] = [...fromBlocks.values()].map((segment) => ({ segment }));
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

function byGroup(places: readonly TracePlace[]): Map<string, TracePlace[]> {
  const groups = new Map<string, TracePlace[]>();
  for (const place of places) {
    const key = `${place.block.id}/${place.group}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [place]);
    else known.push(place);
  }
  return new Map([...groups].map(([key, group]) => [`${key}:${group.map((place) => place.trace).join()}`, group]));
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
