import { test } from 'node:test';
import assert from 'node:assert/strict';
import { lastAcknowledged, nackOf } from './read-proxy.ts';

test('the refused type is named with its reason', () => {
  assert.deepEqual(nackOf({ types: { cluster: { state: 'synced' }, route: { state: 'nack', error: 'bad regex' } } }), { type: 'route', error: 'bad regex' });
  assert.equal(nackOf({ types: { cluster: { state: 'stale' } } }), undefined);
});

test('the last acknowledgement is the latest of all types, and none is none', () => {
  assert.equal(lastAcknowledged({ types: { cluster: { state: 'synced', ackedAt: '1970-01-01T00:00:05Z' }, route: { state: 'synced', ackedAt: 7000 }, listener: { state: 'not-sent' } } }), 7000);
  assert.equal(lastAcknowledged({ types: { cluster: { state: 'not-sent' } } }), undefined);
});
