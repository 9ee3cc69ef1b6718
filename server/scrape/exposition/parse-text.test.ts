import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Histogram, Registry } from 'prom-client';
import { parseSeries } from './parse-series.ts';
import { parseText } from './parse-text.ts';
import { hintColumns, type ScrapePage, type SeriesHints } from './scrape-page.ts';

/** The samples of a page as `[series, value]` or `[series, value, timestamp]`. */
function samplesOf(page: ScrapePage): unknown[][] {
  return page.series.map((series, i) => [series, page.values[i], ...(page.timestamps === undefined || Number.isNaN(page.timestamps[i]) ? [] : [page.timestamps[i]])]);
}
function hintsOf(page: ScrapePage): SeriesHints {
  const places = new Map(page.series.map((text, i) => [text, i]));
  return { ...hintColumns(page.series), indexOf: (text) => places.get(text) };
}

test('a page gives its samples with value and timestamp, and the metadata of its metrics', () => {
  const page = parseText(
    '# HELP http_requests_total The total number of \\n HTTP \\\\ requests.\n# TYPE http_requests_total counter\n' +
      'http_requests_total{method="post",code="200"} 1027 1395066363000\n' +
      '\n# a remark\n  metric_without_labels   12.47  \n' +
      'weird {problem="division by zero"} +Inf -3982045\nn NaN',
  );
  assert.equal(page.fault, undefined);
  assert.deepEqual(samplesOf(page), [
    ['http_requests_total{method="post",code="200"}', 1027, 1395066363000],
    ['metric_without_labels', 12.47],
    ['weird {problem="division by zero"}', Infinity, -3982045],
    ['n', NaN],
  ]);
  assert.deepEqual([...page.metadata], [['http_requests_total', { type: 'counter', help: 'The total number of \n HTTP \\ requests.', unit: '' }]]);
  assert.deepEqual(page.families, [{ from: 0, name: 'http_requests_total', type: 'counter' }]);
});

const VALUES: readonly [text: string, value: number][] = [
  ['0', 0], ['-0', -0], ['12', 12], ['-7.25', -7.25], ['.5', 0.5], ['1.', 1], ['+3', 3], ['1e3', 1000], ['1E-2', 0.01], ['0.1', 0.1], ['12345678901234567890', 12345678901234567000],
  ['0.30000000000000004', 0.30000000000000004], ['5e-324', 5e-324], ['1.7976931348623157e308', 1.7976931348623157e308], ['inf', Infinity], ['-Infinity', -Infinity], ['nan', NaN], ['99.999999999', 99.999999999],
];
test('values are read as Go reads them', () => {
  for (const [text, value] of VALUES) {
    const page = parseText(`m ${text}\nm ${text}\t5\n`);
    assert.deepEqual([page.fault, page.values[0], page.values[1], page.timestamps?.[1]], [undefined, value, value, 5], text);
  }
});

const SAME_SERIES = ['m{a="1",b="2"} 1', 'm {a="1",b="2"} 1', ' m{ a = "1" , b="2" , }1', 'm{a="1"b="2"}\t1', '{"m",a="1",b="2"} 1', '{a="1","m","b"="2"}  1'];
test('a series may be written with blanks, without commas and with quoted names', () => {
  for (const line of SAME_SERIES) assert.deepEqual(parseSeries(parseText(`${line}\n`).series[0] ?? ''), { __name__: 'm', a: '1', b: '2' }, line);
});

test('label values may hold escapes, braces, commas, line breaks and any UTF-8', () => {
  assert.deepEqual(parseSeries('m{path="C:\\\\D\\"x\\n", b = "}{,=" , c="☺",}'), { __name__: 'm', path: 'C:\\D"x\n', b: '}{,=', c: '☺' });
  assert.deepEqual(parseSeries('{"my.metric","my.label"="x","q\\"q"="\\y"}'), { __name__: 'my.metric', 'my.label': 'x', 'q"q': '\\y' });
  assert.deepEqual(parseSeries('m{empty=""}'), { __name__: 'm' });
  assert.deepEqual(samplesOf(parseText('m{a="}\n#"} 1\nn 2\n')), [['m{a="}\n#"}', 1], ['n', 2]]);
});

