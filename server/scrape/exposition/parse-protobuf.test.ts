import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { histogramTestExpression } from '#server/histogram/format-histogram.ts';
import { bytesField, delimited, doubleField, intField, message, packedDoubles, packedSints, sintField, type ProtobufField } from '#server/wire/testing/protobuf-writer.ts';
import { parseProtobuf, type ParseProtobufOptions } from './parse-protobuf.ts';
import { parseSeries } from './parse-series.ts';
import { hintColumns, type ScrapePage } from './scrape-page.ts';

const COUNTER = 0;
const GAUGE = 1;
const SUMMARY = 2;
const HISTOGRAM = 4;
const GAUGE_HISTOGRAM = 5;

function family(name: string, type: number, ...metrics: readonly Uint8Array[]): Uint8Array {
  return message(bytesField(1, name), bytesField(2, `about ${name}`), intField(3, type), ...metrics.map((metric) => bytesField(4, metric)), bytesField(5, 'seconds'));
}
function label(name: string, value: string, number = 1): ProtobufField {
  return bytesField(number, message(bytesField(1, name), bytesField(2, value)));
}
function time(number: number, seconds: number, nanos = 0): ProtobufField {
  return bytesField(number, message(intField(1, seconds), intField(2, nanos)));
}
function exemplar(number: number, traceId: string, value: number, ...rest: readonly ProtobufField[]): ProtobufField {
  return bytesField(number, message(label('trace_id', traceId), doubleField(2, value), ...rest));
}
function span(number: number, offset: number, length: number): ProtobufField {
  return bytesField(number, message(sintField(1, offset), intField(2, length)));
}
const ALL: ParseProtobufOptions = { nativeHistograms: true, startTimestamps: true };
function samples(page: ScrapePage): (readonly [series: string, value: number | string])[] {
  return page.series.map((series, i) => [series, page.histograms?.has(i) === true ? histogramTestExpression(page.histograms.get(i) ?? assert.fail()) : (page.values[i] ?? assert.fail())]);
}

test('counters and gauges come with labels, times, start and exemplar', () => {
  const page = parseProtobuf(
    delimited(
      family('requests_total', COUNTER, message(label('path', '/a"b\\c\n'), bytesField(3, message(doubleField(1, 5), exemplar(2, 'abc', 1.5, time(3, 2, 500_000_000)), time(3, 1))), intField(6, 1234))),
      family('load', GAUGE, message(bytesField(2, message(doubleField(1, -1)))), message(label('cpu', '1'), bytesField(2, message(doubleField(1, 2))))),
    ),
    ALL,
  );
  assert.equal(page.fault, undefined);
  assert.deepEqual(samples(page), [['requests_total{path="/a\\"b\\\\c\\n"}', 5], ['load', -1], ['load{cpu="1"}', 2]]);
  assert.deepEqual(parseSeries(page.series[0] ?? ''), { __name__: 'requests_total', path: '/a"b\\c\n' });
  assert.deepEqual([page.timestamps?.[0], page.timestamps?.[1]], [1234, NaN]);
  assert.deepEqual([...(page.startTimestamps ?? [])], [[0, 1000]]);
  assert.deepEqual(page.exemplars, [{ index: 0, labels: { trace_id: 'abc' }, value: 1.5, timestamp: 2500 }]);
  assert.deepEqual(page.metadata.get('requests_total'), { type: 'counter', help: 'about requests_total', unit: 'seconds' });
  assert.deepEqual(page.families, [{ from: 0, name: 'requests_total', type: 'counter' }, { from: 1, name: 'load', type: 'gauge' }]);
});

test('names beyond the plain alphabet are quoted', () => {
  const page = parseProtobuf(delimited(family('my.metric', GAUGE, message(label('a.b', 'x'), bytesField(2, message(doubleField(1, 1)))))));
  assert.deepEqual(page.series, ['{"my.metric","a.b"="x"}']);
  assert.deepEqual(parseSeries(page.series[0] ?? ''), { __name__: 'my.metric', 'a.b': 'x' });
});

test('a summary becomes its count, its sum and its quantiles', () => {
  const quantile = (q: number, value: number): ProtobufField => bytesField(3, message(doubleField(1, q), doubleField(2, value)));
  const page = parseProtobuf(delimited(family('rpc', SUMMARY, message(label('a', 'b'), bytesField(4, message(intField(1, 9), doubleField(2, 4.5), quantile(0.5, 1), quantile(1, 2), time(4, 7)))))), ALL);
  assert.deepEqual(samples(page), [['rpc_count{a="b"}', 9], ['rpc_sum{a="b"}', 4.5], ['rpc{a="b",quantile="0.5"}', 1], ['rpc{a="b",quantile="1.0"}', 2]]);
  assert.deepEqual([...(page.startTimestamps?.values() ?? [])], [7000, 7000, 7000, 7000]);
});

function bucket(bound: number, count: number, ...rest: readonly ProtobufField[]): ProtobufField {
  return bytesField(3, message(intField(1, count), doubleField(2, bound), ...rest));
}

test('a classic histogram becomes count, sum and buckets, and gets the +Inf bucket it left out', () => {
  const page = parseProtobuf(delimited(family('took', HISTOGRAM, message(bytesField(7, message(intField(1, 3), doubleField(2, 0.5), bucket(0.1, 1), bucket(1e6, 2, exemplar(3, 'x', 0.2))))))));
  assert.deepEqual(samples(page), [['took_count', 3], ['took_sum', 0.5], ['took_bucket{le="0.1"}', 1], ['took_bucket{le="1e+06"}', 2], ['took_bucket{le="+Inf"}', 3]]);
  assert.deepEqual(page.exemplars, [{ index: 3, labels: { trace_id: 'x' }, value: 0.2 }]);
});

