import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classicSampleOf, ClassicHistogramSamples } from './custom-buckets.ts';
import type { FloatHistogram } from './float-histogram.ts';
import { histogramTestExpression } from './format-histogram.ts';
import { fromInteger } from './from-integer.ts';
import type { IntegerHistogram } from './integer-histogram.ts';
import { isExpectedHistogram } from './testing/compare-histograms.ts';
import { parseHistogram, parseHistogramSequence } from './testing/parse-histogram.ts';
import { aHistogram, SAMPLES } from './testing/samples.ts';
import { validateHistogram, validateIntegerHistogram, type HistogramProblemCode } from './validate-histogram.ts';

const { both, custom } = SAMPLES;
const integer: IntegerHistogram = {
  counterResetHint: 'unknown', schema: 1, zeroThreshold: 0.001, zeroCount: 2, count: 12, sum: 3.5, customValues: [],
  positiveSpans: [{ offset: 0, length: 2 }, { offset: 1, length: 1 }], negativeSpans: [{ offset: 0, length: 1 }], positiveDeltas: [3, -2, 2], negativeDeltas: [3],
};

test('deltas of whole counts become absolute counts', () => {
  assert.deepEqual(fromInteger(integer).positiveBuckets, [3, 1, 3]);
  assert.equal(validateIntegerHistogram(integer), undefined);
  assert.equal(validateHistogram(fromInteger(integer)), undefined);
});

test('what does not fit together is named', () => {
  const floats: readonly (readonly [FloatHistogram, HistogramProblemCode, RegExp])[] = [
    [{ ...both, schema: 9 }, 'invalid-schema', /must be between -4 and 8 .* got schema 9$/],
    [{ ...both, count: -1 }, 'negative-count', /observation count is {2}-1: /],
    [{ ...both, zeroCount: -1 }, 'negative-bucket-count', /^zero bucket has observation count of -1/],
    [{ ...both, positiveBuckets: [1, -1, 2] }, 'negative-bucket-count', /^positive side: bucket number 2 has observation count of -1/],
    [{ ...both, positiveBuckets: [1] }, 'spans-buckets-mismatch', /^positive side: spans need 3 buckets, have 1 buckets/],
    [{ ...both, negativeSpans: [{ offset: 0, length: 1 }, { offset: -1, length: 0 }] }, 'span-negative-offset', /^negative side: span number 2 with offset -1/],
    [{ ...both, customValues: [1] }, 'exponential-with-custom-bounds', /must not have custom bounds/],
    [{ ...custom, customValues: [1, 1, 2] }, 'custom-bounds-not-rising', /^custom buckets: previous bound is 1.000000 and current is 1.000000/],
    [{ ...custom, customValues: [1, NaN, 2] }, 'custom-bounds-nan', /NaN/],
    [{ ...custom, customValues: [1, 2, Infinity] }, 'custom-bounds-infinite', /\+Inf/],
    [{ ...custom, customValues: [1, 2] }, 'custom-bounds-too-few', /^custom buckets: only 2 custom bounds .* span length of 4/],
    [{ ...custom, zeroCount: 1 }, 'custom-buckets-with-zero-or-negative', /zero count of 0/],
    [{ ...custom, zeroThreshold: 1 }, 'custom-buckets-with-zero-or-negative', /zero threshold of 0/],
    [{ ...custom, negativeSpans: [{ offset: 0, length: 1 }] }, 'custom-buckets-with-zero-or-negative', /negative spans/],
    [{ ...custom, negativeBuckets: [1] }, 'custom-buckets-with-zero-or-negative', /negative buckets/],
  ];
  for (const [h, code, message] of floats) {
    const found = validateHistogram(h);
    assert.equal(found?.code, code);
    assert.match(found.message, message);
  }
});

test('whole counts have to add up, but for observations of NaN', () => {
  assert.equal(validateIntegerHistogram({ ...integer, count: 13 })?.code, 'count-mismatch');
  assert.equal(validateIntegerHistogram({ ...integer, count: 13, sum: NaN }), undefined);
  assert.equal(validateIntegerHistogram({ ...integer, count: 11, sum: NaN })?.code, 'count-not-big-enough');
  assert.equal(validateIntegerHistogram({ ...integer, negativeDeltas: [-1] })?.code, 'negative-bucket-count');
});

test('a classic histogram becomes one with custom buckets, in whatever order its samples come', () => {
  const samples = new ClassicHistogramSamples();
  for (const [bound, count] of [[Infinity, 9], [1, 2], [5, 2], [2, 2], [2, 7]] as const) samples.setBucketCount(bound, count);
  samples.setSum(10);
  samples.setCount(9);
  const converted = samples.convert();
  assert.ok(converted.ok);
  assert.equal(histogramTestExpression(converted.histogram), '{{schema:-53 count:9 sum:10 custom_values:[1 2 5] buckets:[2 0 0 7]}}');
  assert.deepEqual(converted.histogram.positiveSpans, [{ offset: 0, length: 4 }]);
});

