import type { CounterResetHint, FloatHistogram } from '#server/histogram/float-histogram.ts';
import { BitWriter, fromBits, peekBits, READ_PADDING } from './bit-stream.ts';
import { ByteReader, DamagedDataError } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { hintCode, hintOfCode, readLayout, writeLayout, type HistogramLayout } from './histogram-bytes.ts';
import type { SampleBuffer } from './sample-buffer.ts';

/** Count, zero count and sum stand before the buckets. */
const FIXED_FIELDS = 3;

/**
 * A run of histograms of one series with the same buckets. Each number is told by how far it is from going on as it went
 * before (one bit when it is not), so that a histogram that nothing was added to costs one bit a bucket. The hint of the
 * first one is in the header; the others of counters are `not-reset`, as the reference's iterators give them
 * (Prometheus tsdb/chunkenc/float_histogram.go, which XORs instead and widens old histograms when buckets appear).
 */
export class HistogramEncoder {
  readonly layout: HistogramLayout;
  readonly hint: CounterResetHint;
  readonly minTime: number;
  readonly #header: Buffer;
  readonly #out = new BitWriter();
  readonly #values: Float64Array;
  readonly #deltas: Float64Array;
  #count = 0;
  #time: number;
  #delta = 0;
  #start = 0;

  /** Begins a run with the layout of `first`, which is not added yet. */
  constructor(first: FloatHistogram, hint: CounterResetHint, time: number) {
    this.layout = { schema: first.schema, zeroThreshold: first.zeroThreshold, positiveSpans: first.positiveSpans, negativeSpans: first.negativeSpans, customValues: first.customValues };
    this.hint = hint;
    this.minTime = time;
    this.#time = time;
    const header = new ByteWriter();
    header.u8(hintCode(hint));
    writeLayout(header, first);
    header.varint(first.positiveBuckets.length);
    header.varint(first.negativeBuckets.length);
    this.#header = Buffer.from(header.finish());
    const fields = FIXED_FIELDS + first.positiveBuckets.length + first.negativeBuckets.length;
    this.#values = new Float64Array(fields);
    this.#deltas = new Float64Array(fields);
  }

  get count(): number {
    return this.#count;
  }
  get maxTime(): number {
    return this.#time;
  }
  get byteLength(): number {
    return this.#header.length + ((this.#out.bitLength + 7) >>> 3);
  }

