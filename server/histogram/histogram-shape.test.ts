import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { bucketBound } from './bucket-bounds.ts';
import { allBucketsDescending, allBucketsOf, negativeBucketsOf, positiveBucketsOf } from './buckets.ts';
import { compactHistogram } from './compact-histogram.ts';
import { detectReset } from './detect-reset.ts';
import { equalHistograms } from './equal-histograms.ts';
import type { FloatHistogram } from './float-histogram.ts';
import { formatHistogram, histogramJson, histogramTestExpression } from './format-histogram.ts';
import { toSchema } from './reduce-resolution.ts';
import { anExponentialHistogram } from './testing/any-histogram.ts';
import { aHistogram, SAMPLES } from './testing/samples.ts';

const { both, wideZero, custom, otherBounds } = SAMPLES;
const BOUNDED = { interruptAfterTimeLimit: 700, markInterruptAsFailure: false };

test('bounds are the powers of two of the schema, exact to the last bit', () => {
  const table: readonly (readonly [index: number, schema: number, bound: number])[] = [
    [0, 0, 1], [1, 0, 2], [-1, 0, 0.5], [1, 1, 1.414213562373095], [1, 2, 1.189207115002721], [3, 2, 1.6817928305074288], [1, -1, 4], [-1, -4, 2 ** -16], [64, -4, Number.MAX_VALUE], [65, -4, Infinity],
    [1024, 0, Number.MAX_VALUE], [1025, 0, Infinity], [1023 * 4, 2, 2 ** 1023], [255, 8, 2 * 0.9972960560854698], [255 - 256, 8, 0.9972960560854698], [-1074, 0, 5e-324], [-1076, 0, 0], [-2045, 1, 0.7071067811865475 * 2 ** -1022],
  ];
  for (const [index, schema, bound] of table) assert.equal(bucketBound(index, schema, []), bound, `${index} of schema ${schema}`);
  assert.deepEqual([-1, 0, 1, 2].map((index) => bucketBound(index, -53, [1, 5])), [-Infinity, 1, 5, Infinity]);
});

test('each schema halves the buckets of the one before', () => {
  for (let schema = -3; schema <= 8; schema++) {
    for (let index = -30; index <= 30; index++) assert.equal(bucketBound(2 * index, schema, []), bucketBound(index, schema - 1, []));
  }
});

test('all buckets are walked in both directions, and end at the zero bucket they reach into', () => {
  const reaching = aHistogram('{{schema:0 count:9 z_bucket:1 z_bucket_w:0.6 buckets:[4 4] n_buckets:[2]}}');
  const rising = allBucketsOf(reaching).map(({ lower, upper, count }) => [lower, upper, count]);
  assert.deepEqual(rising, [[-1, -0.6, 2], [-0.6, 0.6, 1], [0.6, 1, 4], [1, 2, 4]]);
  assert.deepEqual(allBucketsDescending(reaching).reverse(), allBucketsOf(reaching));
  assert.deepEqual([positiveBucketsOf(reaching)[0]?.lower, negativeBucketsOf(reaching)[0]?.upper], [0.5, -0.5]);
});

test('spans with gaps and without length are walked alike', () => {
  const spans = [{ offset: -1, length: 1 }, { offset: 0, length: 0 }, { offset: 2, length: 2 }];
  const h: FloatHistogram = { ...aHistogram('{{}}'), positiveSpans: spans, positiveBuckets: [1, 2, 3] };
  assert.deepEqual(allBucketsOf(h).map(({ index, count }) => [index, count]), [[-1, 1], [2, 2], [3, 3]]);
  assert.deepEqual(allBucketsDescending(h).map(({ index }) => index), [3, 2, -1]);
});

test('compacting drops empty buckets at ends, and in the middle where there are more than allowed', () => {
  const h: FloatHistogram = { ...aHistogram('{{}}'), positiveSpans: [{ offset: 1, length: 5 }, { offset: 1, length: 2 }], positiveBuckets: [0, 1, 0, 0, 2, 3, 0] };
  const spansOf = (allowed: number): unknown => [compactHistogram(h, allowed).positiveSpans, compactHistogram(h, allowed).positiveBuckets];
  assert.deepEqual(spansOf(0), [[{ offset: 2, length: 1 }, { offset: 2, length: 1 }, { offset: 1, length: 1 }], [1, 2, 3]]);
  assert.deepEqual(spansOf(1), [[{ offset: 2, length: 1 }, { offset: 2, length: 3 }], [1, 2, 0, 3]]);
  assert.deepEqual(spansOf(2), [[{ offset: 2, length: 6 }], [1, 0, 0, 2, 0, 3]]);
});

test('compact histograms are handed back as they are, and compacting twice changes nothing', () => {
  fc.assert(
    fc.property(anExponentialHistogram(), fc.nat(3), (h, allowed) => {
      const compact = compactHistogram(h, allowed);
      assert.deepEqual(compactHistogram(compact, allowed), compact);
      assert.equal(formatHistogram(compact), formatHistogram(h));
      const tight = compactHistogram(h, 0);
      assert.equal(compactHistogram(tight, 0), tight);
    }),
    BOUNDED,
  );
});