test('what prom-client writes is read back as it was meant', async () => {
  const registry = new Registry();
  const path = 'a "quoted" \\ path\nwith } and , and = and ☺';
  new Counter({ name: 'odd_total', help: 'odd\nhelp', labelNames: ['path'], registers: [registry] }).inc({ path }, 3);
  new Histogram({ name: 'lasting_seconds', help: 'h', buckets: [0.1, 1], registers: [registry] }).observe(0.5);
  const page = parseText(await registry.metrics());
  assert.deepEqual(samplesOf(page).map(([series, value]) => [parseSeries(String(series)), value]), [
    [{ __name__: 'odd_total', path }, 3],
    [{ __name__: 'lasting_seconds_bucket', le: '0.1' }, 0],
    [{ __name__: 'lasting_seconds_bucket', le: '1' }, 1],
    [{ __name__: 'lasting_seconds_bucket', le: '+Inf' }, 1],
    [{ __name__: 'lasting_seconds_sum' }, 0.5],
    [{ __name__: 'lasting_seconds_count' }, 1],
  ]);
  assert.deepEqual([...page.metadata.values()].map(({ type }) => type), ['counter', 'histogram']);
});

test('the series of the page before are found again, also when some came, went or changed places', () => {
  const first = parseText('a 1\nb{x="1"} 1\nb{x="2"} 1\nc 1\nd 1\n');
  const again = (text: string): (number | undefined)[] => {
    const page = parseText(text, { hints: hintsOf(first) });
    assert.equal(page.fault, undefined);
    page.series.forEach((series, i) => {
      const place = page.hinted[i] ?? -1;
      if (place >= 0) assert.equal(first.series[place], series);
    });
    return [...page.hinted.subarray(0, page.count)];
  };
  assert.deepEqual(again('a 2\nb{x="1"} 2\nb{x="2"} 2\nc 2\nd 2\n'), [0, 1, 2, 3, 4]);
  assert.deepEqual(again('a 2\nb{x="2"} 2\nd 2\n'), [0, 2, 4]);
  assert.deepEqual(again('a 2\nnew 1\nb{x="1"} 2\nb{x="10"} 2\nc 2\nd 2\n'), [0, -1, 1, -1, 3, 4]);
  assert.deepEqual(again('d 2\na 2\na_total 3\na {x="1"} 3\n'), [4, 0, -1, -1]);
});

const WRONG: readonly [line: string, reason: RegExp][] = [
  ['<!DOCTYPE html>', /^line 2: expected a metric name, found "<!DOCTYPE html>"/],
  ['m', /line 2: expected a value after "m"/],
  ['m 1 2 3', /line 2: expected the end of the line after the timestamp/],
  ['m 1 2.5', /line 2: expected a timestamp in whole milliseconds, found "2.5"/],
  ['m 0x1F', /line 2: expected a number/],
  ['m 1_000', /line 2: expected a number/],
  ['m 1e999', /line 2: expected a number/],
  ['m 1\r', /line 2: expected a number/],
  ['m one', /line 2: expected a number after "m", found "one"/],
  ['m{a="1" 1', /line 2: expected a label name, found "1"/],
  ['m{a="1} 1', /line 2: the quote is not closed/],
  ['m{a=x} 1', /line 2: expected a quoted value for the label a, found "x\} 1"/],
  ['m{a} 1', /line 2: expected "=" after the label name a/],
  ['m{1a="x"} 1', /line 2: expected a label name, found "1a=/],
  ['{a="1"} 1', /line 2: the series has no metric name/],
  ['m{"n"} 1', /line 2: the metric name is there twice/],
  ['9lives 1', /line 2: expected a metric name, found "9lives 1"/],
  ['a-b 1', /line 2: expected a number after "a", found "-b"/],
  ['# TYPE m countre', /line 2: "countre" is not a metric type/],
  ['# TYPE m unknown', /line 2: "unknown" is not a metric type/],
  ['# TYPE  m', /line 2: "" is not a metric type/],
  ['# HELP 1 x', /line 2: expected a metric name after HELP/],
];
for (const [line, reason] of WRONG) {
  test(`the line ${JSON.stringify(line)} is refused with its number and the reason, the lines before it are kept`, () => {
    const page = parseText(`ok 1\n${line}\n`);
    assert.match(page.fault ?? '', reason);
    assert.deepEqual(page.series, ['ok']);
  });
}

const WRONG_SERIES: readonly [text: string, reason: RegExp][] = [
  ['', /expected a metric name/],
  ['9lives', /expected a metric name, found "9lives"/],
  ['a-b', /a metric name cannot contain "-b"/],
  ['m{a="1",a="2"}', /the label a is there twice/],
  ['m{""="2"}', /a label has no name/],
  ['m{a="1"}x', /expected the end of the series/],
];
for (const [text, reason] of WRONG_SERIES) {
  test(`the series ${text} is refused with the reason`, () => {
    assert.throws(() => parseSeries(text), { name: 'ExpositionError', message: reason });
  });
}

test('a page ends where it has more samples than it may', () => {
  const page = parseText('a 1\nb 1\nc 1\n', { maxSamples: 2 });
  assert.deepEqual([page.count, page.fault], [2, 'line 3: the page has more than 2 samples, the most that one target may have']);
});
