import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { after, before, test } from 'node:test';
import { accessLogLine, call, eventually, spiffeId, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { createTestAuthority } from './testing/test-authority.ts';

let mesh: TestMesh;
let web: TestProxy;
const seen: { headers: Record<string, unknown> }[] = [];

before(async () => {
  mesh = await TestMesh.start();
  const app = await mesh.app((request, response) => {
    seen.push({ headers: request.headers });
    response.end(`hello from ${request.url}`);
  });
  web = await mesh.server('web-v1', app.port);
});
after(() => mesh.close());

test('a request goes by mutual TLS to the app, which sees the identity of the caller', async () => {
  const caller = await mesh.client('caller-v1', [web], { cluster: { spiffeIds: [spiffeId('web')] } });
  const answer = await call(caller.ports.outbound, { path: '/x?y=1' });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, 'hello from /x?y=1');
  const headers = seen.at(-1)?.headers ?? {};
  assert.match(String(headers['x-forwarded-client-cert']), /^By=spiffe:\/\/cluster\.local\/ns\/test\/sa\/web;Hash=[0-9a-f]{64};Subject="";URI=spiffe:\/\/cluster\.local\/ns\/test\/sa\/caller$/);
  assert.equal(headers['host'], 'web');
  assert.equal(headers['x-envoy-peer-metadata'], undefined);
  const line = await accessLogLine(web, (l) => l['path'] === '/x?y=1');
  assert.equal(line['response_code'], 200);
  assert.equal(line['upstream_cluster'], `inbound|${String(line['upstream_host']).split(':')[1]}||`);
});

test('a caller refuses a peer whose identity is not the one configured', async () => {
  const caller = await mesh.client('picky-v1', [web], { cluster: { spiffeIds: [spiffeId('somebody-else')] } });
  const answer = await call(caller.ports.outbound);
  assert.equal(answer.status, 503);
  const line = await accessLogLine(caller);
  assert.equal(line['response_flags'], 'UF');
  assert.match(String(line['upstream_transport_failure_reason']), /sa\/web, which is not among the identities expected/);
});

test('a strict listener resets plain text', async () => {
  const before = seen.length;
  await assert.rejects(call(web.ports.inbound), /ECONNRESET|socket hang up/);
  assert.equal(seen.length, before);
});

test('a strict listener refuses a certificate of another root, and no certificate at all', async () => {
  const foreign = await createTestAuthority();
  const { keyPem, certPem } = await foreign.issue([{ type: 'url', value: spiffeId('caller') }]);
  const before = seen.length;
  for (const identity of [{ key: keyPem, cert: certPem }, {}]) {
    const outcome = await new Promise<string>((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port: web.ports.inbound, rejectUnauthorized: false, ...identity });
      socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: web\r\n\r\n'));
      socket.on('data', (data) => resolve(`answered ${data.toString().slice(0, 20)}`));
      socket.on('error', () => resolve('refused'));
      socket.on('close', () => resolve('refused'));
    });
    assert.equal(outcome, 'refused');
  }
  assert.equal(seen.length, before);
});

test('a certificate of the mesh root that names no workload is refused', async () => {
  const { keyPem, certPem } = await mesh.authority.issue([{ type: 'dns', value: 'web' }]);
  const socket = connectTls({ host: '127.0.0.1', port: web.ports.inbound, rejectUnauthorized: false, key: keyPem, cert: certPem });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: web\r\n\r\n'));
  await closed;
  assert.equal(socket.bytesRead > 0 && seen.some(({ headers }) => headers['x-forwarded-client-cert'] === undefined), false);
});

test('a permissive listener takes plain text and mutual TLS', async () => {
  const app = await mesh.app((request, response) => response.end(String(request.headers['x-forwarded-client-cert'] ?? 'nobody')));
  const open = await mesh.server('open-v1', app.port, { mode: 'PERMISSIVE' });
  const caller = await mesh.client('caller-v2', [open]);
  assert.match((await call(caller.ports.outbound)).body, /sa\/caller$/);
  assert.equal((await call(open.ports.inbound, { headers: { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/test/sa/admin' } })).body, 'nobody');
});

test('a renewed certificate is presented on new connections while open ones go on', async () => {
  const serialOf = (port: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const caller = await mesh.client('caller-v3', [web]);
  await call(caller.ports.outbound);
  const before = await serialOf(web.ports.inbound);
  await web.rotateCertificate();
  assert.notEqual(await serialOf(web.ports.inbound), before);
  assert.equal((await call(caller.ports.outbound)).status, 200);
});

test('a connection that says nothing does not hold up the others', async () => {
  const silent = connectTcp(web.ports.inbound, '127.0.0.1');
  await new Promise((resolve) => silent.once('connect', resolve));
  const caller = await mesh.client('caller-v4', [web]);
  assert.equal((await call(caller.ports.outbound)).status, 200);
  silent.destroy();
});

test('leaving tells the control plane first and is done within a second when nothing is under way', async () => {
  const app = await mesh.app((_request, response) => response.end('ok'));
  const leaver = await mesh.server('leaver-v1', app.port);
  const caller = await mesh.client('caller-v5', [leaver]);
  assert.equal((await call(caller.ports.outbound)).status, 200);
  await eventually(() => mesh.control.health.get('leaver-v1'), 'the first health report');
  const startedAt = performance.now();
  await leaver.close();
  assert.ok(performance.now() - startedAt < 1000, `leaving took ${Math.round(performance.now() - startedAt)} ms`);
  assert.equal(mesh.control.health.get('leaver-v1'), false);
});