test('a coarser schema keeps all observations, however many steps it takes', () => {
  fc.assert(
    fc.property(anExponentialHistogram(), fc.nat(4), fc.nat(4), (h, first, second) => {
      const middle = Math.max(-4, h.schema - first);
      const last = Math.max(-4, middle - second);
      assert.ok(equalHistograms(toSchema(toSchema(h, middle), last), toSchema(h, last)) || h.schema === last);
      const total = (one: FloatHistogram): number => [...one.positiveBuckets, ...one.negativeBuckets].reduce((a, b) => a + b, 0);
      assert.equal(total(toSchema(h, last)), total(h));
    }),
    BOUNDED,
  );
  assert.throws(() => toSchema(both, 2), RangeError);
  assert.throws(() => toSchema(custom, 0), RangeError);
});

test('histograms are equal as data: empty spans do not matter, empty buckets do', () => {
  const spanned: FloatHistogram = { ...wideZero, positiveSpans: [{ offset: -3, length: 0 }, { offset: 3, length: 2 }] };
  assert.ok(equalHistograms(wideZero, spanned));
  assert.ok(!equalHistograms(wideZero, { ...wideZero, positiveSpans: [{ offset: 0, length: 3 }], positiveBuckets: [4, 4, 0] }));
  assert.ok(equalHistograms({ ...both, sum: NaN }, { ...both, sum: NaN }));
  assert.ok(!equalHistograms(custom, { ...custom, customValues: [1, 2, 6] }));
  assert.ok(equalHistograms(both, { ...both, counterResetHint: 'gauge' }));
});

test('a counter was reset when anything but the sum fell', () => {
  const later = aHistogram('{{schema:1 count:9.5 sum:1 z_bucket:2 z_bucket_w:0.001 offset:-2 buckets:[1 1 3.5] n_buckets:[2]}}');
  const table: readonly (readonly [current: FloatHistogram, previous: FloatHistogram, reset: boolean])[] = [
    [later, both, false], [both, later, true], [both, both, false],
    [{ ...later, counterResetHint: 'reset' }, both, true], [{ ...both, counterResetHint: 'not-reset' }, later, false], [{ ...later, counterResetHint: 'gauge' }, both, false],
    [{ ...later, zeroCount: 1 }, both, true], [{ ...later, negativeBuckets: [1] }, both, true], [{ ...later, negativeSpans: [], negativeBuckets: [] }, both, true],
    [toSchema(later, 0), both, false], [later, toSchema(both, 0), true], [{ ...later, zeroThreshold: 0 }, both, true],
    [custom, both, true], [custom, custom, false], [custom, otherBounds, false], [otherBounds, { ...custom, count: 3 }, true],
    [aHistogram('{{count:9 z_bucket:5 z_bucket_w:1 offset:1 buckets:[4]}}'), wideZero, false], [aHistogram('{{count:9 z_bucket:4 z_bucket_w:1 offset:1 buckets:[5]}}'), wideZero, true],
    [aHistogram('{{count:9 z_bucket:9 z_bucket_w:1.5}}'), wideZero, true],
  ];
  for (const [current, previous, reset] of table) assert.equal(detectReset(current, previous), reset, `${histogramTestExpression(current)} after ${histogramTestExpression(previous)}`);
});

test('histograms are written for people, for test scripts and for the HTTP API', () => {
  assert.equal(formatHistogram(both), '{count:7.5, sum:5, [-1,-0.7071067811865475):2, [-0.001,0.001]:2, (0.35355339059327373,0.5]:1, (0.7071067811865475,1]:2.5}');
  assert.equal(formatHistogram(custom), '{count:6, sum:10, [-Inf,1]:1, (1,2]:2, (5,+Inf]:3}');
  assert.equal(histogramTestExpression({ ...both, counterResetHint: 'not-reset' }), '{{schema:1 count:7.5 sum:5 z_bucket:2 z_bucket_w:0.001 counter_reset_hint:not_reset offset:-2 buckets:[1 0 2.5] n_buckets:[2]}}');
  const json: unknown = JSON.parse(histogramJson(both));
  assert.deepEqual(json, { count: '7.5', sum: '5', buckets: [[1, '-1', '-0.7071067811865475', '2'], [3, '-0.001', '0.001', '2'], [0, '0.35355339059327373', '0.5', '1'], [0, '0.7071067811865475', '1', '2.5']] });
  assert.equal(histogramJson(aHistogram('{{}}')), '{"count":"0","sum":"0"}');
});

test('what is written for test scripts is read back', () => {
  fc.assert(
    fc.property(anExponentialHistogram(), (h) => {
      const text = histogramTestExpression(h);
      assert.equal(histogramTestExpression(aHistogram(text)), text);
      assert.ok(equalHistograms(compactHistogram(aHistogram(text)), compactHistogram(h)));
    }),
    BOUNDED,
  );
});
