import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acknowledgements, overallState, type ProxySync } from './proxy-sync.ts';

const proxy = (proxyId: string, acked: string, state: 'synced' | 'stale' | 'nack' = 'synced', error?: string): ProxySync => ({
  proxyId,
  types: { cluster: { state: 'synced', ackedVersion: acked }, route: { state, ackedVersion: acked, ...(error === undefined ? {} : { error }) }, listener: { state: 'not-sent' } },
});

test('a write is acknowledged when every subscribed type is at it or past it', () => {
  const answer = acknowledgements([proxy('a', '12'), proxy('b', '11'), proxy('c', '9', 'stale')], '11');
  assert.deepEqual(answer, { total: 3, acknowledged: 2, rejected: [], waiting: ['c'] });
});
test('a refusal is told with its error', () => {
  assert.deepEqual(acknowledgements([proxy('a', '9', 'nack', 'no such filter')], '11').rejected, [{ proxy: 'a', error: 'no such filter' }]);
  assert.equal(overallState(proxy('a', '9', 'nack')), 'nack');
});
