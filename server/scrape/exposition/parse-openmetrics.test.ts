import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOpenMetrics } from './parse-openmetrics.ts';

test('a page gives its samples, metadata, times in seconds and exemplars', () => {
  const page = parseOpenMetrics(
    '# TYPE acme_http_requests counter\n# UNIT acme_http_requests requests\n# HELP acme_http_requests All \\"of\\" them.\n'.replaceAll('acme_http_requests', 'http_requests') +
      'http_requests_total{path="/"} 17 1520879607.789 # {trace_id="KOO5S4vxi0o",a="b\\"c"} 0.67 1520879606.5\n' +
      'http_requests_total{path="/x"} 2 # {} 1\n# TYPE build info\nbuild_info{version="1"} 1\n# TYPE "my.state" stateset\n{"my.state","my.state"="on"} 1\n# EOF\n',
  );
  assert.equal(page.fault, undefined);
  assert.deepEqual(page.series, ['http_requests_total{path="/"}', 'http_requests_total{path="/x"}', 'build_info{version="1"}', '{"my.state","my.state"="on"}']);
  assert.deepEqual([...page.values.subarray(0, 4)], [17, 2, 1, 1]);
  assert.deepEqual([...(page.timestamps?.subarray(0, 4) ?? [])], [1520879607789, NaN, NaN, NaN]);
  assert.deepEqual(page.exemplars, [
    { index: 0, labels: { trace_id: 'KOO5S4vxi0o', a: 'b"c' }, value: 0.67, timestamp: 1520879606500 },
    { index: 1, labels: {}, value: 1 },
  ]);
  assert.deepEqual([...page.metadata], [
    ['http_requests', { type: 'counter', unit: 'requests', help: 'All "of" them.' }],
    ['build', { type: 'info', help: '', unit: '' }],
    ['my.state', { type: 'stateset', help: '', unit: '' }],
  ]);
});

const COUNTED = '# TYPE a counter\na_total{x="1"} 5\na_created{x="1"} 1.5\na_total{x="2"} 6\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_count 2\nh_sum 1\nh_created 2\n# TYPE g gauge\ng_created 3\n# EOF\n';
test('created lines become the start of their samples when asked for, and are samples otherwise', () => {
  const page = parseOpenMetrics(COUNTED, { startTimestamps: true });
  assert.deepEqual(page.series, ['a_total{x="1"}', 'a_total{x="2"}', 'h_bucket{le="1"}', 'h_bucket{le="+Inf"}', 'h_count', 'h_sum', 'g_created']);
  assert.deepEqual([...(page.startTimestamps ?? [])], [[0, 1500], [2, 2000], [3, 2000], [4, 2000], [5, 2000]]);
  const plain = parseOpenMetrics(COUNTED);
  assert.deepEqual([plain.count, plain.startTimestamps], [9, undefined]);
});

const WRONG: readonly [what: string, page: string, reason: RegExp][] = [
  ['no end', 'a 1\n', /line 1: the page does not end with "# EOF"/],
  ['an end without its line before', 'a 1', /line 1: the page does not end with "# EOF"/],
  ['nothing at all', '', /line 1: the page does not end with "# EOF"/],
  ['something after the end', '# EOF\n\n', /line 2: expected the end of the page after "# EOF"/],
  ['an empty line', 'a 1\n\n# EOF\n', /line 2: expected a metric name, found the end of the line/],
  ['a remark', '# hello\n# EOF\n', /line 1: expected HELP, TYPE, UNIT or EOF/],
  ['two spaces', 'a  1\n# EOF\n', /line 1: expected a number after "a", found " 1"/],
  ['a tab', 'a\t1\n# EOF\n', /line 1: expected a number after "a"/],
  ['a blank at the end', 'a 1 \n# EOF\n', /line 1: expected a timestamp in seconds/],
  ['a blank before', ' a 1\n# EOF\n', /line 1: expected a metric name/],
  ['blanks between labels', 'a{x="1", y="2"} 1\n# EOF\n', /line 1: expected a label name, found " y=/],
  ['a missing comma', 'a{x="1"y="2"} 1\n# EOF\n', /line 1: expected "," or "\}"/],
  ['a value without its space', 'a{x="1"}1\n# EOF\n', /line 1: expected a number after/],
  ['a line break in a value', 'a{x="1\n"} 1\n# EOF\n', /line 1: the quote is not closed/],
  ['an unknown type', '# TYPE a untyped\n# EOF\n', /line 1: "untyped" is not a metric type of OpenMetrics/],
  ['a type without a text', '# TYPE a\n# EOF\n', /line 1: expected a text after TYPE a/],
  ['a foreign unit', '# UNIT a_seconds bytes\n# EOF\n', /line 1: the unit "bytes" is not the end of the name a_seconds/],
  ['a unit that is the whole name', '# UNIT seconds seconds\n# EOF\n', /line 1: the unit/],
  ['a timestamp that is no number', 'a 1 NaN\n# EOF\n', /line 1: expected a timestamp in seconds, found "NaN"/],
  ['an exemplar without a value', 'a 1 # {x="1"}\n# EOF\n', /line 1: expected a number after "the exemplar"/],
  ['an exemplar with a name', 'a 1 # {"x"} 1\n# EOF\n', /line 1: expected "=" after the label name "x"/],
  ['an exemplar time that is no number', 'a 1 # {x="1"} 1 Inf\n# EOF\n', /line 1: expected a timestamp in seconds/],
];
for (const [what, page, reason] of WRONG) test(`a page with ${what} is refused`, () => assert.match(parseOpenMetrics(page).fault ?? '', reason));

test('a trailing comma and an end without its line break are allowed', () => {
  assert.equal(parseOpenMetrics('a{x="1",} 1\n# EOF').fault, undefined);
});
