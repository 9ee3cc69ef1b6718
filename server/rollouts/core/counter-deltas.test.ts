import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTick, isFailure, type CounterReading } from './counter-deltas.ts';

const arms = { canary: new Set(['payment-v3']), stable: new Set(['payment-v2']) };
const reading = (canaryOk: number, canaryBad: number, stable: number, fast = canaryOk): CounterReading => ({
  requests: [
    { labels: { destination_workload: 'payment-v3', response_code: '200', response_flags: '-' }, value: canaryOk },
    { labels: { destination_workload: 'payment-v3', response_code: '503', response_flags: 'UF' }, value: canaryBad },
    { labels: { destination_workload: 'payment-v2', response_code: '200', response_flags: '-' }, value: stable },
  ],
  buckets: [
    { labels: { destination_workload: 'payment-v3', le: '100' }, value: fast },
    { labels: { destination_workload: 'payment-v3', le: '+Inf' }, value: canaryOk + canaryBad },
  ],
});

test('the first reading only sets the base line', () => {
  const { counts } = countTick(undefined, reading(100, 5, 900), arms, []);
  assert.deepEqual(counts, [{ name: 'errors', canary: { requests: 0, bad: 0 }, stable: { requests: 0, bad: 0 } }]);
});
test('counts what came since, by arm', () => {
  const first = countTick(undefined, reading(100, 5, 900), arms, []);
  const { counts } = countTick(first.counters, reading(110, 7, 990), arms, []);
  assert.deepEqual(counts[0], { name: 'errors', canary: { requests: 12, bad: 2 }, stable: { requests: 90, bad: 0 } });
});
test('a counter that went back was reset and counts from zero', () => {
  const first = countTick(undefined, reading(100, 5, 900), arms, []);
  assert.deepEqual(countTick(first.counters, reading(4, 0, 910), arms, []).counts[0]?.canary, { requests: 4, bad: 0 });
});
test('slow requests are those above the edge', () => {
  const first = countTick(undefined, reading(0, 0, 0, 0), arms, [100]);
  const { counts } = countTick(first.counters, reading(10, 0, 0, 7), arms, [100]);
  assert.deepEqual(counts[1], { name: 'slower than 100 ms', canary: { requests: 10, bad: 3 }, stable: { requests: 0, bad: 0 } });
});
test('tells the service\'s failures from the client\'s', () => {
  assert.equal(isFailure({ response_code: '503' }), true);
  assert.equal(isFailure({ response_code: '0', response_flags: 'UF,URX' }), true);
  assert.equal(isFailure({ response_code: '0', response_flags: 'DC' }), false);
  assert.equal(isFailure({ response_code: '404' }), false);
  assert.equal(isFailure({ response_code: '200', request_protocol: 'grpc', grpc_response_status: '14' }), true);
});
