import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTarget } from './parse-target.ts';

const target = (url: string, host = ''): unknown => parseTarget(url, host);

test('origin form takes its authority from Host', () => {
  assert.deepEqual(target('/a?b=c', 'web:80'), { path: '/a?b=c', authority: 'web:80' });
  assert.deepEqual(target('/a'), { path: '/a', authority: '' });
});
test('absolute form overrules Host, and drops user names', () => {
  assert.deepEqual(target('http://web/a?b', 'other'), { path: '/a?b', authority: 'web' });
  assert.deepEqual(target('http://web', 'other'), { path: '/', authority: 'web' });
  assert.deepEqual(target('http://web?x=1', 'other'), { path: '/?x=1', authority: 'web' });
  assert.deepEqual(target('HTTP://me:pw@web:81/a#frag', 'other'), { path: '/a', authority: 'web:81' });
});
test('dot segments are resolved before anything decides by the path', () => {
  assert.deepEqual(target('/public/../admin?x=..', 'web'), { path: '/admin?x=..', authority: 'web' });
});
test('anything else is no target', () => {
  assert.equal(target('web:443'), undefined);
  assert.equal(target('ftp://web/'), undefined);
  assert.deepEqual(target('*', 'web'), { path: '*', authority: 'web' });
});
