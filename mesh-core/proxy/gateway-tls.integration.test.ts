import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { createServer as createTlsServer, connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import { NETWORK_FILTER_URLS } from '#mesh-core/domain/envoy/network-filters.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { FilterChain, HttpFilter, TlsContext, TransportSocket } from '#mesh-core/domain/envoy/resources.ts';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { accessLogLine, call, eventually, spiffeId, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { assignment, clusterName, serviceCluster } from './testing/mesh-resources.ts';
import { listener, meshSocket, tcpChain, tcpInbound, TLS_INSPECTOR } from './testing/tcp-resources.ts';
import { createTestAuthority } from './testing/test-authority.ts';
import type { TestAuthority } from './testing/test-authority.ts';

const ROUTER: HttpFilter = { name: 'envoy.filters.http.router', typedConfig: { '@type': TYPE_URLS.router } };
/** As istiod names the clusters of an AUTO_PASSTHROUGH gateway. */
const SNI_CLUSTER = 'outbound_.80_._.shop.test.svc.cluster.local';
type Common = TlsContext['commonTlsContext'];

let mesh: TestMesh;
let web: TestAuthority;
let clients: TestAuthority;
let gateway: TestProxy;
let port: number;
let appPort: number;
let passthroughPort: number;
let client: { key: string; cert: string };
let stranger: { key: string; cert: string };

const pair = (name: string, { keyPem, certPem }: { keyPem: string; certPem: string }): EnvoySecret => ({ name, tlsCertificate: { certificateChain: { inlineString: certPem }, privateKey: { inlineString: keyPem } } });
const serverSocket = (common: Common, requireClientCertificate = false): TransportSocket => ({ name: 'envoy.transport_sockets.tls', typedConfig: { '@type': TYPE_URLS.downstreamTls, requireClientCertificate, commonTlsContext: { alpnProtocols: ['h2', 'http/1.1'], ...common } } });

/** A chain for one host name that answers with the name of its route configuration's only cluster. */
function httpChain(host: string, transportSocket: TransportSocket): FilterChain {
  const route = { name: host, match: { prefix: '/' }, route: { cluster: clusterName('web'), timeout: '0s' } };
  const manager = { '@type': TYPE_URLS.hcm, statPrefix: host, routeConfig: { name: host, virtualHosts: [{ name: host, domains: [host], routes: [route] }] }, httpFilters: [ROUTER], forwardClientCertDetails: 'SANITIZE_SET', useRemoteAddress: true };
  return { name: host, filterChainMatch: { transportProtocol: 'tls', serverNames: [host] }, filters: [{ name: 'hcm', typedConfig: manager }], transportSocket };
}

async function answer(host: string, options: ConnectionOptions & { readonly hostHeader?: string } = {}): Promise<{ status: number; body: string; protocol: string | null }> {
  const { hostHeader = host, ...tls } = options;
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest({ host: '127.0.0.1', port, path: '/', servername: host, ca: web.rootPem, agent: false, ...tls, headers: { host: hostHeader } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), protocol: (response.socket as TLSSocket).getProtocol() }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

before(async () => {
  mesh = await TestMesh.start();
  [web, clients] = await Promise.all([createTestAuthority(), createTestAuthority()]);
  const app = await mesh.app((request, response) => response.end(String(request.headers['x-forwarded-client-cert'] ?? 'nobody')));
  appPort = app.port;
  const issued = await clients.issue([{ type: 'dns', value: 'client.example.com' }]);
  client = { key: issued.keyPem, cert: issued.certPem };
  const foreign = await web.issue([{ type: 'dns', value: 'client.example.com' }]);
  stranger = { key: foreign.keyPem, cert: foreign.certPem };
  const own = await web.issue([{ type: 'dns', value: 'own.example.com' }]);
  const tlsApp = createTlsServer({ key: own.keyPem, cert: own.certPem }, (socket) => socket.end(`app saw ${String(socket.servername)}`));
  await new Promise<void>((resolve) => {
    tlsApp.listen(0, '127.0.0.1', resolve);
  });
  mesh.onClose(() => {
    tlsApp.close();
  });
  passthroughPort = (tlsApp.address() as AddressInfo).port;

  gateway = await mesh.proxy('gateway-v1', { type: 'router' });
  [port = 0] = await freePorts(1);
  const validation = (names?: readonly string[]): Common => ({
    tlsCertificateSdsSecretConfigs: [{ name: 'kubernetes://web' }],
    combinedValidationContext: { defaultValidationContext: names === undefined ? {} : { matchTypedSubjectAltNames: names.map((exact) => ({ sanType: 'DNS', matcher: { exact } })) }, validationContextSdsSecretConfig: { name: 'kubernetes://web-cacert' } },
  });
  const credential: Common = { tlsCertificateSdsSecretConfigs: [{ name: 'kubernetes://web' }] };
  mesh.control.configure('gateway-v1', {
    cluster: [serviceCluster('web'), serviceCluster('own'), { name: SNI_CLUSTER, type: 'STATIC', loadAssignment: assignment(SNI_CLUSTER, [{ port: passthroughPort }]) }],
    endpoint: [assignment(clusterName('web'), [{ port: appPort }]), assignment(clusterName('own'), [{ port: passthroughPort }])],
    secret: [pair('kubernetes://web', await web.issue([{ type: 'dns', value: '*.example.com' }])), { name: 'kubernetes://web-cacert', validationContext: { trustedCa: { inlineString: clients.rootPem } } }],
    listener: [
      listener(
        `0.0.0.0_${port}`,
        port,
        'OUTBOUND',
        [
          httpChain('simple.example.com', serverSocket(credential)),
          httpChain('mutual.example.com', serverSocket(validation(), true)),
          httpChain('named.example.com', serverSocket(validation(['other.example.com']), true)),
          httpChain('optional.example.com', serverSocket(validation())),
          httpChain('old.example.com', serverSocket({ ...credential, tlsParams: { tlsMaximumProtocolVersion: 'TLSv1_2', cipherSuites: ['ECDHE-ECDSA-AES256-GCM-SHA384'] } })),
          httpChain('new.example.com', serverSocket({ ...credential, tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_3' } })),
          httpChain('missing.example.com', serverSocket({ tlsCertificateSdsSecretConfigs: [{ name: 'kubernetes://not-there' }] })),
          httpChain('mesh.example.com', meshSocket(['h2', 'http/1.1'])),
          tcpChain(clusterName('own'), { match: { transportProtocol: 'tls', serverNames: ['own.example.com'] } }),
          { filterChainMatch: { transportProtocol: 'tls', serverNames: ['*.local'] }, filters: [{ name: 'sni', typedConfig: { '@type': NETWORK_FILTER_URLS.sniCluster } }, ...tcpChain('BlackHoleCluster').filters] },
        ],
        [TLS_INSPECTOR],
      ),
    ],
  });
  await gateway.ready;
  await eventually(async () => (await answer('simple.example.com').catch(() => undefined))?.status === 200, 'the first answer');
});
after(() => mesh.close());

test('SIMPLE: the credential is shown and any client is served', async () => {
  assert.deepEqual(await answer('simple.example.com'), { status: 200, body: 'nobody', protocol: 'TLSv1.3' });
});

test('SIMPLE speaks HTTP/2 with who offers it', async () => {
  const session = connectHttp2('https://simple.example.com', { createConnection: () => connectTls({ host: '127.0.0.1', port, servername: 'simple.example.com', ca: web.rootPem, ALPNProtocols: ['h2'] }) });
  const status = await new Promise((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({ ':path': '/', ':authority': 'simple.example.com' });
    stream.on('response', (headers) => resolve(headers[':status']));
    stream.resume();
  });
  session.close();
  assert.equal(status, 200);
  assert.equal((await accessLogLine(gateway, (line) => line['protocol'] === 'HTTP/2'))['requested_server_name'], 'simple.example.com');
});

test('an unknown or missing server name is closed, and logged as NR', async () => {
  await assert.rejects(answer('unknown.example.com'), /ECONNRESET|socket hang up|disconnected/);
  await assert.rejects(answer('unknown.example.com', { servername: '' }), /ECONNRESET|socket hang up|disconnected/);
  assert.equal((await accessLogLine(gateway, (line) => line['response_flags'] === 'NR' && line['requested_server_name'] === 'unknown.example.com'))['response_code'], 0);
});

test('a Host that does not belong to the server name finds no route: 404 NR', async () => {
  assert.equal((await answer('simple.example.com', { hostHeader: 'mutual.example.com' })).status, 404);
});

test('MUTUAL: a client without a certificate, or with one of another root, is refused', async () => {
  const { status, body } = await answer('mutual.example.com', client);
  assert.deepEqual([status, body], [200, 'nobody']);
  await assert.rejects(answer('mutual.example.com'), /certificate required|alert|ECONNRESET|socket hang up/i);
  await assert.rejects(answer('mutual.example.com', stranger), /alert|ECONNRESET|socket hang up|EPROTO/i);
});

test('MUTUAL with subjectAltNames: a certificate with another name is refused', async () => {
  await assert.rejects(answer('named.example.com', client), /ECONNRESET|socket hang up|alert/i);
  const named = await clients.issue([{ type: 'dns', value: 'other.example.com' }]);
  assert.equal((await answer('named.example.com', { key: named.keyPem, cert: named.certPem })).status, 200);
});

test('OPTIONAL_MUTUAL: no certificate will do, a bad one will not', async () => {
  assert.equal((await answer('optional.example.com')).status, 200);
  assert.equal((await answer('optional.example.com', client)).status, 200);
  await assert.rejects(answer('optional.example.com', stranger), /ECONNRESET|socket hang up|alert/i);
});

test('ISTIO_MUTUAL: workloads of the mesh only', async () => {
  const workload = await mesh.authority.issue([{ type: 'url', value: spiffeId('caller') }]);
  const { status } = await answer('mesh.example.com', { ca: mesh.authority.rootPem, key: workload.keyPem, cert: workload.certPem, checkServerIdentity: () => undefined });
  assert.equal(status, 200);
  await assert.rejects(answer('mesh.example.com', { rejectUnauthorized: false, ...client }), /alert|ECONNRESET|socket hang up|EPROTO/i);
});

test('protocol versions and ciphers are those configured', async () => {
  assert.equal((await answer('old.example.com')).protocol, 'TLSv1.2');
  await assert.rejects(answer('old.example.com', { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }), /alert|EPROTO|ECONNRESET/i);
  assert.equal((await answer('new.example.com')).protocol, 'TLSv1.3');
  await assert.rejects(answer('new.example.com', { maxVersion: 'TLSv1.2' }), /alert|EPROTO|ECONNRESET/i);
});

test('a chain whose credential is missing refuses connections until it comes', async () => {
  await assert.rejects(answer('missing.example.com'), /ECONNRESET|socket hang up|disconnected/);
});

test('PASSTHROUGH: TLS goes to the app untouched, told apart by SNI', async () => {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, servername: 'own.example.com', ca: web.rootPem });
    socket.on('error', reject);
    socket.on('data', (data: Buffer) => resolve(data.toString()));
  });
  assert.equal(text, 'app saw own.example.com');
  const line = await accessLogLine(gateway, (l) => l['upstream_cluster'] === clusterName('own'));
  assert.equal(line['requested_server_name'], 'own.example.com');
});

test('AUTO_PASSTHROUGH: the SNI names the cluster', async () => {
  const toName = (servername: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port, servername, rejectUnauthorized: false });
      socket.on('error', () => resolve('refused'));
      socket.on('close', () => resolve('refused'));
      socket.on('data', (data: Buffer) => resolve(data.toString()));
    });
  assert.equal(await toName(SNI_CLUSTER), `app saw ${SNI_CLUSTER}`);
  assert.equal(await toName('outbound_.80_._.nobody.test.svc.cluster.local'), 'refused');
  assert.equal((await accessLogLine(gateway, (l) => l['response_flags'] === 'NC'))['requested_server_name'], 'outbound_.80_._.nobody.test.svc.cluster.local');
});

