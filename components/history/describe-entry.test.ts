import { test } from 'node:test';
import assert from 'node:assert/strict';
import { actorText, changeText, entryHref } from './describe-entry.ts';

test('a write is told by what it did to which object, an unknown action by its own words', () => {
  assert.equal(changeText({ action: 'update', object: { kind: 'VirtualService', namespace: 'shop', name: 'catalog' } }), 'Updated VirtualService catalog');
  assert.equal(changeText({ action: 'roll-back', object: { kind: 'CanaryRollout', name: 'x' } }), 'Roll back CanaryRollout x');
  assert.equal(changeText({ action: 'rollout RolledBack', object: { kind: 'CanaryRollout', namespace: 'shop', name: 'payment-v3' } }), 'Rollout payment-v3: rolled back');
  assert.equal(changeText({ action: 'sign-in' }), 'Signed in');
});

test('an actor keeps what kind of actor it is, and names with colons stay whole', () => {
  assert.equal(actorText('user:captain'), 'captain');
  assert.equal(actorText('token:ci:deploy'), 'token ci:deploy');
  assert.equal(actorText('rollout:shop/catalog'), 'rollout shop/catalog');
  assert.equal(actorText('external'), 'outside this console');
});

test('an entry has a link of its own', () => {
  assert.equal(entryHref({ id: 'a b' }), '/history?entry=a+b');
});
