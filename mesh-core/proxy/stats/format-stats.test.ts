import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HistogramSeries } from '../telemetry/prebuilt-metrics.ts';
import { formatStatsJson, formatStatsPrometheus, formatStatsText, worthScraping } from './format-stats.ts';
import { StatList } from './stat.ts';

const times = new HistogramSeries([1, 10, 100]);
for (const ms of [0.5, 5, 5, 50]) times.observe(ms);
const STATS = [
  ...new StatList('cluster', { tag: 'cluster_name', name: 'outbound|80|v"1|web' })
    .counters([
      ['upstream_rq_total', 3],
      ['upstream_rq_200', 2],
      ['upstream_rq_2xx', 2],
      ['upstream_rq_timeout', 0],
    ])
    .gauges({ upstream_cx_active: 0 }, true)
    .gauges({ 'circuit_breakers.default.rq_open': 1 })
    .histogram('upstream_rq_time', times).stats,
  ...new StatList('server').gauges({ uptime: 7 }).text('version', '1.2.3').stats,
  ...new StatList('http').textOnly([['in.rbac.denied', 1]]).stats,
];

test('text has a line for each statistic, texts first, then numbers by name, then histograms', () => {
  assert.deepEqual(formatStatsText(STATS).trimEnd().split('\n'), [
    'server.version: "1.2.3"',
    'cluster.outbound|80|v"1|web.circuit_breakers.default.rq_open: 1',
    'cluster.outbound|80|v"1|web.upstream_cx_active: 0',
    'cluster.outbound|80|v"1|web.upstream_rq_200: 2',
    'cluster.outbound|80|v"1|web.upstream_rq_2xx: 2',
    'cluster.outbound|80|v"1|web.upstream_rq_timeout: 0',
    'cluster.outbound|80|v"1|web.upstream_rq_total: 3',
    'http.in.rbac.denied: 1',
    'server.uptime: 7',
    'cluster.outbound|80|v"1|web.upstream_rq_time: P0(nan,0) P25(nan,1) P50(nan,5.5) P75(nan,10) P90(nan,64) P95(nan,82) P99(nan,96.4) P99.5(nan,98.2) P99.9(nan,99.64) P100(nan,100)',
  ]);
});

test('JSON has the numbers as numbers and the histograms apart', () => {
  const { stats } = formatStatsJson(STATS);
  assert.deepEqual(stats[0], { name: 'server.version', value: '1.2.3' });
  assert.deepEqual(stats[6], { name: 'cluster.outbound|80|v"1|web.upstream_rq_total', value: 3 });
  assert.deepEqual((stats.at(-1) as { histograms: { computed_quantiles: { values: object[] }[] } }).histograms.computed_quantiles[0]?.values[2], { interval: null, cumulative: 5.5 });
});

test('Prometheus families carry what is in names as labels, escaped', () => {
  assert.deepEqual(formatStatsPrometheus(STATS).trimEnd().split('\n'), [
    '# TYPE envoy_cluster_upstream_rq_total counter',
    'envoy_cluster_upstream_rq_total{cluster_name="outbound|80|v\\"1|web"} 3',
    '# TYPE envoy_cluster_upstream_rq counter',
    'envoy_cluster_upstream_rq{response_code="200",cluster_name="outbound|80|v\\"1|web"} 2',
    'envoy_cluster_upstream_rq{response_code_class="2xx",cluster_name="outbound|80|v\\"1|web"} 2',
    '# TYPE envoy_cluster_upstream_rq_timeout counter',
    'envoy_cluster_upstream_rq_timeout{cluster_name="outbound|80|v\\"1|web"} 0',
    '# TYPE envoy_cluster_upstream_cx_active gauge',
    'envoy_cluster_upstream_cx_active{cluster_name="outbound|80|v\\"1|web"} 0',
    '# TYPE envoy_cluster_circuit_breakers_default_rq_open gauge',
    'envoy_cluster_circuit_breakers_default_rq_open{cluster_name="outbound|80|v\\"1|web"} 1',
    '# TYPE envoy_cluster_upstream_rq_time histogram',
    'envoy_cluster_upstream_rq_time_bucket{cluster_name="outbound|80|v\\"1|web",le="1"} 1',
    'envoy_cluster_upstream_rq_time_bucket{cluster_name="outbound|80|v\\"1|web",le="10"} 3',
    'envoy_cluster_upstream_rq_time_bucket{cluster_name="outbound|80|v\\"1|web",le="100"} 4',
    'envoy_cluster_upstream_rq_time_bucket{cluster_name="outbound|80|v\\"1|web",le="+Inf"} 4',
    'envoy_cluster_upstream_rq_time_sum{cluster_name="outbound|80|v\\"1|web"} 60.5',
    'envoy_cluster_upstream_rq_time_count{cluster_name="outbound|80|v\\"1|web"} 4',
    '# TYPE envoy_server_uptime gauge',
    'envoy_server_uptime{} 7',
  ]);
});

test('scrapers get what was touched and what is always told, no histograms', () => {
  assert.deepEqual(STATS.filter(worthScraping).map(({ leaf }) => leaf), ['upstream_rq_total', 'upstream_rq_200', 'upstream_rq_2xx', 'upstream_cx_active', 'circuit_breakers.default.rq_open', 'uptime', 'version', 'in.rbac.denied']);
});
