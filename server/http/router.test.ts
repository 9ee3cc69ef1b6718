import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from './route.ts';
import { createRouter } from './router.ts';

const row = (method: Route['method'], path: string): Route => ({ method, path, scope: 'view', summary: path, handle: async () => path });
const route = createRouter([
  row('GET', '/api/traces/:id'),
  row('GET', '/api/traces/services'),
  row('GET', '/api/traces'),
  row('POST', '/api/traces'),
  row('GET', '/prometheus/api/v1/label/:name/values'),
  row('GET', '/files/*rest'),
]);
const found = (method: string, path: string): unknown => {
  const r = route(method, path);
  return r.kind === 'match' ? [r.route.path, r.params] : r;
};

test('answers HEAD like GET, except where a GET uses something up', () => {
  const match = createRouter([row('GET', '/a'), { ...row('GET', '/once'), usesUp: true }]);
  assert.equal(match('HEAD', '/a').kind, 'match');
  assert.deepEqual(match('HEAD', '/once'), { kind: 'method-not-allowed', allowed: ['GET'] });
});
test('prefers a literal segment to a parameter', () => {
  assert.deepEqual(found('GET', '/api/traces/services'), ['/api/traces/services', {}]);
  assert.deepEqual(found('GET', '/api/traces/abc'), ['/api/traces/:id', { id: 'abc' }]);
});
test('decodes parameters and refuses malformed escapes', () => {
  assert.deepEqual(found('GET', '/api/traces/a%2Fb'), ['/api/traces/:id', { id: 'a/b' }]);
  assert.deepEqual(found('GET', '/api/traces/%zz'), { kind: 'none' });
});
test('tells a wrong method from a wrong path', () => {
  assert.deepEqual(found('DELETE', '/api/traces'), { kind: 'method-not-allowed', allowed: ['GET', 'POST'] });
  assert.deepEqual(found('GET', '/api/nothing'), { kind: 'none' });
  assert.deepEqual(found('GET', '/api/traces/'), { kind: 'none' });
});
test('a rest parameter takes the remaining path', () => {
  assert.deepEqual(found('GET', '/files/a/b/c'), ['/files/*rest', { rest: 'a/b/c' }]);
});
test('HEAD is answered by the GET row', () => {
  assert.deepEqual(found('HEAD', '/prometheus/api/v1/label/job/values'), ['/prometheus/api/v1/label/:name/values', { name: 'job' }]);
});
