import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { requestCertificate } from '#mesh-core/wire/xds/certificate-client.ts';
import { createCsr } from '#mesh-core/wire/xds/create-csr.ts';
import type { ProxySyncState, TypeSyncState } from '#mesh-core/wire/xds/sync-state.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { startControlProcess, temporaryDirectory, TestProxy, until } from '../control-harness.ts';
import type { ControlProcess, SeenResponse } from '../control-harness.ts';

const ENTRY = servedKind('WorkloadEntry');
const NETWORKING = 'networking.istio.io/v1';

/** An introduction as a sidecar of the bundled mesh makes it. */
function nodeOf(workload: string, { namespace = 'default', inbound = 40_000, register = true }: { namespace?: string; inbound?: number; register?: boolean } = {}) {
  const app = workload.replace(/-v\d+$/, '');
  return {
    id: `sidecar~127.0.0.1~${workload}-127.0.0.1-${inbound}.${namespace}~${namespace}.svc.cluster.local`,
    metadata: {
      NAMESPACE: namespace,
      WORKLOAD_NAME: workload,
      SERVICE_ACCOUNT: app,
      LABELS: { app, version: workload.slice(app.length + 1) },
      INTERCEPTION_MODE: 'NONE',
      INBOUND_PORT: inbound,
      OUTBOUND_PORT: inbound + 1,
      STATS_PORT: inbound + 2,
      APP_PORT: inbound + 3,
      ...(register ? { AUTO_REGISTER_GROUP: workload } : {}),
    },
  };
}

async function join(t: TestContext, control: ControlProcess, workload: string, options: Parameters<typeof nodeOf>[1] = {}): Promise<TestProxy> {
  const token = await control.kube.createServiceAccountToken(options.namespace ?? 'default', workload.replace(/-v\d+$/, ''));
  const proxy = new TestProxy({ address: control.endpoints.xds, rootPem: control.rootPem, token }, nodeOf(workload, options));
  t.after(() => proxy.drop());
  return proxy;
}

function service(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] } };
}

function split(v1: number, v2: number): KubeObject {
  return {
    apiVersion: NETWORKING,
    kind: 'VirtualService',
    metadata: { name: 'catalog', namespace: 'default' },
    spec: { hosts: ['catalog'], http: [{ name: 'primary', route: [{ destination: { host: 'catalog', subset: 'v1' }, weight: v1 }, { destination: { host: 'catalog', subset: 'v2' }, weight: v2 }] }] },
  };
}

const SUBSETS: KubeObject = { apiVersion: NETWORKING, kind: 'DestinationRule', metadata: { name: 'catalog', namespace: 'default' }, spec: { host: 'catalog', subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) } };

const subscribed = ({ types }: ProxySyncState): TypeSyncState[] => Object.values(types).filter(({ state }) => state !== 'not-sent');
const names = ({ resources }: SeenResponse): unknown[] => resources.map((resource) => resource['name']);
const holds = (text: string) => (response: SeenResponse): boolean => JSON.stringify(response.resources).includes(text);
const entryOf = (control: ControlProcess, name: string): Promise<WorkloadEntry | undefined> =>
  control.kube.get<WorkloadEntry>(ENTRY, name, 'default').catch((error: unknown) => {
    if (error instanceof KubeError && error.status.code === 404) return undefined;
    throw error;
  });

