import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { addHistograms, divideHistogram, HistogramKahanMean, HistogramKahanSum, scaleHistogram, subtractHistograms } from './arithmetic.ts';
import { compactHistogram } from './compact-histogram.ts';
import { equalHistograms } from './equal-histograms.ts';
import type { FloatHistogram } from './float-histogram.ts';
import { histogramTestExpression } from './format-histogram.ts';
import { aHistogram, SAMPLES } from './testing/samples.ts';
import { anExponentialHistogram } from './testing/any-histogram.ts';

const { both, wideZero, custom, otherBounds } = SAMPLES;

function combined(result: ReturnType<typeof addHistograms>): FloatHistogram {
  assert.equal(result.kind, 'combined');
  return result.kind === 'combined' ? result.histogram : both;
}

test('a sum has the coarser schema and a zero bucket that fits both, whichever comes first', () => {
  const expected = '{{count:16.5 sum:8 z_bucket:4 z_bucket_w:0.6 buckets:[6.5 4] n_buckets:[2]}}';
  assert.equal(histogramTestExpression(combined(addHistograms(both, wideZero))), expected);
  assert.equal(histogramTestExpression(combined(addHistograms(wideZero, both))), expected);
});

test('a difference takes totals and buckets', () => {
  assert.equal(histogramTestExpression(combined(subtractHistograms(both, wideZero))), '{{count:-1.5 sum:2 z_bucket:2 z_bucket_w:0.6 buckets:[-1.5 -4] n_buckets:[2]}}');
});

test('custom buckets of different bounds meet in the bounds that both have', () => {
  const sum = addHistograms(custom, otherBounds);
  assert.ok(sum.kind === 'combined' && sum.nhcbBoundsReconciled);
  assert.equal(histogramTestExpression(sum.histogram), '{{schema:-53 count:9 sum:14 custom_values:[1 5] buckets:[2 3 4]}}');
  const difference = combined(subtractHistograms(custom, otherBounds));
  assert.equal(histogramTestExpression(difference), '{{schema:-53 count:3 sum:6 custom_values:[1 5] offset:1 buckets:[1 2]}}');
});

test('exponential and custom buckets have no sum', () => {
  assert.deepEqual(addHistograms(both, custom), { kind: 'incompatible' });
  assert.deepEqual(new HistogramKahanSum(custom).add(both), { kind: 'incompatible' });
});

test('hints of counter resets combine, and collide when they contradict', () => {
  const cases = [
    ['unknown', 'gauge', 'gauge', false], ['reset', 'gauge', 'gauge', false], ['reset', 'reset', 'reset', false],
    ['reset', 'unknown', 'unknown', false], ['unknown', 'not-reset', 'unknown', false], ['reset', 'not-reset', 'unknown', true],
  ] as const;
  for (const [a, b, hint, collision] of cases) {
    const sum = addHistograms({ ...both, counterResetHint: a }, { ...both, counterResetHint: b });
    assert.ok(sum.kind === 'combined');
    assert.deepEqual([sum.histogram.counterResetHint, sum.counterResetCollision], [hint, collision], `${a} with ${b}`);
  }
});

test('new buckets come between the spans that were there, which stay apart', () => {
  const a: FloatHistogram = { ...aHistogram('{{}}'), positiveSpans: [{ offset: 0, length: 2 }, { offset: 4, length: 1 }], positiveBuckets: [1, 2, 3] };
  const b: FloatHistogram = { ...aHistogram('{{}}'), positiveSpans: [{ offset: -2, length: 1 }, { offset: 3, length: 1 }, { offset: 2, length: 1 }], positiveBuckets: [10, 20, 30] };
  const sum = combined(addHistograms(a, b));
  assert.deepEqual(sum.positiveSpans, [{ offset: -2, length: 1 }, { offset: 1, length: 3 }, { offset: 2, length: 2 }]);
  assert.deepEqual(sum.positiveBuckets, [10, 1, 2, 20, 30, 3]);
});

