import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTree, MOST_KEYS, parseTree, USUAL_TREE } from './tree-shape.ts';

const A = '0af7651916cd43dd';
const B = 'b7ad6b7169203331';

test('what a link says of the tree is read as it was written', () => {
  for (const text of ['open', 'matches', 'errors', 'path', 'level-0', 'level-12', A, `errors,${A}`, `level-2,${A}#7,fold-${B}`, `fold-${B}`]) {
    const shape = parseTree(text);
    assert.ok(shape !== null, text);
    assert.equal(formatTree(shape), text);
  }
  assert.deepEqual(parseTree(`level-2,${A},fold-${B}`), { base: 2, spans: [A], folds: [B] });
  assert.equal(formatTree(USUAL_TREE), '');
});

test('what is no tree is none', () => {
  for (const text of ['', 'level-', 'level-x', 'usual', 'errors,', 'errors,path', 'xyz', `${A},open`, A.slice(1), Array.from({ length: MOST_KEYS + 1 }, () => A).join(',')]) assert.equal(parseTree(text), null, text);
});

test('many single spans are left out of a link, which says the base then', () => {
  const spans = Array.from({ length: MOST_KEYS }, (_, i) => i.toString(16).padStart(16, '0'));
  assert.equal(parseTree(formatTree({ base: 'errors', spans, folds: [] }))?.spans.length, MOST_KEYS);
  assert.equal(formatTree({ base: 'errors', spans, folds: [A] }), 'errors');
  assert.equal(formatTree({ base: 'usual', spans, folds: [A] }), '');
});
