import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { NETWORK_FILTER_URLS } from '#mesh-core/domain/envoy/network-filters.ts';
import type { Listener } from '#mesh-core/domain/envoy/resources.ts';
import type { AuthorizationPolicy } from '#mesh-core/domain/resources/security.ts';
import type { Telemetry, TelemetrySpec } from '#mesh-core/domain/resources/telemetry.ts';
import { aSidecar } from '#mesh-core/domain/translate/a-proxy.ts';
import { decorationOf } from '#mesh-core/domain/translate/decorate-listeners.ts';
import { EMPTY_SNAPSHOT } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { MeshSettings } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { proxyContext } from '#mesh-core/domain/translate/proxy-context.ts';
import { proxyPolicies } from '#mesh-core/domain/translate/proxy-policies.ts';
import type { ProxyOptions } from './start-proxy.ts';
import { call, eventually, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { inboundCluster, inboundListener } from './testing/mesh-resources.ts';

/** Telemetry from the resource to what the proxy shows: access logs, metrics. */
let mesh: TestMesh;
let appPort = 0;
const directory = mkdtempSync(join(tmpdir(), 'binnacle-telemetry-'));

before(async () => {
  mesh = await TestMesh.start();
  const app = await mesh.app((request, response) => {
    response.writeHead(request.url?.startsWith('/broken') === true ? 500 : 200, { 'x-answer': 'yes' }).end('app');
  });
  appPort = app.port;
});
after(async () => {
  await mesh.close();
  rmSync(directory, { recursive: true });
});

function aTelemetry(spec: TelemetrySpec): Telemetry {
  return { apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry', metadata: { name: 'default', namespace: 'test' }, spec };
}

let servers = 0;
/** A sidecar `web` of namespace `test` as Telemetry and MeshConfig make it. */
async function serverWith(spec: TelemetrySpec, settings: Partial<MeshSettings> = {}): Promise<TestProxy> {
  const workload = `web${(servers += 1)}-v1`;
  const proxy = await mesh.proxy(workload, { appPort });
  const context = proxyContext({ ...EMPTY_SNAPSHOT, telemetries: [aTelemetry(spec)], mesh: { ...EMPTY_SNAPSHOT.mesh, ...settings } }, aSidecar('web', { namespace: 'test' }));
  const listener: Listener[] = decorationOf(context).listeners([inboundListener(proxy.ports.inbound, appPort, { mode: 'PERMISSIVE' })]);
  mesh.control.configure(workload, { cluster: [inboundCluster('web', appPort)], listener });
  await proxy.ready;
  return proxy;
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

test("a log with Istio's text, only of requests that the filter takes", async () => {
  const file = join(directory, 'errors.log');
  const web = await serverWith({ accessLogging: [{ providers: [{ name: 'files' }], filter: { expression: "response.code >= 500 || request.headers['x-log'] == 'yes'" } }] }, { extensionProviders: [{ name: 'files', envoyFileAccessLog: { path: file } }] });
  await call(web.ports.inbound, { path: '/fine' });
  await call(web.ports.inbound, { path: '/broken?x=1', headers: { 'user-agent': 'test/1', 'x-request-id': 'one', 'x-forwarded-for': '10.1.1.1' } });
  await call(web.ports.inbound, { path: '/asked', headers: { 'x-log': 'yes' } });
  const [first = '', second = '', ...others] = await eventually(() => {
    const lines = linesOf(file);
    return lines.length >= 2 ? lines : undefined;
  }, 'two lines');
  assert.equal(others.length, 0);
  assert.match(first, new RegExp(`^\\[\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\] "GET /broken\\?x=1 HTTP/1\\.1" 500 - via_upstream - "-" 0 3 \\d+ \\d+ "10\\.1\\.1\\.1" "test/1" "one" "web" "127\\.0\\.0\\.1:${appPort}" inbound\\|${appPort}\\|\\| 127\\.0\\.0\\.1:\\d+ 127\\.0\\.0\\.1:${web.ports.inbound} 127\\.0\\.0\\.1:\\d+ - default$`));
  assert.match(second, /\/asked/);
});

test('a log in JSON with labels of its own keeps numbers as numbers', async () => {
  const file = join(directory, 'labels.log');
  const labels = { code: '%RESPONSE_CODE%', what: '%REQ(:METHOD)% %REQ_WITHOUT_QUERY(:PATH)%', answer: '%RESP(X-ANSWER)%', none: '%REQ(X-NONE)%', nested: { host: '%REQ(:AUTHORITY):2%' } };
  const web = await serverWith({ accessLogging: [{ providers: [{ name: 'files' }] }] }, { extensionProviders: [{ name: 'files', envoyFileAccessLog: { path: file, logFormat: { labels } } }] });
  await call(web.ports.inbound, { path: '/a?secret=1' });
  const [line = ''] = await eventually(() => {
    const lines = linesOf(file);
    return lines[0] === '' ? undefined : lines;
  }, 'the line');
  assert.deepEqual(JSON.parse(line), { code: 200, what: 'GET /a', answer: 'yes', none: null, nested: { host: 'we' } });
});

test('metrics: a tag by expression, a tag taken away, a metric dropped', async () => {
  const web = await serverWith({
    metrics: [
      { overrides: [{ match: { metric: 'REQUEST_COUNT', mode: 'SERVER' }, tagOverrides: { path_kind: { value: "request.url_path.startsWith('/api') ? 'api' : 'page'" }, request_host: { value: 'request.host' }, source_cluster: { operation: 'REMOVE' }, odd: { value: 'no.such.thing' } } }] },
      { overrides: [{ match: { metric: 'REQUEST_SIZE' }, disabled: true }, { match: { metric: 'RESPONSE_SIZE', mode: 'CLIENT' }, disabled: true }] },
    ],
  });
  await call(web.ports.inbound, { path: '/api/x' });
  await call(web.ports.inbound, { path: '/api/y' });
  await call(web.ports.inbound, { path: '/' });
  const { body } = await call(web.ports.stats, { path: '/stats/prometheus', to: 'admin' });
  const counts = body.split('\n').filter((line) => line.startsWith('istio_requests_total{')).map((line) => [/path_kind="(\w+)"/.exec(line)?.[1], /request_host="(\w+)"/.exec(line)?.[1], /odd="(\w+)"/.exec(line)?.[1], line.includes('source_cluster='), line.split(' ').at(-1)]);
  assert.deepEqual(counts.toSorted((a, b) => String(a).localeCompare(String(b))), [['api', 'web', 'unknown', false, '2'], ['page', 'web', 'unknown', false, '1']]);
  assert.doesNotMatch(body, /istio_request_bytes_count\{/);
  assert.match(body, /istio_response_bytes_count\{[^}]*source_cluster=/);
});

test('TCP connections are logged as well', async () => {
  const file = join(directory, 'tcp.log');
  const proxy = await mesh.proxy('tcp-v1', { appPort });
  const context = proxyContext({ ...EMPTY_SNAPSHOT, mesh: { ...EMPTY_SNAPSHOT.mesh, accessLogFile: file } }, aSidecar('web', { namespace: 'test' }));
  const tcp = { name: 'envoy.filters.network.tcp_proxy', typedConfig: { '@type': NETWORK_FILTER_URLS.tcpProxy, statPrefix: 'tcp', cluster: `inbound|${appPort}||` } };
  const { filterChains: _, ...inbound } = inboundListener(proxy.ports.inbound, appPort);
  mesh.control.configure('tcp-v1', { cluster: [inboundCluster('web', appPort)], listener: decorationOf(context).listeners([{ ...inbound, filterChains: [{ filters: [tcp] }] }]) });
  await proxy.ready;
  await call(proxy.ports.inbound, { headers: { connection: 'close' } });
  const [line = ''] = await eventually(() => {
    const lines = linesOf(file);
    return lines[0] === '' ? undefined : lines;
  }, 'the line');
  assert.match(line, new RegExp(`^\\[[^\\]]+\\] "- - -" 0 - - - "-" \\d+ \\d+ \\d+ - "-" "-" "-" "-" "127\\.0\\.0\\.1:${appPort}" inbound\\|${appPort}\\|\\| `));
});

test('spans: a share of new traces, tags of their own, and what a policy that is tried out would have done', async () => {
  const spans: { readonly attributes: Readonly<Record<string, unknown>> }[] = [];
  const spanExporter: NonNullable<ProxyOptions['spanExporter']> = { export: (batch, done) => {
    spans.push(...batch);
    done({ code: 0 });
  }, shutdown: () => Promise.resolve() };
  const tried: AuthorizationPolicy = { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata: { name: 'try', namespace: 'test', annotations: { 'istio.io/dry-run': 'true' } }, spec: { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/x'] } }] }] } };
  const served = async (randomSamplingPercentage: number): Promise<TestProxy> => {
    const workload = `traced${randomSamplingPercentage}-v1`;
    const proxy = await mesh.proxy(workload, { appPort, spanExporter });
    const customTags = { shop: { literal: { value: 'ours' } }, who: { header: { name: 'X-Who', defaultValue: 'nobody' } } };
    const context = proxyContext({ ...EMPTY_SNAPSHOT, authorizationPolicies: [tried], telemetries: [aTelemetry({ tracing: [{ providers: [{ name: 'otel' }], randomSamplingPercentage, customTags }] })], mesh: { ...EMPTY_SNAPSHOT.mesh, extensionProviders: [{ name: 'otel', opentelemetry: {} }] } }, aSidecar('web', { namespace: 'test' }));
    mesh.control.configure(workload, { cluster: [inboundCluster('web', appPort)], listener: decorationOf(context).listeners([inboundListener(proxy.ports.inbound, appPort, { mode: 'PERMISSIVE', filters: proxyPolicies(context).http })]) });
    await proxy.ready;
    return proxy;
  };
  const [all, none] = [await served(100), await served(0)];
  await call(none.ports.inbound, { path: '/unseen' });
  await call(all.ports.inbound, { path: '/x', headers: { 'x-who': 'ann' } });
  await call(all.ports.inbound, { path: '/y' });
  await eventually(() => spans.length >= 2, 'the spans');
  const tagsOf = (path: string): unknown[] => {
    const { attributes = {} } = spans.find(({ attributes: found }) => found['http.url'] === `http://web${path}`) ?? {};
    return ['shop', 'who', 'istio.authorization.dry_run.deny_policy.name', 'istio.authorization.dry_run.deny_policy.result'].map((tag) => attributes[tag]);
  };
  assert.deepEqual(tagsOf('/x'), ['ours', 'ann', 'ns[test]-policy[try]-rule[0]', 'denied']);
  assert.deepEqual(tagsOf('/y'), ['ours', 'nobody', undefined, 'allowed']);
  assert.equal(spans.some(({ attributes }) => attributes['http.url'] === 'http://web/unseen'), false);
});

test('all metrics turned off', async () => {
  const web = await serverWith({ metrics: [{ overrides: [{ disabled: true }] }] });
  await call(web.ports.inbound);
  assert.doesNotMatch((await call(web.ports.stats, { path: '/stats/prometheus', to: 'admin' })).body, /istio_requests_total\{/);
});
