import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRegex } from '#mesh-core/domain/decide/compile-regex.ts';
import { fc } from '#mesh-core/testing/property.ts';
import { requiredText } from './required-text.ts';

const CASES: readonly (readonly [string, string | undefined])[] = [
  ['.*/api/orders/123.*', '/api/orders/123'],
  ['http.+shop', 'http'],
  ['a\\.b', 'a.b'],
  ['ab.cde', 'cde'],
  ['.*', undefined],
  ['a.b', undefined],
  ['ab|cd', undefined],
  ['abc?', undefined],
  ['(?i)abc', undefined],
  ['ab\\d', undefined],
  ['ab\\', undefined],
  ['', undefined],
];
for (const [pattern, text] of CASES) {
  test(`what matches ${pattern} contains ${text ?? 'nothing that is known'}`, () => {
    assert.equal(requiredText(pattern), text);
  });
}

/** Pieces of expressions, each with a text that it matches. */
const PIECES: readonly (readonly [pattern: string, text: string])[] = [['a', 'a'], ['b', 'b'], ['é', 'é'], ['\\.', '.'], ['.', 'x'], ['.*', ''], ['.*', 'ab'], ['.+', 'b'], ['(a|b)', 'b'], ['a?', '']];

test('whatever matches contains it', () => {
  let known = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }), (pieces) => {
      const [pattern, text] = [pieces.map(([p]) => p).join(''), pieces.map(([, t]) => t).join('')];
      const required = requiredText(pattern);
      assert.equal(compileRegex(pattern)?.matchesWhole(text), true);
      if (required === undefined) return;
      known += 1;
      assert.ok(text.includes(required), `${pattern} ${text}`);
    }),
    { numRuns: 500, interruptAfterTimeLimit: 1500 },
  );
  assert.ok(known > 0);
});
