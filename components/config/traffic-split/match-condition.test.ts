import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HTTPMatchRequest } from '#mesh-core/domain/resources/networking.ts';
import { conditionProblem, readMatch, writeMatch, type MatchCondition } from './match-condition.ts';

const table: readonly (readonly [name: string, match: HTTPMatchRequest, conditions: readonly MatchCondition[]])[] = [
  ['a header', { headers: { 'x-user': { exact: 'alice' } } }, [{ kind: 'header', name: 'x-user', operator: 'exact', value: 'alice' }]],
  ['a header that is present', { headers: { 'x-beta': { regex: '.*' } } }, [{ kind: 'header', name: 'x-beta', operator: 'present', value: '' }]],
  ['a cookie with signs of expressions', { headers: { cookie: { regex: '^(.*?;\\s*)?(group=a\\.b\\+c)(;.*)?$' } } }, [{ kind: 'cookie', name: 'group', value: 'a.b+c' }]],
  ['another expression on the cookie header', { headers: { cookie: { regex: '.*beta.*' } } }, [{ kind: 'header', name: 'cookie', operator: 'regex', value: '.*beta.*' }]],
  ['a path, a method and a query parameter', { uri: { prefix: '/items' }, method: { exact: 'GET' }, queryParams: { v: { exact: '2' } } }, [{ kind: 'path', operator: 'prefix', value: '/items' }, { kind: 'method', value: 'GET' }, { kind: 'query', name: 'v', operator: 'exact', value: '2' }]],
];
for (const [name, match, conditions] of table) {
  test(`${name} is read into the form and written back the same`, () => {
    assert.deepEqual(readMatch(match), conditions);
    assert.deepEqual(writeMatch(conditions), match);
  });
}

test('a match with more than the form knows is not read', () => {
  assert.equal(readMatch({ headers: { a: { exact: '1' } }, sourceLabels: { app: 'ui' } }), undefined);
  assert.equal(readMatch({ method: { regex: 'GET|PUT' } }), undefined);
});

test('a cookie condition holds for the cookie alone and among others, and for no other value', () => {
  const { headers } = writeMatch([{ kind: 'cookie', name: 'user', value: 'al.ice' }]);
  const expression = new RegExp(headers?.['cookie']?.regex ?? '');
  for (const cookie of ['user=al.ice', 'a=1; user=al.ice', 'user=al.ice; b=2']) assert.match(cookie, expression);
  for (const cookie of ['user=alxice', 'xuser=al.ice', 'user=al.icee']) assert.doesNotMatch(cookie, expression);
});

test('an incomplete condition says what is missing', () => {
  assert.equal(conditionProblem({ kind: 'header', name: '', operator: 'exact', value: 'x' }), 'Name the header.');
  assert.equal(conditionProblem({ kind: 'path', operator: 'prefix', value: 'items' }), 'A path starts with /.');
  assert.equal(conditionProblem({ kind: 'header', name: 'x', operator: 'present', value: '' }), undefined);
});
