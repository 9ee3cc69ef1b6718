import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aSidecar } from './a-proxy.ts';
import { sidecarScopeOf } from './sidecar-scope.ts';

const NETWORKING = 'networking.istio.io/v1';
const service = (name: string, namespace: string, more: object = {}): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, ...more }, spec: { clusterIP: '10.0.0.1', ports: [{ name: 'http', port: 80 }, { name: 'tcp', port: 9000 }] } });
const sidecar = (name: string, namespace: string, spec: object): KubeObject => ({ apiVersion: NETWORKING, kind: 'Sidecar', metadata: { name, namespace }, spec });
const SERVICES = [service('web', 'shop'), service('cart', 'shop'), service('ledger', 'bank'), service('private', 'bank', { annotations: { 'networking.istio.io/exportTo': '.' } })];

const CASES: readonly (readonly [rule: string, objects: readonly KubeObject[], sees: readonly string[]])[] = [
  ['without a Sidecar, all that is exported to the namespace', [], ['cart.shop', 'ledger.bank', 'web.shop']],
  ['its own namespace only', [sidecar('own', 'shop', { egress: [{ hosts: ['./*'] }] })], ['cart.shop', 'web.shop']],
  ['one host of another namespace', [sidecar('one', 'shop', { egress: [{ hosts: ['bank/ledger.bank.svc.cluster.local'] }] })], ['ledger.bank']],
  ['nothing', [sidecar('none', 'shop', { egress: [{ hosts: ['~/*'] }] })], []],
  ["the root namespace's where the namespace has none", [sidecar('root', 'istio-system', { egress: [{ hosts: ['./web.shop.svc.cluster.local'] }] })], ['web.shop']],
  ["the namespace's before the root namespace's", [sidecar('root', 'istio-system', { egress: [{ hosts: ['~/*'] }] }), sidecar('own', 'shop', { egress: [{ hosts: ['bank/*'] }] })], ['ledger.bank']],
  ['the one that selects the workload before one for all', [sidecar('all', 'shop', { egress: [{ hosts: ['~/*'] }] }), sidecar('web', 'shop', { workloadSelector: { labels: { app: 'web' } }, egress: [{ hosts: ['bank/*'] }] })], ['ledger.bank']],
  ['none that selects another workload', [sidecar('cart', 'shop', { workloadSelector: { labels: { app: 'cart' } }, egress: [{ hosts: ['~/*'] }] })], ['cart.shop', 'ledger.bank', 'web.shop']],
  ['where a VirtualService that is seen leads, too', [sidecar('web', 'shop', { egress: [{ hosts: ['./web.shop.svc.cluster.local'] }] }), { apiVersion: NETWORKING, kind: 'VirtualService', metadata: { name: 'web', namespace: 'shop' }, spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'ledger.bank.svc.cluster.local' } }] }] } } as KubeObject], ['ledger.bank', 'web.shop']],
];
for (const [rule, objects, sees] of CASES) {
  test(`a sidecar sees ${rule}`, () => {
    const { services } = sidecarScopeOf(aSnapshot(...SERVICES, ...objects), aSidecar('web'));
    assert.deepEqual([...new Set(services.map(({ hostname }) => hostname.replace('.svc.cluster.local', '')))].sort(), sees);
  });
}

test('an egress listener with a port narrows its services to that port', () => {
  const scope = sidecarScopeOf(aSnapshot(...SERVICES, sidecar('ports', 'shop', { egress: [{ port: { number: 9000, protocol: 'TCP', name: 'tcp' }, hosts: ['./*'] }] })), aSidecar('web'));
  assert.deepEqual([...new Set(scope.services.flatMap(({ ports }) => ports.map(({ number }) => number)))], [9000]);
});

test('proxies with one Sidecar share one scope, and so all that is built from it', () => {
  const snapshot = aSnapshot(...SERVICES);
  assert.equal(sidecarScopeOf(snapshot, aSidecar('web')), sidecarScopeOf(snapshot, aSidecar('cart')));
  assert.notEqual(sidecarScopeOf(snapshot, aSidecar('web')), sidecarScopeOf(snapshot, aSidecar('web', { namespace: 'bank' })));
});
