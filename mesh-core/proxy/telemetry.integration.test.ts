import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { call, eventually, spiffeId, TestMesh } from './testing/mesh-harness.ts';

interface ExportedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly kind: number;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}
interface OtlpBody {
  readonly resourceSpans: readonly { readonly resource: { readonly attributes: readonly OtlpAttribute[] }; readonly scopeSpans: readonly { readonly spans: readonly (Omit<ExportedSpan, 'attributes' | 'service'> & { readonly attributes: readonly OtlpAttribute[] })[] }[] }[];
}
interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

let mesh: TestMesh;
const spans: ExportedSpan[] = [];
let otlpUrl = '';

before(async () => {
  mesh = await TestMesh.start();
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const body = JSON.parse((request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString()) as OtlpBody;
      for (const { resource, scopeSpans } of body.resourceSpans) {
        const service = String(attributesOf(resource.attributes)['service.name']);
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.push({ ...span, service, attributes: attributesOf(span.attributes) });
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    collector.listen(0, '127.0.0.1', resolve);
  });
  otlpUrl = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  mesh.onClose(() => {
    collector.closeAllConnections();
    collector.close();
  });
});
after(() => mesh.close());

test('a request through two proxies makes a client span and a server span under it, in the trace the app sees', async () => {
  let seen = '';
  const app = await mesh.app((request, response) => {
    seen = String(request.headers['traceparent']);
    response.end('ok');
  });
  const web = await mesh.server('web-v1', app.port, { otlpUrl });
  const caller = await mesh.client('caller-v1', [web], { otlpUrl });
  const traceId = 'ab'.repeat(16);
  await call(caller.ports.outbound, { path: '/buy?x=1', headers: { traceparent: `00-${traceId}-${'cd'.repeat(8)}-01` } });
  const [client, server] = await eventually(() => {
    const ours = spans.filter((span) => span.traceId === traceId);
    const found = [ours.find((s) => s.kind === 3), ours.find((s) => s.kind === 2)] as const;
    return found[0] !== undefined && found[1] !== undefined ? ([found[0], found[1]] as const) : undefined;
  }, 'both spans');
  assert.equal(client.parentSpanId, 'cd'.repeat(8));
  assert.equal(server.parentSpanId, client.spanId);
  assert.equal(seen, `00-${traceId}-${server.spanId}-01`);
  assert.equal(client.service, 'caller.test');
  assert.equal(server.service, 'web.test');
  assert.equal(server.name, 'web:80/*');
  assert.equal(client.attributes['http.status_code'], '200');
  assert.equal(client.attributes['http.url'], 'http://web/buy?x=1');
  assert.equal(client.attributes['upstream_cluster'], 'outbound|80||web.test.svc.cluster.local');
  assert.equal(client.attributes['response_flags'], '-');
});

test('a collector that takes gRPC gets the spans by gRPC', async () => {
  const requests: Buffer[] = [];
  const collector = new GrpcServer();
  const bytes = { requestSerialize: (b: Buffer) => b, requestDeserialize: (b: Buffer) => b, responseSerialize: (b: Buffer) => b, responseDeserialize: (b: Buffer) => b };
  collector.addService({ Export: { path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export', requestStream: false, responseStream: false, ...bytes } }, {
    Export: (exported: { readonly request: Buffer }, answer: (error: null, response: Buffer) => void) => {
      requests.push(exported.request);
      answer(null, Buffer.alloc(0));
    },
  });
  const port = await new Promise<number>((resolve, reject) => collector.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error))));
  mesh.onClose(() => collector.forceShutdown());
  const app = await mesh.app((_request, response) => response.end('ok'));
  const caller = await mesh.client('remote-v1', [app], { otlpUrl: `grpc://127.0.0.1:${port}` });
  const traceId = 'a1'.repeat(16);
  await call(caller.ports.outbound, { headers: { traceparent: `00-${traceId}-${'cd'.repeat(8)}-01` } });
  const got = await eventually(() => requests.find((body) => body.includes(Buffer.from(traceId, 'hex'))), 'the span');
  assert.ok(got.includes('remote.test'), 'with the service it is of');
});

