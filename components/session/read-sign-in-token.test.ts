import { test } from 'node:test';
import assert from 'node:assert/strict';
import { localNext, readSignInToken } from './read-sign-in-token.ts';

test('the token is taken out of a pasted link, or taken as it is', () => {
  assert.equal(readSignInToken(' http://127.0.0.1:3000/api/sign-in?token=ab%2Bc%&next=%2F '), 'ab+c%');
  assert.equal(readSignInToken('bnc_secret\n'), 'bnc_secret');
});

test('a next path never leaves the console', () => {
  assert.equal(localNext('/graph?ns=shop'), '/graph?ns=shop');
  for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', null]) assert.equal(localNext(bad), '/');
});
