import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { after, before, test } from 'node:test';
import type { RbacRules } from '#mesh-core/domain/envoy/resources.ts';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { accessLogLine, call, eventually, spiffeId, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { assignment, clusterName, inboundCluster, serviceCluster } from './testing/mesh-resources.ts';
import { listener, tcpChain, tcpInbound } from './testing/tcp-resources.ts';

let mesh: TestMesh;
let echo: { readonly port: number; readonly sockets: Set<Socket> };
let web: TestProxy;
let caller: TestProxy;
let port: number;

/** A TCP app that sends everything back, and ends when its client has ended. */
async function startEcho(): Promise<typeof echo> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  mesh.onClose(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

async function server(workload: string, options: Parameters<typeof tcpInbound>[2] = {}): Promise<TestProxy> {
  const proxy = await mesh.proxy(workload, { appPort: echo.port });
  mesh.control.configure(workload, { cluster: [inboundCluster(workload.replace(/-v\d+$/, ''), echo.port)], listener: [tcpInbound(proxy.ports.inbound, echo.port, options)] });
  await proxy.ready;
  return proxy;
}

/** A sidecar with a TCP listener of its own for the service `web`. */
async function client(workload: string, target: TestProxy | { readonly port: number }, options: { readonly cluster?: Parameters<typeof serviceCluster>[1]; readonly proxy?: Parameters<typeof tcpChain>[1] } = {}): Promise<{ readonly proxy: TestProxy; readonly port: number }> {
  const proxy = await mesh.proxy(workload);
  const [listenPort = 0] = await freePorts(1);
  const endpoint = 'ports' in target ? { port: target.ports.inbound, workload: target.workload } : target;
  mesh.control.configure(workload, { cluster: [serviceCluster('web', options.cluster ?? {})], endpoint: [assignment(clusterName('web'), [endpoint])], listener: [listener(`127.0.0.1_${listenPort}`, listenPort, 'OUTBOUND', [tcpChain(clusterName('web'), options.proxy)])] });
  await proxy.ready;
  return { proxy, port: listenPort };
}

/** Sends `bytes`, half-closes, and gives everything that comes back; rejects when the connection breaks. */
function exchange(toPort: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: toPort, host: '127.0.0.1', allowHalfOpen: true });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks)));
    socket.on('error', reject);
    socket.end(bytes);
  });
}

/** How a connection ends that is not answered. */
function outcome(socket: Socket, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    socket.on('data', (data: Buffer) => resolve(`answered ${data.toString()}`));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.on('close', () => resolve('closed'));
    socket.write(bytes);
  });
}

before(async () => {
  mesh = await TestMesh.start();
  echo = await startEcho();
  web = await server('web-v1');
  ({ proxy: caller, port } = await client('caller-v1', web, { cluster: { spiffeIds: [spiffeId('web')] } }));
});
after(() => mesh.close());

test('bytes go by mutual TLS through two sidecars and back, and an end is passed on', async () => {
  assert.equal((await exchange(port, Buffer.from('hello'))).toString(), 'hello');
});

test('a large transfer arrives whole, both ways', async () => {
  const sent = randomBytes(24 * 1024 * 1024);
  const got = await exchange(port, sent);
  assert.equal(got.length, sent.length);
  assert.equal(createHash('sha256').update(got).digest('hex'), createHash('sha256').update(sent).digest('hex'));
});

test('metrics and the access log tell of the connection on both sides', async () => {
  await exchange(port, Buffer.from('12345'));
  const line = await accessLogLine(caller, (l) => l['bytes_sent'] === 5);
  assert.equal(line['bytes_received'], 5);
  assert.equal(line['response_flags'], '-');
  assert.equal(line['response_code'], 0);
  assert.equal(line['upstream_cluster'], clusterName('web'));
  assert.equal(line['upstream_host'], `127.0.0.1:${web.ports.inbound}`);
  const [source, destination] = await Promise.all([caller, web].map(async (proxy) => (await call(proxy.ports.stats, { path: '/stats/prometheus', to: 'admin' })).body));
  const series = (page: string | undefined, name: string): string => page?.split('\n').find((row) => row.startsWith(`${name}{`) && row.includes('response_flags="-"')) ?? '';
  assert.match(series(source, 'istio_tcp_connections_opened_total'), /reporter="source".*source_principal="spiffe:\/\/cluster.local\/ns\/test\/sa\/caller".*destination_workload="web-v1".*destination_principal="spiffe:\/\/cluster.local\/ns\/test\/sa\/web".*destination_service="web.test.svc.cluster.local".*request_protocol="tcp".*connection_security_policy="unknown"} [1-9]/);
  assert.match(series(destination, 'istio_tcp_connections_closed_total'), /reporter="destination",source_workload="caller-v1",source_canonical_service="caller".*source_principal="spiffe:\/\/cluster.local\/ns\/test\/sa\/caller".*connection_security_policy="mutual_tls"} [1-9]/);
  assert.doesNotMatch(source ?? '', /istio_tcp_sent_bytes_total{[^}]*response_code/);
  assert.match(series(source, 'istio_tcp_sent_bytes_total'), /} \d{8}$/);
});

test('a policy that denies resets the connection before the app sees it, and says which rule', async () => {
  const deny: RbacRules = { action: 'DENY', policies: { 'ns[test]-policy[no-caller]-rule[0]': { permissions: [{ any: true }], principals: [{ authenticated: { principalName: { exact: spiffeId('denied') } } }] } } };
  const guarded = await server('guarded-v1', { rbac: [deny] });
  const denied = await client('denied-v1', guarded);
  const allowed = await client('allowed-v1', guarded);
  const seen = echo.sockets.size;
  assert.match(await outcome(connect(denied.port, '127.0.0.1'), 'hello'), /ECONNRESET|closed/);
  assert.equal(echo.sockets.size, seen);
  assert.match(String((await accessLogLine(guarded))['connection_termination_details']), /rbac_access_denied_matched_policy\[ns\[test\]-policy\[no-caller\]-rule\[0\]\]/);
  assert.equal((await exchange(allowed.port, Buffer.from('hello'))).toString(), 'hello');
});

