import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { DamagedDataError } from '#server/timeseries/byte-reader.ts';
import { mergeSegments } from '#server/traces/segment/merge-segments.ts';
import { openPacked, packSegment } from '#server/traces/segment/packed-segment.ts';
import { serveThread, Transferred } from '#server/traces/threads/serve-thread.ts';
import { openBlockFile, type BlockFile } from '../block/block-file.ts';
import { extractTraces, locateTrace, traceKeyOf } from '../block/locate-trace.ts';
import { ByteCache } from '../block/page-cache.ts';
import { blockHandles } from '../segment-handles.ts';
import type { LeftOut } from '../segment-source.ts';
import { evaluateShare, loadEvaluator } from './evaluate-share.ts';
import type { ReaderData, ReaderVerbs } from './messages.ts';

// The entry of a thread that reads blocks: it opens files by the paths that it is told, and keeps what it read.

/** Of the memory for blocks, for what questions made of their spans. */
const KEPT_SHARE = 0.25;

/** Open files of blocks; those that a newer state does not have are closed. */
class OpenBlocks {
  readonly #cache: ByteCache;
  readonly #kept: ByteCache;
  readonly #open = new Map<string, { readonly file: BlockFile; pin: number }>();

  constructor(cacheBytes: number) {
    this.#cache = new ByteCache(cacheBytes * (1 - KEPT_SHARE));
    this.#kept = new ByteCache(cacheBytes * KEPT_SHARE);
  }

  get(id: string, path: string, pin: number): BlockFile {
    let known = this.#open.get(id);
    if (known === undefined) this.#open.set(id, (known = { file: openBlockFile(path, id, this.#cache, this.#kept), pin }));
    known.pin = Math.max(known.pin, pin);
    return known.file;
  }

  /** Closes what no longer exists, as far as `ids` of the state `pin` tell. */
  keepOnly(ids: ReadonlySet<string>, pin: number): void {
    for (const [id, { file, pin: used }] of this.#open) {
      if (ids.has(id) || used > pin) continue;
      file.close();
      this.#open.delete(id);
      this.#cache.forget(`${id}/`);
      this.#kept.forget(`${id}/`);
    }
  }
}

async function run(port: MessagePort, { cacheBytes, evaluator }: ReaderData): Promise<void> {
  const evaluate = await loadEvaluator(evaluator);
  const open = new OpenBlocks(cacheBytes);
  serveThread<ReaderVerbs>(port, {
    evaluate({ blocks, pin, task, cancel }) {
      const unreadable: LeftOut[] = [];
      const handles = blocks.flatMap(({ id, path, wanted, skipped }) => {
        try {
          const all = blockHandles(open.get(id, path, pin), skipped);
          return wanted.flatMap((group) => all[group] ?? []);
        } catch (error) {
          if (!(error instanceof DamagedDataError)) throw error;
          unreadable.push({ reason: error.message });
          return [];
        }
      });
      const { parts, leftOut } = evaluateShare(evaluate, handles, task, cancel);
      return { parts, leftOut: [...unreadable, ...leftOut] };
    },
    forget: (ids, pin) => open.keepOnly(new Set(ids), pin),
    trace(traceId, blocks, head) {
      const key = traceKeyOf(traceId);
      const parts = blocks.flatMap(({ id, path }) => {
        const file = open.get(id, path, 0);
        const place = locateTrace(file, key);
        return place === undefined ? [] : [extractTraces(file, place.group, [place.trace])];
      });
      if (head !== undefined) parts.push(openPacked(head));
      if (parts.length === 0) return undefined;
      const packed = packSegment(parts.length === 1 && parts[0] !== undefined ? parts[0] : mergeSegments(parts.map((segment) => ({ segment }))));
      return new Transferred(packed, [packed.bytes.buffer]);
    },
    close: () => open.keepOnly(new Set(), Infinity),
  });
}

if (parentPort === null) throw new Error('this file is the entry of a thread');
await run(parentPort, workerData as ReaderData);