const WHOLE = message(
  intField(1, 12), doubleField(2, 18.4), bucket(1, 4, exemplar(3, 'classic', 1)), bucket(Infinity, 12), sintField(5, 1), doubleField(6, 0.001), intField(7, 2),
  span(9, 0, 1), sintField(10, 3), span(12, -1, 2), span(12, 1, 1), packedSints(13, [3, -2, 2]), time(15, 5), exemplar(16, 'no time', 1), exemplar(16, 'timed', 2, time(3, 9)),
);

test('a native histogram of whole counts comes with its exemplars that have a time', () => {
  const page = parseProtobuf(delimited(family('took', HISTOGRAM, message(label('a', 'b'), bytesField(7, WHOLE)))), ALL);
  assert.deepEqual(samples(page), [['took{a="b"}', '{{schema:1 count:12 sum:18.4 z_bucket:2 z_bucket_w:0.001 offset:-1 buckets:[3 1 0 3] n_buckets:[3]}}']]);
  assert.deepEqual([...(page.startTimestamps ?? [])], [[0, 5000]]);
  assert.deepEqual(page.exemplars, [{ index: 0, labels: { trace_id: 'timed' }, value: 2, timestamp: 9000 }]);
});

test('the classic buckets of a native histogram are given when asked for', () => {
  const page = parseProtobuf(delimited(family('took', HISTOGRAM, message(bytesField(7, WHOLE)))), { nativeHistograms: true, alwaysClassicHistograms: true });
  assert.deepEqual(page.series, ['took', 'took_count', 'took_sum', 'took_bucket{le="1.0"}', 'took_bucket{le="+Inf"}']);
});

test('without a wish for native histograms there are classic series only, and a page ends at its limit', () => {
  const page = delimited(family('took', HISTOGRAM, message(bytesField(7, WHOLE))));
  assert.deepEqual(parseProtobuf(page).series, ['took_count', 'took_sum', 'took_bucket{le="1.0"}', 'took_bucket{le="+Inf"}']);
  const limited = parseProtobuf(page, { maxSamples: 2 });
  assert.deepEqual([limited.count, limited.startTimestamps], [2, undefined]);
  assert.match(limited.fault ?? '', /more than 2 samples/);
});

test('a histogram of floats is a gauge in a family of gauges, and finer schemas are reduced', () => {
  const floats = message(doubleField(4, 3.5), doubleField(2, 1), sintField(5, 9), doubleField(8, 0.5), span(12, 1, 2), packedDoubles(14, [1, 2]));
  const page = parseProtobuf(delimited(family('depth', GAUGE_HISTOGRAM, message(bytesField(7, message([...floats], doubleField(6, 0.001)))))), ALL);
  assert.deepEqual(samples(page), [['depth', '{{schema:8 count:3.5 sum:1 z_bucket:0.5 z_bucket_w:0.001 counter_reset_hint:gauge offset:1 buckets:[3]}}']]);
});

test('what is wrong is the fault of the page, which keeps the samples before it', () => {
  const good = family('up', GAUGE, message(bytesField(2, message(doubleField(1, 1)))));
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [Uint8Array.of(200), /\d+ bytes are announced|ends within a number/],
    [delimited(family('odd', 9, message())), /the metric odd has a type of the unknown number 9/],
    [delimited(family('', GAUGE, message())), /has no name/],
    [delimited(family('h', HISTOGRAM, message(bytesField(2, message())))), /the histogram h has no histogram/],
    [delimited(family('s', SUMMARY, message(bytesField(2, message())))), /the summary s has no summary/],
    [delimited(family('h', HISTOGRAM, message(bytesField(7, message(span(12, 0, 4_000_000_000), packedSints(13, [1])))))), /the histogram h is not right: positive side: spans need 4000000000 buckets, have 1/],
    [delimited(family('h', HISTOGRAM, message(bytesField(7, message(intField(1, 5), doubleField(6, 1)))))), /the histogram h is not right: 0 observations found/],
  ];
  for (const [bad, fault] of cases) {
    const page = parseProtobuf(Buffer.concat([delimited(good), bad]), ALL);
    assert.match(page.fault ?? '', fault);
    assert.deepEqual(samples(page), [['up', 1]]);
  }
});

test('series of the page before are known again, also when one is new', () => {
  const metric = (value: string): Uint8Array => message(label('i', value), bytesField(2, message(doubleField(1, 1))));
  const first = parseProtobuf(delimited(family('m', GAUGE, metric('1'), metric('2'), metric('3'))));
  const hints = { ...hintColumns(first.series), indexOf: (text: string) => (first.series.includes(text) ? first.series.indexOf(text) : undefined) };
  const second = parseProtobuf(delimited(family('m', GAUGE, metric('1'), metric('new'), metric('2'), metric('3'))), { hints });
  assert.deepEqual([...second.hinted.subarray(0, second.count)], [0, -1, 1, 2]);
});

test('whatever the bytes are, there is a page', () => {
  const valid = delimited(family('took', HISTOGRAM, message(label('a', 'b'), bytesField(7, WHOLE))), family('up', GAUGE, message(bytesField(2, message(doubleField(1, 1))))));
  const damaged = fc.tuple(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(valid.length)).map(([changes, length]) => {
    const bytes = valid.slice(0, length === 0 ? valid.length : length);
    for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), (bytes) => {
      const page = parseProtobuf(bytes, ALL);
      assert.equal(page.series.length, page.count);
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 1500, markInterruptAsFailure: false },
  );
});