  /** Adds a histogram of the same layout; `start` 0 = not known. */
  append(time: number, histogram: FloatHistogram, start: number): void {
    const delta = time - this.#time;
    this.#putWhole(delta - this.#delta, delta);
    this.#delta = delta;
    this.#time = time;
    if (start === this.#start) this.#out.put(0, 1);
    else {
      this.#out.put(1, 1);
      this.#out.double(start);
      this.#start = start;
    }
    this.#putField(0, histogram.count);
    this.#putField(1, histogram.zeroCount);
    this.#putField(2, histogram.sum);
    let field = FIXED_FIELDS;
    for (const bucket of histogram.positiveBuckets) this.#putField(field++, bucket);
    for (const bucket of histogram.negativeBuckets) this.#putField(field++, bucket);
    this.#count++;
  }

  /** The chunk as it stands; a copy, with READ_PADDING after it that does not belong to it. */
  padded(): Uint8Array {
    const out = new Uint8Array(this.byteLength + READ_PADDING);
    out.set(this.#header);
    out.set(this.#out.bytes(), this.#header.length);
    return out;
  }

  #putField(field: number, value: number): void {
    const before = this.#values[field] ?? 0;
    const expected = before + (this.#deltas[field] ?? 0);
    const distance = value - expected;
    const told = Object.is(expected, value) || (distance !== 0 && Object.is(expected + distance, value));
    this.#putWhole(told ? distance : NaN, value);
    this.#values[field] = value;
    this.#deltas[field] = stepOf(before, value);
  }

  /** A small whole distance in few bits, else the value itself. */
  #putWhole(distance: number, value: number): void {
    const out = this.#out;
    if (distance === 0 && !Object.is(value, -0)) out.put(0, 1);
    else if (distance !== (distance | 0) || Object.is(value, -0)) {
      out.put(0b11111, 5);
      out.double(value);
    } else if (distance >= -8 && distance < 8) out.put((0b10 << 4) | (distance & 0xf), 6);
    else if (distance >= -128 && distance < 128) out.put((0b110 << 8) | (distance & 0xff), 11);
    else if (distance >= -32768 && distance < 32768) out.put((0b1110 << 16) | (distance & 0xffff), 20);
    else {
      out.put(0b11110, 5);
      out.put(distance, 32);
    }
  }
}

/** How a number may be expected to go on: only whole ones, whose sums are exact. */
function stepOf(before: number, value: number): number {
  return Number.isSafeInteger(before) && Number.isSafeInteger(value) ? value - before : 0;
}

/**
 * Decompresses `count` histograms from the bytes of a chunk and adds those from `start` to `end` (both included) to `out`,
 * which must have room for all of them. `bytes` goes on for READ_PADDING after the chunk. Bytes that are no chunk give a
 * DamagedDataError, a RangeError, or wrong histograms, at most `count`.
 */
export function decodeHistograms(bytes: Uint8Array, count: number, minTime: number, start: number, end: number, out: SampleBuffer): void {
  const header = new ByteReader(bytes);
  const hint = hintOfCode(header.u8());
  const layout = readLayout(header);
  const positives = header.varint();
  const negatives = header.varint();
  if (positives + negatives > bytes.length * 8) throw new DamagedDataError(`${positives + negatives} buckets in ${bytes.length} bytes`);
  const reader = new FieldReader(bytes, header.position * 8, FIXED_FIELDS + positives + negatives);
  let time = minTime;
  let delta = 0;
  let startTime = 0;
  for (let i = 0; i < count; i++) {
    delta = reader.whole(delta);
    time += delta;
    if (time > end) return;
    if (reader.flag()) startTime = reader.double();
    reader.readFields();
    if (time < start) continue;
    const { values } = reader;
    const histogram: FloatHistogram = {
      counterResetHint: i === 0 || hint === 'gauge' ? hint : 'not-reset',
      ...layout,
      count: values[0] ?? 0,
      zeroCount: values[1] ?? 0,
      sum: values[2] ?? 0,
      positiveBuckets: Array.from(values.subarray(FIXED_FIELDS, FIXED_FIELDS + positives)),
      negativeBuckets: Array.from(values.subarray(FIXED_FIELDS + positives)),
    };
    out.push(time, NaN, histogram, startTime);
  }
}

class FieldReader {
  readonly values: Float64Array;
  readonly #deltas: Float64Array;
  readonly #view: DataView;
  #position: number;

  constructor(bytes: Uint8Array, position: number, fields: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#position = position;
    this.values = new Float64Array(fields);
    this.#deltas = new Float64Array(fields);
  }

  flag(): boolean {
    return peekBits(this.#view, this.#position++) < 0;
  }
  double(): number {
    const value = fromBits(peekBits(this.#view, this.#position), peekBits(this.#view, this.#position + 32));
    this.#position += 64;
    return value;
  }
  readFields(): void {
    const { values } = this;
    for (let field = 0; field < values.length; field++) {
      const before = values[field] ?? 0;
      const value = this.whole(before + (this.#deltas[field] ?? 0));
      values[field] = value;
      this.#deltas[field] = stepOf(before, value);
    }
  }
  /** The number that was told by its distance from `expected`, or as itself. */
  whole(expected: number): number {
    const word = peekBits(this.#view, this.#position);
    if (word >= 0) {
      this.#position++;
      return expected;
    }
    if ((word & 0x40000000) === 0) {
      this.#position += 6;
      return expected + ((word << 2) >> 28);
    }
    if ((word & 0x20000000) === 0) {
      this.#position += 11;
      return expected + ((word << 3) >> 24);
    }
    if ((word & 0x10000000) === 0) {
      this.#position += 20;
      return expected + ((word << 4) >> 16);
    }
    this.#position += 5;
    if ((word & 0x08000000) !== 0) return this.double();
    const distance = peekBits(this.#view, this.#position);
    this.#position += 32;
    return expected + distance;
  }
}
