import assert from 'node:assert/strict';
import { test } from 'node:test';

import { aSnapshot } from './a-snapshot.ts';
import { analyzeReferences } from '../analyze-references.ts';
import type { KubeObject } from '../kube-object.ts';

const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'catalog', namespace: 'shop' }, spec: { selector: { app: 'catalog' }, ports: [{ name: 'http', port: 80 }] } };
const rule: KubeObject = { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'catalog', namespace: 'shop' }, spec: { host: 'catalog', subsets: [{ name: 'v1', labels: { version: 'v1' } }] } };
const split = (subset: string): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'catalog', namespace: 'shop' },
  spec: { hosts: ['catalog'], http: [{ route: [{ destination: { host: 'catalog', subset: 'v1' }, weight: 90 }, { destination: { host: 'catalog', subset }, weight: 10 }] }] },
});

test('a subset that no DestinationRule defines is told with its field and the subsets there are', () => {
  const found = analyzeReferences(split('v9'), aSnapshot(service, rule)).filter((issue) => issue.code === 'IST0101');
  assert.deepEqual(found.map(({ path, expected }) => ({ path, expected })), [{ path: 'spec.http[0].route[1].destination.subset', expected: 'v1' }]);
});

test('a subset that a DestinationRule defines is no finding', () => {
  const both: KubeObject = { ...rule, spec: { host: 'catalog.shop.svc.cluster.local', subsets: [{ name: 'v1', labels: { version: 'v1' } }, { name: 'v2', labels: { version: 'v2' } }] } };
  assert.deepEqual(analyzeReferences(split('v2'), aSnapshot(service, both)).filter((issue) => issue.code === 'IST0101'), []);
});
