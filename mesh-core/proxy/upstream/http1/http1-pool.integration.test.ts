import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { createServer as createPlainServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { after, before, test } from 'node:test';
import type { TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { Deadlines } from '../../http/deadlines.ts';
import type { SecretSource } from '../../identity/secret-source.ts';
import { createTestAuthority } from '../../testing/test-authority.ts';
import type { TestAuthority } from '../../testing/test-authority.ts';
import { Http1Pool } from './http1-pool.ts';
import type { Http1PoolOptions } from './http1-pool.ts';

const MESH_TLS: TlsContext = { '@type': TYPE_URLS.upstreamTls, commonTlsContext: { tlsCertificateSdsSecretConfigs: [{ name: 'default' }], combinedValidationContext: { defaultValidationContext: {}, validationContextSdsSecretConfig: { name: 'ROOTCA' } } } };
const closers: (() => void)[] = [];
let authority: TestAuthority;

before(async () => {
  authority = await createTestAuthority();
});
after(() => {
  for (const close of closers) close();
});

function poolFor(port: number, options: Partial<Omit<Http1PoolOptions, 'target'>> & { readonly tls?: TlsContext } = {}): Http1Pool {
  const { tls, ...rest } = options;
  const secrets: SecretSource = { secret: () => undefined, onChange: () => () => {} };
  const pool = new Http1Pool({ target: { address: '127.0.0.1', port, timeoutMs: 2000, tls, protocol: 'http1' }, secrets, idleMs: 60_000, deadlines: new Deadlines(systemClock), ...rest });
  closers.push(() => pool.retire());
  return pool;
}

function get(pool: Http1Pool): Promise<string> {
  return new Promise((resolve) => {
    pool.send({ method: 'GET', path: '/', headers: { host: 'web' }, upgrade: undefined, body: undefined }, {
      onConnection: () => {},
      onInterim: () => {},
      onResponse: ({ status, body }) => resolve(`${status} ${Buffer.isBuffer(body) ? body.toString() : 'streamed'}`),
      onUpgrade: () => {},
      onFailure: ({ kind, message, transport = '' }) => resolve(`${kind}: ${message} ${transport}`.trimEnd()),
    });
  });
}

/** A connection counts until its close is known. */
async function untilEmpty(pool: Http1Pool): Promise<void> {
  for (const end = Date.now() + 5000; pool.connections > 0 && Date.now() < end; ) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(pool.connections, 0);
}

async function plainServer(): Promise<{ readonly port: number; connections(): number }> {
  let connections = 0;
  const server = createPlainServer((_request, response) => response.end('ok'));
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

test('the TLS session of one connection shortens the handshake of the next, until a secret changes', async () => {
  const workload = await authority.issue([{ type: 'url', value: 'spiffe://cluster.local/ns/test/sa/web' }]);
  const resumed: boolean[] = [];
  const server = createServer({ key: workload.keyPem, cert: workload.certPem, ca: authority.rootPem, requestCert: true }, (request, response) => {
    // Safe because it is the socket of an HTTPS server.
    resumed.push((request.socket as TLSSocket).isSessionReused());
    response.setHeader('connection', 'close');
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  let changed = (_name: string): void => {};
  const secrets: SecretSource = {
    secret: (name) => (name === 'default' ? { name, certificate: { keyPem: workload.keyPem, certChainPem: workload.certPem } } : { name, trustedCaPem: authority.rootPem }),
    onChange: (fn) => {
      changed = fn;
      return () => {};
    },
  };
  const pool = poolFor((server.address() as AddressInfo).port, { tls: MESH_TLS, secrets });
  for (let i = 0; i < 2; i++) assert.equal(await get(pool), '200 ok');
  changed('default');
  for (let i = 0; i < 2; i++) assert.equal(await get(pool), '200 ok');
  assert.deepEqual(resumed, [false, true, false, true]);
});
test('a connection carries as many requests as it may, and then another one is opened', async () => {
  const server = await plainServer();
  const pool = poolFor(server.port, { maxRequestsPerConnection: 2 });
  for (let i = 0; i < 4; i++) assert.equal(await get(pool), '200 ok');
  assert.equal(server.connections(), 2);
});
test('an idle connection is closed after its time', async () => {
  const server = await plainServer();
  const pool = poolFor(server.port, { idleMs: 1, deadlines: new Deadlines(systemClock, 10) });
  assert.equal(await get(pool), '200 ok');
  assert.equal(pool.connections, 1);
  await untilEmpty(pool);
  assert.equal(await get(pool), '200 ok');
});
test('a connection that is too old takes no more requests', async () => {
  const server = await plainServer();
  const pool = poolFor(server.port, { maxAgeMs: 0 });
  for (let i = 0; i < 2; i++) assert.equal(await get(pool), '200 ok');
  assert.equal(server.connections(), 2);
});
test('a pool that is retired lets the request under way end and keeps nothing', async () => {
  const server = await plainServer();
  const pool = poolFor(server.port);
  const answer = get(pool);
  pool.retire();
  assert.equal(await answer, '200 ok');
  await untilEmpty(pool);
});
test('a port where nobody listens is a failure to connect', async () => {
  assert.match(await get(poolFor(1)), /^connect-failure: .*Connection refused/);
});
