import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { describe } from './subscription.ts';
import { NO_DELTA_SUBSCRIPTION, offerDelta, receiveDelta } from './delta-subscription.ts';
import type { DeltaSubscription, DeltaSubscriptionRequest } from './delta-subscription.ts';
import { NameSets, select } from './resource-index.ts';
import type { ResourceIndex } from './resource-index.ts';

const sets = new NameSets();
const ask = (state: DeltaSubscription, fields: Partial<DeltaSubscriptionRequest> = {}, mayWildcard = true) => receiveDelta(state, { subscribe: [], unsubscribe: [], initialVersions: {}, responseNonce: '', ...fields }, mayWildcard, 1000, (names) => sets.of(names));
/** `a@1 b@2` as an index. */
const index = (text: string): ResourceIndex =>
  new Map(text.split(' ').filter(Boolean).map((one) => {
    const [name = '', version = ''] = one.split('@');
    return [name, { name, version, typeUrl: 't', value: Buffer.from(one) }];
  }));
let nonces = 0;
/** Offers an index; tells what is sent as `changed | removed`, or undefined. */
function give(state: DeltaSubscription, text: string, version = '1'): { state: DeltaSubscription; sent: string | undefined; nonce: string } {
  const nonce = `n${++nonces}`;
  const { next, send } = offerDelta(state, select(index(text), state), { version, nonce, at: 500 });
  return { state: next, nonce, sent: send === undefined ? undefined : `${send.changed.map((r) => `${r.name}@${r.version}`).join(' ')} | ${send.removed.join(' ')}` };
}
const ack = ({ state, nonce }: { state: DeltaSubscription; nonce: string }, fields: Partial<DeltaSubscriptionRequest> = {}): DeltaSubscription => ask(state, { responseNonce: nonce, ...fields }).next;

test('a first request without names, or with *, wants everything and is answered even by nothing', () => {
  for (const subscribe of [[], ['*']]) {
    const { next, reoffer } = ask(NO_DELTA_SUBSCRIPTION, { subscribe });
    assert.deepEqual([next.wildcard, reoffer], [true, true]);
    assert.equal(give(next, 'a@1 b@1').sent, 'a@1 b@1 | ');
    assert.equal(give(next, '').sent, ' | ');
  }
  assert.equal(ask(NO_DELTA_SUBSCRIPTION, {}, false).next.wildcard, false, 'endpoints are only wanted by name');
});

test('only the difference is sent, and what a wildcard had and is gone is removed', () => {
  const state = ack(give(ask(NO_DELTA_SUBSCRIPTION).next, 'a@1 b@1'));
  assert.equal(give(state, 'a@1 b@1').sent, undefined);
  assert.equal(give(state, 'a@2 c@1').sent, 'a@2 c@1 | b');
});

test('what does not change moves to the new version, acknowledged', () => {
  const state = ack(give(ask(NO_DELTA_SUBSCRIPTION).next, 'a@1', '7'));
  const after = give(state, 'a@1', '8').state;
  assert.deepEqual([after.version, after.ackedVersion, describe(after).state], ['8', '8', 'synced']);
});

test('a name that does not exist is told so, once, and sent when it comes', () => {
  const first = give(ask(NO_DELTA_SUBSCRIPTION, { subscribe: ['a', 'x'] }, false).next, 'a@1 b@1');
  assert.equal(first.sent, 'a@1 | x');
  const state = ack(first);
  assert.equal(give(state, 'a@1 b@1').sent, undefined);
  assert.equal(give(state, 'a@1 x@3').sent, 'x@3 | ');
});

test('names come and go; of what is no longer subscribed nothing is said', () => {
  const state = ack(give(ask(NO_DELTA_SUBSCRIPTION, { subscribe: ['a', 'b'] }, false).next, 'a@1 b@1 c@1'));
  const { next, outcome, reoffer } = ask(state, { subscribe: ['c'], unsubscribe: ['a'] }, false);
  assert.deepEqual([[...next.names], outcome, reoffer], [['b', 'c'], 'subscribe', true]);
  assert.equal(give(next, 'a@2 b@1 c@1').sent, 'c@1 | ');
});

test('a name that is asked for again is sent again', () => {
  const state = ack(give(ask(NO_DELTA_SUBSCRIPTION, { subscribe: ['a', 'b'] }, false).next, 'a@1 b@1'));
  assert.equal(give(ask(state, { subscribe: ['a'] }, false).next, 'a@1 b@1').sent, 'a@1 | ');
});

