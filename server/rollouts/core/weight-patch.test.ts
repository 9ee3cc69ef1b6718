import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CanaryRolloutSpec } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { HTTPRoute, VirtualService } from '#mesh-core/domain/resources/networking.ts';
import { findRoute, missingSubsetsPatch, splitRoute, weightPatch } from './weight-patch.ts';

const spec: CanaryRolloutSpec = {
  host: 'payment',
  stable: { subset: 'v2', labels: { version: 'v2' } },
  canary: { subset: 'v3', labels: { version: 'v3' } },
  steps: [{ weight: 10, minSeconds: 1 }],
  analysis: { intervalSeconds: 5, alpha: 0.01, beta: 0.05, errors: { floor: 0.02, maxRatio: 1.5 }, onInconclusive: 'hold' },
};
const vs = (http: readonly HTTPRoute[]): VirtualService => ({ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'payment', namespace: 'shop', resourceVersion: '7' }, spec: { hosts: ['payment'], http } });
const guarded: HTTPRoute = { name: 'testers', match: [{ headers: { 'x-test': { exact: '1' } } }], route: [{ destination: { host: 'payment', subset: 'v3' } }] };
const primary: HTTPRoute = { name: 'primary', timeout: '2s', route: [{ destination: { host: 'payment', subset: 'v2' }, weight: 100 }, { destination: { host: 'payment', subset: 'v3' }, weight: 0 }] };

test('finds the route without a match when none is named, and its shares', () => {
  const found = findRoute(vs([guarded, primary]), spec);
  assert.ok(found.kind === 'found');
  assert.deepEqual([found.index, found.weights], [1, { stable: 100, canary: 0 }]);
});
test('says which route is missing', () => {
  const found = findRoute(vs([guarded]), { ...spec, routeName: 'primary' });
  assert.ok(found.kind === 'missing' && found.reason.includes('"primary"'));
});
test('relative weights are read as shares of 100', () => {
  const found = findRoute(vs([{ ...primary, route: [{ destination: { host: 'payment', subset: 'v2' }, weight: 3 }, { destination: { host: 'payment', subset: 'v3' }, weight: 1 }] }]), spec);
  assert.ok(found.kind === 'found');
  assert.deepEqual(found.weights, { stable: 75, canary: 25 });
});
test('patches one route only, on the condition that it is still the one that was read', () => {
  const object = vs([guarded, primary]);
  const found = findRoute(object, spec);
  assert.ok(found.kind === 'found');
  const patch = weightPatch(object, found, spec, 10);
  assert.deepEqual(patch.map((o) => `${o.op} ${o.path}`), ['test /metadata/resourceVersion', 'test /spec/http/1/name', 'test /spec/http/1/route', 'replace /spec/http/1/route']);
});
test('keeps the port and headers of a destination that had no subset yet', () => {
  const route: HTTPRoute = { route: [{ destination: { host: 'payment', port: { number: 80 } }, headers: { request: { set: { a: 'b' } } } }] };
  assert.deepEqual(splitRoute(route, spec, 25), [
    { destination: { host: 'payment', port: { number: 80 }, subset: 'v2' }, headers: { request: { set: { a: 'b' } } }, weight: 75 },
    { destination: { host: 'payment', port: { number: 80 }, subset: 'v3' }, headers: { request: { set: { a: 'b' } } }, weight: 25 },
  ]);
});
test('a version that is new on the route is reached at the port of the other one, without its headers', () => {
  const route: HTTPRoute = { route: [{ destination: { host: 'payment', subset: 'v2', port: { number: 8080 } }, headers: { request: { set: { a: 'b' } } } }] };
  assert.deepEqual(splitRoute(route, spec, 25)[1], { destination: { host: 'payment', port: { number: 8080 }, subset: 'v3' }, weight: 25 });
});
test('destinations of others are told and keep their share, also those that get nothing', () => {
  const route: HTTPRoute = {
    route: [
      { destination: { host: 'payment', subset: 'v2' }, weight: 8 },
      { destination: { host: 'payment', subset: 'v3' }, weight: 0 },
      { destination: { host: 'payment', subset: 'v1' }, weight: 1 },
      { destination: { host: 'old-payment' }, weight: 1 },
      { destination: { host: 'spare' }, weight: 0 },
    ],
  };
  const found = findRoute(vs([route]), spec);
  assert.ok(found.kind === 'found');
  assert.deepEqual([found.weights, found.others], [{ stable: 80, canary: 0 }, [{ name: 'v1', share: 10 }, { name: 'old-payment', share: 10 }]]);
  assert.deepEqual(splitRoute(route, spec, 30).map((d) => [d.destination.subset ?? d.destination.host, d.weight]), [['v2', 50], ['v3', 30], ['v1', 10], ['old-payment', 10], ['spare', 0]]);
  assert.deepEqual(splitRoute(route, spec, 100).map((d) => d.weight), [0, 80, 10, 10, 0]);
});
test('adds only the subsets that are missing', () => {
  const dr = { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'p', resourceVersion: '3' }, spec: { host: 'payment', subsets: [{ name: 'v2', labels: { version: 'v2' } }] } };
  assert.deepEqual(missingSubsetsPatch(dr, spec)?.slice(1), [{ op: 'add', path: '/spec/subsets/-', value: { name: 'v3', labels: { version: 'v3' } } }]);
  assert.equal(missingSubsetsPatch({ ...dr, spec: { host: 'payment', subsets: [{ name: 'v2' }, { name: 'v3' }] } }, spec), undefined);
});
