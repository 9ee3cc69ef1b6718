import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import type { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import type { FilterChain, Listener } from '#mesh-core/domain/envoy/resources.ts';
import type { FilterChainMatch } from '#mesh-core/domain/envoy/network-filters.ts';
import { inboundChainMatches } from '#mesh-core/domain/translate/inbound-chain-match.ts';
import { inspectorsFor } from '#mesh-core/domain/translate/listener-inspectors.ts';
import { spiffeId, TestMesh } from './testing/mesh-harness.ts';
import { inboundCluster, inboundListener } from './testing/mesh-resources.ts';
import { listener, meshSocket, tcpChain } from './testing/tcp-resources.ts';

/**
 * What a sidecar does with a connection, by the port's protocol, its mutual TLS mode and what the client sends: the filter
 * chains are those that istiod makes.
 */
type Protocol = 'http' | 'tcp' | 'auto';
type Mode = 'STRICT' | 'PERMISSIVE' | 'DISABLE';
/** What the client speaks. */
type Client = 'plain http' | 'plain h2' | 'plain tcp' | 'mtls http' | 'mtls h2' | 'mtls tcp' | 'own tls';
/** Read as HTTP (the app is told who calls), passed on as TCP, or not accepted. */
type Outcome = 'http' | 'tcp' | 'reset';

const CLIENTS: readonly Client[] = ['plain http', 'plain h2', 'plain tcp', 'mtls http', 'mtls h2', 'mtls tcp', 'own tls'];
const EXPECTED: Readonly<Record<Protocol, Readonly<Record<Mode, readonly Outcome[]>>>> = {
  http: {
    STRICT: ['reset', 'reset', 'reset', 'http', 'http', 'reset', 'reset'],
    PERMISSIVE: ['http', 'http', 'reset', 'http', 'http', 'reset', 'reset'],
    DISABLE: ['http', 'http', 'reset', 'reset', 'reset', 'reset', 'reset'],
  },
  tcp: {
    STRICT: ['reset', 'reset', 'reset', 'tcp', 'tcp', 'tcp', 'reset'],
    PERMISSIVE: ['tcp', 'tcp', 'tcp', 'tcp', 'tcp', 'tcp', 'tcp'],
    DISABLE: ['tcp', 'tcp', 'tcp', 'tcp', 'tcp', 'tcp', 'tcp'],
  },
  auto: {
    STRICT: ['reset', 'reset', 'reset', 'http', 'http', 'tcp', 'reset'],
    PERMISSIVE: ['http', 'http', 'tcp', 'http', 'http', 'tcp', 'tcp'],
    DISABLE: ['http', 'http', 'tcp', 'tcp', 'tcp', 'tcp', 'tcp'],
  },
};
const REQUEST = 'GET / HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n';
const ALPN: Readonly<Partial<Record<Client, string[]>>> = { 'mtls http': ['istio-http/1.1', 'istio', 'http/1.1'], 'mtls h2': ['istio-h2', 'istio', 'h2'], 'mtls tcp': ['istio-peer-exchange', 'istio'] };

let mesh: TestMesh;
let identity: { key: string; cert: string; ca: string };
let appPort: number;
let seen: Outcome = 'reset';

before(async () => {
  mesh = await TestMesh.start();
  const { keyPem, certPem } = await mesh.authority.issue([{ type: 'url', value: spiffeId('caller') }]);
  identity = { key: keyPem, cert: certPem, ca: mesh.authority.rootPem };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (data: Buffer) => {
      const text = data.toString('latin1');
      // A proxy that reads HTTP adds fields.
      seen = text.includes('x-request-id') ? 'http' : 'tcp';
      socket.end(seen === 'http' ? 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok' : 'something');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  mesh.onClose(() => {
    server.close();
  });
  const address = server.address();
  appPort = typeof address === 'object' && address !== null ? address.port : 0;
});
after(() => mesh.close());

function chainsOf(protocol: Protocol, mode: Mode, port: number): Listener {
  const cluster = `inbound|${appPort}||`;
  const [http] = inboundListener(port, appPort).filterChains;
  const chains = inboundChainMatches(mode, protocol).map(({ match, protocol: read, terminatesTls }, index): FilterChain => {
    const transport = terminatesTls ? { transportSocket: meshSocket(read === 'http' ? ['h2', 'http/1.1'] : ['istio-peer-exchange', 'h2', 'http/1.1']) } : {};
    const filterChainMatch: FilterChainMatch = match;
    return read === 'http' ? { name: `chain ${index}`, filterChainMatch, filters: http?.filters ?? [], ...transport } : { ...tcpChain(cluster, { match: filterChainMatch }), name: `chain ${index}`, ...transport };
  });
  return { ...listener('virtualInbound', port, 'INBOUND', chains, inspectorsFor(chains, true)), listenerFiltersTimeout: '0s', continueOnListenerFiltersTimeout: true };
}

function tlsTo(port: number, options: ConnectionOptions): ReturnType<typeof connectTls> {
  return connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, checkServerIdentity: () => undefined, ...options });
}