test('after a reconnect only what differs from what the client says it holds is sent', () => {
  const { next } = ask(NO_DELTA_SUBSCRIPTION, { subscribe: ['*'], initialVersions: { a: '1', b: '1', old: '4' }, responseNonce: 'of another stream' });
  assert.equal(give(next, 'a@1 b@2 c@1').sent, 'b@2 c@1 | old');
  const same = give(ask(NO_DELTA_SUBSCRIPTION, { subscribe: ['*'], initialVersions: { a: '1' } }).next, 'a@1', '5');
  assert.deepEqual([same.sent, describe(same.state).state, same.state.ackedVersion], [undefined, 'synced', '5']);
});

test('the next difference waits for the answer to the last', () => {
  const first = give(ask(NO_DELTA_SUBSCRIPTION).next, 'a@1');
  assert.equal(give(first.state, 'a@2').sent, undefined);
  assert.equal(give(ack(first), 'a@2').sent, 'a@2 | ');
});

test('a refusal is kept with its reason until something else is sent', () => {
  const first = give(ask(NO_DELTA_SUBSCRIPTION).next, 'a@1', '1');
  const { next, outcome } = ask(first.state, { responseNonce: first.nonce, errorDetail: { message: 'no' } });
  assert.deepEqual([outcome, describe(next).state, describe(next).error, next.ackedVersion], ['nack', 'nack', 'no', '']);
  const unchanged = give(next, 'a@1', '2');
  assert.deepEqual([unchanged.sent, describe(unchanged.state).state, unchanged.state.ackedVersion], [undefined, 'nack', '']);
  assert.equal(give(next, 'a@0', '3').sent, 'a@0 | ');
});

test('an answer to an older response, or a second one, changes nothing', () => {
  const first = give(ask(NO_DELTA_SUBSCRIPTION).next, 'a@1');
  const second = give(ack(first), 'a@2');
  assert.equal(ask(second.state, { responseNonce: first.nonce }).outcome, 'stale');
  assert.equal(describe(second.state).state, 'stale');
  assert.equal(ask(ack(second), { responseNonce: second.nonce, errorDetail: { message: 'late' } }).outcome, 'stale');
});

test('giving * back leaves the names', () => {
  const state = ack(give(ask(NO_DELTA_SUBSCRIPTION, { subscribe: ['*', 'a'] }).next, 'a@1 b@1'));
  const { next } = ask(state, { unsubscribe: ['*'] });
  assert.deepEqual([next.wildcard, [...next.names]], [false, ['a']]);
  assert.equal(give(next, 'a@2 b@2').sent, 'a@2 | ');
});

test('whatever is subscribed and changes in whatever order, the client ends with just what is wanted', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const contents = fc.dictionary(name, fc.nat(3), { maxKeys: 4 });
  const step = fc.record({ subscribe: fc.array(name, { maxLength: 2 }), unsubscribe: fc.array(name, { maxLength: 2 }), contents, refuse: fc.boolean() });
  fc.assert(
    fc.property(fc.boolean(), fc.array(name, { maxLength: 2 }), fc.array(step, { maxLength: 8 }), (everything, names, steps) => {
      const client = new Map<string, string>();
      let state = ask(NO_DELTA_SUBSCRIPTION, { subscribe: everything ? ['*'] : names }, everything).next;
      let last: Record<string, number> = {};
      for (const { subscribe, unsubscribe, contents: now } of steps) {
        last = now;
        state = ask(state, { subscribe, unsubscribe: unsubscribe.filter((one) => !subscribe.includes(one)) }, everything).next;
        if (!state.wildcard) for (const held of client.keys()) if (!state.names.has(held)) client.delete(held);
        const text = Object.entries(now).map(([key, version]) => `${key}@${version}`).join(' ');
        const nonce = `p${++nonces}`;
        const { next, send } = offerDelta(state, select(index(text), state), { version: '1', nonce, at: 1 });
        for (const resource of send?.changed ?? []) client.set(resource.name, resource.version);
        for (const gone of send?.removed ?? []) client.delete(gone);
        state = send === undefined ? next : ask(next, { responseNonce: nonce }, everything).next;
      }
      const wanted = Object.entries(last).filter(([key]) => state.wildcard || state.names.has(key)).map(([key, version]): [string, string] => [key, String(version)]);
      if (steps.length > 0) assert.deepEqual(client, new Map(wanted));
    }),
    { numRuns: 300 },
  );
});
