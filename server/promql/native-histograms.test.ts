import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScript } from './testing/script-runner.ts';

function assertPasses(script: string): void {
  const outcomes = runScript(script);
  assert.ok(outcomes.length > 0);
  assert.deepEqual(outcomes.flatMap(({ expr, failure }) => (failure === undefined ? [] : [`${expr}: ${failure}`])), []);
}

test('rates of native histograms add what a reset took away and are gauges', () => {
  assertPasses(`
load 1m
  h {{schema:0 sum:1 count:2 buckets:[2]}} {{schema:0 sum:3 count:6 buckets:[4 2]}} {{schema:0 sum:1 count:1 buckets:[1]}}

eval instant at 2m increase(h[3m])
  expect no_warn
  {} {{schema:0 count:7 sum:4.2 counter_reset_hint:gauge buckets:[4.2 2.8]}}

eval instant at 2m resets(h[3m])
  {} 1

eval instant at 2m irate(h[3m])
  {} {{schema:0 count:0.016666666666666666 sum:0.016666666666666666 counter_reset_hint:gauge buckets:[0.016666666666666666]}}
`);
});

test('what mixes floats and histograms has no value, and says why', () => {
  assertPasses(`
load 1m
  m{i="1"} 1 {{schema:0 sum:1 count:2 buckets:[2]}}
  f{i="1"} 3 3
  c{i="1"} {{schema:-53 sum:1 count:2 custom_values:[1] buckets:[2]}} {{schema:-53 sum:1 count:2 custom_values:[1] buckets:[2]}}

eval instant at 1m rate(m[5m])
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "m" (1:6)

eval instant at 1m sum({__name__=~"m|f"})
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for aggregation (1:5)

eval instant at 1m sum({__name__=~"m|c"})
  expect warn regex: PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "(m|c)" \\(1:5\\)

eval instant at 1m m + on (i) f
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "+": histogram + float (1:1)

eval instant at 1m max({__name__=~"m|f"})
  expect info msg: PromQL info: ignored histogram in max aggregation (1:5)
  {} 3

eval instant at 1m max_over_time(m[5m])
  expect info msg: PromQL info: ignored histograms in a range containing both floats and histograms for metric name "m" (1:15)
  {i="1"} 1

eval instant at 1m abs(m)

eval instant at 1m topk(5, m)
  expect info msg: PromQL info: ignored histogram in topk aggregation (1:1)
`);
});

test('operators scale, trim and compare histograms', () => {
  assertPasses(`
load 1m
  h {{schema:0 sum:8 count:6 buckets:[2 4]}}

eval instant at 0 h * 2
  {} {{schema:0 sum:16 count:12 buckets:[4 8]}}

eval instant at 0 -h
  {} {{schema:0 sum:-8 count:-6 counter_reset_hint:gauge buckets:[-2 -4]}}

eval instant at 0 h </ 1
  h {{schema:0 count:2 sum:1.4142135623730951 buckets:[2]}}

eval instant at 0 h == h
  h {{schema:0 sum:8 count:6 buckets:[2 4]}}

eval instant at 0 h != bool h
  {} 0

eval instant at 0 count_values("v", h)
  {v="{count:6, sum:8, (0.5,1]:2, (1,2]:4}"} 1
`);
});

test('quantiles and fractions take native and classic histograms, but not what is both at once', () => {
  assertPasses(`
load_with_nhcb 1m
  cl_bucket{le="1"} 2
  cl_bucket{le="2"} 6
  cl_bucket{le="+Inf"} 6
  cl_sum 8
  cl_count 6

eval instant at 0 histogram_quantile(0.5, cl)
  {} 1.25

eval instant at 0 histogram_quantile(0.5, cl_bucket)
  {} 1.25

eval instant at 0 histogram_fraction(0, 1, cl)
  {} 0.3333333333333333

eval instant at 0 histogram_quantile(0.5, {__name__=~"cl|cl_bucket"})
  expect no_warn
  expect fail

eval instant at 0 histogram_quantile(0.5, label_replace(cl_bucket, "__name__", "cl", "", "") or cl)
  expect warn msg: PromQL warning: vector contains a mix of classic and native histograms for metric name "cl" (1:25)

eval instant at 0 histogram_avg(cl)
  {} 1.3333333333333333
`);
});

test('info() adds the labels of the target, the newest one where there are two', () => {
  assertPasses(`
load 1m
  metric{instance="a", job="1", label="v"} 0 1 2
  target_info{instance="a", job="1", data="old", more="x"} 1 1 stale
  target_info{instance="a", job="1", data="new"} _ _ 1
  build_info{instance="a", job="1", build="7"} 1 1 1

eval range from 0m to 2m step 1m info(metric)
  metric{data="old", instance="a", job="1", label="v", more="x"} 0 1 _
  metric{data="new", instance="a", job="1", label="v"} _ _ 2

eval instant at 0 info(metric, {__name__="build_info"})
  metric{build="7", instance="a", job="1", label="v"} 0

eval instant at 0 info(metric, {data="none"})

eval instant at 0 info(metric, {more=~".+"})
  metric{instance="a", job="1", label="v", more="x"} 0
`);
});

test('start timestamps tell resets that values do not show, and where a counter began', () => {
  assertPasses(`
load 1m
  c_total@st -30s -30s -30s
  c_total 5 7 9
  g 5 7 9

eval instant at 2m start_timestamp(c_total)
  {} 90

eval instant at 2m resets(c_total[3m])
  {} 2

eval instant at 2m increase(c_total[150s])
  {} 20

eval instant at 2m start_timestamp(g)
  {} 0

eval instant at 0 min_of(2, 1) + max_of(2, 3)
  4

eval instant at 2m sum_over_time(g[max_of(1m, 2m)])
  {} 16
`);
});
