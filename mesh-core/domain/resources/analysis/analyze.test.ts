import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { KubeObject } from '../kube-object.ts';
import { analyze } from './analyze.ts';

const OPTIONS = { now: Date.UTC(2026, 0, 1), workloadEntriesAsPods: true };
const networking = (kind: string, name: string, spec: object, namespace = 'shop'): KubeObject => ({ apiVersion: 'networking.istio.io/v1', kind, metadata: { name, namespace }, spec });
const service = (name: string, ...ports: readonly number[]): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec: { selector: { app: name }, ports: ports.map((port) => ({ name: `http-${port}`, port })) } });
const routeTo = (destination: object): KubeObject => networking('VirtualService', 'catalog', { hosts: ['catalog'], http: [{ route: [{ destination }] }] });
const found = (objects: readonly KubeObject[]): readonly object[] => analyze(objects, OPTIONS).map(({ code, path, fix }) => ({ code, path, ...(fix === undefined ? {} : { fix: fix.patch }) }));

const CASES: readonly (readonly [what: string, objects: readonly KubeObject[], messages: readonly object[]])[] = [
  [
    'a host that is spelled wrong, with the one that was meant',
    [service('catalog', 80), routeTo({ host: 'catalgo' })],
    [{ code: 'IST0101', path: 'spec.http[0].route[0].destination.host', fix: [{ op: 'replace', path: '/spec/http/0/route/0/destination/host', value: 'catalog.shop.svc.cluster.local' }] }],
  ],
  [
    'a port that the service does not have',
    [service('catalog', 80), routeTo({ host: 'catalog', port: { number: 8080 } })],
    [{ code: 'IST0101', path: 'spec.http[0].route[0].destination.port.number', fix: [{ op: 'replace', path: '/spec/http/0/route/0/destination/port/number', value: 80 }] }],
  ],
  [
    'no port for a service with several',
    [service('catalog', 80, 81), routeTo({ host: 'catalog' })],
    [{ code: 'IST0112', path: 'spec.http[0].route[0].destination', fix: [{ op: 'add', path: '/spec/http/0/route/0/destination/port', value: { number: 80 } }] }],
  ],
  [
    'a Gateway that is spelled wrong',
    [
      networking('WorkloadEntry', 'gateway', { address: '127.0.0.1', labels: { istio: 'ingressgateway' } }, 'istio-system'),
      networking('Gateway', 'front', { selector: { istio: 'ingressgateway' }, servers: [{ hosts: ['*'], port: { number: 80, name: 'http', protocol: 'HTTP' } }] }),
      service('catalog', 80),
      networking('VirtualService', 'catalog', { hosts: ['catalog.example.com'], gateways: ['fornt'], http: [{ route: [{ destination: { host: 'catalog' } }] }] }),
    ],
    [
      { code: 'IST0101', path: 'spec.gateways[0]', fix: [{ op: 'replace', path: '/spec/gateways/0', value: 'shop/front' }] },
      { code: 'IST0132', path: 'spec.gateways[0]' },
    ],
  ],
  ['a subset of workloads that run', [networking('WorkloadEntry', 'catalog-v1', { address: '127.0.0.1', labels: { app: 'catalog', version: 'v1' } }), service('catalog', 80), networking('DestinationRule', 'catalog', { host: 'catalog', subsets: [{ name: 'v1', labels: { version: 'v1' } }] })], []],
  ['a subset of workloads that do not', [service('catalog', 80), networking('DestinationRule', 'catalog', { host: 'catalog', subsets: [{ name: 'v1', labels: { version: 'v1' } }] })], [{ code: 'IST0173', path: 'spec.subsets[0].labels' }]],
  ['objects of Kubernetes itself', [{ ...service('dns', 80), metadata: { name: 'dns', namespace: 'kube-system' }, spec: { ports: [{ port: 80 }] } }], []],
  ['fields of wrong types', [networking('VirtualService', 'catalog', { hosts: 'catalog', http: {} })], []],
];

for (const [what, objects, messages] of CASES) test(`analysis of ${what}`, () => assert.deepEqual(found(objects), messages));

test('with a focus only what concerns it is given', () => {
  const wrong = routeTo({ host: 'nowhere' });
  const other = networking('VirtualService', 'cart', { hosts: ['cart'], http: [{ route: [{ destination: { host: 'nobody' } }] }] });
  assert.deepEqual(analyze([wrong, other], { ...OPTIONS, focus: other }).map(({ object, message, docs }) => [object.name, message, docs]), [['cart', 'Referenced host not found: "nobody"', 'https://istio.io/latest/docs/reference/config/analysis/ist0101/']]);
});
