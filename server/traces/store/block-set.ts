import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf } from '#server/traces/segment/span-at.ts';
import type { BlockFile } from './block/block-file.ts';
import { extractTraces, locateTrace, traceKeyOf } from './block/locate-trace.ts';
import { openGroup } from './block/open-group.ts';

/** Where a trace is in a block. */
export interface TracePlace {
  readonly block: BlockFile;
  readonly group: number;
  readonly trace: number;
}

/** A block as other threads get it. */
export interface BlockRef {
  readonly id: string;
  readonly path: string;
  /** Of its row groups, in their order: how many spans, and when the first and the last starts. */
  readonly groups: readonly { readonly spans: number; readonly minStart: bigint; readonly maxStart: bigint }[];
  /** Of each group that has some: indexes of traces that are put together elsewhere. */
  readonly skipped: ReadonlyMap<number, Uint32Array>;
}

/**
 * The blocks there are, and which traces are in several of them. Such traces are few: late spans, until compaction brings
 * them together.
 */
export class BlockSet {
  readonly #blocks = new Map<string, { readonly file: BlockFile; readonly path: string }>();
  /** Traces of which two blocks or more have spans. */
  readonly #split = new Map<string, TracePlace[]>();
  readonly #onDamage: (block: BlockFile, error: unknown) => void;

  constructor(onDamage: (block: BlockFile, error: unknown) => void) {
    this.#onDamage = onDamage;
  }

  get all(): readonly { readonly file: BlockFile; readonly path: string }[] {
    return [...this.#blocks.values()];
  }
  get split(): ReadonlyMap<string, readonly TracePlace[]> {
    return this.#split;
  }

  /** Exchanges blocks for others, closing the old ones. */
  replace(removed: readonly string[], added: readonly { readonly file: BlockFile; readonly path: string }[]): void {
    for (const id of removed) {
      this.#blocks.get(id)?.file.close();
      this.#blocks.delete(id);
    }
    for (const block of added) this.#blocks.set(block.file.id, block);
    // Each block names the traces of which, when it was written, others had spans.
    const suspects = new Set([...this.#split.keys(), ...added.flatMap(({ file }) => file.meta.split)]);
    for (const id of suspects) {
      const places = this.locate(id);
      if (places.length > 1) this.#split.set(id, places);
      else this.#split.delete(id);
    }
  }

  /** In which blocks a trace is. What is damaged is told and taken for empty. */
  locate(traceId: string): TracePlace[] {
    const key = traceKeyOf(traceId);
    const places: TracePlace[] = [];
    for (const { file } of this.#blocks.values()) {
      try {
        const place = locateTrace(file, key);
        if (place !== undefined) places.push({ block: file, ...place });
      } catch (error) {
        this.#onDamage(file, error);
      }
    }
    return places;
  }

  /** Their spans of a trace, a segment for each block that has some. */
  find(traceId: string): Segment[] {
    return this.extract(this.locate(traceId));
  }

  /** The ids of a trace's spans in blocks; undefined when there are none. */
  spanIds(traceId: string): string[] | undefined {
    const ids = this.locate(traceId).flatMap(({ block, group, trace }) => {
      try {
        const { firstRow, spanIds } = openGroup(block, group).segment;
        const from = firstRow[trace] ?? 0;
        return Array.from({ length: (firstRow[trace + 1] ?? from) - from }, (_, i) => hexOf(spanIds, (from + i) * 8, 8));
      } catch (error) {
        this.#onDamage(block, error);
        return [];
      }
    });
    return ids.length === 0 ? undefined : ids;
  }

  /** The traces at these places as segments. */
  extract(places: readonly TracePlace[]): Segment[] {
    const byGroup = new Map<string, { readonly block: BlockFile; readonly group: number; readonly traces: number[] }>();
    for (const { block, group, trace } of places) {
      const key = `${block.id}/${group}`;
      const known = byGroup.get(key);
      if (known === undefined) byGroup.set(key, { block, group, traces: [trace] });
      else known.traces.push(trace);
    }
    return [...byGroup.values()].flatMap(({ block, group, traces }) => {
      try {
        return [extractTraces(block, group, traces)];
      } catch (error) {
        this.#onDamage(block, error);
        return [];
      }
    });
  }

  /** The blocks for other threads, less the traces at `joined`. */
  refs(joined: readonly TracePlace[]): BlockRef[] {
    const skipped = new Map<string, Map<number, number[]>>();
    for (const { block, group, trace } of joined) {
      let ofBlock = skipped.get(block.id);
      if (ofBlock === undefined) skipped.set(block.id, (ofBlock = new Map()));
      const ofGroup = ofBlock.get(group);
      if (ofGroup === undefined) ofBlock.set(group, [trace]);
      else ofGroup.push(trace);
    }
    return this.all.map(({ file, path }) => ({
      id: file.id,
      path,
      groups: file.meta.groups.map((group) => ({ spans: group.spanCount, minStart: BigInt(group.minStart), maxStart: BigInt(group.maxStart) })),
      skipped: new Map([...(skipped.get(file.id) ?? [])].map(([group, traces]) => [group, Uint32Array.from(traces).sort()])),
    }));
  }
}