test('a proxy gets clusters, endpoints, listeners and routes, and a changed VirtualService reaches it as routes', { timeout: 60_000 }, async (t) => {
  const control = await startControlProcess(t, temporaryDirectory(t));
  await control.kube.create(service('catalog'));
  await control.kube.create(SUBSETS);
  await control.kube.create(split(90, 10));
  await join(t, control, 'catalog-v1', { inbound: 41_000 }).then((proxy) => proxy.subscribe('cluster'));
  const proxy = await join(t, control, 'ui-v1');
  proxy.subscribe('cluster');
  proxy.subscribe('listener');
  const clusters = await proxy.next('cluster', holds('outbound|80|v1|catalog.default.svc.cluster.local'));
  assert.ok(names(clusters).includes('inbound|40003||'), JSON.stringify(names(clusters)));
  proxy.subscribe('endpoint', ['outbound|80|v1|catalog.default.svc.cluster.local', 'outbound|80||catalog.default.svc.cluster.local']);
  const endpoints = await proxy.next('endpoint', holds('41000'));
  assert.equal(endpoints.resources.length, 2);
  const listeners = await proxy.next('listener');
  assert.deepEqual(names(listeners).toSorted((a, b) => String(a).localeCompare(String(b))), ['127.0.0.1_40001', 'virtualInbound']);
  proxy.subscribe('route', ['http_proxy']);
  await proxy.next('route', (response) => holds('"weight":90')(response) && holds('"weight":10')(response));

  const pushedBefore = { cluster: proxy.seen.cluster.length, listener: proxy.seen.listener.length };
  const { object } = await control.kube.patch(servedKind('VirtualService'), 'catalog', 'default', 'merge', { spec: split(50, 50).spec });
  await proxy.next('route', holds('"weight":50'));
  const state = await until(async () => {
    const found = (await control.syncz()).find((candidate) => candidate.node.workload === 'ui-v1');
    return found !== undefined && subscribed(found).every((type) => Number(type.ackedVersion) >= Number(object.metadata.resourceVersion)) ? found : undefined;
  }, 'every type to be acknowledged at the version of the write');
  assert.deepEqual(subscribed(state).map((type) => type.state), ['synced', 'synced', 'synced', 'synced']);
  assert.deepEqual({ cluster: proxy.seen.cluster.length, listener: proxy.seen.listener.length }, pushedBefore, 'what did not change was not sent again');
  assert.ok(await control.metric(/^pilot_xds\{version=".*"\} 2$/m), 'two proxies are counted');
  assert.ok(await control.metric(/^pilot_xds_pushes\{type="rds"\} [2-9]$/m));
});

test('a refused response is shown with its error, and the next good one clears it', { timeout: 60_000 }, async (t) => {
  const control = await startControlProcess(t, temporaryDirectory(t));
  await control.kube.create(service('catalog'));
  const proxy = await join(t, control, 'ui-v1');
  proxy.refuse.cluster = 'no such thing here';
  proxy.subscribe('cluster');
  const typeState = async (wanted: string) => until(async () => {
    const state = (await control.syncz())[0]?.types.cluster;
    return state?.state === wanted ? state : undefined;
  }, `clusters to be ${wanted}`);
  const refused = await typeState('nack');
  assert.equal(refused.error, 'no such thing here');
  assert.ok(await control.metric(/^pilot_total_xds_rejects\{type="cds"\} 1$/m));
  await control.kube.create(service('cart'));
  assert.equal((await typeState('synced')).error, undefined);
});

test('a proxy is registered when it connects, marked by its health, and removed after it leaves', { timeout: 60_000 }, async (t) => {
  const control = await startControlProcess(t, temporaryDirectory(t));
  const name = 'catalog-v1-127.0.0.1-41000';
  const proxy = await join(t, control, 'catalog-v1', { inbound: 41_000 });
  proxy.subscribe('cluster');
  const entry = await until(() => entryOf(control, name), 'the WorkloadEntry');
  assert.deepEqual(entry.spec?.ports, { http: 41_000 });
  assert.equal(entry.metadata.annotations?.['prometheus.io/port'], '41002');
  await control.kube.create(service('catalog'));
  const observer = await join(t, control, 'ui-v1', { register: false });
  observer.subscribe('endpoint', ['outbound|80||catalog.default.svc.cluster.local']);
  await observer.next('endpoint', holds('41000'));
  proxy.reportHealth('connect ECONNREFUSED');
  await observer.next('endpoint', (response) => !holds('41000')(response));
  assert.equal((await entryOf(control, name))?.status?.conditions?.[0]?.status, 'False');
  proxy.reportHealth();
  await until(async () => (await entryOf(control, name))?.status?.conditions?.[0]?.status === 'True' || undefined, 'the condition to be True');
  const left = Date.now();
  proxy.leave();
  await until(async () => ((await entryOf(control, name)) === undefined ? true : undefined), 'the WorkloadEntry to be removed');
  const waited = Date.now() - left;
  assert.ok(waited >= 1500 && waited < 6000, `removed after ${waited} ms, not about 2 s`);
});

