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

test('whatever matches contains it', () => {
  let asked = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '.', '.*', '.+', '\\.', '|', '?', '(', ')', '+', 'é'), { maxLength: 7 }), fc.string({ unit: fc.constantFrom('a', 'b', '.', 'é'), maxLength: 8 }), (parts, text) => {
      const pattern = parts.join('');
      const required = requiredText(pattern);
      if (required === undefined || compileRegex(pattern)?.matchesWhole(text) !== true) return;
      asked += 1;
      assert.ok(text.includes(required), `${pattern} ${text}`);
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 1500 },
  );
  assert.ok(asked > 10);
});