test('a rotated credential is shown to new connections; open ones go on', async () => {
  const open = connectTls({ host: '127.0.0.1', port, servername: 'simple.example.com', ca: web.rootPem });
  await new Promise((resolve) => open.once('secureConnect', resolve));
  const next = await web.issue([{ type: 'dns', value: '*.example.com' }]);
  mesh.control.configure('gateway-v1', { secret: [pair('kubernetes://web', next), { name: 'kubernetes://web-cacert', validationContext: { trustedCa: { inlineString: clients.rootPem } } }] });
  const serial = (socket: TLSSocket): string => socket.getPeerX509Certificate()?.serialNumber ?? '';
  await eventually(async () => {
    const socket = connectTls({ host: '127.0.0.1', port, servername: 'simple.example.com', ca: web.rootPem });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const isNew = serial(socket) !== serial(open);
    socket.destroy();
    return isNew;
  }, 'the new certificate');
  const text = await new Promise<string>((resolve, reject) => {
    open.on('error', reject);
    open.once('data', (data: Buffer) => resolve(data.toString()));
    open.write('GET / HTTP/1.1\r\nhost: simple.example.com\r\n\r\n');
  });
  assert.match(text, /^HTTP\/1.1 200/);
  open.destroy();
});

test('upstream TLS: SIMPLE and MUTUAL check the server, unless told not to', async () => {
  const own = await web.issue([{ type: 'dns', value: 'app.example.com' }]);
  const seen: string[] = [];
  const server = createTlsServer({ key: own.keyPem, cert: own.certPem, ca: clients.rootPem, requestCert: true, rejectUnauthorized: false }, (socket) => {
    seen.push(`${String(socket.servername)} ${socket.authorized}`);
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  mesh.onClose(() => {
    server.close();
  });
  const target = { port: (server.address() as AddressInfo).port };
  const secret: EnvoySecret[] = [{ name: 'kubernetes://roots', validationContext: { trustedCa: { inlineString: web.rootPem } } }, { name: 'kubernetes://me', tlsCertificate: { certificateChain: { inlineString: client.cert }, privateKey: { inlineString: client.key } } }];
  const roots = { validationContextSdsSecretConfig: { name: 'kubernetes://roots' } };
  const names = (exact: string): NonNullable<Common['combinedValidationContext']> => ({ defaultValidationContext: { matchTypedSubjectAltNames: [{ sanType: 'DNS', matcher: { exact } }] }, ...roots });
  const cases: readonly (readonly [string, Common, number, string | undefined])[] = [
    ['simple', { combinedValidationContext: names('app.example.com') }, 200, 'app.example.com false'],
    ['mutual', { combinedValidationContext: names('app.example.com'), tlsCertificateSdsSecretConfigs: [{ name: 'kubernetes://me' }] }, 200, 'app.example.com true'],
    ['wrong-name', { combinedValidationContext: names('other.example.com') }, 503, undefined],
    ['no-roots', { validationContextSdsSecretConfig: { name: 'kubernetes://me-cacert' } }, 503, undefined],
    ['skip', {}, 200, 'app.example.com false'],
  ];
  for (const [name, commonTlsContext, status, saw] of cases) {
    const proxy = await mesh.proxy(`tls-${name}-v1`);
    const socket: TransportSocket = { name: 'envoy.transport_sockets.tls', typedConfig: { '@type': TYPE_URLS.upstreamTls, commonTlsContext, sni: 'app.example.com' } };
    const { transportSocketMatches: _matches, ...cluster } = serviceCluster('web');
    const route = { name: 'default', match: { prefix: '/' }, route: { cluster: clusterName('web'), timeout: '0s' } };
    const manager = { '@type': TYPE_URLS.hcm, statPrefix: 'x', routeConfig: { name: 'x', virtualHosts: [{ name: 'x', domains: ['*'], routes: [route] }] }, httpFilters: [ROUTER] };
    mesh.control.configure(`tls-${name}-v1`, { cluster: [{ ...cluster, transportSocket: socket }], endpoint: [assignment(clusterName('web'), [target])], secret, listener: [listener('out', proxy.ports.outbound, 'OUTBOUND', [{ filters: [{ name: 'hcm', typedConfig: manager }] }])] });
    await proxy.ready;
    seen.length = 0;
    const got = await eventually(async () => {
      const { status: code } = await call(proxy.ports.outbound);
      // The secret may come after the listener.
      return code === status ? code : undefined;
    }, `${name}: status ${status}`);
    assert.equal(got, status);
    assert.equal(seen.at(-1), saw === undefined ? seen.at(-1) : saw, name);
  }
});

test('a TCP service behind a gateway that terminates mutual TLS', async () => {
  const { port: echoPort } = await mesh.app((_request, response) => response.end('from http'));
  const server = await mesh.proxy('inner-v1', { appPort: echoPort });
  mesh.control.configure('inner-v1', { cluster: [{ name: `inbound|${echoPort}||`, type: 'STATIC', loadAssignment: assignment(`inbound|${echoPort}||`, [{ port: echoPort }]) }], listener: [tcpInbound(server.ports.inbound, echoPort)] });
  await server.ready;
  const edge = await mesh.proxy('edge-v1', { type: 'router' });
  const [edgePort = 0] = await freePorts(1);
  const socket = serverSocket({ tlsCertificateSdsSecretConfigs: [{ name: 'kubernetes://web' }] });
  mesh.control.configure('edge-v1', { cluster: [serviceCluster('web')], endpoint: [assignment(clusterName('web'), [{ port: server.ports.inbound, workload: 'inner-v1' }])], secret: [pair('kubernetes://web', await web.issue([{ type: 'dns', value: 'tcp.example.com' }]))], listener: [listener('edge', edgePort, 'OUTBOUND', [tcpChain(clusterName('web'), { match: { transportProtocol: 'tls', serverNames: ['tcp.example.com'] }, socket })], [TLS_INSPECTOR])] });
  await edge.ready;
  const text = await eventually(
    () =>
      new Promise<string | undefined>((resolve) => {
        const connection = connectTls({ host: '127.0.0.1', port: edgePort, servername: 'tcp.example.com', ca: web.rootPem });
        connection.on('error', () => resolve(undefined));
        connection.on('close', () => resolve(undefined));
        connection.on('secureConnect', () => connection.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'));
        connection.on('data', (data: Buffer) => resolve(data.toString()));
      }),
    'an answer by TCP over TLS over mutual TLS',
  );
  assert.match(text, /^HTTP\/1.1 200/);
});
