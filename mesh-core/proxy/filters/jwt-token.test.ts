import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { JWT_STATUS } from './jwt-status.ts';
import { parseJwt, timeStatus } from './jwt-token.ts';

const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const token = (header: unknown, payload: unknown, signature = 'AAAA'): string => `${encode(header)}.${encode(payload)}.${signature}`;

const BAD: readonly (readonly [string, string, string])[] = [
  ['one section', 'abc', 'badFormat'],
  ['four sections', 'a.b.c.d', 'badFormat'],
  ['a header that is no base64url', 'a+b=.e30.AAAA', 'headerBadBase64'],
  ['a header that is no JSON', token('{', {}), 'headerBadJson'],
  ['a header that is a list', token([], {}), 'headerBadJson'],
  ['no algorithm', token({}, {}), 'headerBadAlg'],
  ['the algorithm none', token({ alg: 'none' }, {}), 'headerUnknownAlg'],
  ['a key id that is a number', token({ alg: 'RS256', kid: 1 }, {}), 'headerBadKid'],
  ['a payload that is no JSON', token({ alg: 'RS256' }, 'x'), 'payloadBadJson'],
  ['an issuer that is a number', token({ alg: 'RS256' }, { iss: 1 }), 'issNotString'],
  ['a subject that is a list', token({ alg: 'RS256' }, { sub: [] }), 'subNotString'],
  ['an end that is text', token({ alg: 'RS256' }, { exp: 'soon' }), 'expNotInteger'],
  ['an end before 1970', token({ alg: 'RS256' }, { exp: -1 }), 'expOutOfRange'],
  ['an audience that is a number', token({ alg: 'RS256' }, { aud: 1 }), 'audNotString'],
  ['an audience list with a number', token({ alg: 'RS256' }, { aud: ['a', 1] }), 'audNotString'],
  ['no signature', token({ alg: 'RS256' }, {}, ''), 'signatureBadBase64'],
  ['a signature with padding', token({ alg: 'RS256' }, {}, 'AA=='), 'signatureBadBase64'],
];
for (const [what, text, status] of BAD) test(`a token with ${what} is told apart: ${status}`, () => assert.equal(parseJwt(text), status));

test('a token is read with its claims', () => {
  const jwt = parseJwt(token({ alg: 'ES256', kid: 'k' }, { iss: 'i', aud: 'a', exp: 100, nbf: 50 }));
  assert.ok(typeof jwt !== 'string');
  assert.deepEqual([jwt.alg, jwt.kid, jwt.issuer, jwt.audiences, jwt.notBefore, jwt.expires], ['ES256', 'k', 'i', ['a'], 50, 100]);
  assert.deepEqual([0, 160, 161, 49].map((now) => timeStatus(jwt, now, now === 49 ? 0 : 60)), ['ok', 'ok', 'expired', 'notYetValid']);
});

test('whatever comes, parsing gives a token or a known status', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.tuple(fc.json(), fc.json(), fc.base64String()).map(([header, payload, signature]) => token(header, payload, signature))), (text) => {
      const parsed = parseJwt(text);
      assert.ok(typeof parsed !== 'string' || parsed in JWT_STATUS);
    }),
    { numRuns: 3000, interruptAfterTimeLimit: 1000 },
  );
});
