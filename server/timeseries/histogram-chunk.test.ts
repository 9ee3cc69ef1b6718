import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { DamagedDataError } from './byte-reader.ts';
import { decodeHistograms, HistogramEncoder } from './histogram-chunk.ts';
import { continuationOf, firstHint } from './histogram-run.ts';
import { SampleBuffer } from './sample-buffer.ts';
import type { SeriesSamples } from './storage.ts';

const BASE: FloatHistogram = { counterResetHint: 'unknown', schema: 1, zeroThreshold: 0.001, zeroCount: 2, count: 10, sum: 5.5, positiveSpans: [{ offset: -1, length: 2 }, { offset: 3, length: 1 }], negativeSpans: [{ offset: 0, length: 1 }], positiveBuckets: [1, 2, 3], negativeBuckets: [2], customValues: [] };

function decode(bytes: Uint8Array, count: number, minTime: number, from = -Infinity, to = Infinity): SeriesSamples | undefined {
  const out = new SampleBuffer();
  out.begin(count);
  decodeHistograms(bytes, count, minTime, from, to, out);
  return out.finish({});
}

const number = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -40_000, max: 40_000 }), fc.integer(), fc.constantFrom(0, -0, Infinity, NaN, 2 ** 53, 2 ** 53 - 1));
const sample = fc.record({ gap: fc.oneof(fc.constant(15_000), fc.integer({ min: 1, max: 2 ** 40 })), start: fc.constantFrom(0, 0, 7), count: number, zeroCount: number, sum: number, buckets: fc.tuple(number, number, number), negative: number });

test('any run of histograms comes back as it was, the later ones known not to be resets', () => {
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 30 }), (samples) => {
      let time = 1_700_000_000_000;
      const wanted = samples.map((one, i) => ({
        time: (time += one.gap),
        start: one.start,
        histogram: { ...BASE, counterResetHint: i === 0 ? 'unknown' : 'not-reset', count: one.count, zeroCount: one.zeroCount, sum: one.sum, positiveBuckets: one.buckets, negativeBuckets: [one.negative] } satisfies FloatHistogram,
      }));
      const encoder = new HistogramEncoder(BASE, 'unknown', wanted[0]?.time ?? 0);
      for (const one of wanted) encoder.append(one.time, one.histogram, one.start);
      const back = decode(encoder.padded(), encoder.count, encoder.minTime);
      assert.deepStrictEqual(Array.from(back?.timestamps ?? []), wanted.map((one) => one.time));
      assert.deepStrictEqual(back?.histograms, wanted.map((one) => one.histogram));
      assert.deepStrictEqual(Array.from(back?.startTimestamps ?? wanted.map(() => 0)), wanted.map((one) => one.start));
      assert.equal(encoder.maxTime, time);
    }),
    { numRuns: 200, interruptAfterTimeLimit: 2000 },
  );
});

test('only histograms between two times are given, and a gauge stays one', () => {
  const encoder = new HistogramEncoder(BASE, 'gauge', 1000);
  for (let i = 0; i < 10; i++) encoder.append(1000 + i * 10, { ...BASE, count: 10 + i }, 0);
  const back = decode(encoder.padded(), 10, 1000, 1015, 1040);
  assert.deepEqual(Array.from(back?.timestamps ?? []), [1020, 1030, 1040]);
  assert.deepEqual(back?.histograms?.map((one) => [one?.counterResetHint, one?.count]), [['gauge', 12], ['gauge', 13], ['gauge', 14]]);
});

test('a histogram that nothing was added to costs a bit a number', () => {
  const encoder = new HistogramEncoder(BASE, 'unknown', 0);
  for (let i = 0; i < 2; i++) encoder.append(i * 1000, BASE, 0);
  const before = encoder.byteLength;
  for (let i = 2; i < 42; i++) encoder.append(i * 1000, BASE, 0);
  // Time, start, count, zero count, sum, four buckets.
  assert.ok(encoder.byteLength - before <= (40 * 9) / 8 + 1);
});

test('bytes that are no chunk fail in a way that is known', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 9, maxLength: 80 }), (bytes) => {
      try {
        decode(bytes, 20, 0);
      } catch (error) {
        assert.ok(error instanceof DamagedDataError || error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 500, interruptAfterTimeLimit: 1000 },
  );
});

const STEPS: readonly [what: string, next: Partial<FloatHistogram>, continuation: string, hint: string][] = [
  ['the same buckets and no less in any', { count: 12, positiveBuckets: [2, 2, 4] }, 'same', 'not-reset'],
  ['a bucket that shrank', { count: 12, positiveBuckets: [0, 2, 6] }, 'broken', 'unknown'],
  ['a count that shrank', { count: 9 }, 'broken', 'unknown'],
  ['a zero count that shrank', { zeroCount: 1 }, 'broken', 'unknown'],
  ['a reset that is told', { counterResetHint: 'reset' }, 'broken', 'unknown'],
  ['another schema', { schema: 2 }, 'broken', 'unknown'],
  ['another zero threshold', { zeroThreshold: 0.01 }, 'broken', 'unknown'],
  ['from counter to gauge', { counterResetHint: 'gauge' }, 'broken', 'gauge'],
  ['a new bucket', { count: 12, positiveSpans: [{ offset: -1, length: 3 }, { offset: 2, length: 1 }], positiveBuckets: [1, 2, 2, 3] }, 'widened', 'not-reset'],
  ['a used bucket that went', { positiveSpans: [{ offset: -1, length: 2 }], positiveBuckets: [1, 2] }, 'broken', 'unknown'],
];
for (const [what, next, continuation, hint] of STEPS) {
  test(`${what}: ${continuation}, read as ${hint}`, () => {
    const found = continuationOf(BASE, { ...BASE, ...next });
    assert.deepEqual([found, firstHint({ ...BASE, ...next }, found)], [continuation, hint]);
  });
}
