import { crc32 } from 'node:zlib';
import { INDEX_MAGIC, type BlockChunk } from './block-format.ts';
import { ByteReader, DamagedDataError } from './byte-reader.ts';
import { isChunkKind } from './encoded-chunk.ts';
import { labelsFromEntries, labelValue } from './labels.ts';
import type { PostingsSource, ValueLists } from './select-postings.ts';
import type { Labels } from './storage.ts';

const TRAILER_BYTES = 20;

/**
 * The index of a block as it was read from its file. Names and values become strings, and lists of series become arrays,
 * only when a query asks for them. Series are numbered from 0 on.
 */
export class BlockIndex implements PostingsSource {
  readonly byteLength: number;
  readonly #bytes: Buffer;
  readonly #reader: ByteReader;
  readonly #wordEnds: Uint32Array;
  readonly #textStart: number;
  readonly #words: (string | undefined)[] = [];
  readonly #seriesOffsets: Uint32Array;
  readonly #seriesStart: number;
  readonly #names = new Map<string, BlockLists>();
  /** The checksum of each page of chunks. */
  readonly pageChecksums: Uint32Array;

  /** Throws DamagedDataError when the bytes are not a whole index. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.byteLength = bytes.length;
    if (bytes.length < TRAILER_BYTES + 4 || bytes.readUInt32LE(0) !== INDEX_MAGIC) throw new DamagedDataError('not an index of a block');
    if (crc32(bytes.subarray(0, bytes.length - 4)) !== bytes.readUInt32LE(bytes.length - 4)) throw new DamagedDataError('the checksum of the index does not fit');
    const reader = new ByteReader(bytes);
    this.#reader = reader;
    reader.seek(bytes.length - TRAILER_BYTES);
    const [words, series, postings, pages] = [reader.u32(), reader.u32(), reader.u32(), reader.u32()];
    reader.seek(words);
    this.#wordEnds = reader.column(new Uint32Array(reader.count(4)));
    this.#textStart = reader.position;
    reader.seek(series);
    this.#seriesOffsets = reader.column(new Uint32Array(reader.count(4)));
    this.#seriesStart = reader.position;
    reader.seek(postings);
    for (let left = reader.count(2); left > 0; left--) {
      const name = this.#word(reader.varint());
      const values = reader.count(8);
      const valueWords = reader.column(new Uint32Array(values));
      const ends = reader.column(new Uint32Array(values));
      const start = reader.position;
      this.#names.set(name, new BlockLists(bytes, (word) => this.#word(word), valueWords, ends, start));
      reader.bytes(ends[values - 1] ?? 0);
    }
    reader.seek(pages);
    this.pageChecksums = reader.column(new Uint32Array(reader.count(4)));
  }

  get limit(): number {
    return this.#seriesOffsets.length;
  }
  all(): Int32Array {
    return Int32Array.from({ length: this.limit }, (_, series) => series);
  }
  lists(name: string): ValueLists | undefined {
    return this.#names.get(name);
  }
  valueOf(series: number, name: string): string {
    return labelValue(this.labels(series), name);
  }
  names(): string[] {
    return [...this.#names.keys()];
  }
  values(name: string): string[] {
    return this.#names.get(name)?.values() ?? [];
  }

  /** The labels of a series: a new object every time. */
  labels(series: number): Labels {
    const reader = this.#at(series);
    const entries: [string, string][] = [];
    for (let left = reader.count(2); left > 0; left--) entries.push([this.#word(reader.varint()), this.#word(reader.varint())]);
    return labelsFromEntries(entries);
  }

  /** The chunks of a series with samples between two times (Unix ms, both included); `minTime` is that of the block. */
  chunks(series: number, minTime: number, start: number, end: number): BlockChunk[] {
    const reader = this.#at(series);
    for (let left = reader.count(2) * 2; left > 0; left--) reader.varint();
    const chunks: BlockChunk[] = [];
    let time = minTime;
    let after = 0;
    for (let left = reader.count(6); left > 0; left--) {
      const kind = reader.u8();
      const first = time + reader.signed();
      time = first + reader.varint();
      const count = reader.varint();
      const length = reader.varint();
      const offset = after + reader.signed();
      after = offset + length;
      if (first > end) break;
      if (!isChunkKind(kind)) throw new DamagedDataError(`a chunk of kind ${kind}`);
      if (time >= start) chunks.push({ kind, minTime: first, maxTime: time, count, offset, length });
    }
    return chunks;
  }

  #at(series: number): ByteReader {
    const offset = this.#seriesOffsets[series];
    if (offset === undefined) throw new DamagedDataError(`series ${series} of ${this.limit}`);
    this.#reader.seek(this.#seriesStart + offset);
    return this.#reader;
  }
  #word(index: number): string {
    const known = this.#words[index];
    if (known !== undefined) return known;
    const end = this.#wordEnds[index];
    if (end === undefined) throw new DamagedDataError(`word ${index} of ${this.#wordEnds.length}`);
    const word = this.#bytes.toString('utf8', this.#textStart + (index === 0 ? 0 : (this.#wordEnds[index - 1] ?? 0)), this.#textStart + end);
    this.#words[index] = word;
    return word;
  }
}

/** The lists of one label name. */
class BlockLists implements ValueLists {
  readonly #bytes: Buffer;
  readonly #word: (index: number) => string;
  readonly #valueWords: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #start: number;
  #byValue: Map<string, number> | undefined;

  constructor(bytes: Buffer, word: (index: number) => string, valueWords: Uint32Array, ends: Uint32Array, start: number) {
    this.#bytes = bytes;
    this.#word = word;
    this.#valueWords = valueWords;
    this.#ends = ends;
    this.#start = start;
  }

  get size(): number {
    return this.#valueWords.length;
  }
  values(): string[] {
    return Array.from(this.#valueWords, this.#word);
  }
  idsOf(value: string): Int32Array | undefined {
    this.#byValue ??= new Map(this.values().map((one, i) => [one, i]));
    const index = this.#byValue.get(value);
    return index === undefined ? undefined : this.#list(index);
  }
  markWhere(matches: (value: string) => boolean, marks: Uint8Array): void {
    this.#valueWords.forEach((word, i) => {
      if (matches(this.#word(word))) for (const id of this.#list(i)) marks[id] = 1;
    });
  }

  #list(index: number): Int32Array {
    const from = this.#start + (index === 0 ? 0 : (this.#ends[index - 1] ?? 0));
    const to = this.#start + (this.#ends[index] ?? 0);
    const reader = new ByteReader(this.#bytes.subarray(0, to), from);
    const ids = new Int32Array(to - from);
    let count = 0;
    let id = 0;
    while (reader.remaining > 0) {
      id += reader.varint();
      ids[count++] = id;
    }
    return ids.subarray(0, count);
  }
}
