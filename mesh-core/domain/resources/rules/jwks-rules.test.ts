import assert from 'node:assert/strict';
import { test } from 'node:test';

import { jwksProblem, privateKeyIndexes } from './jwks-rules.ts';

const rsa = { kty: 'RSA', n: 'AQAB', e: 'AQAB' };
const CASES: readonly (readonly [text: string, problem: RegExp | undefined])[] = [
  [JSON.stringify({ keys: [rsa] }), undefined],
  [JSON.stringify(rsa), undefined],
  [JSON.stringify({ keys: [] }), undefined],
  ['{', /not a JSON object/],
  ['{}', /not a JSON object/],
  [JSON.stringify({ keys: [{ ...rsa, n: undefined }] }), /RSA key without n/],
  [JSON.stringify({ keys: [{ ...rsa, kty: 'XYZ' }] }), /unknown key type/],
  [JSON.stringify({ keys: [{ ...rsa, e: '!' }] }), /not base64url/],
];

test('a key set has keys of known types with their members', () => {
  for (const [text, problem] of CASES) {
    if (problem === undefined) assert.equal(jwksProblem(text), undefined, text);
    else assert.match(jwksProblem(text) ?? '', problem, text);
  }
});

test('keys that could sign are told by their place', () => {
  assert.deepEqual(privateKeyIndexes(JSON.stringify({ keys: [rsa, { ...rsa, d: 'AQ' }, { kty: 'oct', k: 'AQ' }] })), [1, 2]);
});
