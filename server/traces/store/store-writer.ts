import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DamagedDataError } from '#server/timeseries/byte-reader.ts';
import { WriteAheadLog, listSegments, segmentPath, type LogFile } from '#server/timeseries/write-ahead-log.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { planMerge, type MergePart } from '#server/traces/segment/merge-plan.ts';
import { mergeSegments } from '#server/traces/segment/merge-segments.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf } from '#server/traces/segment/span-at.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { decodeTraceRequest, type OtlpEncoding } from '#server/traces/otlp/decode-request.ts';
import { spansByHost } from '#server/traces/receiver/spans-by-host.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { AppendOutcome, OtlpOutcome } from './append-outcome.ts';
import { openBlockBytes, openBlockFile, type BlockFile } from './block/block-file.ts';
import { openGroup } from './block/open-group.ts';
import { ByteCache } from './block/page-cache.ts';
import { blockBytes, writeBlock, type BlockSink } from './block/write-block.ts';
import { BlockSet } from './block-set.ts';
import { mergedGroups, ZSTD_LEVEL, type CompactionJob } from './compact-blocks.ts';
import { Head, type Fate, type HeadTrace, type SealedSegment } from './head.ts';
import { decodeLogRecord, encodeLogRecord, readLogFile, type LogRecord } from './log-records.ts';
import { readManifest, writeManifest, type Manifest } from './manifest.ts';
import { planCompaction } from './plan-compaction.ts';

export interface StoreWriterOptions {
  readonly directory: string;
  /** Of memory for spans that are in no block yet. Beyond twice as much, requests wait for the block that is being written. */
  readonly headBytes: number;
  /** Of memory for pages of blocks. */
  readonly cacheBytes: number;
  readonly retentionMs: number;
  readonly maxBytes: number;
  /** Merges blocks, elsewhere. */
  readonly compact: (job: CompactionJob) => Promise<void>;
  readonly tell: (level: 'info' | 'warn' | 'error', fields: Readonly<Record<string, unknown>>, message: string) => void;
  /** Makes files of the log and of blocks; tests give a disk that fails. */
  readonly createLogFile?: (path: string) => Promise<LogFile>;
  readonly createBlockFile?: (path: string) => Promise<BlockSink>;
}

/** A trace that got nothing for so long goes into a block with the next flush. */
const IDLE_MS = 2_000;
/** One that goes on for longer goes too: else the log would never end. */
const LONGEST_MS = 30_000;
/** A head that few spans come to is flushed now and then, so that a start needs not read a long log. */
const FLUSH_AFTER_MS = 5 * 60_000;
const MAX_BLOCK_SPANS = 2_000_000;
/** Retention takes whole blocks: a block is at most this part of it long, in time and in bytes. */
const BLOCK_SHARE = 16;
const RETRY_MS = 5_000;

/**
 * The store as one thread has it: log, head and blocks.
 *
 * ```
 *   request ─► decoded ─► log (fsync, in groups) ─► head ─► acknowledged
 *                          │                        │ idle for some seconds, or the head is full
 *                          ▼                        ▼
 *                    dropped when all of       block: row groups of columns, never changed
 *                    it is in blocks                │ eight of a size
 *                                                   ▼
 *                                              a larger block; the oldest go by age and bytes
 * ```
 * The manifest says which blocks count and up to where the log does not any more; writing it is what makes a flush or a
 * compaction happen. What a flush leaves in the head is written to the log again before, so whole log files can go.
 * Blocks that are replaced stay on the disk until nobody reads them any more (`pin`).
 */
export class StoreWriter {
  readonly #options: StoreWriterOptions;
  readonly blocks: BlockSet;
  readonly head: Head;
  readonly #cache: ByteCache;
  readonly #log: WriteAheadLog;
  #manifest: Manifest;
  #logBytesBefore = 0;
  #exclusive: Promise<unknown> = Promise.resolve();
  #flushing: Promise<void> | undefined;
  #compacting: Promise<void> | undefined;
  #flushFailedMs = -Infinity;
  #nowMs = 0;
  #closed = false;
  #lastPin = 0;
  readonly #pins = new Set<number>();
  #doomed: { readonly path: string; readonly pin: number }[] = [];
  blocksVersion = 0;

  private constructor(options: StoreWriterOptions, manifest: Manifest, log: WriteAheadLog) {
    this.#options = options;
    this.#manifest = manifest;
    this.#log = log;
    this.#cache = new ByteCache(options.cacheBytes);
    this.blocks = new BlockSet((block, error) => options.tell('error', { block: block.id, error: messageOf(error) }, 'a block of spans is damaged'));
    this.head = new Head(this.blocks);
  }

