import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PatchOperation } from '#mesh-core/domain/resources/analysis/analysis-message.ts';
import { applyFix } from './apply-fix.ts';

const TEXT = `# mine
kind: VirtualService
spec:
  hosts:
  - catalog
  http:
  - route:
    - destination:
        host: catalogg # a typo
      weight: 50
`;
const fixed = (text: string, patch: PatchOperation, document = 0): string | undefined => applyFix(text, document, { label: '', patch: [patch] });

test('replaces a value and leaves comments and order alone', () => {
  assert.equal(fixed(TEXT, { op: 'replace', path: '/spec/http/0/route/0/destination/host', value: 'catalog' }), TEXT.replace('catalogg', 'catalog'));
});

test('removes and adds fields, and items of lists', () => {
  assert.equal(fixed(TEXT, { op: 'remove', path: '/spec/http/0/route/0/weight' }), TEXT.replace('      weight: 50\n', ''));
  assert.equal(fixed(TEXT, { op: 'add', path: '/spec/hosts/-', value: 'b' }), TEXT.replace('  - catalog\n', '  - catalog\n  - b\n'));
  assert.equal(fixed(TEXT, { op: 'add', path: '/spec/hosts/0', value: 'b' }), TEXT.replace('  - catalog\n', '  - b\n  - catalog\n'));
  assert.equal(fixed(TEXT, { op: 'add', path: '/spec/http/0/timeout', value: '1s' }), `${TEXT}    timeout: 1s\n`);
});

test('keys with slashes are escaped in the path', () => {
  assert.equal(fixed('metadata:\n  labels:\n    a/b: x\n', { op: 'replace', path: '/metadata/labels/a~1b', value: 'y' }), 'metadata:\n  labels:\n    a/b: y\n');
});

test('changes one of several documents; the others stay letter for letter, oddly written as they may be', () => {
  const odd = 'kind:   A   # odd\nspec: { a: 1 }\n';
  assert.equal(fixed(`${odd}---\n${TEXT}`, { op: 'remove', path: '/spec/http/0/route/0/weight' }, 1), `${odd}---\n${TEXT.replace('      weight: 50\n', '')}`);
  assert.equal(fixed(`${TEXT}---\n${odd}`, { op: 'remove', path: '/spec/http/0/route/0/weight' }, 0), `${TEXT.replace('      weight: 50\n', '')}---\n${odd}`);
  assert.equal(fixed(`---\n---\n${odd}`, { op: 'replace', path: '/spec/a', value: 2 }, 0)?.includes('a: 2'), true);
});

test('lists stay indented as they were', () => {
  const indented = 'spec:\n  hosts:\n    - a\n  http:\n    - name: x\n';
  assert.equal(fixed(indented, { op: 'replace', path: '/spec/http/0/name', value: 'y' }), indented.replace('x', 'y'));
});

test('a text that does not parse, or has no such place any more, is left alone', () => {
  assert.equal(fixed('a: [', { op: 'replace', path: '/a', value: 1 }), undefined);
  assert.equal(fixed(TEXT, { op: 'replace', path: '/spec/http/7/name', value: 1 }), undefined);
  assert.equal(fixed(TEXT, { op: 'remove', path: '/spec/nothing' }), undefined);
  assert.equal(fixed(TEXT, { op: 'remove', path: '/spec' }, 3), undefined);
});