test('scaling by a negative factor gives a gauge; division by zero leaves no buckets', () => {
  assert.equal(histogramTestExpression(scaleHistogram(both, -2)), '{{schema:1 count:-15 sum:-10 z_bucket:-4 z_bucket_w:0.001 counter_reset_hint:gauge offset:-2 buckets:[-2 0 -5] n_buckets:[-4]}}');
  assert.equal(histogramTestExpression(divideHistogram(both, 4)), '{{schema:1 count:1.875 sum:1.25 z_bucket:0.5 z_bucket_w:0.001 offset:-2 buckets:[0.25 0 0.625] n_buckets:[0.5]}}');
  assert.equal(histogramTestExpression(divideHistogram(both, 0)), '{{schema:1 count:+Inf sum:+Inf z_bucket:+Inf z_bucket_w:0.001}}');
});

test('sums and means run over histograms of different layouts', () => {
  const runs = [
    [[both, wideZero, both], '{{count:24 sum:13 z_bucket:7 z_bucket_w:0.6 buckets:[9 4] n_buckets:[4]}}', '{{count:8 sum:4.333333333333333 z_bucket:2.3333333333333335 z_bucket_w:0.6 buckets:[3 1.3333333333333333] n_buckets:[1.3333333333333333]}}'],
    [[custom, otherBounds, custom], '{{schema:-53 count:15 sum:24 custom_values:[1 5] buckets:[3 5 7]}}', '{{schema:-53 count:5 sum:8 custom_values:[1 5] buckets:[1 1.6666666666666667 2.3333333333333335]}}'],
  ] as const;
  for (const [[first, ...rest], expectedSum, expectedMean] of runs) {
    const sum = new HistogramKahanSum(first);
    const mean = new HistogramKahanMean(first);
    for (const h of rest) {
      assert.equal(sum.add(h).kind, 'added');
      mean.add(h);
    }
    assert.equal(histogramTestExpression(sum.result()), expectedSum);
    assert.equal(histogramTestExpression(mean.result()), expectedMean);
  }
});

test('a sum does not lose small counts to large ones', () => {
  const large = aHistogram('{{count:1e16 sum:1e16 buckets:[1e16]}}');
  const small = aHistogram('{{count:1 sum:1 buckets:[1]}}');
  const sum = new HistogramKahanSum(large);
  for (let i = 0; i < 10; i++) sum.add(small);
  sum.add(scaleHistogram(large, -1));
  assert.deepEqual([sum.result().count, sum.result().positiveBuckets], [10, [10]]);
});

test('a mean of counts whose sum overflows is finite', () => {
  const large = aHistogram('{{count:1.5e308 sum:1.5e308 buckets:[1.5e308]}}');
  const mean = new HistogramKahanMean(large);
  for (let i = 0; i < 3; i++) mean.add(large);
  assert.equal(mean.result().count, 1.5e308);
});

test('what is added can be taken away again, and inputs are left alone', () => {
  fc.assert(
    fc.property(anExponentialHistogram([0]), anExponentialHistogram([0]), (a, b) => {
      const before = structuredClone([a, b]);
      const sum = combined(addHistograms(a, b));
      const swapped = combined(addHistograms(b, a));
      assert.deepEqual(compactHistogram(sum), { ...compactHistogram(swapped), counterResetHint: sum.counterResetHint });
      const zero = compactHistogram(combined(subtractHistograms(sum, swapped)));
      assert.deepEqual([zero.count, zero.positiveBuckets, zero.negativeBuckets], [0, [], []]);
      const kahan = new HistogramKahanSum(a);
      kahan.add(b);
      assert.ok(equalHistograms(compactHistogram(kahan.result()), compactHistogram(sum)));
      assert.deepEqual([a, b], before);
    }),
    { interruptAfterTimeLimit: 1000, markInterruptAsFailure: false },
  );
});
