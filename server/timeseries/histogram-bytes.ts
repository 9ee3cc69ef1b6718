import type { BucketSpan, CounterResetHint, FloatHistogram } from '#server/histogram/float-histogram.ts';
import { DamagedDataError, type ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { canonicalValue } from './stale-marker.ts';

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not-reset', 'gauge'];

/** The number under which a hint is stored. */
export function hintCode(hint: CounterResetHint): number {
  return HINTS.indexOf(hint);
}

/** The hint behind a stored number. Throws DamagedDataError for a number that stands for none. */
export function hintOfCode(code: number): CounterResetHint {
  const hint = HINTS[code];
  if (hint === undefined) throw new DamagedDataError(`counter reset hint ${code}`);
  return hint;
}

/** What is the same for all histograms of a run: where their buckets are. */
export interface HistogramLayout {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly customValues: readonly number[];
}

/** Writes where the buckets of a histogram are. */
export function writeLayout(out: ByteWriter, layout: HistogramLayout): void {
  out.signed(layout.schema);
  writeNumber(out, layout.zeroThreshold);
  writeSpans(out, layout.positiveSpans);
  writeSpans(out, layout.negativeSpans);
  writeNumbers(out, layout.customValues);
}

/** Reads it back. Throws DamagedDataError. */
export function readLayout(from: ByteReader): HistogramLayout {
  return {
    schema: from.signed(),
    zeroThreshold: readNumber(from),
    positiveSpans: readSpans(from),
    negativeSpans: readSpans(from),
    customValues: readNumbers(from),
  };
}

/** Writes one histogram by itself: about one byte for a small whole bucket, nine for any other. */
export function writeHistogram(out: ByteWriter, histogram: FloatHistogram): void {
  out.u8(hintCode(histogram.counterResetHint));
  writeLayout(out, histogram);
  writeNumber(out, histogram.zeroCount);
  writeNumber(out, histogram.count);
  writeNumber(out, histogram.sum);
  writeNumbers(out, histogram.positiveBuckets);
  writeNumbers(out, histogram.negativeBuckets);
}

/** Reads one histogram back. Throws DamagedDataError. */
export function readHistogram(from: ByteReader): FloatHistogram {
  return {
    counterResetHint: hintOfCode(from.u8()),
    ...readLayout(from),
    zeroCount: readNumber(from),
    count: readNumber(from),
    sum: readNumber(from),
    positiveBuckets: readNumbers(from),
    negativeBuckets: readNumbers(from),
  };
}

// Whole numbers are written doubled, so that 1 can say that the eight bytes of a double follow.
const DOUBLE_FOLLOWS = 1;
const MAX_WHOLE = 2 ** 51;

function writeNumber(out: ByteWriter, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value < MAX_WHOLE && !Object.is(value, -0)) out.varint(value * 2);
  else {
    out.varint(DOUBLE_FOLLOWS);
    out.f64(canonicalValue(value));
  }
}

function readNumber(from: ByteReader): number {
  const code = from.varint();
  if (code === DOUBLE_FOLLOWS) return from.f64();
  if (code % 2 === 1) throw new DamagedDataError(`number code ${code}`);
  return code / 2;
}

function writeNumbers(out: ByteWriter, values: readonly number[]): void {
  out.varint(values.length);
  for (const value of values) writeNumber(out, value);
}

function readNumbers(from: ByteReader): number[] {
  const values: number[] = [];
  for (let left = from.count(); left > 0; left--) values.push(readNumber(from));
  return values;
}

function writeSpans(out: ByteWriter, spans: readonly BucketSpan[]): void {
  out.varint(spans.length);
  for (const { offset, length } of spans) {
    out.signed(offset);
    out.varint(length);
  }
}

function readSpans(from: ByteReader): BucketSpan[] {
  const spans: BucketSpan[] = [];
  for (let left = from.count(2); left > 0; left--) spans.push({ offset: from.signed(), length: from.varint() });
  return spans;
}
