import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldPath, parseManifest } from './parse-manifest.ts';

test('says where YAML that does not parse goes wrong', () => {
  const parsed = parseManifest('kind: A\nspec:\n  a: [1, 2\n  b: 3\n');
  assert.ok(!parsed.ok);
  assert.ok((parsed.problems[0]?.line ?? 0) >= 3);
});
test('reads several documents and leaves empty ones out', () => {
  const parsed = parseManifest('---\nkind: A\n---\n---\nkind: B\n');
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.documents.map((d) => (d.value as { kind: string }).kind), ['A', 'B']);
});
test('finds the place of a field, or of its nearest parent', () => {
  const parsed = parseManifest('kind: A\nspec:\n  http:\n    - route:\n        - weight: -1\n');
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.documents[0]?.locate('spec.http[0].route[0].weight'), { line: 5, column: 19 });
  assert.equal(parsed.documents[0]?.locate('spec.http[0].route[0].headers').line, 5);
});
test('refuses an alias bomb', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((c, i) => `${c}: &${c} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i]}`).join(',')}]`)].join('\n');
  assert.equal(parseManifest(bomb).ok, false);
});
test('says where a key is repeated', () => {
  const parsed = parseManifest('kind: A\nspec:\n  a: 1\n  b: 2\n  a: 3\n');
  assert.deepEqual(parsed, { ok: false, problems: [{ message: 'The key "a" is there twice.', line: 5, column: 3 }] });
});
test('says plainly that a text is nested too deeply', () => {
  const parsed = parseManifest(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`);
  assert.ok(!parsed.ok);
  assert.equal(parsed.problems[0]?.message, 'The text is nested too deeply.');
});
test('gives up within seconds on texts that would keep the parser busy for minutes', () => {
  const started = performance.now();
  const keys = Array.from({ length: 25_000 }, (_, i) => `k${i}: v\n`).join('');
  assert.equal(parseManifest(keys).ok, true);
  const long = parseManifest(keys.repeat(10));
  assert.ok(!long.ok);
  assert.match(long.problems[0]?.message ?? '', /too large/);
  // Seven tokens a line: key, colon, space, value, line end, and a mark before either scalar.
  assert.equal(long.problems[0]?.line, Math.floor(200_000 / 7) + 1);
  const many = parseManifest('--- {a: 1}\n'.repeat(501));
  assert.ok(!many.ok);
  assert.match(many.problems[0]?.message ?? '', /more than 500 objects/);
  assert.ok(performance.now() - started < 20_000, `${performance.now() - started} ms`);
});
test('splits field paths', () => assert.deepEqual(fieldPath('spec.http[0].match.headers["end-user"].exact'), ['spec', 'http', 0, 'match', 'headers', 'end-user', 'exact']));
