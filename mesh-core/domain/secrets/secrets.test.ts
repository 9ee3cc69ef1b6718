import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../resources/core.ts';
import { EMPTY_SNAPSHOT } from '../translate/mesh-snapshot.ts';
import type { MeshSnapshot } from '../translate/mesh-snapshot.ts';
import { mayReceiveSecret } from './may-receive-secret.ts';
import type { SecretRequester } from './may-receive-secret.ts';
import { parseSecretName, sdsNameOf } from './secret-name.ts';
import { secretResource } from './secret-resource.ts';

test('SDS names say which Secret is meant', () => {
  const cases: [string, string | undefined][] = [
    ['kubernetes://web', 'kubernetes edge/web'],
    ['kubernetes://shop/web', 'kubernetes shop/web'],
    ['kubernetes-gateway://shop/web-cacert', 'kubernetes-gateway shop/web-cacert'],
    ['kubernetes-gateway://web', undefined],
    ['kubernetes://', undefined],
    ['default', undefined],
    ['invalid://', undefined],
  ];
  for (const [name, expected] of cases) {
    const parsed = parseSecretName(name, 'edge');
    assert.equal(parsed === undefined ? undefined : `${parsed.scheme} ${parsed.namespace}/${parsed.name}`, expected, name);
  }
});

test('a credential name is an SDS name, or the name of a Secret', () => {
  assert.deepEqual(['web', 'kubernetes-gateway://a/b', 'builtin://', 'configmap://a/b'].map(sdsNameOf), ['kubernetes://web', 'kubernetes-gateway://a/b', 'default', 'configmap://a/b']);
});

const aSecret = (name: string, data: Record<string, string>): Secret => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'edge' }, data });
const resource = (sdsName: string, ...secrets: Secret[]): unknown => {
  const reference = parseSecretName(sdsName, 'edge');
  assert.ok(reference);
  const result = secretResource(sdsName, reference, (namespace, name) => secrets.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name));
  return result.ok ? result.secret : result.reason;
};

test('a key pair comes from the fields of either form, the generic one first', () => {
  const pair = (chain: string, key: string) => ({ name: 'kubernetes://web', tlsCertificate: { certificateChain: { inlineBytes: chain }, privateKey: { inlineBytes: key } } });
  assert.deepEqual(resource('kubernetes://web', aSecret('web', { 'tls.crt': 'QQ==', 'tls.key': 'Qg==', 'ca.crt': 'Qw==' })), pair('QQ==', 'Qg=='));
  assert.deepEqual(resource('kubernetes://web', aSecret('web', { cert: 'RA==', key: 'RQ==', 'tls.crt': 'QQ==', 'tls.key': 'Qg==' })), pair('RA==', 'RQ=='));
  assert.match(String(resource('kubernetes://web', aSecret('web', { 'tls.crt': 'QQ==', 'tls.key': '' }))), /neither cert and key.*it has: tls.crt, tls.key/);
  assert.equal(resource('kubernetes://web'), 'there is no secret edge/web');
});

test('roots come from the Secret with the suffix, or from the one without it', () => {
  const roots = (trustedCa: string, crl?: string) => ({ name: 'kubernetes://web-cacert', validationContext: { trustedCa: { inlineBytes: trustedCa }, ...(crl === undefined ? {} : { crl: { inlineBytes: crl } }) } });
  assert.deepEqual(resource('kubernetes://web-cacert', aSecret('web', { 'ca.crt': 'QQ==' }), aSecret('web-cacert', { cacert: 'Qg==', crl: 'Qw==' })), roots('Qg==', 'Qw=='));
  assert.deepEqual(resource('kubernetes://web-cacert', aSecret('web', { 'ca.crt': 'QQ==' })), roots('QQ=='));
  assert.match(String(resource('kubernetes://web-cacert', aSecret('web', {}))), /it has: nothing/);
});

const gateway: SecretRequester = { identity: { trustDomain: 'cluster.local', namespace: 'edge', serviceAccount: 'gw' }, isGateway: true, mayReadSecrets: true };
const kubeGateway = (namespace: string, name: string, of?: string) => ({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'g', namespace }, spec: { listeners: [{ name: 'l', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name, ...(of === undefined ? {} : { namespace: of }) }] } }] } });
const grant = (namespace: string, from: string, name?: string) => ({ apiVersion: 'gateway.networking.k8s.io/v1beta1', kind: 'ReferenceGrant', metadata: { name: 'r', namespace }, spec: { from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: from }], to: [{ group: '', kind: 'Secret', ...(name === undefined ? {} : { name }) }] } });

test('a secret goes only to whom it is for', () => {
  const cases: [string, string, SecretRequester, Partial<MeshSnapshot>, RegExp | true][] = [
    ['own namespace, allowed account', 'kubernetes://web', gateway, {}, true],
    ['account that may not read secrets', 'kubernetes://web', { ...gateway, mayReadSecrets: false }, {}, /edge\/gw may not list secrets/],
    ['roots are public', 'kubernetes://web-cacert', { ...gateway, mayReadSecrets: false }, {}, true],
    ['other namespace, never', 'kubernetes://shop/web', gateway, {}, /may not have secrets of shop/],
    ['other namespace, roots, never', 'kubernetes://shop/web-cacert', gateway, {}, /may not have secrets of shop/],
    ['Gateway API, not referred to', 'kubernetes-gateway://edge/web', gateway, {}, /no Gateway of edge refers/],
    ['Gateway API, same namespace', 'kubernetes-gateway://edge/web', gateway, { kubeGateways: [kubeGateway('edge', 'web')] }, true],
    ['Gateway API, by a sidecar', 'kubernetes-gateway://edge/web', { ...gateway, isGateway: false }, { kubeGateways: [kubeGateway('edge', 'web')] }, /only gateways/],
    ['Gateway API, other namespace without a grant', 'kubernetes-gateway://shop/web', gateway, { kubeGateways: [kubeGateway('edge', 'web', 'shop')] }, /no ReferenceGrant/],
    ['granted', 'kubernetes-gateway://shop/web', gateway, { referenceGrants: [grant('shop', 'edge')] }, true],
    ['granted by name', 'kubernetes-gateway://shop/web', gateway, { referenceGrants: [grant('shop', 'edge', 'web')] }, true],
    ['granted for another name', 'kubernetes-gateway://shop/web', gateway, { referenceGrants: [grant('shop', 'edge', 'api')] }, /no ReferenceGrant/],
    ['granted to another namespace', 'kubernetes-gateway://shop/web', gateway, { referenceGrants: [grant('shop', 'lab')] }, /no ReferenceGrant/],
  ];
  for (const [what, name, requester, lists, expected] of cases) {
    const reference = parseSecretName(name, requester.identity.namespace);
    assert.ok(reference);
    const verdict = mayReceiveSecret(reference, requester, { ...EMPTY_SNAPSHOT, ...lists });
    if (expected === true) assert.deepEqual(verdict, { ok: true }, what);
    else assert.match(verdict.ok ? 'allowed' : verdict.reason, expected, what);
  }
});