test('a trace that its caller does not sample is passed on and not exported', async () => {
  let seen = '';
  const app = await mesh.app((request, response) => {
    seen = String(request.headers['traceparent']);
    response.end('ok');
  });
  const caller = await mesh.client('quiet-v1', [app], { otlpUrl });
  const traceId = 'ef'.repeat(16);
  await call(caller.ports.outbound, { headers: { traceparent: `00-${traceId}-${'cd'.repeat(8)}-00` } });
  assert.match(seen, new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  await caller.close();
  assert.equal(spans.some((span) => span.traceId === traceId), false);
});

test('B3 headers are answered in B3 as well as in traceparent', async () => {
  let headers: Record<string, unknown> = {};
  const app = await mesh.app((request, response) => {
    ({ headers } = request);
    response.end('ok');
  });
  const caller = await mesh.client('zipkin-v1', [app]);
  await call(caller.ports.outbound, { headers: { 'x-b3-traceid': '12'.repeat(16), 'x-b3-spanid': '34'.repeat(8), 'x-b3-sampled': '1' } });
  assert.equal(headers['x-b3-traceid'], '12'.repeat(16));
  assert.equal(headers['x-b3-parentspanid'], '34'.repeat(8));
  assert.equal(headers['traceparent'], `00-${'12'.repeat(16)}-${String(headers['x-b3-spanid'])}-01`);
});

test('a collector that is away costs no request', async () => {
  const app = await mesh.app((_request, response) => response.end('ok'));
  const caller = await mesh.client('lonely-v1', [app], { otlpUrl: 'http://127.0.0.1:1/v1/traces' });
  for (let i = 0; i < 20; i++) assert.equal((await call(caller.ports.outbound)).status, 200);
});

test("both sides report a request in Istio's metrics, under Istio's labels", async () => {
  const app = await mesh.app((_request, response) => response.writeHead(404).end('no'));
  const shop = await mesh.server('shop-v1', app.port);
  const buyer = await mesh.client('buyer-v1', [shop]);
  await call(buyer.ports.outbound, { method: 'POST', body: 'hello' });
  const series = async (port: number, name: string, reporter: string): Promise<Record<string, string>> =>
    eventually(async () => {
      const { body } = await call(port, { path: '/stats/prometheus' });
      const line = body.split('\n').find((l) => l.startsWith(`${name}{`) && l.includes(`reporter="${reporter}"`));
      return line === undefined ? undefined : { ...Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1], m[2]])), value: line.split(' ').at(-1) ?? '' };
    }, `${name} of the ${reporter}`);
  const source = await series(buyer.ports.stats, 'istio_requests_total', 'source');
  const both = {
    source_workload: 'buyer-v1',
    source_workload_namespace: 'test',
    source_canonical_service: 'buyer',
    source_canonical_revision: 'v1',
    source_app: 'buyer',
    source_version: 'v1',
    source_cluster: 'Kubernetes',
    source_principal: spiffeId('buyer'),
    destination_workload: 'shop-v1',
    destination_workload_namespace: 'test',
    destination_canonical_service: 'shop',
    destination_canonical_revision: 'v1',
    destination_app: 'shop',
    destination_version: 'v1',
    destination_cluster: 'Kubernetes',
    destination_principal: spiffeId('shop'),
    request_protocol: 'http',
    response_code: '404',
    response_flags: '-',
    grpc_response_status: '',
    value: '1',
  };
  assert.deepEqual(source, { ...both, reporter: 'source', destination_service: 'web.test.svc.cluster.local', destination_service_name: 'web', destination_service_namespace: 'test', connection_security_policy: 'unknown' });
  const destination = await series(shop.ports.stats, 'istio_requests_total', 'destination');
  assert.deepEqual(destination, { ...both, reporter: 'destination', destination_service: 'shop.test.svc.cluster.local', destination_service_name: 'shop', destination_service_namespace: 'test', connection_security_policy: 'mutual_tls' });
  for (const name of ['istio_request_duration_milliseconds', 'istio_request_bytes', 'istio_response_bytes']) {
    assert.equal((await series(shop.ports.stats, `${name}_count`, 'destination'))['value'], '1');
    const last = await series(shop.ports.stats, `${name}_bucket`, 'destination');
    assert.equal(last['le'], '0.5');
  }
  assert.equal((await series(shop.ports.stats, 'istio_request_bytes_sum', 'destination'))['value'], '5');
  assert.equal((await series(shop.ports.stats, 'istio_response_bytes_sum', 'destination'))['value'], '2');
});

test('the admin port tells readiness, certificate, clusters and the configuration in force', async () => {
  const app = await mesh.app((_request, response) => response.end('ok'));
  const web = await mesh.server('admin-v1', app.port);
  const get = (path: string): Promise<{ status: number; body: string }> => call(web.ports.stats, { path });
  assert.equal((await get('/healthz/ready')).status, 200);
  assert.equal((JSON.parse((await get('/certs')).body) as { certificates: [{ cert_chain: [{ subject_alt_names: [{ uri: string }] }] }] }).certificates[0].cert_chain[0].subject_alt_names[0].uri, spiffeId('admin'));
  assert.equal((JSON.parse((await get('/clusters?format=json')).body) as { cluster_statuses: { name: string }[] }).cluster_statuses[0]?.name, `inbound|${app.port}||`);
  const dump = JSON.parse((await get('/config_dump')).body) as { configs: { '@type': string; dynamic_listeners?: { name: string; active_state?: { version_info: string } }[] }[] };
  const [listener] = dump.configs.find((config) => config['@type'].endsWith('.ListenersConfigDump'))?.dynamic_listeners ?? [];
  assert.deepEqual([listener?.name, typeof listener?.active_state?.version_info], ['virtualInbound', 'string']);
  assert.doesNotMatch(JSON.stringify(dump), /PRIVATE KEY/);
  assert.equal((JSON.parse((await get('/ads')).body) as { connected: boolean }).connected, true);
  assert.equal((await get('/nothing-here')).status, 404);
  assert.equal((await get('/quitquitquit')).status, 405);
});

function attributesOf(list: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
}
