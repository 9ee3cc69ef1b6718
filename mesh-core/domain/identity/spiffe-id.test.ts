import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatSpiffeId, parseSpiffeId } from './spiffe-id.ts';

test('an identity reads back from its URI', () => {
  const id = { trustDomain: 'cluster.local', namespace: 'shop', serviceAccount: 'catalog' };
  assert.equal(formatSpiffeId(id), 'spiffe://cluster.local/ns/shop/sa/catalog');
  assert.deepEqual(parseSpiffeId(formatSpiffeId(id)), id);
});

test('an @ in a trust domain is written as a dot', () => {
  assert.equal(formatSpiffeId({ trustDomain: 'me@example.com', namespace: 'a', serviceAccount: 'b' }), 'spiffe://me.example.com/ns/a/sa/b');
});

test('a URI of any other shape is no identity', () => {
  for (const uri of ['', 'spiffe://', 'https://td/ns/a/sa/b', 'spiffe://td/ns/a/sa', 'spiffe://td/ns/a/sa/b/c', 'spiffe:///ns/a/sa/b', 'spiffe://td/ns//sa/b', 'spiffe://td/ns/a/sa/', 'spiffe://td/sa/a/ns/b']) {
    assert.equal(parseSpiffeId(uri), undefined, uri);
  }
});
