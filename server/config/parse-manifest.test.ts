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
test('splits field paths', () => assert.deepEqual(fieldPath('spec.http[0].match.headers["end-user"].exact'), ['spec', 'http', 0, 'match', 'headers', 'end-user', 'exact']));
