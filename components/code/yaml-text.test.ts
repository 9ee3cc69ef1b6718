import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fc } from '#mesh-core/testing/property.ts';
import { cursorAt } from './yaml-cursor.ts';
import { lineSpan, parsePath, spanOfPath, lineOfPath } from './yaml-position.ts';

const YAML = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: catalog
  labels:
    app.kubernetes.io/name: x
spec:
  hosts:
  - catalog
  http:
  - match:
    - uri: {prefix: /a}
    route:
    - destination: {host: catalog, subset: v1}
      weight: 90
    - destination:
        host: catalog
      weight: -10
`;
const at = (path: string): string => {
  const { from, to } = spanOfPath(YAML, path);
  return YAML.slice(from, to);
};
/** The cursor where `|` is. */
const cursor = (marked: string) => cursorAt(marked.replace('|', ''), marked.indexOf('|'));

test('a path reads keys, indices and quoted keys with dots', () => {
  assert.deepEqual(parsePath('spec.http[0].route[1].weight'), ['spec', 'http', 0, 'route', 1, 'weight']);
  assert.deepEqual(parsePath('metadata.labels["app.kubernetes.io/name"]'), ['metadata', 'labels', 'app.kubernetes.io/name']);
});

test('a field path points at its value, a block at its key', () => {
  assert.equal(at('spec.http[0].route[1].weight'), '-10');
  assert.equal(at('spec.http'), 'http');
  assert.equal(at('metadata.labels["app.kubernetes.io/name"]'), 'x');
});

test('a missing field points at the nearest parent there is', () => {
  assert.equal(at('spec.http[0].route[1].destination.subset'), 'destination');
  assert.equal(at('nothing.here'), 'apiVersion: networking.istio.io/v1');
});

test('a line past the end is the last line', () => {
  assert.deepEqual(lineSpan('a\n  b', 9), { from: 4, to: 5 });
});

test('locating a path never throws, however broken the text', () => {
  fc.assert(fc.property(fc.string(), fc.string(), (text, path) => {
    const { from, to } = spanOfPath(text, path);
    assert.ok(from >= 0 && from <= to);
  }));
});

test('a key being typed knows its path and its siblings', () => {
  const found = cursor('spec:\n  hosts:\n  - a\n  ht|\n  gateways: [x]\n');
  assert.deepEqual(found.path, ['spec']);
  assert.equal(found.kind, 'key');
  assert.equal(found.typed, 'ht');
  assert.deepEqual([...found.siblings].sort(), ['gateways', 'hosts']);
});

test('a value being typed knows its key and its path', () => {
  const found = cursor('spec:\n  http:\n  - route:\n    - destination:\n        host: cat|');
  assert.deepEqual(found.path, ['spec', 'http', 0, 'route', 0, 'destination']);
  assert.equal(found.kind, 'value');
  assert.equal(found.key, 'host');
  assert.equal(found.typed, 'cat');
});

test('the second item of a list has index 1, also when lists sit at their key’s column', () => {
  assert.deepEqual(cursor('spec:\n  http:\n  - name: a\n  - na|').path, ['spec', 'http', 1]);
  assert.deepEqual(cursor('spec:\n  http:\n    - name: a\n    - name: b\n      ti|').path, ['spec', 'http', 1]);
});

test('siblings of the first key of an item are those of that item only', () => {
  assert.deepEqual(cursor('l:\n- a: 1\n  b: 2\n- |\n  c: 3\n- d: 4\n').siblings, ['c']);
});

test('finding the cursor never throws', () => {
  fc.assert(fc.property(fc.string(), fc.nat(40), (text, n) => void cursorAt(text, Math.min(n, text.length))));
});

test('the line of a field is that of its key or item, or of the nearest parent; none when nothing of it is there', () => {
  const text = 'kind: A\nspec:\n  rules:\n  - to: []\n  - from: []\n';
  assert.deepEqual(['spec.rules[1]', 'spec.rules[1].when', 'spec.rules[7]', 'status.x'].map((path) => lineOfPath(text, path)), [5, 5, 3, undefined]);
});