test('without a count the highest bucket has it; without +Inf the count is that of it', () => {
  const noCount = new ClassicHistogramSamples();
  noCount.setBucketCount(1, 2.5);
  const noInfinity = new ClassicHistogramSamples();
  noInfinity.setBucketCount(1, 2);
  noInfinity.setCount(3);
  const [first, second] = [noCount.convert(), noInfinity.convert()];
  assert.ok(first.ok && second.ok);
  assert.equal(histogramTestExpression(first.histogram), '{{schema:-53 count:2.5 custom_values:[1] buckets:[2.5]}}');
  assert.equal(histogramTestExpression(second.histogram), '{{schema:-53 count:3 custom_values:[1] buckets:[2 1]}}');
});

test('classic samples that contradict each other are refused with the reason', () => {
  const cases: readonly (readonly [(samples: ClassicHistogramSamples) => void, string])[] = [
    [(s) => { s.setBucketCount(1, 3); s.setBucketCount(2, 2); }, 'count is not cumulative: 2 < 3'],
    [(s) => { s.setBucketCount(2, 2); s.setBucketCount(1, 3); }, 'count is not cumulative: 3 > 2'],
    [(s) => s.setBucketCount(NaN, 3), 'bucket boundary must not be NaN'],
    [(s) => s.setBucketCount(1, -3), 'bucket count must be non-negative: le=1, count=-3'],
    [(s) => s.setCount(-1), 'count must be non-negative: count=-1'],
    [(s) => { s.setBucketCount(Infinity, 3); s.setCount(4); }, 'count mismatch: count=4 != le=+Inf count=3'],
  ];
  for (const [fill, message] of cases) {
    const samples = new ClassicHistogramSamples();
    fill(samples);
    assert.deepEqual(samples.convert(), { ok: false, message });
  }
});

test('the samples of a classic histogram are told by the end of their name', () => {
  assert.deepEqual(classicSampleOf('a_bucket'), { part: 'bucket', name: 'a' });
  assert.deepEqual(classicSampleOf('a_sum_count'), { part: 'count', name: 'a_sum' });
  assert.equal(classicSampleOf('a_total'), undefined);
});

test('sequences repeat, add and take away', () => {
  assert.equal(parseHistogramSequence('{{count:1}}').length, 1);
  assert.deepEqual(parseHistogramSequence('{{count:1}}x2').map(({ histogram }) => histogram.count), [1, 1, 1]);
  assert.deepEqual(parseHistogramSequence('{{count:1 buckets:[1]}}+{{count:2 buckets:[1 1]}}x2').map(({ histogram }) => histogram.positiveBuckets), [[1], [2, 1], [3, 2]]);
  assert.deepEqual(parseHistogramSequence('{{count:9}}-{{count:2}}x2').map(({ histogram }) => histogram.count), [9, 7, 5]);
  const hinted = parseHistogramSequence('{{count:1}}+{{count:1 counter_reset_hint:gauge}}x1');
  assert.deepEqual(hinted.map((one) => [one.histogram.counterResetHint, one.counterResetHintSet]), [['unknown', true], ['gauge', true]]);
});

test('descriptions that cannot be read are quoted', () => {
  for (const [text, message] of [
    ['{{sum}}', /cannot read the histogram .* from sum on/], ['{{sum:1 sum:2}}', /duplicate key "sum"/], ['{{size:1}}', /bad histogram descriptor found: "size"/],
    ['{{schema:1.5}}', /cannot read the number 1.5/], ['{{buckets:1}}', /a list is written/], ['{{counter_reset_hint:maybe}}', /counter_reset_hint maybe/], ['{sum:1}', /written \{\{…\}\}/],
  ] as const) assert.throws(() => parseHistogram(text), message);
  assert.throws(() => parseHistogramSequence('{{schema:1}}+{{schema:0}}x1'), /cannot merge from schema 0 to 1/);
  assert.throws(() => parseHistogramSequence('{{}}+{{}}'), /cannot read the histograms/);
});

test('expected histograms allow for rounding, and for any hint unless one is said', () => {
  const expected = parseHistogram('{{schema:1 count:3 sum:1 buckets:[1 2 0]}}');
  const actual = aHistogram('{{schema:1 count:3.0000001 sum:1 buckets:[1 2.0000001] counter_reset_hint:gauge}}');
  assert.ok(isExpectedHistogram(expected, actual));
  assert.ok(!isExpectedHistogram({ ...expected, counterResetHintSet: true }, actual));
  assert.ok(!isExpectedHistogram(expected, { ...actual, sum: 1.001 }));
  assert.ok(!isExpectedHistogram(expected, { ...actual, positiveBuckets: [2, 1] }));
});
