import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { startControlProcess, temporaryDirectory, TestProxy, until } from '../control-harness.ts';
import type { SeenResponse } from '../control-harness.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const holds = (text: string) => (response: SeenResponse): boolean => JSON.stringify(response.resources).includes(base64(text));

test('a gateway is sent its Secret once its account may read it, each version of it, and that it is gone; a neighbour is not', { timeout: 60_000 }, async (t) => {
  const control = await startControlProcess(t, temporaryDirectory(t));
  const { kube, endpoints, rootPem } = control;
  for (const name of ['edge', 'shop']) await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const gateway = async (namespace: string): Promise<TestProxy> => {
    const token = await kube.createServiceAccountToken(namespace, 'gw');
    const proxy = new TestProxy({ address: endpoints.xds, rootPem, token }, { id: `router~127.0.0.1~gw.${namespace}~${namespace}.svc.cluster.local`, metadata: { NAMESPACE: namespace, SERVICE_ACCOUNT: 'gw', WORKLOAD_NAME: 'gw' } });
    t.after(() => proxy.drop());
    return proxy;
  };
  await kube.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web', namespace: 'edge' }, type: 'kubernetes.io/tls', data: { 'tls.crt': base64('chain 1'), 'tls.key': base64('key 1'), 'ca.crt': base64('roots') } } as Parameters<typeof kube.create>[0]);
  const edge = await gateway('edge');
  const shop = await gateway('shop');
  for (const proxy of [edge, shop]) proxy.subscribe('secret', ['kubernetes://web', 'kubernetes://web-cacert', 'kubernetes://edge/web']);
  const first = await edge.next('secret');
  assert.deepEqual(first.resources.map(({ name }) => name), ['kubernetes://web-cacert'], 'roots are public, keys are not');
  assert.deepEqual((await shop.next('secret')).resources, []);

  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await kube.create({ apiVersion, kind: 'Role', metadata: { name: 'sds', namespace: 'edge' }, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }] } as Parameters<typeof kube.create>[0]);
  await kube.create({ apiVersion, kind: 'RoleBinding', metadata: { name: 'sds', namespace: 'edge' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'sds' }, subjects: [{ kind: 'ServiceAccount', name: 'gw', namespace: 'edge' }] } as Parameters<typeof kube.create>[0]);
  await edge.next('secret', holds('key 1'));
  await kube.patch(servedKind('Secret'), 'web', 'edge', 'merge', { data: { 'tls.crt': base64('chain 2'), 'tls.key': base64('key 2') } } as object);
  await edge.next('secret', holds('key 2'));

  const [proxyId] = (await control.syncz()).filter(({ node }) => node.namespace === 'edge').map((state) => state.proxyId);
  const dump = await (await fetch(`${endpoints.monitoring}/debug/config_dump?proxyID=${encodeURIComponent(proxyId ?? '')}`)).text();
  assert.ok(dump.includes(base64('chain 2')) && !dump.includes(base64('key 2')), 'the dump has no private key');
  assert.equal((await fetch(`${endpoints.monitoring}/debug/config_dump?proxyID=nobody`)).status, 404);

  await kube.delete(servedKind('Secret'), 'web', 'edge');
  await until(() => (edge.seen.secret.at(-1)?.resources.length === 0 ? true : undefined), 'the secret to be gone');
  assert.equal(shop.seen.secret.some(({ resources }) => resources.length > 0), false);
});
