import assert from 'node:assert/strict';
import { test } from 'node:test';

import { urlScheme } from './url-scheme.ts';

const CASES: readonly (readonly [text: string, scheme: string | undefined])[] = [
  ['https://a.b/c', 'https'],
  ['HTTPS://a.b', 'https'],
  ['oci://registry.example.com/image:tag', 'oci'],
  ['/a/path', ''],
  ['a.b/c', undefined],
  ['', undefined],
  ['http://[::1]:80/', 'http'],
  ['http://a:b/', undefined],
  ['http://a b/', undefined],
  ['http://a/%zz', undefined],
  ['http://a/?q=%zz', 'http'],
  ['http://a/\n', undefined],
];

test('a URL has the scheme that Go sees in it', () => {
  for (const [text, scheme] of CASES) assert.equal(urlScheme(text), scheme, text);
});
