import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp2Server } from 'node:http2';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { LOCAL_RATE_LIMIT, LOCAL_RATE_LIMIT_URL } from '#mesh-core/domain/envoy/rate-limit.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { Cluster, Route } from '#mesh-core/domain/envoy/resources.ts';
import type { AuthorizationPolicy, AuthorizationPolicySpec } from '#mesh-core/domain/resources/security.ts';
import { aSidecar } from '#mesh-core/domain/translate/a-proxy.ts';
import { EMPTY_SNAPSHOT } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { proxyContext } from '#mesh-core/domain/translate/proxy-context.ts';
import { proxyPolicies } from '#mesh-core/domain/translate/proxy-policies.ts';
import { callGrpc } from './testing/call-grpc.ts';
import { sendsHttp2 } from './testing/http2-resources.ts';
import { accessLogLine, call, eventually, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { assignment, clusterName, outboundListener, outboundRoutes, routeTo, serviceCluster } from './testing/mesh-resources.ts';

/**
 * What a client sees when something is wrong: status, body, response flag and metric labels, of HTTP and of gRPC.
 * Bodies and details are Envoy's; its router maps 504 to the gRPC status 14, as it does all of 502 to 504.
 */
interface Row {
  readonly host: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly body: string | RegExp;
  readonly flags: string;
  readonly details: string | RegExp;
  /** The status that a gRPC call gets; the body is then its message. Absent = the row is about HTTP only. */
  readonly grpc?: number;
}
/** How the caller's sidecar is set up for a host. */
interface Setup {
  readonly port?: number;
  readonly workload?: string;
  readonly cluster?: Partial<Cluster>;
  readonly routes?: readonly Route[];
}

const RESET = 'upstream connect error or disconnect/reset before headers. ';
const ALL = { numerator: 100 };
const faultOf = (config: object): Partial<Route> => ({ typedPerFilterConfig: { 'envoy.filters.http.fault': { '@type': TYPE_URLS.fault, ...config } } });
const retried = { retryPolicy: { retryOn: '5xx', numRetries: 1 } };

const ROWS: readonly Row[] = [
  { host: 'nobody', status: 404, body: '', flags: 'NR', details: 'route_not_found', grpc: 12 },
  { host: 'no-route', status: 404, body: '', flags: 'NR', details: 'route_not_found', grpc: 12 },
  { host: 'no-cluster', status: 503, body: '', flags: 'NC', details: 'cluster_not_found', grpc: 14 },
  { host: 'no-cluster-500', status: 500, body: '', flags: 'NC', details: 'cluster_not_found', grpc: 2 },
  { host: 'no-endpoints', status: 503, body: 'no healthy upstream', flags: 'UH', details: 'no_healthy_upstream', grpc: 14 },
  { host: 'all-ejected', status: 503, body: 'no healthy upstream', flags: 'UH', details: 'no_healthy_upstream', grpc: 14 },
  { host: 'refused', status: 503, body: `${RESET}reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused`, flags: 'UF', details: 'upstream_reset_before_response_started{remote_connection_failure,delayed_connect_error:_Connection_refused}', grpc: 14 },
  { host: 'refused-again', status: 503, body: `${RESET}retried and the latest reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused`, flags: 'UF,URX', details: 'upstream_reset_before_response_started{remote_connection_failure,delayed_connect_error:_Connection_refused}', grpc: 14 },
  { host: 'connect-timeout', status: 503, body: `${RESET}reset reason: connection timeout`, flags: 'UF', details: 'upstream_reset_before_response_started{connection_timeout}', grpc: 14 },
  { host: 'tls-to-plain', status: 503, body: `${RESET}reset reason: remote connection failure, transport failure reason: TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end`, flags: 'UF', details: 'upstream_reset_before_response_started{remote_connection_failure,TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end}', grpc: 14 },
  { host: 'tls-wrong-name', status: 503, body: /reset reason: remote connection failure, transport failure reason: TLS_error:\|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: verify SAN list: the peer is spiffe:\/\/cluster.local\/ns\/test\/sa\/strict/, flags: 'UF', details: /^upstream_reset_before_response_started\{remote_connection_failure,TLS_error:/, grpc: 14 },
  { host: 'plain-to-strict', status: 503, body: `${RESET}reset reason: connection termination`, flags: 'UC', details: 'upstream_reset_before_response_started{connection_termination}', grpc: 14 },
  { host: 'closes', status: 503, body: `${RESET}reset reason: connection termination`, flags: 'UC', details: 'upstream_reset_before_response_started{connection_termination}', grpc: 14 },
  { host: 'overflow', status: 503, body: `${RESET}reset reason: overflow`, flags: 'UO', details: 'upstream_reset_before_response_started{overflow}', grpc: 14 },
  { host: 'slow', status: 504, body: 'upstream request timeout', flags: 'UT', details: 'response_timeout', grpc: 14 },
  { host: 'slow-try', status: 504, body: 'upstream request timeout', flags: 'UT,URX', details: 'upstream_per_try_timeout', grpc: 14 },
  { host: 'resets', status: 503, body: `${RESET}reset reason: remote reset`, flags: 'UR', details: 'upstream_reset_before_response_started{remote_reset}', grpc: 14 },
  { host: 'resets-again', status: 503, body: `${RESET}retried and the latest reset reason: remote reset`, flags: 'UR,URX', details: 'upstream_reset_before_response_started{remote_reset}', grpc: 14 },
  { host: 'refuses-stream', status: 503, body: `${RESET}reset reason: remote refused stream reset`, flags: 'UR', details: 'upstream_reset_before_response_started{remote_refused_stream_reset}', grpc: 14 },
  { host: 'fails-again', status: 503, body: 'app says no', flags: 'URX', details: 'via_upstream' },
  { host: 'block-all', status: 502, body: '', flags: '-', details: 'direct_response', grpc: 14 },
  { host: 'fault-abort', status: 418, body: 'fault filter abort', flags: 'FI', details: 'fault_filter_abort', grpc: 2 },
  { host: 'fault-abort-grpc', status: 429, body: 'fault filter abort', flags: 'FI', details: 'fault_filter_abort', grpc: 8 },
  { host: 'fault-both', status: 503, body: 'fault filter abort', flags: 'DI,FI', details: 'fault_filter_abort', grpc: 14 },
  { host: 'fault-delay', status: 200, body: 'ok', flags: 'DI', details: 'via_upstream' },
  { host: 'garbage', status: 502, body: `${RESET}reset reason: protocol error`, flags: 'UPE', details: 'upstream_reset_before_response_started{protocol_error}', grpc: 14 },
];
/** At the server's sidecar. */
const GUARDED: readonly Row[] = [
  { host: 'guard', path: '/forbidden', status: 403, body: 'RBAC: access denied', flags: '-', details: 'rbac_access_denied_matched_policy[ns[test]-policy[closed]-rule[0]]', grpc: 7 },
  { host: 'guard', path: '/asked', status: 403, body: 'the authorizer says no', flags: 'UAEX', details: 'ext_authz_denied', grpc: 7 },
  { host: 'guard', path: '/token', headers: { authorization: 'Bearer nonsense' }, status: 401, body: 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections', flags: '-', details: /^jwt_authn_access_denied\{/, grpc: 16 },
  { host: 'limited', path: '/', status: 429, body: 'local_rate_limited', flags: 'RL', details: 'local_rate_limited', grpc: 14 },
];

let mesh: TestMesh;
let caller: TestProxy;
let servers: ReadonlyMap<string, TestProxy>;
const held: (() => void)[] = [];

async function serve(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  mesh.onClose(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** A server whose every connection is treated the same. */
const onConnection = (treat: (socket: Socket) => void): Promise<number> => serve(createServer((socket) => treat(socket)));

function resettingApp(code: number): Promise<number> {
  const app = createHttp2Server();
  app.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.close(code);
  });
  return serve(app);
}

async function startServers(): Promise<void> {
  const app = await mesh.app((request, response) => {
    request.resume();
    response.end('ok');
  });
  const authorizer = await mesh.app((request, response) => {
    request.resume();
    response.writeHead(403).end('the authorizer says no');
  });
  const name = 'outbound|9000||authorizer.test.svc.cluster.local';
  const authorizerCluster: Cluster = { name, type: 'STATIC', connectTimeout: '1s', loadAssignment: assignment(name, [{ port: authorizer.port }]) };
  const policy = (policyName: string, spec: AuthorizationPolicySpec): AuthorizationPolicy => ({ apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata: { name: policyName, namespace: 'test' }, spec });
  const { http: filters } = proxyPolicies(
    proxyContext(
      {
        ...EMPTY_SNAPSHOT,
        services: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'authorizer', namespace: 'test' }, spec: { ports: [{ port: 9000, name: 'http' }] } }],
        mesh: { ...EMPTY_SNAPSHOT.mesh, extensionProviders: [{ name: 'ext', envoyExtAuthzHttp: { service: 'authorizer.test.svc.cluster.local', port: 9000, timeout: '1s' } }] },
        authorizationPolicies: [policy('closed', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/forbidden'] } }] }] }), policy('ask', { action: 'CUSTOM', provider: { name: 'ext' }, rules: [{ to: [{ operation: { paths: ['/asked'] } }] }] })],
        requestAuthentications: [{ apiVersion: 'security.istio.io/v1', kind: 'RequestAuthentication', metadata: { name: 'tokens', namespace: 'test' }, spec: { jwtRules: [{ issuer: 'https://issuer', jwks: '{"keys":[]}' }] } }],
      },
      aSidecar('guard', { namespace: 'test' }),
    ),
  );
  const rateLimit = { '@type': LOCAL_RATE_LIMIT_URL, statPrefix: 'limit', tokenBucket: { maxTokens: 1, tokensPerFill: 1, fillInterval: '3600s' }, filterEnabled: { defaultValue: ALL }, filterEnforced: { defaultValue: ALL } };
  const guard = await mesh.server('guard-v1', app.port, { mode: 'PERMISSIVE', filters, clusters: [authorizerCluster] });
  const limited = await mesh.server('limited-v1', app.port, { mode: 'PERMISSIVE', filters: [{ name: LOCAL_RATE_LIMIT, typedConfig: rateLimit }] });
  // The one request that may pass.
  assert.equal((await call(limited.ports.inbound, { to: 'limited', path: '/first' })).status, 200);
  servers = new Map([['guard', guard], ['limited', limited]]);
}

async function startCaller(): Promise<void> {
  const app = await mesh.app((request, response) => {
    request.resume();
    response.end('ok');
  });
  const failing = await mesh.app((request, response) => {
    request.resume();
    response.writeHead(503).end('app says no');
  });
  const silent = await mesh.app((request, response) => {
    request.resume();
    held.push(() => response.end('late'));
  });
  const strict = await mesh.server('strict-v1', app.port);
  const mute = await onConnection(() => {});
  const closing = await onConnection((socket) => socket.once('data', () => socket.destroy()));
  const garbling = await onConnection((socket) => socket.once('data', () => socket.end('220 smtp.test ready\r\n')));
  const resetting = await resettingApp(2);
  const refusing = await resettingApp(7);
  const setups: Readonly<Record<string, Setup>> = {
    'no-route': { routes: [{ ...routeTo(clusterName('no-route')), match: { path: '/elsewhere' } }] },
    'no-cluster': { routes: [routeTo(clusterName('missing'))] },
    'no-cluster-500': { routes: [routeTo(clusterName('missing'), { clusterNotFoundResponseCode: 'INTERNAL_SERVER_ERROR' })] },
    'no-endpoints': {},
    'all-ejected': { port: failing.port, cluster: { outlierDetection: { consecutive5xx: 1, interval: '60s' }, commonLbConfig: { healthyPanicThreshold: { value: 0 } } } },
    // Nothing listens at port 1 of loopback.
    refused: { port: 1 },
    'refused-again': { port: 1, routes: [routeTo(clusterName('refused-again'), retried)] },
    'connect-timeout': { port: mute, workload: 'mute-v1', cluster: { connectTimeout: '0.1s' } },
    'tls-to-plain': { port: app.port, workload: 'plain-v1' },
    'tls-wrong-name': { port: strict.ports.inbound, workload: 'strict-v1', cluster: serviceCluster('tls-wrong-name', { spiffeIds: ['spiffe://cluster.local/ns/test/sa/other'] }) },
    'plain-to-strict': { port: strict.ports.inbound },
    closes: { port: closing },
    overflow: { port: silent.port, cluster: { circuitBreakers: { thresholds: [{ maxConnections: 1, maxPendingRequests: 0 }] } } },
    slow: { port: silent.port, routes: [routeTo(clusterName('slow'), { timeout: '0.1s' })] },
    'slow-try': { port: silent.port, routes: [routeTo(clusterName('slow-try'), { retryPolicy: { retryOn: '5xx', numRetries: 1, perTryTimeout: '0.05s' } })] },
    resets: { port: resetting, cluster: sendsHttp2() },
    'resets-again': { port: resetting, cluster: sendsHttp2(), routes: [routeTo(clusterName('resets-again'), retried)] },
    'refuses-stream': { port: refusing, cluster: sendsHttp2() },
    'fails-again': { port: failing.port, routes: [routeTo(clusterName('fails-again'), retried)] },
    'block-all': { routes: [{ name: 'block_all', match: { prefix: '/' }, directResponse: { status: 502 } }] },
    'fault-abort': { port: app.port, routes: [routeTo(clusterName('fault-abort'), {}, faultOf({ abort: { httpStatus: 418, percentage: ALL } }))] },
    'fault-abort-grpc': { port: app.port, routes: [routeTo(clusterName('fault-abort-grpc'), {}, faultOf({ abort: { grpcStatus: 8, percentage: ALL } }))] },
    'fault-both': { port: app.port, routes: [routeTo(clusterName('fault-both'), {}, faultOf({ delay: { fixedDelay: '0.05s', percentage: ALL }, abort: { httpStatus: 503, percentage: ALL } }))] },
    'fault-delay': { port: app.port, routes: [routeTo(clusterName('fault-delay'), {}, faultOf({ delay: { fixedDelay: '0.05s', percentage: ALL } }))] },
    garbage: { port: garbling },
    patient: { port: silent.port },
  };
  caller = await mesh.proxy('caller-v1');
  const hosts = Object.entries(setups);
  mesh.control.configure('caller-v1', {
    cluster: hosts.map(([host, { cluster = {} }]) => ({ ...serviceCluster(host), ...cluster })),
    endpoint: hosts.map(([host, { port, workload }]) => assignment(clusterName(host), port === undefined ? [] : [{ port, ...(workload === undefined ? {} : { workload }) }])),
    listener: [outboundListener(caller.ports.outbound)],
    route: [outboundRoutes(Object.fromEntries(hosts.map(([host, { routes }]) => [host, routes ?? [routeTo(clusterName(host))]])))],
  });
  await caller.ready;
  assert.equal((await call(caller.ports.outbound, { to: 'all-ejected', path: '/eject' })).status, 503);
  // It takes the one place that there is.
  call(caller.ports.outbound, { to: 'overflow', path: '/first' }).catch(() => undefined);
  await eventually(() => held.length === 1 || undefined, 'the first request');
}

before(async () => {
  mesh = await TestMesh.start();
  await startServers();
  await startCaller();
});
after(async () => {
  for (const answer of held) answer();
  await mesh.close();
});

/** Is there a counted request with these labels? */
async function assertCounted(proxy: TestProxy, labels: Readonly<Record<string, string>>): Promise<void> {
  const { body } = await call(proxy.ports.stats, { path: '/stats/prometheus', to: 'admin' });
  const series = body.split('\n').filter((line) => line.startsWith('istio_requests_total{'));
  const wanted = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  assert.ok(series.some((line) => wanted.every((label) => line.includes(label))), `no series with ${wanted.join(' ')} in\n${series.join('\n')}`);
}

function assertText(actual: string, expected: string | RegExp, what: string): void {
  if (typeof expected === 'string') assert.equal(actual, expected, what);
  else assert.match(actual, expected, what);
}

async function checkRow(row: Row, proxy: TestProxy, side: 'source' | 'destination'): Promise<void> {
  const { host, path = '/http', headers = {} } = row;
  const port = side === 'source' ? proxy.ports.outbound : proxy.ports.inbound;
  const answer = await call(port, { to: host, path, headers });
  assert.equal(answer.status, row.status);
  assertText(answer.body, row.body, 'body');
  assert.equal(answer.headers['x-envoy-overloaded'], row.flags === 'UO' ? 'true' : undefined);
  if (row.body !== '' && row.details !== 'via_upstream' && row.flags !== 'UAEX') assert.equal(answer.headers['content-type'], 'text/plain');
  const line = await accessLogLine(proxy, (entry) => entry['authority'] === host && entry['path'] === path && entry['protocol'] === 'HTTP/1.1');
  assert.deepEqual([line['response_code'], line['response_flags']], [row.status, row.flags]);
  assertText(String(line['response_code_details']), row.details, 'details');
  const reported = side === 'source' ? { destination_service_name: host } : {};
  await assertCounted(proxy, { reporter: side, response_code: String(row.status), response_flags: row.flags, request_protocol: 'http', ...reported });
  if (row.grpc === undefined) return;
  const grpc = await callGrpc(port, host, path, headers);
  assert.deepEqual([grpc.status, grpc.headers['content-type'], grpc.headers['grpc-status'], grpc.trailersOnly], [200, 'application/grpc', String(row.grpc), true]);
  if (row.body !== '') assertText(decodeURIComponent(String(grpc.headers['grpc-message'])), row.body, 'message');
  const flags = row.flags;
  const grpcLine = await accessLogLine(proxy, (entry) => entry['authority'] === host && entry['path'] === path && entry['protocol'] === 'HTTP/2');
  assert.deepEqual([grpcLine['response_code'], grpcLine['response_flags']], [200, flags]);
  await assertCounted(proxy, { reporter: side, response_code: '200', grpc_response_status: String(row.grpc), response_flags: flags, request_protocol: 'grpc', ...reported });
}

for (const row of ROWS) test(`${row.host}: ${row.status}, flag ${row.flags}`, () => checkRow(row, caller, 'source'));
for (const row of GUARDED) {
  test(`${row.host}${row.path ?? ''}: ${row.status}, flag ${row.flags}`, () => {
    const server = servers.get(row.host);
    assert.ok(server !== undefined);
    return checkRow(row, server, 'destination');
  });
}

test('a client that goes away: 0 in log and metrics, flag DC', async () => {
  const before = held.length;
  const socket = connect(caller.ports.outbound, '127.0.0.1');
  socket.write('GET /http HTTP/1.1\r\nhost: patient\r\n\r\n');
  await eventually(() => held.length > before || undefined, 'the request at the app');
  socket.destroy();
  const line = await accessLogLine(caller, (entry) => entry['authority'] === 'patient');
  assert.deepEqual([line['response_code'], line['response_flags'], line['response_code_details']], [0, 'DC', 'downstream_remote_disconnect']);
  await assertCounted(caller, { reporter: 'source', response_code: '0', response_flags: 'DC', destination_service_name: 'patient' });
});

test('bytes that are no HTTP: 400, flag DPE', async () => {
  const socket = connect(caller.ports.outbound, '127.0.0.1');
  let received = '';
  socket.on('data', (bytes) => (received += bytes.toString()));
  socket.write('GET / HTTP/1.1\r\nhost : spaced\r\n\r\n');
  await once(socket, 'end');
  socket.destroy();
  assert.equal(received, 'HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\nBad Request');
  const line = await accessLogLine(caller, (entry) => entry['response_flags'] === 'DPE');
  assert.deepEqual([line['response_code'], line['response_code_details']], [400, 'http1.codec_error']);
  await assertCounted(caller, { reporter: 'source', response_code: '400', response_flags: 'DPE' });
});
