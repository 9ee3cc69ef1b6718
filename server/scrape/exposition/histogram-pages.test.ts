import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { convertClassicHistograms } from './convert-classic-histograms.ts';
import { limitHistograms } from './limit-histograms.ts';
import { parseOpenMetrics } from './parse-openmetrics.ts';
import { NO_HINTS, PageBuilder, type ScrapePage } from './scrape-page.ts';

const CLASSIC = `# TYPE h histogram
h_bucket{p="a",le="0.5"} 1 # {t="1"} 0.3 5
h_bucket{p="a",le="2"} 3
h_bucket{p="a",le="+Inf"} 4
h_count{p="a"} 4
h_sum{p="a"} 7.5
h_bucket{p="b",le="+Inf"} 1
h_count{p="b"} 1
h_sum{p="b"} 9
# TYPE broken histogram
broken_bucket{le="1"} 5
broken_bucket{le="+Inf"} 4
broken_count 4
# TYPE c counter
c_total 1
# EOF
`;
const convert = (text: string, keepClassic: boolean): ScrapePage => convertClassicHistograms(parseOpenMetrics(text), { hints: NO_HINTS, keepClassic });

test('classic histograms become native ones of custom buckets; what makes none stays', () => {
  const page = convert(CLASSIC, false);
  assert.deepEqual(page.series, ['h{p="a"}', 'h{p="b"}', 'broken_bucket{le="1"}', 'broken_bucket{le="+Inf"}', 'broken_count', 'c_total']);
  const first = page.histograms?.get(0);
  assert.deepEqual([first?.customValues, first?.positiveBuckets, first?.count, first?.sum], [[0.5, 2], [1, 2, 1], 4, 7.5]);
  assert.deepEqual([...(page.histograms?.keys() ?? [])], [0, 1]);
  assert.deepEqual(page.exemplars.map(({ index, timestamp }) => [index, timestamp]), [[0, 5000]]);
  assert.deepEqual(page.families.map(({ from, name }) => [from, name]), [[0, 'h'], [2, 'broken'], [5, 'c']]);
});

test('the classic samples stay beside them when asked for', () => {
  const page = convert(CLASSIC, true);
  assert.equal(page.count, 14);
  assert.equal(page.series[5], 'h{p="a"}');
  assert.equal(page.histograms?.size, 2);
});

function aHistogram(schema: number, buckets: number): FloatHistogram {
  return { counterResetHint: 'unknown', schema, zeroThreshold: 0, zeroCount: 0, count: buckets, sum: 1, positiveSpans: [{ offset: 0, length: buckets }], negativeSpans: [], positiveBuckets: Array.from({ length: buckets }, () => 1), negativeBuckets: [], customValues: schema === -53 ? Array.from({ length: buckets }, (_, i) => i) : [] };
}
function pageWith(histogram: FloatHistogram): ScrapePage {
  const builder = new PageBuilder();
  builder.addHistogram('h', -1, histogram, NaN);
  return builder.build();
}

test('a histogram that is also exponential is not converted', () => {
  const builder = new PageBuilder();
  builder.startFamily('h', 'histogram');
  builder.addHistogram('h', -1, aHistogram(0, 1), NaN);
  for (const [series, value] of [['h_bucket{le="+Inf"}', 1], ['h_count', 1], ['h_sum', 2]] as const) builder.add(series, -1, value, NaN);
  assert.deepEqual(convertClassicHistograms(builder.build(), { hints: NO_HINTS, keepClassic: false }).series, ['h', 'h_bucket{le="+Inf"}', 'h_count', 'h_sum']);
});

test('histograms with more buckets than the limit are made coarser, or refuse the page', () => {
  const limits = { nativeHistogramBucketLimit: 10, nativeHistogramMinBucketFactor: 0 };
  const fitting = limitHistograms(pageWith(aHistogram(3, 40)), limits).histograms?.get(0);
  assert.ok(fitting !== undefined && fitting.positiveBuckets.length <= 10 && fitting.schema === 0, `${fitting?.schema} ${fitting?.positiveBuckets.length}`);
  assert.match(limitHistograms(pageWith(aHistogram(-53, 11)), limits).fault ?? '', /histogram bucket limit exceeded: h has 11 buckets, limit 10/);
  assert.equal(limitHistograms(pageWith(aHistogram(-53, 10)), limits).fault, undefined);
});

test('histograms are made as coarse as the least factor asks for', () => {
  assert.equal(limitHistograms(pageWith(aHistogram(8, 3)), { nativeHistogramBucketLimit: 0, nativeHistogramMinBucketFactor: 1.1 }).histograms?.get(0)?.schema, 2);
});
