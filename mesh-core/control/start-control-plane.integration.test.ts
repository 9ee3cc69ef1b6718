import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import { readKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';
import { runControl, startControlProcess, temporaryDirectory, TestProxy, until } from './control-harness.ts';

const CONFIG_MAP = servedKind('ConfigMap');
const ENTRY = servedKind('WorkloadEntry');
const ANY_PORTS = ['--kube-port', '0', '--xds-port', '0', '--monitoring-port', '0'];

test('a start writes how it is reached: kubeconfig for its owner only, endpoints, the mesh config, its own WorkloadEntry', { timeout: 60_000 }, async (t) => {
  const dataDir = temporaryDirectory(t);
  const control = await startControlProcess(t, dataDir, { flags: ['--otlp-port', '14318', '--gateway-port', '18080'] });
  assert.equal((statSync(path.join(dataDir, 'kubeconfig')).mode & 0o777).toString(8), '600');
  assert.deepEqual(JSON.parse(readFileSync(path.join(dataDir, 'control', 'endpoints.json'), 'utf8')), control.endpoints);
  const mesh: unknown = parse((await control.kube.get(CONFIG_MAP, 'istio', 'istio-system')).data?.['mesh'] ?? '');
  assert.deepEqual(mesh, {
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    defaultProviders: { tracing: ['otlp'] },
    trustDomain: 'cluster.local',
    rootNamespace: 'istio-system',
    defaultConfig: { tracing: { sampling: 100 }, discoveryAddress: control.endpoints.xds },
    extensionProviders: [{ name: 'otlp', opentelemetry: { service: '127.0.0.1', port: 14_318, http: { path: '/v1/traces' } } }],
  });
  const own = await control.kube.get<WorkloadEntry>(ENTRY, 'istiod', 'istio-system');
  assert.equal(`http://${own.spec?.address}:${own.metadata.annotations?.['prometheus.io/port']}`, control.endpoints.monitoring);
  const gateway = await control.kube.get(servedKind('Service'), 'istio-ingressgateway', 'istio-system');
  assert.deepEqual((gateway.spec as { ports: unknown }).ports, [{ name: 'http2', port: 80, targetPort: 18_080 }]);
  assert.equal(await (await fetch(`${control.endpoints.monitoring}/healthz`)).text(), 'ok\n');
  assert.equal((await fetch(`${control.endpoints.monitoring}/debug/syncz`, { headers: { origin: 'https://elsewhere.example' } })).status, 403);
  assert.equal(await control.end('SIGTERM'), 0);
});

test('after kill -9 and a restart the ports, the root, the tokens, the objects and the registrations are the same', { timeout: 90_000 }, async (t) => {
  const dataDir = temporaryDirectory(t);
  const before = await startControlProcess(t, dataDir);
  await before.kube.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'catalog', namespace: 'default' }, spec: { selector: { app: 'catalog' }, ports: [{ name: 'http', port: 80 }] } });
  const config = readKubeconfig(path.join(dataDir, 'kubeconfig'));
  const token = await before.kube.createServiceAccountToken('default', 'catalog');
  const join = (inbound: number): TestProxy => {
    const id = `sidecar~127.0.0.1~catalog-v1-127.0.0.1-${inbound}.default~default.svc.cluster.local`;
    const metadata = { NAMESPACE: 'default', WORKLOAD_NAME: 'catalog-v1', SERVICE_ACCOUNT: 'catalog', LABELS: { app: 'catalog', version: 'v1' }, INBOUND_PORT: inbound, STATS_PORT: 1, APP_PORT: 2, AUTO_REGISTER_GROUP: 'catalog-v1' };
    const proxy = new TestProxy({ address: before.endpoints.xds, rootPem: before.rootPem, token }, { id, metadata });
    t.after(() => proxy.drop());
    proxy.subscribe('cluster');
    return proxy;
  };
  const registered = async (): Promise<string[]> => (await kube.list<WorkloadEntry>(ENTRY, { namespace: 'default' })).items.map((entry) => `${entry.metadata.name} ${entry.metadata.uid}`);
  const kube = createKubeClient(config);
  await Promise.all([join(41_000).next('cluster'), join(42_000).next('cluster')]);
  const entries = await registered();
  assert.equal(entries.length, 2);

  assert.equal(await before.end('SIGKILL'), null);
  const restartedAt = Date.now();
  const after = await startControlProcess(t, dataDir);
  assert.deepEqual(after.endpoints, before.endpoints, 'any port will do, so those that the proxies know');
  assert.equal(after.rootPem, before.rootPem);
  // The client, its token and its root are those of before.
  assert.deepEqual(await registered(), entries, 'entries wait for their proxies');
  await join(41_000).next('cluster');
  const left = await until(async () => {
    const now = await registered();
    return now.length === 1 ? now : undefined;
  }, 'the entry whose proxy did not come back to be removed').catch(async () => registered());
  const waited = Date.now() - restartedAt;
  assert.deepEqual(left, entries.filter((entry) => entry.startsWith('catalog-v1-127.0.0.1-41000')));
  assert.ok(waited > 9000, `the grace period was ${waited} ms, not 10 s`);
  assert.equal((await after.kube.get(servedKind('Service'), 'catalog', 'default')).metadata.name, 'catalog');
});

test('a taken port, a data directory that cannot be used, or a bad option ends the start with one sentence', { timeout: 60_000 }, async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const directory = temporaryDirectory(t);
  for (const flag of ['--kube-port', '--xds-port', '--monitoring-port']) {
    const { code, output } = await runControl(['--data-dir', directory, ...ANY_PORTS, flag, String(port)]);
    assert.equal(code, 1);
    assert.ok(output.includes(`Port ${port} on 127.0.0.1 is taken; end what uses it or choose another with ${flag}`), output);
  }
  const file = path.join(directory, 'file');
  writeFileSync(file, '');
  const unusable = await runControl(['--data-dir', path.join(file, 'data'), ...ANY_PORTS]);
  assert.equal(unusable.code, 1);
  assert.match(unusable.output, /The data directory .* cannot be written \(ENOTDIR\); choose another with --data-dir/);
  if (process.getuid?.() !== 0) {
    const closed = path.join(directory, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    assert.match((await runControl(['--data-dir', closed, ...ANY_PORTS])).output, /cannot be written \(EACCES\)/);
  }
  const bad = await runControl(['--kube-port', 'many']);
  assert.equal(bad.code, 1);
  assert.match(bad.output, /--kube-port takes a whole number from 0 to 65535, not \\"many\\"/);
  const help = await runControl(['--help']);
  assert.equal(help.code, 0);
  assert.match(help.output, /--cert-ttl-seconds/);
});
