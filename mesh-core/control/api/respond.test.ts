import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWarnings } from '#mesh-core/wire/kubernetes/kube-http.ts';
import { warningHeaders } from './respond.ts';

test('a warning survives the way through its header, line breaks and foreign letters replaced', () => {
  const headers = warningHeaders(['subset "v9" is \\ nowhere', 'two\nlines, é']);
  assert.deepEqual(parseWarnings(headers), ['subset "v9" is \\ nowhere', 'two lines,  ']);
  assert.deepEqual(parseWarnings([headers.join(', ')]), ['subset "v9" is \\ nowhere', 'two lines,  ']);
});

test('warnings are bounded, one by one and together', () => {
  const headers = warningHeaders(Array.from({ length: 50 }, () => 'x'.repeat(5000)));
  assert.equal(headers.length, 4);
  assert.ok(headers.every((header) => header.length < 1100));
});
