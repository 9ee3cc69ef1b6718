import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anEdge, aNode } from './graph-fixtures.ts';
import { authorizationHref, linksOfNode, pageOfNode, traceServiceOf, trafficSplitHref } from './graph-links.ts';
import { rateWindowSeconds } from './rate-window.ts';

const catalog = aNode('catalog-v1', { app: 'catalog', services: ['catalog'] });
const policy = { kind: 'AuthorizationPolicy', group: 'security.istio.io', version: 'v1', plural: 'authorizationpolicies', namespace: 'shop', name: 'catalog-readers' };

test('a workload leads to its page, its service, its dashboard and its traces', () => {
  assert.deepEqual(linksOfNode(catalog).map((link) => link.href), ['/workloads/shop/catalog-v1', '/services/shop/catalog', '/dashboards/workload?workload=shop%2Fcatalog-v1', '/traces?service=catalog.shop']);
  assert.equal(trafficSplitHref(catalog), '/config/traffic-split/shop/catalog');
});
test('what is unknown or outside the mesh leads nowhere it does not exist', () => {
  const unknown = aNode('unknown', { kind: 'unknown', namespace: 'unknown' });
  assert.deepEqual([pageOfNode(unknown), trafficSplitHref(unknown), traceServiceOf(unknown)], [undefined, undefined, undefined]);
});
test('an outside service has a page and a dashboard by its own host, but nothing of the mesh to steer', () => {
  const bank = aNode('bank', { kind: 'serviceEntry', service: 'bank.example.com' });
  assert.deepEqual(linksOfNode(bank).map((link) => link.href), ['/services/shop/bank.example.com', '/dashboards/service?service=bank.example.com']);
  assert.equal(authorizationHref(anEdge('ui-v1', 'bank'), bank), undefined);
});
test('the authorization of an edge is the policy that governs its callee, else a new one for the two', () => {
  const edge = anEdge('ui-v1', 'catalog-v1', { sourcePrincipal: 'spiffe://cluster.local/ns/shop/sa/ui' });
  assert.equal(authorizationHref(edge, { ...catalog, config: [policy] }), '/config/authorization/shop/catalog-readers');
  assert.equal(authorizationHref(edge, { ...catalog, config: [{ ...policy, namespace: 'istio-system' }] }), '/config/authorization/shop/new?to=catalog&from=cluster.local%2Fns%2Fshop%2Fsa%2Fui');
});
test('rates are over a minute, over less when the range is shorter, and over all of a range that was zoomed in on', () => {
  assert.equal(rateWindowSeconds('auto', { durationSeconds: 900, isAbsolute: false }), 60);
  assert.equal(rateWindowSeconds('auto', { durationSeconds: 30, isAbsolute: false }), 30);
  assert.equal(rateWindowSeconds('auto', { durationSeconds: 240, isAbsolute: true }), 240);
  assert.equal(rateWindowSeconds('5m', { durationSeconds: 60, isAbsolute: true }), 300);
  assert.equal(rateWindowSeconds('range', { durationSeconds: 900, isAbsolute: false }), 900);
});
