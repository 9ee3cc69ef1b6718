import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Histogram, Registry } from 'prom-client';
import { parseExposition } from './parse-exposition.ts';
import { parseSeries } from './parse-series.ts';

test('a page gives its samples with value, timestamp and line, and the metadata of its metrics', () => {
  const page = parseExposition(
    '# HELP http_requests_total The total number of \\n HTTP \\\\ requests.\n# TYPE http_requests_total counter\n' +
      'http_requests_total{method="post",code="200"} 1027 1395066363000\n' +
      '\n# a remark\n  metric_without_labels   12.47  \r\n' +
      'weird {problem="division by zero"} +Inf -3982045\nn NaN\n',
  );
  assert.deepEqual(page.samples, [
    { series: 'http_requests_total{method="post",code="200"}', value: 1027, timestamp: 1395066363000, line: 3 },
    { series: 'metric_without_labels', value: 12.47, timestamp: undefined, line: 6 },
    { series: 'weird {problem="division by zero"}', value: Infinity, timestamp: -3982045, line: 7 },
    { series: 'n', value: NaN, timestamp: undefined, line: 8 },
  ]);
  assert.deepEqual([...page.metadata], [['http_requests_total', { type: 'counter', help: 'The total number of \n HTTP \\ requests.', unit: '' }]]);
});

test('label values may hold escapes, braces, commas and any UTF-8, and names may be quoted', () => {
  assert.deepEqual(parseSeries('m{path="C:\\\\D\\"x\\n", b = "}{,=" , c="☺",}'), { __name__: 'm', path: 'C:\\D"x\n', b: '}{,=', c: '☺' });
  assert.deepEqual(parseSeries('{"my.metric","my.label"="x"}'), { __name__: 'my.metric', 'my.label': 'x' });
  assert.deepEqual(parseSeries('m{empty=""}'), { __name__: 'm' });
  assert.equal(parseExposition('m{a="}"} 1').samples[0]?.series, 'm{a="}"}');
});

test('what prom-client writes is read back as it was meant', async () => {
  const registry = new Registry();
  const path = 'a "quoted" \\ path\nwith } and , and = and ☺';
  new Counter({ name: 'odd_total', help: 'odd\nhelp', labelNames: ['path'], registers: [registry] }).inc({ path }, 3);
  new Histogram({ name: 'lasting_seconds', help: 'h', buckets: [0.1, 1], registers: [registry] }).observe(0.5);
  const page = parseExposition(await registry.metrics());
  assert.deepEqual(page.samples.map(({ series, value }) => [parseSeries(series), value]), [
    [{ __name__: 'odd_total', path }, 3],
    [{ __name__: 'lasting_seconds_bucket', le: '0.1' }, 0],
    [{ __name__: 'lasting_seconds_bucket', le: '1' }, 1],
    [{ __name__: 'lasting_seconds_bucket', le: '+Inf' }, 1],
    [{ __name__: 'lasting_seconds_sum' }, 0.5],
    [{ __name__: 'lasting_seconds_count' }, 1],
  ]);
  assert.deepEqual([...page.metadata.values()].map(({ type }) => type), ['counter', 'histogram']);
});

const WRONG: readonly [line: string, reason: RegExp][] = [
  ['<!DOCTYPE html>', /line 2: expected a number after "<!DOCTYPE", found "html>"/],
  ['m', /line 2: expected a value after "m"/],
  ['m 1 2 3', /line 2: expected the end of the line after the timestamp/],
  ['m 1 2.5', /line 2: expected a timestamp in whole milliseconds, found "2.5"/],
  ['m 0x1F', /line 2: expected a number/],
  ['m one', /line 2: expected a number after "m", found "one"/],
  ['m{a="1" 1', /line 2: the brace "\{" is not closed/],
  ['m{a="1} 1', /line 2: the quote of a label value is not closed/],
  ['# TYPE m countre', /line 2: "countre" is not a metric type/],
];
for (const [line, reason] of WRONG) {
  test(`the line ${line} is refused with its number and the reason`, () => {
    assert.throws(() => parseExposition(`ok 1\n${line}\n`), { name: 'ExpositionError', message: reason });
  });
}

const WRONG_SERIES: readonly [text: string, reason: RegExp][] = [
  ['9lives', /expected a metric name, found "9lives"/],
  ['a-b', /a metric name cannot contain "-b"/],
  ['m{1a="x"}', /expected a label name, found "1a=/],
  ['m{a=x}', /expected a quoted value for the label a, found "x\}"/],
  ['m{a="1",a="2"}', /the label a is there twice/],
  ['m{a="1" b="2"}', /expected "," or "\}", found "b=/],
  ['m{a}', /expected "=" after the label name a/],
  ['{a="1"}', /expected a metric name/],
];
for (const [text, reason] of WRONG_SERIES) {
  test(`the series ${text} is refused with the reason`, () => {
    assert.throws(() => parseSeries(text), { name: 'ExpositionError', message: reason });
  });
}
