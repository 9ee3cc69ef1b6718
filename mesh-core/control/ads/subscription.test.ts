import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NameSets } from './resource-index.ts';
import { describe, NO_SUBSCRIPTION, offer, receive } from './subscription.ts';
import type { Subscription } from './subscription.ts';

const ask = (state: Subscription, fields: Partial<Parameters<typeof receive>[1]> = {}, wildcard = true) => receive(state, { versionInfo: '', responseNonce: '', resourceNames: [], ...fields }, wildcard, 1000, (names) => sets.of(names));
const sets = new NameSets();
const give = (state: Subscription, version: string, fingerprint: string, nonce: string) => offer(state, { version, fingerprint, nonce, at: 500 });
/** Subscribed to everything and sent version 1 with nonce n1. */
const sent = give(ask(NO_SUBSCRIPTION).next, '1', 'A', 'n1').next;
const acked = ask(sent, { responseNonce: 'n1', versionInfo: '1' }).next;

test('the first request subscribes and is answered, even with the version and nonce of an earlier stream', () => {
  for (const request of [{}, { versionInfo: '7', responseNonce: 'old' }]) {
    const { next, outcome, reoffer } = ask(NO_SUBSCRIPTION, request);
    assert.deepEqual([outcome, reoffer, next.wildcard], ['subscribe', true, true]);
    assert.equal(give(next, '1', 'A', 'n1').send, true);
  }
});

test('nothing is sent for a type nobody asked for', () => {
  assert.deepEqual(give(NO_SUBSCRIPTION, '1', 'A', 'n1'), { next: NO_SUBSCRIPTION, send: false });
  assert.equal(describe(NO_SUBSCRIPTION).state, 'not-sent');
});

test('a response without an answer is stale, an accepted one synced', () => {
  assert.equal(describe(sent).state, 'stale');
  const state = describe(acked);
  assert.deepEqual([state.state, state.sentVersion, state.ackedVersion, state.nonce, state.ackedAt], ['synced', '1', '1', 'n1', '1970-01-01T00:00:01.000Z']);
});

test('a refusal keeps the accepted version and tells why', () => {
  const second = give(acked, '2', 'B', 'n2').next;
  const { next, outcome } = ask(second, { responseNonce: 'n2', versionInfo: '1', errorDetail: { message: 'no such filter' } });
  const state = describe(next);
  assert.deepEqual([outcome, state.state, state.error, state.sentVersion, state.ackedVersion], ['nack', 'nack', 'no such filter', '2', '1']);
});

test('a refused configuration is not sent again, another one is', () => {
  const second = give(acked, '2', 'B', 'n2').next;
  const refused = ask(second, { responseNonce: 'n2', versionInfo: '1', errorDetail: {} }).next;
  const same = give(refused, '3', 'B', 'n3');
  assert.deepEqual([same.send, describe(same.next).state, describe(same.next).ackedVersion], [false, 'nack', '1']);
  const back = give(same.next, '4', 'A', 'n4');
  assert.deepEqual([back.send, describe(back.next).state], [true, 'stale']);
});

test('a request about an older response is ignored', () => {
  const second = give(sent, '2', 'B', 'n2').next;
  for (const request of [{ responseNonce: 'n1', versionInfo: '1' }, { responseNonce: 'n1', errorDetail: { message: 'x' } }, { responseNonce: 'other', resourceNames: ['a'] }]) {
    const { next, outcome, reoffer } = ask(second, request);
    assert.deepEqual([next, outcome, reoffer], [second, 'stale', false]);
  }
});

test('equal bytes are acknowledged at the new version without being sent', () => {
  const later = give(acked, '9', 'A', 'n9');
  assert.equal(later.send, false);
  assert.deepEqual([describe(later.next).state, describe(later.next).sentVersion, describe(later.next).ackedVersion, describe(later.next).nonce], ['synced', '9', '9', 'n1']);
});

test('equal bytes on the way are acknowledged at the newest version they stand for', () => {
  const moved = give(sent, '2', 'A', 'n2');
  assert.equal(moved.send, false);
  const done = ask(moved.next, { responseNonce: 'n1', versionInfo: '1' }).next;
  assert.deepEqual([describe(done).state, describe(done).ackedVersion], ['synced', '2']);
});

test('names may change with an acknowledgement, after one and after a refusal', () => {
  const named = give(ask(NO_SUBSCRIPTION, { resourceNames: ['b', 'a'] }, false).next, '1', 'A', 'n1').next;
  const withAck = ask(named, { responseNonce: 'n1', versionInfo: '1', resourceNames: ['a', 'b', 'c'] }, false);
  assert.deepEqual([withAck.outcome, withAck.reoffer, [...withAck.next.names]], ['ack', true, ['a', 'b', 'c']]);
  const after = ask(withAck.next, { responseNonce: 'n1', versionInfo: '1', resourceNames: ['a'] }, false);
  assert.deepEqual([after.outcome, after.reoffer], ['subscribe', true]);
  const refused = ask(named, { responseNonce: 'n1', resourceNames: ['a', 'b'], errorDetail: { message: 'x' } }, false).next;
  const more = ask(refused, { responseNonce: 'n1', versionInfo: '', resourceNames: ['a', 'b', 'c'] }, false);
  assert.deepEqual([more.outcome, more.reoffer, describe(more.next).state], ['subscribe', true, 'nack']);
});

test('the same names in another order are no change', () => {
  const named = give(ask(NO_SUBSCRIPTION, { resourceNames: ['b', 'a'] }, false).next, '1', 'A', 'n1').next;
  assert.deepEqual([ask(named, { responseNonce: 'n1', versionInfo: '1', resourceNames: ['a', 'b'] }, false).reoffer], [false]);
});

test('asking for nothing by name is in sync at every version', () => {
  const none = ask(NO_SUBSCRIPTION, {}, false).next;
  assert.equal(none.wildcard, false);
  const state = describe(give(give(none, '1', 'A', 'n1').next, '2', 'A', 'n2').next);
  assert.deepEqual([state.state, state.ackedVersion], ['synced', '2']);
});
