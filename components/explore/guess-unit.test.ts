import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guessUnit } from './guess-unit.ts';
import { STARTERS } from './starter-queries.ts';

const UNITS: readonly [string, string][] = [
  ['sum by (x_bytes) (rate(istio_requests_total{a="_bytes"}[1m]))', 'rps'],
  ['rate(node_network_receive_bytes_total[1m])', 'bytesPerSecond'],
  ['process_resident_memory_bytes', 'bytes'],
  ['histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket[1m])))', 'ms'],
  ['histogram_quantile(0.9, rate(http_request_duration_seconds_bucket[5m]))', 's'],
  ['rate(http_request_duration_seconds_sum[5m]) / rate(http_request_duration_seconds_count[5m])', 's'],
  ['rate(http_request_duration_seconds_count[5m])', 'rps'],
  ['rate(job_duration_seconds_count[5m])', 'ops'],
  ['sum(rate(process_cpu_seconds_total[1m]))', 'cores'],
  ['sum(rate(errors_total[1m])) / sum(rate(errors_total[1m]))', 'ratio'],
  ['node_memory_free_bytes / node_memory_size_bytes', 'ratio'],
  ['100 * sum(rate(a_requests_total[1m])) / sum(rate(a_requests_total[1m]))', 'percent'],
  ['count(up)', 'count'],
  ['istio_request_duration_milliseconds_bucket', 'count'],
  ['up', 'none'],
  ['process_start_time_seconds', 's'],
  ['foo{a="/"}', 'none'],
];
for (const [expr, unit] of UNITS) test(`${expr} is in ${unit}`, () => assert.equal(guessUnit(expr), unit));

test('the starter queries have units', () => {
  assert.deepEqual(STARTERS.map(({ expr }) => guessUnit(expr)), ['rps', 'ratio', 'ms', 'rps', 'bytes']);
});
