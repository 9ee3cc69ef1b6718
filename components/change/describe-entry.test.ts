import { test } from 'node:test';
import assert from 'node:assert/strict';
import { actorText, changeText, detailText, entryHref, isOwnStep } from './describe-entry.ts';

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

test('a detail that only names who did it is left out', () => {
  assert.equal(detailText({ actor: 'rollout:shop/catalog-v2', detail: 'by rollout shop/catalog-v2' }), undefined);
  assert.equal(detailText({ actor: 'user:captain', detail: 'by rollout shop/catalog-v2' }), 'by rollout shop/catalog-v2');
});

test('a step that a rollout took itself is told from one that somebody ordered', () => {
  const object = { apiVersion: 'binnacle.dev/v1', kind: 'CanaryRollout', namespace: 'shop', name: 'catalog-v2' };
  assert.equal(isOwnStep({ actor: 'rollout:shop/catalog-v2', action: 'rollout Promoted', object }), true);
  assert.equal(isOwnStep({ actor: 'user:captain', action: 'rollout abort', object }), false);
});
