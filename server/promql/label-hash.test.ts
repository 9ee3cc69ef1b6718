import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelHash, xxHash64 } from './label-hash.ts';

const hashOf = (text: string): string => xxHash64(new TextEncoder().encode(text)).toString(16);

test('the hash is xxHash64, for texts of every length', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ];
  for (const [text, hash] of cases) assert.equal(hashOf(text), hash, text);
});

test('label sets hash by their packed form, whatever the order of their names', () => {
  assert.equal(labelHash({ b: '2', a: '1' }), labelHash({ a: '1', b: '2' }));
  assert.equal(labelHash({ a: '1' }).toString(16), hashOf('\u0001a\u00011'));
  const long = 'x'.repeat(300);
  assert.equal(labelHash({ l: long }), xxHash64(Uint8Array.from([1, 108, 255, 44, 1, 0, ...new TextEncoder().encode(long)])));
});
