import assert from 'node:assert/strict';
import { test } from 'node:test';
import { histogramTestExpression } from './format-histogram.ts';
import { histogramFraction, histogramQuantile } from './histogram-quantile.ts';
import { histogramAvg, histogramStddev, histogramStdvar } from './histogram-statistics.ts';
import { SAMPLES } from './testing/samples.ts';
import { trimHistogram } from './trim-histogram.ts';

const { both, wideZero, custom, withNaN } = SAMPLES;

test('quantiles are interpolated on a logarithmic scale, in zero and custom buckets linearly', () => {
  const table: readonly (readonly [q: number, both: number, wideZero: number, custom: number])[] = [
    [0, -1, 0, 0], [0.1, -0.8781260801866497, 0.54, 0.6000000000000001], [0.25, -0.7225904034885233, 0.7038481681405855, 1.25],
    [0.5, 0.00075, 0.9381427059852853, 5], [0.9, 0.9012504626108302, 1.7111900513652043, 5], [1, 1, 2, 5], [-0.1, -Infinity, -Infinity, -Infinity], [1.1, Infinity, Infinity, Infinity], [NaN, NaN, NaN, NaN],
  ];
  for (const [q, ...expected] of table) {
    assert.deepEqual([both, wideZero, custom].map((h) => histogramQuantile(q, h)), expected.map((value) => ({ value, note: undefined })), `q=${q}`);
  }
});

test('observations of NaN count above all buckets, which is noted', () => {
  assert.deepEqual(histogramQuantile(0.25, withNaN), { value: 1.5422108254079405, note: 'nan-skew' });
  assert.deepEqual(histogramQuantile(0.9, withNaN), { value: NaN, note: 'nan-result' });
  assert.deepEqual(histogramFraction(-Infinity, Infinity, withNaN), { value: 0.8333333333333334, note: 'nan-skew' });
});

test('fractions are the inverse of quantiles', () => {
  const table: readonly (readonly [lower: number, upper: number, both: number, wideZero: number, custom: number])[] = [
    [-Infinity, Infinity, 1, 1, 1], [0, 1, 0.6, 0.5555555555555556, 0.16666666666666666], [-0.9, 0.7, 0.5855983501626401, 0.2452300943200355, 0.11666666666666665],
    [1, 0, 0, 0, 0], [1.5, 3, 0, 0.1844611107905972, 0.16666666666666666], [NaN, 1, NaN, NaN, NaN],
  ];
  for (const [lower, upper, ...expected] of table) {
    assert.deepEqual([both, wideZero, custom].map((h) => histogramFraction(lower, upper, h).value), expected, `${lower} … ${upper}`);
  }
});

test('no observations have no quantile and no fraction', () => {
  const empty = { ...both, count: 0 };
  assert.deepEqual([histogramQuantile(0.5, empty).value, histogramFraction(0, 1, empty).value], [NaN, NaN]);
});

test('mean and deviation take observations to be in the middle of their bucket', () => {
  assert.deepEqual([histogramAvg(both), histogramStdvar(both), histogramStddev(both)], [0.6666666666666666, 0.7427860431508196, 0.8618503600688577]);
  assert.deepEqual([histogramAvg(custom), histogramStdvar(custom)], [1.6666666666666667, Infinity]);
});

test('trimming cuts the bucket around the bound and estimates count and sum anew', () => {
  const table = [
    [both, 0.5, 'upper', '{{schema:1 count:5 sum:-1.2613446228805718 z_bucket:2 z_bucket_w:0.001 offset:-2 buckets:[1] n_buckets:[2]}}'],
    [both, -0.9, 'upper', '{{schema:1 count:0.6080123737801995 sum:-0.5768111840133213 z_bucket_w:0.001 n_buckets:[0.6080123737801995]}}'],
    [both, -0.9, 'lower', '{{schema:1 count:6.891987626219801 sum:1.4122389335926997 z_bucket:2 z_bucket_w:0.001 offset:-2 buckets:[1 0 2.5] n_buckets:[1.3919876262198005]}}'],
    [both, 0.001, 'upper', '{{schema:1 count:4 sum:-1.681792830507429 z_bucket:2 z_bucket_w:0.001 n_buckets:[2]}}'],
    [wideZero, 0.5, 'upper', '{{count:0.8333333333333334 sum:0.20833333333333334 z_bucket:0.8333333333333334 z_bucket_w:0.6}}'],
    [wideZero, 0.5, 'lower', '{{count:8.166666666666666 sum:8.576948040905238 z_bucket:0.16666666666666663 z_bucket_w:0.6 buckets:[4 4]}}'],
    [wideZero, 1.5, 'upper', '{{count:7.339850002884625 sum:5.994146415604729 z_bucket:1 z_bucket_w:0.6 buckets:[4 2.339850002884625]}}'],
    [custom, 0.5, 'upper', '{{schema:-53 count:0.5 sum:0.125 custom_values:[1 2 5] buckets:[0.5]}}'],
    [custom, 0.5, 'lower', '{{schema:-53 count:5.5 sum:18.375 custom_values:[1 2 5] buckets:[0.5 2 0 3]}}'],
    [custom, 3, 'upper', '{{schema:-53 count:3 sum:3.5 custom_values:[1 2 5] buckets:[1 2]}}'],
    [custom, 3, 'lower', '{{schema:-53 count:3 sum:15 custom_values:[1 2 5] offset:3 buckets:[3]}}'],
    [custom, -0.9, 'upper', '{{schema:-53 custom_values:[1 2 5]}}'],
    [wideZero, Infinity, 'lower', '{{z_bucket_w:0.6}}'],
  ] as const;
  for (const [h, bound, side, expected] of table) assert.equal(histogramTestExpression(trimHistogram(h, bound, side)), expected, `${side} ${bound}`);
});

test('a bound beyond all observations leaves the histogram as it is', () => {
  assert.equal(trimHistogram(both, 1.5, 'upper'), both);
  assert.equal(trimHistogram(both, -Infinity, 'lower'), both);
});
