import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import type { CounterResetHint, FloatHistogram } from '#server/histogram/float-histogram.ts';
import { DamagedDataError } from './byte-reader.ts';
import { EMPTY_COMMIT, type Commit } from './commit.ts';
import { decodeCommit, encodeCommit } from './commit-codec.ts';
import { isStaleMarker } from './stale-marker.ts';
import { STALE_NAN } from './storage.ts';

/** Records as the program makes them, with the prototype of objects. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true });
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, NaN, Infinity, -Infinity));
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const labels = fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('__name__', '__proto__', 'constructor', 'le')), fc.string({ minLength: 1, maxLength: 8 })), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs));
const spans = fc.array(record({ offset: fc.integer({ min: -1000, max: 1000 }), length: fc.nat(100) }), { maxLength: 3 });
const histogram: fc.Arbitrary<FloatHistogram> = record({
  counterResetHint: fc.constantFrom<CounterResetHint>('unknown', 'reset', 'not-reset', 'gauge'),
  schema: fc.integer({ min: -53, max: 8 }),
  zeroThreshold: number,
  zeroCount: number,
  count: number,
  sum: number,
  positiveSpans: spans,
  negativeSpans: spans,
  positiveBuckets: fc.array(number, { maxLength: 8 }),
  negativeBuckets: fc.array(number, { maxLength: 8 }),
  customValues: fc.array(number, { maxLength: 4 }),
});
const ref = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const time = fc.integer({ min: 0, max: 2 ** 43 });
const commit: fc.Arbitrary<Commit> = fc.array(record({ ref, time, value: number, histogram: fc.option(histogram, { freq: 3 }), start: fc.option(time, { freq: 3 }) }), { maxLength: 20 }).chain((samples) =>
  record({
    series: fc.array(record({ ref, labels }), { maxLength: 5 }),
    exemplars: fc.array(record({ ref, exemplar: record({ labels, value: number, timestamp: time }) }), { maxLength: 3 }),
    metadata: fc.array(fc.tuple(text, record({ type: text, help: text, unit: text })), { maxLength: 3 }),
    dropped: fc.array(ref, { maxLength: 4 }).map((refs) => Int32Array.from(refs)),
  }).map((rest) => {
    const histograms = new Map(samples.flatMap((one, i) => (one.histogram === null ? [] : [[i, one.histogram]])));
    const startTimestamps = new Map(samples.flatMap((one, i) => (one.start === null ? [] : [[i, one.start]])));
    return {
      ...rest,
      count: samples.length,
      refs: Int32Array.from(samples, (one) => one.ref),
      timestamps: Float64Array.from(samples, (one) => one.time),
      values: Float64Array.from(samples, (one) => one.value),
      ...(histograms.size === 0 ? {} : { histograms }),
      ...(startTimestamps.size === 0 ? {} : { startTimestamps }),
    };
  }),
);

test('any commit comes back as it was', () => {
  fc.assert(
    fc.property(commit, (one) => assert.deepStrictEqual(plain(decodeCommit(encodeCommit(one))), plain(one))),
    { numRuns: 300, interruptAfterTimeLimit: 2000 },
  );
});

test('only the counted entries of longer columns are written, and staleness markers stay apart from NaN', () => {
  const back = decodeCommit(encodeCommit({ ...EMPTY_COMMIT, count: 2, refs: Int32Array.of(1, 2, 3), timestamps: Float64Array.of(5, 5, 6), values: Float64Array.of(STALE_NAN, NaN, 1) }));
  assert.deepEqual([back.count, ...back.refs, ...back.timestamps], [2, 1, 2, 5, 5]);
  assert.deepEqual(Array.from(back.values, isStaleMarker), [true, false]);
});

test('bytes that are no whole commit are refused with a typed error, wherever they are cut or changed', () => {
  fc.assert(
    fc.property(commit, fc.nat(), fc.nat(255), (one, where, byte) => {
      const bytes = encodeCommit(one);
      const at = where % bytes.length;
      assert.throws(() => decodeCommit(bytes.subarray(0, at)), DamagedDataError);
      const changed = Buffer.from(bytes);
      changed[at] = byte;
      try {
        decodeCommit(changed);
      } catch (error) {
        assert.ok(error instanceof DamagedDataError, String(error));
      }
    }),
    { numRuns: 500, interruptAfterTimeLimit: 2000 },
  );
});

/** Map entries and columns as arrays, so that a difference is shown. */
function plain(one: Commit): unknown {
  return { ...one, refs: [...one.refs], timestamps: [...one.timestamps], values: [...one.values], dropped: [...one.dropped], histograms: [...(one.histograms ?? [])], startTimestamps: [...(one.startTimestamps ?? [])] };
}