  /** Opens the directory, made when missing, and reads what the log has beyond the blocks. Throws when it cannot be used. */
  static async open(options: StoreWriterOptions): Promise<StoreWriter> {
    await mkdir(options.directory, { recursive: true });
    const manifest = await readManifest(options.directory);
    const old = await listSegments(options.directory);
    const log = await WriteAheadLog.open({ directory: options.directory, firstSegment: Math.max(manifest.covered, ...old) + 1, ...(options.createLogFile === undefined ? {} : { createFile: options.createLogFile }) });
    const writer = new StoreWriter(options, manifest, log);
    await writer.#openBlocks();
    await writer.#recover(old.filter((index) => index > manifest.covered));
    await log.dropThrough(manifest.covered);
    return writer;
  }

  /** Stores spans. Rejects, having stored none, when the disk or the head is full. */
  async append(spans: readonly Span[], nowMs: number): Promise<AppendOutcome> {
    if (spans.length === 0) return { stored: 0, duplicates: 0 };
    const payload = encodeLogRecord({ kind: 'spans', storedMs: nowMs, spans });
    return this.#store(payload, spans, nowMs, spans.length * 2000 + payload.length * 4);
  }

  /** The same for a request's body, unzipped. */
  async appendOtlp(body: Uint8Array, encoding: OtlpEncoding, nowMs: number): Promise<OtlpOutcome> {
    await this.#makeRoom(nowMs);
    let decoded;
    try {
      decoded = decodeTraceRequest(body, encoding);
    } catch (error) {
      if (error instanceof OtlpDecodeError) return { kind: 'malformed', message: error.message };
      throw error;
    }
    const { spans, rejected, reasons } = decoded;
    if (spans.length === 0) return { kind: 'stored', stored: 0, duplicates: 0, rejected, reasons, hosts: [] };
    const payload = encodeLogRecord({ kind: 'request', storedMs: nowMs, encoding, body });
    return { kind: 'stored', ...(await this.#store(payload, spans, nowMs, spans.length * 500 + body.length * 2)), rejected, reasons, hosts: spansByHost(spans) };
  }

  async #store(payload: Buffer, spans: readonly Span[], nowMs: number, bytes: number): Promise<AppendOutcome> {
    await this.#makeRoom(nowMs);
    let outcome: AppendOutcome = { stored: 0, duplicates: 0 };
    await this.#log.append(payload, () => {
      outcome = this.head.insert(spans, nowMs, bytes);
    });
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#flushWhenDue();
    return outcome;
  }

  async #makeRoom(nowMs: number): Promise<void> {
    const { headBytes } = this.#options;
    if (this.#closed) throw new Error('the trace store is closed');
    // Whether it succeeds shows in the bytes.
    if (this.head.bytes > 2 * headBytes) await this.#flushing?.catch(() => undefined);
    if (this.head.bytes > 3 * headBytes) {
      if (nowMs - this.#flushFailedMs > RETRY_MS) this.#flushWhenDue();
      throw new Error('the spans in memory could not be written to a block yet');
    }
  }

  #flushWhenDue(): void {
    const due = this.head.bytes > this.#options.headBytes || this.#nowMs - this.head.oldestMs > FLUSH_AFTER_MS;
    if (!due || this.#flushing !== undefined || this.#nowMs - this.#flushFailedMs < RETRY_MS) return;
    this.flush('idle').catch((error: unknown) => {
      this.#flushFailedMs = this.#nowMs;
      if (!this.#closed) this.#options.tell('error', { error: messageOf(error) }, 'spans could not be written to a block; they are in the log');
    });
  }

  /** Looks whether something is due although nothing is appended. */
  tick(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#flushWhenDue();
    this.#compactWhenDue();
  }

  /** Writes traces that are idle, or all, to a block. Rejects with what the disk said; nothing is lost then. */
  async flush(which: 'idle' | 'all'): Promise<void> {
    // One for idle traces that is under way leaves others.
    if (which === 'all') await this.#flushing?.catch(() => undefined);
    this.#flushing ??= this.#alone(async () => {
      await this.#rewriteHead((trace) => (which === 'all' || this.#isIdle(trace) ? 'block' : 'keep'));
    }).finally(() => {
      this.#flushing = undefined;
      this.#compactWhenDue();
    });
    await this.#flushing;
  }

  #isIdle({ lastMs, firstMs }: HeadTrace): boolean {
    return this.#nowMs - lastMs >= IDLE_MS || this.#nowMs - firstMs >= LONGEST_MS;
  }

  /**
   * Lets traces out of the head: into a block, or away; the others are written to the log again. `covered`: the last log file
   * that was read, while the log is being read; else the log goes on in a new file. Gives the number of spans that went away.
   */
  async #rewriteHead(fateOf: (trace: HeadTrace) => Fate, covered?: number): Promise<number> {
    const { head } = this;
    let old: readonly SealedSegment[] = [];
    let fates = new Map<string, Fate>();
    const decide = (): void => {
      head.seal();
      old = [...head.sealed];
      fates = new Map([...head.traces.values()].map((trace) => [trace.id, fateOf(trace)]));
    };
    if (covered !== undefined) decide();
    const cutAt = covered ?? (await this.#log.cut(decide));
    const spans = sumOf(old, ({ segment }) => segment.spanCount);
    let kept = partsWhere(old, (id) => fates.get(id) === 'keep');
    // When nearly all would be kept, the head would be full again at once.
    if (spansIn(kept) * 2 > spans && head.bytes > this.#options.headBytes) {
      for (const [id, fate] of fates) if (fate === 'keep') fates.set(id, 'block');
      kept = [];
    }
    const blocked = partsWhere(old, (id) => fates.get(id) === 'block');
    const storedOf = (wanted: Fate): StoredRange => rangeOf([...fates].flatMap(([id, one]) => (one === wanted ? [head.traces.get(id)?.firstMs ?? this.#nowMs] : [])));
    const keptSegment = kept.length === 0 ? undefined : mergeSegments(kept);
    const keptRange = storedOf('keep');
    if (keptSegment !== undefined) {
      const bytes = blockBytes({ groups: [keptSegment], ...keptRange, isSplit: () => false, level: 1 });
      await this.#log.append(encodeLogRecord({ kind: 'block', storedMs: keptRange.maxStoredMs, bytes }));
    }
    const added = blocked.length === 0 ? [] : [await this.#writeBlock(blocked, storedOf('block'))];
    await this.#commit({ ...this.#manifest, covered: Math.max(cutAt, this.#manifest.covered), blocks: [...this.#manifest.blocks, ...added] }, [], added);
    head.replace(old, fates, keptSegment === undefined ? undefined : { segment: keptSegment, ...keptRange });
    this.#logBytesBefore = 0;
    await this.#log.dropThrough(cutAt);
    return spans - spansIn(blocked) - spansIn(kept);
  }

  async #writeBlock(parts: readonly MergePart[], stored: StoredRange): Promise<number> {
    const number = this.#manifest.lastBlock + 1;
    this.#manifest = { ...this.#manifest, lastBlock: number };
    const planned = planMerge(parts);
    await writeBlock(
      this.#path(number),
      { groups: mergedGroups(parts, planned), ...stored, isSplit: (id) => this.head.traces.get(id)?.inBlocks === true, level: ZSTD_LEVEL },
      this.#options.createBlockFile,
    );
    return number;
  }

  async #commit(manifest: Manifest, removed: readonly number[], added: readonly number[]): Promise<void> {
    const opened = added.map((number) => ({ path: this.#path(number), file: openBlockFile(this.#path(number), String(number), this.#cache) }));
    try {
      await writeManifest(this.#options.directory, manifest);
    } catch (error) {
      for (const { file } of opened) file.close();
      await Promise.all(opened.map(({ path }) => rm(path, { force: true })));
      throw error;
    }
    this.#manifest = manifest;
    this.blocks.replace(removed.map(String), opened);
    this.blocksVersion++;
    for (const number of removed) {
      this.#cache.forget(`${number}/`);
      this.#doomed.push({ path: this.#path(number), pin: this.#lastPin });
    }
    await this.#deleteDoomed();
  }

  #compactWhenDue(): void {
    if (this.#compacting !== undefined || this.#closed) return;
    const { retentionMs, maxBytes } = this.#options;
    const planned = planCompaction(
      this.blocks.all.map(({ file }) => ({ id: Number(file.id), spans: file.meta.spanCount, bytes: file.bytes, minStoredMs: file.meta.minStoredMs, maxStoredMs: file.meta.maxStoredMs })),
      { maxSpans: MAX_BLOCK_SPANS, maxBytes: maxBytes / BLOCK_SHARE, maxWidthMs: Math.max(60_000, retentionMs / BLOCK_SHARE) },
    );
    if (planned === undefined) return;
    this.#compacting = this.compact(planned)
      .catch((error: unknown) => {
        if (!this.#closed) this.#options.tell('error', { error: messageOf(error) }, 'blocks of spans could not be merged');
        return false;
      })
      .then((done) => {
        this.#compacting = undefined;
        if (done) this.#compactWhenDue();
      });
  }

  /** Merges blocks into one. False when one of them went meanwhile. */
  async compact(numbers: readonly number[]): Promise<boolean> {
    const output = await this.#alone(async () => {
      this.#manifest = { ...this.#manifest, lastBlock: this.#manifest.lastBlock + 1 };
      return this.#manifest.lastBlock;
    });
    const pin = this.pin();
    try {
      await this.#options.compact({ inputs: numbers.map((number) => ({ id: String(number), path: this.#path(number) })), output: this.#path(output), split: new Set(this.blocks.split.keys()) });
    } finally {
      await this.unpin(pin);
    }
    return this.#alone(async () => {
      const { blocks } = this.#manifest;
      if (this.#closed || !numbers.every((number) => blocks.includes(number))) {
        await rm(this.#path(output), { force: true });
        return false;
      }
      await this.#commit({ ...this.#manifest, blocks: [...blocks.filter((number) => !numbers.includes(number)), output] }, numbers, [output]);
      return true;
    });
  }

  /** Deletes what was stored before, then the longest stored until so many bytes are left. Gives the number of spans deleted. */
  sweep({ storedBeforeMs, maxBytes }: { readonly storedBeforeMs: number; readonly maxBytes: number }): Promise<number> {
    return this.#alone(async () => {
      let deleted = 0;
      if (this.head.oldestMs < storedBeforeMs) {
        deleted += await this.#rewriteHead(({ firstMs }) => (firstMs < storedBeforeMs ? 'drop' : 'keep'));
      }
      deleted += await this.#deleteBlocks(this.blocks.all.map(({ file }) => file).filter((file) => file.meta.maxStoredMs < storedBeforeMs));
      if (this.bytes > maxBytes && this.#log.bytesSinceCut + this.#logBytesBefore > maxBytes / 2) await this.#rewriteHead(() => 'block');
      const byAge = this.blocks.all.map(({ file }) => file).toSorted((a, b) => a.meta.minStoredMs - b.meta.minStoredMs);
      let excess = this.bytes - maxBytes;
      const doomed: BlockFile[] = [];
      for (const file of byAge) {
        if (excess <= 0) break;
        doomed.push(file);
        excess -= file.bytes;
      }
      deleted += await this.#deleteBlocks(doomed);
      return deleted;
    });
  }

  async #deleteBlocks(files: readonly BlockFile[]): Promise<number> {
    if (files.length === 0) return 0;
    const numbers = new Set(files.map((file) => Number(file.id)));
    await this.#commit({ ...this.#manifest, blocks: this.#manifest.blocks.filter((number) => !numbers.has(number)) }, [...numbers], []);
    return files.reduce((sum, { meta }) => sum + meta.spanCount, 0);
  }

  /** On the disk. */
  get bytes(): number {
    return this.blocks.all.reduce((sum, { file }) => sum + file.bytes, 0) + this.#log.bytesSinceCut + this.#logBytesBefore;
  }

  /** Files of blocks as they are now stay until `unpin`. */
  pin(): number {
    this.#pins.add(++this.#lastPin);
    return this.#lastPin;
  }
  async unpin(pin: number): Promise<void> {
    this.#pins.delete(pin);
    await this.#deleteDoomed();
  }

  async #deleteDoomed(): Promise<void> {
    const oldest = Math.min(...this.#pins);
    const now = this.#doomed.filter(({ pin }) => pin < oldest);
    this.#doomed = this.#doomed.filter(({ pin }) => pin >= oldest);
    await Promise.all(now.map(({ path }) => rm(path, { force: true })));
  }

  /** Ends what is under way. What is in the head is in the log. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing?.catch(() => undefined);
    await this.#compacting;
    await this.#exclusive;
    await this.#log.close();
    this.blocks.replace(this.blocks.all.map(({ file }) => file.id), []);
    await Promise.all(this.#doomed.map(({ path }) => rm(path, { force: true })));
  }

  #path(number: number): string {
    return join(this.#options.directory, `block-${String(number).padStart(8, '0')}.spans`);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#exclusive.then(work);
    this.#exclusive = turn.catch(() => undefined);
    return turn;
  }

  async #openBlocks(): Promise<void> {
    const { directory, tell } = this.#options;
    const wanted = new Set(this.#manifest.blocks.map((number) => this.#path(number)));
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      if (name.endsWith('.tmp') || (/^block-\d+\.spans$/.test(name) && !wanted.has(path))) await rm(path, { force: true });
    }
    const opened = [];
    for (const number of this.#manifest.blocks) {
      const path = this.#path(number);
      try {
        opened.push({ path, file: openBlockFile(path, String(number), this.#cache) });
      } catch (error) {
        if (!(error instanceof DamagedDataError) && !isMissing(error)) throw error;
        tell('error', { block: path, error: messageOf(error) }, 'a block of spans cannot be read; it is left aside');
        await rename(path, `${path}.damaged`).catch(() => undefined);
        this.#manifest = { ...this.#manifest, blocks: this.#manifest.blocks.filter((one) => one !== number) };
      }
    }
    this.blocks.replace([], opened);
  }

  async #recover(files: readonly number[]): Promise<void> {
    const { directory, headBytes, tell } = this.#options;
    for (const index of files) {
      const damage = await readLogFile(segmentPath(directory, index), async (payload) => {
        try {
          this.#replay(decodeLogRecord(payload));
        } catch (error) {
          tell('error', { file: segmentPath(directory, index), error: messageOf(error) }, 'a record of the log of spans cannot be read');
        }
        this.#logBytesBefore += payload.length;
      });
      if (damage.corrupt > 0) tell('error', { file: segmentPath(directory, index), places: damage.corrupt }, 'the log of spans is damaged; what is behind the damage was read');
      else if (damage.tornBytes > 0) tell('info', { file: segmentPath(directory, index), bytes: damage.tornBytes }, 'the end of the log of spans was not written whole');
      if (this.head.bytes > headBytes) await this.#rewriteHead(() => 'block', index);
    }
  }

  #replay(record: LogRecord): void {
    this.#nowMs = Math.max(this.#nowMs, record.storedMs);
    switch (record.kind) {
      case 'request': {
        const { spans } = decodeTraceRequest(record.body, record.encoding);
        this.head.insert(spans, record.storedMs, spans.length * 500 + record.body.length * 2);
        return;
      }
      case 'spans':
        this.head.insert(record.spans, record.storedMs, record.spans.length * 3000);
        return;
      case 'block': {
        const block = openBlockBytes(record.bytes, `log-${record.storedMs}`, new ByteCache(0));
        for (const group of block.meta.groups.keys()) this.head.insertSegment(openGroup(block, group).segment, block.meta.minStoredMs, block.meta.maxStoredMs);
      }
    }
  }

  counts(): { readonly traces: number; readonly spans: number; readonly bytes: number; readonly blocks: number; readonly headBytes: number } {
    const metas = this.blocks.all.map(({ file }) => file.meta);
    const again = sumOf([...this.blocks.split.values()], (places) => places.length - 1);
    const fresh = [...this.head.traces.values()].filter((trace) => !trace.inBlocks).length;
    return { traces: sumOf(metas, (m) => m.traceCount) - again + fresh, spans: sumOf(metas, (m) => m.spanCount) + this.head.spanCount, bytes: this.bytes, blocks: metas.length, headBytes: this.head.bytes };
  }

  /** Spans that are not sealed, as a segment. */
  openSegment(): Segment {
    return buildSegment(this.head.openTraces.flatMap((trace) => trace.open));
  }
}

/** The traces of segments that are wanted, as parts. */
function partsWhere(segments: readonly { readonly segment: Segment }[], wanted: (traceId: string) => boolean): MergePart[] {
  return segments.flatMap(({ segment }) => {
    const traces: number[] = [];
    for (let t = 0; t < segment.traceCount; t++) if (wanted(hexOf(segment.traceIds, t * 16, 16))) traces.push(t);
    return traces.length === 0 ? [] : [{ segment, traces }];
  });
}

interface StoredRange {
  readonly minStoredMs: number;
  readonly maxStoredMs: number;
}

function rangeOf(times: readonly number[]): StoredRange {
  // Not by spread arguments: there may be very many.
  return { minStoredMs: times.reduce((a, b) => Math.min(a, b), Infinity), maxStoredMs: times.reduce((a, b) => Math.max(a, b), -Infinity) };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

function spansIn(parts: readonly MergePart[]): number {
  return sumOf(parts, ({ segment: { firstRow }, traces = [] }) => sumOf(Array.from(traces), (t) => (firstRow[t + 1] ?? 0) - (firstRow[t] ?? 0)));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