test('a stream that breaks is no farewell: the entry waits for the proxy', { timeout: 60_000 }, async (t) => {
  const control = await startControlProcess(t, temporaryDirectory(t));
  const proxy = await join(t, control, 'catalog-v1', { inbound: 41_000 });
  proxy.subscribe('cluster');
  await until(() => entryOf(control, 'catalog-v1-127.0.0.1-41000'), 'the WorkloadEntry');
  proxy.drop();
  await until(async () => ((await control.syncz()).length === 0 ? true : undefined), 'the stream to be gone');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assert.ok(await entryOf(control, 'catalog-v1-127.0.0.1-41000'));
});

test('nobody joins without a credential, with a wrong one, or as somebody else', { timeout: 60_000 }, async (t) => {
  const control = await startControlProcess(t, temporaryDirectory(t));
  const { address, rootPem } = { address: control.endpoints.xds, rootPem: control.rootPem };
  const attempt = async (token: string | undefined, node: ReturnType<typeof nodeOf>): Promise<string> => {
    const proxy = new TestProxy({ address, rootPem, ...(token === undefined ? {} : { token }) }, node);
    t.after(() => proxy.drop());
    proxy.subscribe('cluster');
    const { code, message } = await until(() => proxy.ended, 'the refusal');
    assert.equal(proxy.seen.cluster.length, 0);
    return `${code} ${message}`;
  };
  const token = await control.kube.createServiceAccountToken('default', 'ui');
  assert.match(await attempt(undefined, nodeOf('ui-v1')), /^16 .*join token/);
  assert.match(await attempt(`${token.slice(0, -4)}AAAA`, nodeOf('ui-v1')), /^16 .*not issued by this mesh/);
  assert.match(await attempt(token, nodeOf('catalog-v1')), /^7 .*default\/ui.*default\/catalog/);
  assert.match(await attempt(token, nodeOf('ui-v1', { namespace: 'istio-system' })), /^7 /);
  assert.match(await attempt(token, { ...nodeOf('ui-v1'), id: 'who' }), /^3 .*node id "who"/);
  assert.deepEqual(await control.syncz(), []);
  const { csrPem } = await createCsr();
  await assert.rejects(requestCertificate({ address, rootPem, token: 'wrong', csrPem, ttlSeconds: 60 }), { code: 'unauthenticated' });
  await assert.rejects(requestCertificate({ address, rootPem, csrPem, ttlSeconds: 60 }), { code: 'unauthenticated' });
  await assert.rejects(requestCertificate({ address, rootPem, token, csrPem: 'no CSR', ttlSeconds: 60 }), { code: 'invalid' });
});

test('a certificate from a token opens a stream and gets the next certificate; syncz knows when the newest ends', { timeout: 60_000 }, async (t) => {
  const control = await startControlProcess(t, temporaryDirectory(t), { flags: ['--cert-ttl-seconds', '600'] });
  const { address, rootPem } = { address: control.endpoints.xds, rootPem: control.rootPem };
  const token = await control.kube.createServiceAccountToken('default', 'ui');
  const first = await createCsr();
  const issued = await requestCertificate({ address, rootPem, token, csrPem: first.csrPem, ttlSeconds: 86_400 });
  assert.equal(issued.rootPem.trim(), rootPem.trim());
  const clientCert = { keyPem: first.keyPem, certChainPem: issued.certChainPem };
  const proxy = new TestProxy({ address, rootPem, clientCert }, nodeOf('ui-v1'));
  t.after(() => proxy.drop());
  proxy.subscribe('cluster');
  await proxy.next('cluster');
  const notAfter = async (): Promise<number> => Date.parse((await control.syncz())[0]?.certificate?.notAfter ?? '');
  const before = await notAfter();
  assert.ok(Math.abs(before - Date.now() - 600_000) < 20_000, 'the flag bounds what is asked for');
  await until(async () => (Date.now() % 1000 < 900 ? true : undefined), 'a moment within a second');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const second = await createCsr();
  await requestCertificate({ address, rootPem, clientCert, csrPem: second.csrPem, ttlSeconds: 0 });
  assert.ok((await notAfter()) > before, 'the renewed certificate is the one shown');
});