/** What comes back when `bytes` are sent; empty = the connection broke. */
function firstAnswer(socket: Duplex, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    socket.on('error', () => resolve(''));
    socket.on('close', () => resolve(''));
    socket.once('data', (data: Buffer) => resolve(data.toString('latin1')));
    socket.write(bytes);
  });
}

function overHttp2(socket: Duplex): Promise<string> {
  return new Promise((resolve) => {
    const session = connectHttp2('http://web', { createConnection: () => socket });
    session.on('error', () => resolve(''));
    session.on('close', () => resolve(''));
    const stream = session.request({ ':path': '/', ':authority': 'web' });
    stream.on('error', () => resolve(''));
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      resolve(text);
      session.destroy();
    });
  });
}

async function outcomeOf(client: Client, port: number): Promise<Outcome> {
  const secure = (): ReturnType<typeof tlsTo> => tlsTo(port, { ...identity, ALPNProtocols: ALPN[client] ?? [] });
  const plain = (): ReturnType<typeof connect> => connect(port, '127.0.0.1');
  seen = 'reset';
  await {
    'plain http': () => firstAnswer(plain(), REQUEST),
    'plain h2': () => overHttp2(plain()),
    'plain tcp': () => firstAnswer(plain(), '*1\r\n'),
    'mtls http': () => firstAnswer(secure(), REQUEST),
    'mtls h2': () => overHttp2(secure()),
    'mtls tcp': () => firstAnswer(secure(), '*1\r\n'),
    'own tls': () => firstAnswer(plain(), CLIENT_HELLO),
  }[client]();
  return seen;
}

/** A minimal ClientHello that offers `h2`. */
const CLIENT_HELLO = ((): string => {
  const extension = Buffer.from([0, 16, 0, 5, 0, 3, 2, 0x68, 0x32]);
  const body = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 2, 0x13, 1, 1, 0, 0, extension.length]), extension]);
  const handshake = Buffer.concat([Buffer.from([1, 0, 0, body.length]), body]);
  return Buffer.concat([Buffer.from([0x16, 3, 1, 0, handshake.length]), handshake]).toString('latin1');
})();

for (const protocol of ['http', 'tcp', 'auto'] as const) {
  for (const mode of ['STRICT', 'PERMISSIVE', 'DISABLE'] as const) {
    test(`${protocol} port, ${mode}`, async () => {
      const workload = `${protocol}-${mode.toLowerCase()}-v1`;
      const proxy = await mesh.proxy(workload, { appPort });
      mesh.control.configure(workload, { cluster: [inboundCluster(workload, appPort)], listener: [chainsOf(protocol, mode, proxy.ports.inbound)] });
      await proxy.ready;
      const outcomes: Outcome[] = [];
      for (const client of CLIENTS) outcomes.push(await outcomeOf(client, proxy.ports.inbound));
      assert.deepEqual(Object.fromEntries(CLIENTS.map((client, i) => [client, outcomes[i]])), Object.fromEntries(CLIENTS.map((client, i) => [client, EXPECTED[protocol][mode][i]])));
    });
  }
}
