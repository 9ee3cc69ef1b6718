import { mergeSegments } from '#server/traces/segment/merge-segments.ts';
import { createSpanReader, hexOf } from '#server/traces/segment/span-at.ts';
import { openGroup } from '#server/traces/store/block/open-group.ts';
import { openBlockFile } from '#server/traces/store/block/block-file.ts';
import { ByteCache } from '#server/traces/store/block/page-cache.ts';
import { compactBlocks } from '#server/traces/store/compact-blocks.ts';
import { StoreWriter, type StoreWriterOptions } from '#server/traces/store/store-writer.ts';
import { createSharer } from '#server/traces/store/writer-share.ts';
import type { Span } from '#server/traces/trace-backend.ts';

/** A store's writer in the thread of the test, which merges blocks itself. */
export function openTestWriter(directory: string, options: Partial<StoreWriterOptions> = {}): Promise<StoreWriter> {
  return StoreWriter.open({ directory, headBytes: 1e8, cacheBytes: 1e7, retentionMs: 1e9, maxBytes: 1e9, compact: compactBlocks, tell: () => undefined, ...options });
}

const sharers = new WeakMap<StoreWriter, ReturnType<typeof createSharer>>();

/** Every trace as questions see it, by id: through the handles of the head and the row groups of the blocks, less what is to be passed over. Fails when a trace comes twice. */
export function readTraces(writer: StoreWriter): Map<string, Span[]> {
  let share = sharers.get(writer);
  // One for each writer, as in the store: what it keeps from call to call is tried as well.
  if (share === undefined) sharers.set(writer, (share = createSharer(writer)));
  const { handles, blocks } = share();
  const cache = new ByteCache(1e7);
  const segments = handles.map((handle) => ({ segment: handle.open(), skipped: handle.skippedTraces }));
  const files = blocks.map(({ id, path, skipped }) => ({ file: openBlockFile(path, id, cache), skipped }));
  for (const { file, skipped } of files) for (const group of file.meta.groups.keys()) segments.push({ segment: openGroup(file, group).segment, skipped: skipped.get(group) ?? new Uint32Array() });
  const traces = new Map<string, Span[]>();
  for (const { segment, skipped } of segments) {
    const { spanAt } = createSpanReader(segment);
    for (let t = 0; t < segment.traceCount; t++) {
      if (skipped.includes(t)) continue;
      const id = hexOf(segment.traceIds, t * 16, 16);
      if (traces.has(id)) throw new Error(`trace ${id} is in two places`);
      const from = segment.firstRow[t] ?? 0;
      traces.set(id, Array.from({ length: (segment.firstRow[t + 1] ?? from) - from }, (_, i) => spanAt(from + i)));
    }
  }
  for (const { file } of files) file.close();
  return traces;
}

/** One trace as the store puts it together when it is asked for by its id. */
export function readTrace(writer: StoreWriter, traceId: string): Span[] {
  const known = writer.head.traces.get(traceId);
  const parts = [...(known === undefined ? [] : writer.head.partsOf(known)), ...writer.blocks.find(traceId).map((segment) => ({ segment }))];
  const segment = mergeSegments(parts);
  const { spanAt } = createSpanReader(segment);
  return Array.from({ length: segment.spanCount }, (_, row) => spanAt(row));
}
