import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { RE2JS } from 're2js';
import { compileRegex } from './compile-regex.ts';
import { simpleRegex } from './simple-regex.ts';

const patternPart = fc.constantFrom('a', 'b', 'ab', 'é', '.*', '.+', '|', '\\.', '\\|', '-', 'a?', '.', '(b)', '[ab]', '.*?', '\\d', '{2}', '\\\\', '^', '$');
const textPart = fc.constantFrom('a', 'b', 'ab', 'é', '.', '|', '-', '1', '\\', '\n', '😀');

test('a pattern of texts and gaps decides as RE2 does', () => {
  let simple = 0;
  fc.assert(
    fc.property(fc.array(patternPart, { maxLength: 6 }).map((p) => p.join('')), fc.array(fc.array(textPart, { maxLength: 6 }).map((t) => t.join('')), { minLength: 5, maxLength: 5 }), (pattern, texts) => {
      const compiled = compileRegex(pattern);
      if (compiled === undefined) return;
      if (simpleRegex(pattern) !== undefined) simple += 1;
      const exact = RE2JS.compile(pattern);
      for (const text of texts) assert.equal(compiled.matchesWhole(text), exact.testExact(text), `${JSON.stringify(pattern)} on ${JSON.stringify(text)}`);
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 1800 },
  );
  assert.ok(simple > 50, `${simple} patterns were simple`);
});

const SIMPLE: readonly [pattern: string, yes: readonly string[], no: readonly string[]][] = [
  ['', [''], ['a']],
  ['a|b', ['a', 'b'], ['ab', '']],
  ['.*/orders/42', ['/orders/42', 'http://x/orders/42'], ['/orders/421', '/orders/4']],
  ['a.+a', ['aba', 'aaa'], ['aa', 'a']],
  ['a.*b.*b', ['abb', 'axbxb'], ['ab', 'bb']],
  ['a\\.b', ['a.b'], ['axb']],
];
for (const [pattern, yes, no] of SIMPLE) {
  test(`${pattern || 'the empty pattern'} is simple`, () => {
    const matches = simpleRegex(pattern);
    assert.ok(matches);
    for (const text of yes) assert.ok(matches(text), text);
    for (const text of no) assert.ok(!matches(text), text);
  });
}

test('what has more than texts and gaps is left to the automaton', () => {
  for (const pattern of ['a.b', 'a*', '(a)', '[a]', '^a', 'a$', '.*?', 'a{2}', '\\d', '\\', '.*.*', '.']) assert.equal(simpleRegex(pattern), undefined, pattern);
});
