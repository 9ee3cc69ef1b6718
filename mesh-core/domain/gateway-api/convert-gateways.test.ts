import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ListenerStatus } from '../resources/gateway-api.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aGateway, anApiObject, conditionsOf, converted } from './a-conversion.ts';
import type { GatewayApiResult } from './convert-gateway-api.ts';

/** PEM around the shortest DER: only the form of certificates is looked at without cryptography. */
const pem = (type: string): string => `-----BEGIN ${type}-----\nMAA=\n-----END ${type}-----\n`;
const secret = (name: string, namespace = 'shop'): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data: { 'tls.crt': btoa(pem('CERTIFICATE')), 'tls.key': btoa(pem('PRIVATE KEY')) } });
const authorities: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'clients', namespace: 'shop' }, data: { 'ca.crt': pem('CERTIFICATE') } };
const https = (tls: object): object => ({ name: 'https', port: 443, protocol: 'HTTPS', tls });

function listenersOf(result: GatewayApiResult): Record<string, Record<string, string>> {
  const { listeners = [] } = (result.statuses.find(({ object }) => object.kind === 'Gateway')?.status ?? {}) as { listeners?: readonly ListenerStatus[] };
  return Object.fromEntries(listeners.map(({ name, conditions }) => [name, Object.fromEntries(conditions.map(({ type, status, reason = '' }) => [type, `${status} ${reason}`]))]));
}

/** TLS of a listener, of the Gateway, and the TLS of the server that is made of it; undefined = it is refused, for the reason. */
const TLS: readonly (readonly [what: string, tls: object, frontend: object | undefined, expected: object | string])[] = [
  ['a certificate', { certificateRefs: [{ name: 'cert' }] }, undefined, { mode: 'SIMPLE', credentialName: 'kubernetes-gateway://shop/cert' }],
  ['two certificates', { certificateRefs: [{ name: 'cert' }, { name: 'other' }] }, undefined, { mode: 'SIMPLE', credentialNames: ['kubernetes-gateway://shop/cert', 'kubernetes-gateway://shop/other'] }],
  ['client certificates', { certificateRefs: [{ name: 'cert' }] }, { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'clients' }] }, { mode: 'MUTUAL', credentialName: 'kubernetes-gateway://shop/cert', insecureSkipVerify: false, caCertCredentialName: 'configmap://shop/clients-cacert' }],
  ['client certificates that may be missing', { certificateRefs: [{ name: 'cert' }] }, { mode: 'AllowInsecureFallback', caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'clients' }] }, { mode: 'OPTIONAL_MUTUAL', credentialName: 'kubernetes-gateway://shop/cert', insecureSkipVerify: true, caCertCredentialName: 'configmap://shop/clients-cacert' }],
  ['the certificates of the mesh', { options: { 'gateway.istio.io/tls-terminate-mode': 'ISTIO_MUTUAL' } }, undefined, { mode: 'ISTIO_MUTUAL' }],
  ['a Secret that is not there', { certificateRefs: [{ name: 'gone' }] }, undefined, 'False InvalidCertificateRef'],
  ['a Secret of another namespace', { certificateRefs: [{ name: 'cert', namespace: 'store' }] }, undefined, 'False RefNotPermitted'],
  ['authorities that are not there', { certificateRefs: [{ name: 'cert' }] }, { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'gone' }] }, 'False InvalidCACertificateRef'],
];

for (const [what, tls, validation, expected] of TLS) {
  test(`a listener with ${what}`, () => {
    const spec = { listeners: [https(tls)], ...(validation === undefined ? undefined : { tls: { frontend: { default: { validation } } } }) };
    const result = converted(aGateway({}, spec), secret('cert'), secret('other'), secret('cert', 'store'), authorities);
    if (typeof expected === 'string') assert.equal(listenersOf(result)['https']?.['ResolvedRefs'], expected);
    assert.deepEqual(result.gateways.map((gateway) => gateway.spec?.servers?.[0]?.tls), typeof expected === 'string' ? [] : [expected]);
  });
}

test('of listeners that conflict the first is served', () => {
  const result = converted(aGateway({}, { listeners: [{ name: 'a', port: 80, protocol: 'HTTP' }, { name: 'b', port: 80, protocol: 'TCP' }] }));
  assert.deepEqual(listenersOf(result), {
    a: { Accepted: 'True Accepted', Conflicted: 'False NoConflicts', Programmed: 'True Programmed', ResolvedRefs: 'True ResolvedRefs' },
    b: { Accepted: 'False ProtocolConflict', Conflicted: 'True ProtocolConflict', Programmed: 'False ProtocolConflict' },
  });
  assert.deepEqual(conditionsOf(result, 'Gateway')['Accepted'], 'True ListenersNotValid');
});

test('a ListenerSet opens ports where its Gateway lets it', () => {
  const set = anApiObject('ListenerSet', 'more', { parentRef: { name: 'edge' }, listeners: [{ name: 'extra', port: 8080, protocol: 'HTTP' }] });
  assert.equal(conditionsOf(converted(aGateway(), set), 'ListenerSet')['Accepted'], 'False NotAllowed');
  const result = converted(aGateway({}, { allowedListeners: { namespaces: { from: 'Same' } } }), set);
  assert.deepEqual(result.gateways.map(({ metadata }) => metadata.name), ['edge~istio-autogenerated-k8s-gateway~http', 'more~istio-autogenerated-k8s-gateway~extra']);
});

test('where a Gateway is reached follows its service', () => {
  const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'door', namespace: 'shop' }, spec: { selector: { app: 'door' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] } };
  const proxy: KubeObject = { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name: 'door-1', namespace: 'shop', labels: { app: 'door' } }, spec: { address: '127.0.0.1', labels: { app: 'door' } } };
  const at = (port: number, ...objects: readonly KubeObject[]): string | undefined => conditionsOf(converted(aGateway({ port }, { addresses: [{ type: 'Hostname', value: 'door' }] }), ...objects), 'Gateway')['Programmed'];
  assert.equal(at(80), 'False AddressNotUsable');
  assert.equal(at(80, service), 'False AddressNotAssigned');
  assert.equal(at(80, service, proxy), 'True Programmed');
  assert.equal(at(8080, service, proxy), 'False AddressNotUsable', 'the port of the workload is not that of the service');
});

test("other controllers' Gateways are left alone", () => {
  const result = converted(aGateway({}, { gatewayClassName: 'nginx' }));
  assert.deepEqual([result.gateways, result.statuses], [[], []]);
});
