import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#mesh-core/runtime/random.ts';
import type { Expr } from './ast.ts';
import { formatExpr, prettyExpr } from './format-expr.ts';
import { parsePromql } from './parse.ts';
import { QueryGenerator } from './testing/generate-query.ts';

function parse(text: string): Expr {
  const parsed = parsePromql(text, { experimental: true });
  assert.ok(parsed.ok, `${text}: ${parsed.ok ? '' : parsed.error.message}`);
  return parsed.expr;
}

test('an expression is printed in the one form that Prometheus gives it', () => {
  const cases: readonly (readonly [text: string, printed: string])[] = [
    ['SUM BY(a)(m)', 'sum by (a) (m)'],
    ['Inf * m', '+Inf * m'],
    ['Inf ^ m', 'Inf ^ m'],
    ['-Inf ^ m', '-Inf ^ m'],
    ['+Inf ^ m', '+Inf ^ m'],
    ['sum by() (m)', 'sum(m)'],
    ['sum without() (m)', 'sum without () (m)'],
    ['topk(3,m)by(a)', 'topk by (a) (3, m)'],
    ['m{}', 'm'],
    ['{"m.x",a="b"}', '{__name__="m.x",a="b"}'],
    ['{"a b"="c", z="y"}', '{"a b"="c",z="y"}'],
    ['m{b="1",a="2"}', 'm{a="2",b="1"}'],
    ['m and on() m', 'm and on () m'],
    ['m * ignoring ( a ,b) group_left( c) m', 'm * ignoring (a, b) group_left (c) m'],
    ['m + fill_left(1e-7) m', 'm + fill_left (1e-07) m'],
    ['m + fill(2) m', 'm + fill (2) m'],
    ['m + fill(NaN) m', 'm + fill_left (NaN) fill_right (NaN) m'],
    ['m @ 1.00049', 'm @ 1.000'],
    ['m offset 1d2h', 'm offset 1d2h'],
    ['m[90m] offset -1w @ start()', 'm[1h30m] @ start() offset -1w'],
    ['rate(m[1.5])', 'rate(m[1s500ms])'],
    ['m offset 0.0004', 'm offset 0s'],
    ['m offset +step()', 'm offset step()'],
    ['m offset -(5m)', 'm offset -(5m)'],
    ['m[5m + 30]', 'm[5m + 30]'],
    ['m[+(5)]', 'm[(5)]'],
    ['m[((5m))]', 'm[(5m)]'],
    ['m[-(-5m)]', 'm[-(-5m)]'],
    ['m[min_of(5m,step()):(1m)]', 'm[min_of(5m, step()):(1m)]'],
    ['-1 ^ 2', '-1 ^ 2'],
    ['0x1F', '31'],
    ['"a\\u00a0\\u2028b\\x00é\\a"', '"a\\u00a0\\u2028b\\x00é\\a"'],
  ];
  for (const [text, printed] of cases) assert.equal(formatExpr(parse(text)), printed, text);
});

test('what is longer than a line is split into its parts', () => {
  const selector = 'istio_requests_total{reporter="destination",destination_workload="checkout",response_code=~"5.*"}';
  assert.equal(prettyExpr(parse(`sum by (le) (rate(${selector}[5m]))`)), `sum by (le) (\n  rate(\n    istio_requests_total{destination_workload="checkout",reporter="destination",response_code=~"5.*"}[5m]\n  )\n)`);
  assert.equal(
    prettyExpr(parse(`histogram_quantile(0.95, sum(rate(a_bucket[5m]))) / on (job, namespace) group_left (team) (sum(rate(b[5m])) + c)`)),
    '  histogram_quantile(0.95, sum(rate(a_bucket[5m])))\n/ on (job, namespace) group_left (team)\n  (sum(rate(b[5m])) + c)',
  );
  const sum = `a_metric_with_a_rather_long_name_${'x'.repeat(40)} + another_metric_with_a_long_name_${'y'.repeat(40)}`;
  const split = `a_metric_with_a_rather_long_name_${'x'.repeat(40)}\n+\nanother_metric_with_a_long_name_${'y'.repeat(40)}`.split('\n');
  assert.equal(prettyExpr(parse(`-(${sum})`)), `-(\n    ${split[0]}\n  +\n    ${split[2]}\n)`);
  assert.equal(prettyExpr(parse(`max_over_time((${sum})[5m:])`)), `max_over_time(\n  (\n      ${split[0]}\n    +\n      ${split[2]}\n  )[5m:]\n)`);
});

test('both forms of an expression parse to what they were made from', () => {
  const grammar = {
    counters: ['requests_total'], gauges: ['temperature'], steady: ['temperature'], buckets: ['latency_bucket'], labels: { job: ['a', 'b'], 'dotted.name': ['x y', 'z'] }, vectorFunctions: ['abs'], periodicFunctions: ['sin'], arithmetic: ['+', '-', '*', '^', 'atan2'], counterFunctions: ['rate'],
    rangeFunctions: ['avg_over_time', 'predict_linear', 'quantile_over_time'], aggregations: ['sum', 'topk', 'quantile', 'count_values'], at: 1_700_000_000, subqueryRanges: [71, 600], subquerySteps: ['15s', ''],
  };
  const generator = new QueryGenerator(grammar, seededRandom(11));
  for (let i = 0; i < 500; i++) {
    const text = generator.query().replaceAll(/(?<!")dotted\.name/g, '"dotted.name"');
    const printed = formatExpr(parse(text));
    assert.equal(formatExpr(parse(printed)), printed, text);
    assert.equal(formatExpr(parse(prettyExpr(parse(text)))), printed, text);
  }
});
