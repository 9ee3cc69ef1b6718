import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsHref, refusalOf, workloadOfSpan } from './span-links.ts';

test('the refusing policy is read from the response code details', () => {
  assert.deepEqual(refusalOf({ attributes: { response_code_details: 'rbac_access_denied_matched_policy[ns[shop]-policy[no-rogue]-rule[0]]' } }), { kind: 'policy', namespace: 'shop', name: 'no-rogue', rule: '0' });
  assert.deepEqual(refusalOf({ attributes: { response_code_details: 'rbac_access_denied_matched_policy[none]' } }), { kind: 'none-allowed' });
  assert.equal(refusalOf({ attributes: { response_code_details: 'route_not_found' } }), undefined);
  assert.equal(refusalOf({ attributes: {} }), undefined);
});
test('a span without a deployment in its resource has no workload', () => {
  const sources = [{ service: 'ui', resource: { 'k8s.namespace.name': 'shop', 'k8s.deployment.name': 'ui-v1' }, scope: { name: 's' } }, { service: 'x', resource: {}, scope: { name: 's' } }];
  assert.deepEqual(workloadOfSpan({ source: 0, attributes: {} }, sources), { namespace: 'shop', name: 'ui-v1' });
  assert.equal(workloadOfSpan({ source: 1, attributes: {} }, sources), undefined);
});
test('metrics are shown around the span', () => {
  const href = metricsHref({ namespace: 'shop', name: 'ui-v1' }, { startUnixNano: '1700000000000000000' });
  assert.match(href, /^\/dashboards\/workload\?/);
  assert.ok(href.includes('2023-11-14T22'));
});
