import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anExchange } from '../testing/an-exchange.ts';
import { hashKeyOf } from './hash-key.ts';

const make = (): string => 'made-up';

test('header, query and source address make the key, in the order of the policies', () => {
  const exchange = anExchange({ path: '/?user=7', headers: { 'x-user': 'ada' } });
  const policies = [{ header: { headerName: 'x-user' } }, { queryParameter: { name: 'user' } }, { connectionProperties: { sourceIp: true } }];
  assert.equal(hashKeyOf(policies, exchange, make).key, 'ada|7|127.0.0.1');
});
test('parts that the request does not have are left out, and without any there is no key', () => {
  assert.equal(hashKeyOf([{ header: { headerName: 'x-user' } }], anExchange(), make).key, undefined);
  assert.equal(hashKeyOf(undefined, anExchange(), make).key, undefined);
});
test('a cookie is used when it is there', () => {
  const { key, cookie } = hashKeyOf([{ cookie: { name: 'sid', ttl: '60s' } }], anExchange({ headers: { cookie: 'a=b; sid="42"; c=d' } }), make);
  assert.equal(key, '42');
  assert.equal(cookie, undefined);
});
test('a cookie with a lifetime is made when it is missing; one without is not', () => {
  const { key, cookie } = hashKeyOf([{ cookie: { name: 'sid', ttl: '60s', path: '/' } }], anExchange(), make);
  assert.equal(key, 'made-up');
  assert.equal(cookie?.header, 'sid="made-up"; Max-Age=60; Path=/; HttpOnly');
  assert.equal(hashKeyOf([{ cookie: { name: 'sid' } }], anExchange(), make).cookie, undefined);
});
