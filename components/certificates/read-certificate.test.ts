import { test } from 'node:test';
import assert from 'node:assert/strict';
import { certificateCondition, earliest, identityParts, shareOfLife } from './read-certificate.ts';

const DAY = { notBefore: '2026-01-01T00:00:00Z', nextRotation: '2026-01-01T12:00:00Z', notAfter: '2026-01-02T00:00:00Z', proxies: ['sidecar~a'] };
const at = (time: string): number => Date.parse(`2026-01-${time}Z`);

test('a certificate is valid until a tenth of its life past its renewal, then overdue, then ended', () => {
  assert.equal(certificateCondition(DAY, at('01T06:00:00')), 'valid');
  assert.equal(certificateCondition(DAY, at('01T13:00:00')), 'valid');
  assert.equal(certificateCondition(DAY, at('01T14:30:00')), 'overdue');
  assert.equal(certificateCondition(DAY, at('02T00:00:00')), 'ended');
});

test('one that nobody connected holds is not overdue, and one that was revoked is nothing else', () => {
  assert.equal(certificateCondition({ ...DAY, proxies: [] }, at('01T20:00:00')), 'unused');
  assert.equal(certificateCondition({ ...DAY, proxies: [], revokedAt: '2026-01-01T01:00:00Z' }, at('03T00:00:00')), 'revoked');
});

test('nothing is overdue while the time is not known', () => {
  assert.equal(certificateCondition(DAY, 0), 'valid');
});

test('the share of a life that is over stays between 0 and 1', () => {
  assert.deepEqual(['01T00:00:00', '01T18:00:00', '05T00:00:00'].map((time) => shareOfLife(DAY.notBefore, DAY.notAfter, at(time))), [0, 0.75, 1]);
  assert.equal(shareOfLife(DAY.notBefore, DAY.notAfter, 0), 0);
  assert.equal(shareOfLife(DAY.notAfter, DAY.notBefore, at('01T06:00:00')), 1);
});

test('a SPIFFE identity has a trust domain, a namespace and a service account', () => {
  assert.deepEqual(identityParts('spiffe://cluster.local/ns/shop/sa/catalog'), { trustDomain: 'cluster.local', namespace: 'shop', serviceAccount: 'catalog' });
  assert.equal(identityParts('spiffe://cluster.local/host/a'), undefined);
});

test('the earliest time is by the clock, not by the text', () => {
  assert.equal(earliest(['2026-01-02T00:30:00+01:00', '2026-01-02T00:00:00Z']), '2026-01-02T00:30:00+01:00');
  assert.equal(earliest([]), undefined);
});
