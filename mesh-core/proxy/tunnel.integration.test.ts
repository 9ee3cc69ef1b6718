import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { after, before, test } from 'node:test';
import type { Route, VirtualHost } from '#mesh-core/domain/envoy/resources.ts';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { accessLogLine, call, spiffeId, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { assignment, clusterName, inboundCluster, outboundListener, routeTo, serviceCluster } from './testing/mesh-resources.ts';
import { tcpInbound } from './testing/tcp-resources.ts';

let mesh: TestMesh;
let caller: TestProxy;
let tlsPort: number;
let silentPort: number;

/** Opens a tunnel; gives the status line and the connection. */
function openTunnel(authority: string, early = ''): Promise<{ status: string; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const socket = connect(caller.ports.outbound, '127.0.0.1');
    socket.on('error', reject);
    let text = '';
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData);
      socket.pause();
      if (text.length > end + 4) socket.unshift(Buffer.from(text.slice(end + 4), 'latin1'));
      resolve({ status: text.slice(0, text.indexOf('\r\n')), socket });
    };
    socket.on('data', onData);
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n${early}`);
  });
}

function firstData(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (data: Buffer) => resolve(data.toString()));
    socket.on('close', () => resolve('closed'));
    socket.on('error', () => resolve('closed'));
    socket.resume();
  });
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  mesh.onClose(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

before(async () => {
  mesh = await TestMesh.start();
  const echo = await listen(createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  }));
  silentPort = await listen(createServer((socket) => {
    socket.on('error', () => {});
    socket.end('220 I speak first\r\n');
  }));
  const { keyPem, certPem } = await mesh.authority.issue([{ type: 'dns', value: 'localhost' }]);
  tlsPort = await listen(createTlsServer({ key: keyPem, cert: certPem }, (socket) => {
    socket.on('error', () => {});
    socket.end('over tls');
  }));
  const [closedPort = 0] = await freePorts(1);
  const server = await mesh.proxy('db-v1', { appPort: echo });
  mesh.control.configure('db-v1', { cluster: [inboundCluster('db', echo)], listener: [tcpInbound(server.ports.inbound, echo)] });
  await server.ready;
  const http = await mesh.app((request, response) => response.end(`${request.httpVersion} ${request.url}`));
  caller = await mesh.proxy('caller-v1');
  const tunnel = (cluster: string): Route => ({ name: 'tunnel', match: { connectMatcher: {} }, route: { cluster, upgradeConfigs: [{ upgradeType: 'CONNECT', connectConfig: {} }] } });
  const host = (name: string, routes: readonly Route[]): VirtualHost => ({ name, domains: [name], routes });
  mesh.control.configure('caller-v1', {
    cluster: [serviceCluster('db', { spiffeIds: [spiffeId('db')] }), serviceCluster('down'), serviceCluster('web'), { name: 'PassthroughCluster', type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED' }],
    endpoint: [assignment(clusterName('db'), [{ port: server.ports.inbound, workload: 'db-v1' }]), assignment(clusterName('down'), [{ port: closedPort }]), assignment(clusterName('web'), [{ port: http.port }])],
    listener: [outboundListener(caller.ports.outbound)],
    route: [
      {
        name: 'http_proxy',
        virtualHosts: [
          host('db:5432', [tunnel(clusterName('db'))]),
          host('down:1', [tunnel(clusterName('down'))]),
          host('web:80', [routeTo(clusterName('web'))]),
          host('sniffed:80', [routeTo(clusterName('web')), tunnel(clusterName('db'))]),
          host('blocked:443', [{ name: 'block_all', match: { prefix: '/' }, directResponse: { status: 502 } }]),
          { name: 'allow_any', domains: ['*'], routes: [routeTo('PassthroughCluster')] },
        ],
      },
    ],
  });
  await caller.ready;
});
after(() => mesh.close());

test('CONNECT to a TCP service tunnels to it by mutual TLS, also bytes that came with the request', async () => {
  const { status, socket } = await openTunnel('db:5432', 'early');
  assert.match(status, /^HTTP\/1.1 200/);
  assert.equal(await firstData(socket), 'early');
  const answer = firstData(socket);
  socket.write('select');
  assert.equal(await answer, 'select');
  socket.destroy();
  const line = await accessLogLine(caller, (l) => l['upstream_cluster'] === clusterName('db'));
  assert.deepEqual([line['method'], line['authority'], line['bytes_received']], ['CONNECT', 'db:5432', 11]);
  const { body } = await call(caller.ports.stats, { path: '/stats/prometheus', to: 'admin' });
  assert.match(body, /istio_tcp_connections_opened_total{reporter="source"[^\n]*destination_principal="spiffe:\/\/cluster.local\/ns\/test\/sa\/db"[^\n]*} 1/);
});

test('CONNECT to a service that is down is answered 503', async () => {
  const { status } = await openTunnel('down:1');
  assert.match(status, /^HTTP\/1.1 503/);
  assert.equal((await accessLogLine(caller, (l) => l['authority'] === 'down:1'))['response_flags'], 'UF,URX');
});

test('in a tunnel to an HTTP service both versions are requests, and TLS is refused', async () => {
  const one = await openTunnel('web:80');
  const answer = firstData(one.socket);
  one.socket.write('GET /one HTTP/1.1\r\nhost: web:80\r\nconnection: close\r\n\r\n');
  assert.match(await answer, /\r\n\r\n1.1 \/one$/);
  const two = await openTunnel('web:80');
  const session = connectHttp2('http://web:80', { createConnection: () => two.socket });
  const text = await new Promise<string>((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({ ':path': '/two' });
    stream.setEncoding('utf8');
    stream.on('data', resolve);
  });
  session.close();
  assert.equal(text, '1.1 /two');
  const tls = await openTunnel('web:80', '\x16\x03\x01');
  assert.equal(await firstData(tls.socket), 'closed');
});

test('a port of which nobody says what it speaks takes both', async () => {
  const http = await openTunnel('sniffed:80');
  const answer = firstData(http.socket);
  http.socket.write('GET /x HTTP/1.1\r\nhost: sniffed:80\r\nconnection: close\r\n\r\n');
  assert.match(await answer, /1.1 \/x$/);
  const tcp = await openTunnel('sniffed:80');
  const echoed = firstData(tcp.socket);
  tcp.socket.write('*1\r\n$4\r\nPING\r\n');
  assert.equal(await echoed, '*1\r\n$4\r\nPING\r\n');
  tcp.socket.destroy();
});

test('hosts outside the mesh are reached by TLS, or by whatever they speak first', async () => {
  const { socket } = await openTunnel(`localhost:${tlsPort}`);
  const tls = connectTls({ socket, servername: 'localhost', ca: mesh.authority.rootPem });
  assert.equal(await firstData(tls), 'over tls');
  const greeted = await openTunnel(`127.0.0.1:${silentPort}`);
  assert.match(await firstData(greeted.socket), /^220 /);
});

test('hosts outside are not reached where they are blocked', async () => {
  const tls = await openTunnel('blocked:443', '\x16\x03\x01\x00');
  assert.equal(await firstData(tls.socket), 'closed');
  const plain = await openTunnel('blocked:443');
  const answer = firstData(plain.socket);
  plain.socket.write('GET / HTTP/1.1\r\nhost: blocked:443\r\nconnection: close\r\n\r\n');
  assert.match(await answer, /^HTTP\/1.1 502/);
});
