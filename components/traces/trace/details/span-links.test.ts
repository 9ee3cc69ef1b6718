import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionText, metricsHref, queryHref, refusalOf, upstreamOf, workloadOf } from './span-links.ts';

test('the refusing policy is read from the response code details', () => {
  assert.deepEqual(refusalOf({ attributes: { response_code_details: 'rbac_access_denied_matched_policy[ns[shop]-policy[no-rogue]-rule[0]]' } }), { kind: 'policy', namespace: 'shop', name: 'no-rogue', rule: '0' });
  assert.deepEqual(refusalOf({ attributes: { response_code_details: 'rbac_access_denied_matched_policy[none]' } }), { kind: 'none-allowed' });
  assert.equal(refusalOf({ attributes: { response_code_details: 'route_not_found' } }), undefined);
  assert.equal(refusalOf({ attributes: {} }), undefined);
});
test('a span without a deployment in its resource has no workload', () => {
  assert.deepEqual(workloadOf({ 'k8s.namespace.name': 'shop', 'k8s.deployment.name': 'ui-v1' }), { namespace: 'shop', name: 'ui-v1' });
  assert.equal(workloadOf({}), undefined);
});
test('metrics are shown around the span', () => {
  const href = metricsHref({ namespace: 'shop', name: 'ui-v1' }, 1_700_000_000_000);
  assert.match(href, /^\/dashboards\/workload\?/);
  assert.ok(href.includes('2023-11-14T22'));
});
test('a cluster tells host, port, subset and service', () => {
  assert.deepEqual(upstreamOf('outbound|80|v1|catalog.shop.svc.cluster.local'), { host: 'catalog.shop.svc.cluster.local', port: '80', subset: 'v1', service: { name: 'catalog', namespace: 'shop' } });
  assert.deepEqual(upstreamOf('outbound|443||api.example.com'), { host: 'api.example.com', port: '443', subset: undefined, service: undefined });
  for (const cluster of [undefined, '', 'PassthroughCluster', 'inbound|8080||']) assert.equal(upstreamOf(cluster), undefined);
});
test('an attribute becomes a condition of a search', () => {
  assert.equal(conditionText({ kind: 'attribute', scope: 'span', key: 'http.method' }, 'GET'), 'span.http.method = "GET"');
  assert.equal(conditionText({ kind: 'attribute', scope: 'span', key: 'a b' }, 5), 'span."a b" = 5');
  assert.equal(conditionText({ kind: 'attribute', scope: 'resource', key: 'x' }, 1.5), 'resource.x = 1.5');
  assert.equal(conditionText({ kind: 'attribute', scope: 'span', key: 'x' }, { a: 1 }), undefined);
  assert.equal(queryHref('{ true }', undefined), '/traces?q=%7B+true+%7D');
});
