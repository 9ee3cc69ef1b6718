import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthorizationPolicy } from '#mesh-core/domain/resources/security.ts';
import type { Gateway, VirtualService, WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { EMPTY_SNAPSHOT, type MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { configOf } from './config-of-node.ts';

const networking = 'networking.istio.io/v1';
const meta = (name: string, namespace = 'shop') => ({ name, namespace });
const entry = (labels: Record<string, string>): WorkloadEntry => ({ apiVersion: networking, kind: 'WorkloadEntry', metadata: meta('entry'), spec: { address: '127.0.0.1', labels } });
const route = (name: string, spec: NonNullable<VirtualService['spec']>): VirtualService => ({ apiVersion: networking, kind: 'VirtualService', metadata: meta(name), spec });
const policy = (name: string, namespace: string, selector: Record<string, string> | undefined): AuthorizationPolicy => ({
  apiVersion: 'security.istio.io/v1',
  kind: 'AuthorizationPolicy',
  metadata: meta(name, namespace),
  spec: selector === undefined ? {} : { selector: { matchLabels: selector } },
});
const snapshot = (part: Partial<MeshSnapshot>): MeshSnapshot => ({ ...EMPTY_SNAPSHOT, ...part });
const names = (refs: ReturnType<typeof configOf>): string[] => refs.map((ref) => ref.name);

test('a route applies to the service it names and to the service it sends to, not to others', () => {
  const to = (host: string) => ({ hosts: ['catalog'], http: [{ route: [{ destination: { host } }] }] });
  const s = snapshot({ virtualServices: [route('own', to('catalog')), route('other', { hosts: ['cart'], http: [] }), route('sends', { hosts: ['old'], http: [{ route: [{ destination: { host: 'catalog' } }] }] })] });
  assert.deepEqual(names(configOf('shop', ['catalog'], [], s)), ['own', 'sends']);
});
test('the catch-all host of a gateway route says nothing about services inside the mesh', () => {
  const s = snapshot({ virtualServices: [route('edge', { hosts: ['*'], gateways: ['shop-gateway'], http: [{ route: [{ destination: { host: 'ui' } }] }] })] });
  assert.deepEqual(names(configOf('shop', ['catalog'], [], s)), []);
  assert.deepEqual(names(configOf('shop', ['ui'], [], s)), ['edge']);
});
test('a gateway workload is shaped by its Gateway and the routes bound to it', () => {
  const gateway: Gateway = { apiVersion: networking, kind: 'Gateway', metadata: meta('shop-gateway'), spec: { selector: { istio: 'ingressgateway' }, servers: [] } };
  const s = snapshot({ gateways: [gateway], virtualServices: [route('edge', { hosts: ['*'], gateways: ['shop-gateway'], http: [] })] });
  assert.deepEqual(names(configOf('shop', [], [entry({ istio: 'ingressgateway' })], s)), ['shop-gateway', 'edge']);
});
test('policies apply by selector in their namespace, and from the root namespace everywhere', () => {
  const s = snapshot({ authorizationPolicies: [policy('mine', 'shop', { app: 'cart' }), policy('others', 'shop', { app: 'ui' }), policy('elsewhere', 'bank', undefined), policy('everyone', 'istio-system', undefined)] });
  assert.deepEqual(names(configOf('shop', [], [entry({ app: 'cart' })], s)), ['mine', 'everyone']);
});
test('a reference carries what a link to the editor needs', () => {
  const s = snapshot({ authorizationPolicies: [policy('mine', 'shop', undefined)] });
  assert.deepEqual(configOf('shop', [], [entry({})], s), [{ kind: 'AuthorizationPolicy', group: 'security.istio.io', version: 'v1', plural: 'authorizationpolicies', namespace: 'shop', name: 'mine' }]);
});
