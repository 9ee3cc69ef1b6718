import assert from 'node:assert/strict';
import test from 'node:test';
import { readRequest, type TypedRequest } from './request-body.ts';

const TYPED: TypedRequest = { who: 'shop/ui-v1', host: 'inventory', port: 80, method: 'GET', path: '/', headers: '', claims: '' };

test('a request that is whole is asked for, its headers by lower-case name', () => {
  const { body, problems } = readRequest({ ...TYPED, host: ' inventory ', headers: 'X-User: ann\n\n end-user :  a:b ', claims: '{"iss":"https://id.shop"}' });
  assert.deepEqual([problems, body], [{}, { from: 'shop/ui-v1', host: 'inventory', port: 80, method: 'GET', path: '/', headers: { 'x-user': 'ann', 'end-user': 'a:b' }, claims: { iss: 'https://id.shop' } }]);
});
test('what is not chosen yet is no problem, but nothing is asked', () => {
  assert.deepEqual([readRequest({ ...TYPED, who: '' }), readRequest({ ...TYPED, host: '' })], [{ problems: {} }, { problems: {} }]);
});
const PROBLEMS: readonly (readonly [field: keyof TypedRequest, value: string | number])[] = [['host', 'a b'], ['host', 'shop/x'], ['port', 0], ['port', 65_536], ['path', 'cart'], ['headers', 'no colon'], ['headers', 'bad name: x'], ['claims', '[1]'], ['claims', '{']];
for (const [field, value] of PROBLEMS) {
  test(`${field} ${JSON.stringify(value)} is told beside its field, and nothing is asked`, () => {
    const { body, problems } = readRequest({ ...TYPED, [field]: value });
    assert.deepEqual([body, Object.keys(problems)], [undefined, [field]]);
  });
}