test('STRICT resets plain text; PERMISSIVE and DISABLE take it, and PERMISSIVE passes TLS of the app on untouched', async () => {
  assert.equal(await outcome(connect(web.ports.inbound, '127.0.0.1'), 'hello'), 'ECONNRESET');
  const refused = await accessLogLine(web, (l) => l['response_flags'] === 'NR');
  assert.equal(refused['response_code_details'], 'filter_chain_not_found');
  const permissive = await server('open-v1', { mode: 'PERMISSIVE' });
  assert.equal((await exchange(permissive.ports.inbound, Buffer.from('hello'))).toString(), 'hello');
  const hello = await new Promise<Buffer>((resolve) => {
    // The echo sends the ClientHello back: it came through as it was.
    const raw = connect(permissive.ports.inbound, '127.0.0.1');
    raw.once('data', (data: Buffer) => {
      resolve(data);
      raw.destroy();
    });
    connectTls({ socket: new Duplex({ read: () => {}, write: (chunk: Buffer, _encoding, done) => raw.write(chunk, done) }), servername: 'own.example.com', ALPNProtocols: ['h2'] }).on('error', () => {});
  });
  assert.equal(hello[0], 0x16);
  assert.ok(hello.includes('own.example.com'));
  assert.equal((await exchange((await client('caller-v2', permissive)).port, Buffer.from('hi'))).toString(), 'hi');
  const off = await server('plain-v1', { mode: 'DISABLE' });
  assert.equal((await exchange(off.ports.inbound, Buffer.from('hello'))).toString(), 'hello');
});

test('an endpoint that refuses is tried as often as configured, then the client is reset: UF,URX', async () => {
  const [closedPort = 0] = await freePorts(1);
  const nobody = await client('lonely-v1', { port: closedPort }, { proxy: { proxy: { maxConnectAttempts: 3 } } });
  assert.match(await outcome(connect(nobody.port, '127.0.0.1'), 'hello'), /ECONNRESET|closed/);
  const line = await accessLogLine(nobody.proxy);
  assert.equal(line['response_flags'], 'UF,URX');
  assert.match(String(line['upstream_transport_failure_reason']), /Connection refused/);
});

test('connections over the limit of the cluster are reset: UO', async () => {
  const limited = await client('limited-v1', web, { cluster: { circuitBreakers: { thresholds: [{ maxConnections: 1 }] } } });
  const first = connect(limited.port, '127.0.0.1');
  const greeting = new Promise<string>((resolve) => {
    first.once('data', (data: Buffer) => resolve(data.toString()));
  });
  first.write('one');
  assert.equal(await greeting, 'one');
  assert.match(await outcome(connect(limited.port, '127.0.0.1'), 'two'), /ECONNRESET|closed/);
  assert.equal((await accessLogLine(limited.proxy))['response_flags'], 'UO');
  first.destroy();
  await eventually(async () => (await exchange(limited.port, Buffer.from('three')).catch(() => Buffer.alloc(0))).toString() === 'three', 'the freed place');
});

test('an idle connection is closed after the idle time', async () => {
  const idle = await client('idle-v1', web, { proxy: { proxy: { idleTimeout: '0.2s' } } });
  const socket = connect(idle.port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  socket.on('error', () => {});
  socket.resume();
  socket.write('x');
  await closed;
  assert.equal((await accessLogLine(idle.proxy))['response_flags'], 'SI');
});

test('a connection over the longest time it may last is closed: DT', async () => {
  const short = await client('short-v1', web, { proxy: { proxy: { maxDownstreamConnectionDuration: '0.2s' } } });
  const socket = connect(short.port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  socket.on('error', () => {});
  socket.resume();
  const busy = setInterval(() => socket.write('x'), 20);
  await closed;
  clearInterval(busy);
  assert.equal((await accessLogLine(short.proxy))['response_flags'], 'DT');
});

test('a change of the configuration leaves open connections alone', async () => {
  const changing = await client('changing-v1', web);
  const socket = connect(changing.port, '127.0.0.1');
  const next = (): Promise<string> =>
    new Promise((resolve, reject) => {
      socket.once('data', (data: Buffer) => resolve(data.toString()));
      socket.once('close', () => reject(new Error('closed')));
    });
  socket.write('before');
  assert.equal(await next(), 'before');
  const config = (cluster: string): void => mesh.control.configure('changing-v1', { cluster: [serviceCluster('web'), serviceCluster('other')], endpoint: [assignment(clusterName('other'), [])], listener: [listener(`127.0.0.1_${changing.port}`, changing.port, 'OUTBOUND', [{ ...tcpChain(cluster), name: cluster }])] });
  config(clusterName('other'));
  await eventually(async () => (await outcome(connect(changing.port, '127.0.0.1'), 'x')) !== 'answered x', 'the new configuration');
  socket.write('after');
  assert.equal(await next(), 'after');
  mesh.control.configure('changing-v1', { listener: [] });
  await eventually(async () => (await outcome(connect(changing.port, '127.0.0.1'), 'x')) === 'ECONNREFUSED', 'the listener gone');
  socket.write('last');
  assert.equal(await next(), 'last');
  socket.destroy();
});
