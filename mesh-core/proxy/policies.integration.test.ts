import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type { Cluster, HttpFilter } from '#mesh-core/domain/envoy/resources.ts';
import type { AuthorizationPolicy, AuthorizationPolicySpec, JwtRule, RequestAuthentication } from '#mesh-core/domain/resources/security.ts';
import { aSidecar } from '#mesh-core/domain/translate/a-proxy.ts';
import { decorationOf } from '#mesh-core/domain/translate/decorate-listeners.ts';
import type { ExtAuthzHttpProvider } from '#mesh-core/domain/translate/mesh-providers.ts';
import { EMPTY_SNAPSHOT } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { proxyContext } from '#mesh-core/domain/translate/proxy-context.ts';
import { proxyPolicies } from '#mesh-core/domain/translate/proxy-policies.ts';
import { xdsRoot } from '#mesh-core/wire/xds/descriptor.ts';
import { typeOfUrl } from '#mesh-core/wire/xds/proto-json.ts';
import { decodeMessage, encodeMessage } from '#mesh-core/wire/xds/resource-codec.ts';
import { sendsHttp2 } from './testing/http2-resources.ts';
import { accessLogLine, call, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { assignment, inboundCluster, inboundListener } from './testing/mesh-resources.ts';

/** Policies from the resource to the byte: translated as the control plane does, obeyed by a real proxy. */
let mesh: TestMesh;
let seen: IncomingMessage | undefined;
let appPort = 0;

before(async () => {
  mesh = await TestMesh.start();
  const app = await mesh.app((request, response) => {
    seen = request;
    request.resume();
    request.on('end', () => response.end('app'));
  });
  appPort = app.port;
});
after(() => mesh.close());

/** The filters that a workload `web` of namespace `test` gets. */
function filtersOf(snapshot: Partial<MeshSnapshot>): readonly HttpFilter[] {
  return proxyPolicies(proxyContext({ ...EMPTY_SNAPSHOT, ...snapshot }, aSidecar('web', { namespace: 'test' }))).http;
}

function aPolicy(name: string, spec: AuthorizationPolicySpec, annotations: Readonly<Record<string, string>> = {}): AuthorizationPolicy {
  return { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata: { name, namespace: 'test', annotations }, spec };
}

function tokensFrom(...jwtRules: JwtRule[]): RequestAuthentication {
  return { apiVersion: 'security.istio.io/v1', kind: 'RequestAuthentication', metadata: { name: 'tokens', namespace: 'test' }, spec: { jwtRules } };
}

let servers = 0;
/** A sidecar with these policies, taking plain text as well; its own inbound port answers. */
async function serverWith(snapshot: Partial<MeshSnapshot>, clusters: readonly Cluster[] = []): Promise<TestProxy> {
  return mesh.server(`web${(servers += 1)}-v1`, appPort, { mode: 'PERMISSIVE', filters: filtersOf(snapshot), clusters });
}

test('DENY comes before ALLOW, and what no ALLOW rule takes is refused; the rule that decided is in the log', async () => {
  const web = await serverWith({
    authorizationPolicies: [
      aPolicy('no-admin', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin*'] } }] }] }),
      aPolicy('reads', { rules: [{ to: [{ operation: { methods: ['GET'] } }] }] }),
      aPolicy('watched', { action: 'AUDIT', rules: [{}] }),
    ],
  });
  assert.equal((await call(web.ports.inbound, { path: '/' })).status, 200);
  const refused = await call(web.ports.inbound, { path: '/admin/x' });
  assert.deepEqual([refused.status, refused.body, refused.headers['content-type']], [403, 'RBAC: access denied', 'text/plain']);
  assert.equal((await accessLogLine(web, ({ path }) => path === '/admin/x'))['response_code_details'], 'rbac_access_denied_matched_policy[ns[test]-policy[no-admin]-rule[0]]');
  assert.equal((await call(web.ports.inbound, { method: 'PUT', path: '/put' })).status, 403);
  assert.equal((await accessLogLine(web, ({ path }) => path === '/put'))['response_code_details'], 'rbac_access_denied_matched_policy[none]');
});

test('a gRPC request is refused in its own terms', async () => {
  const web = await serverWith({ authorizationPolicies: [aPolicy('none', {})], requestAuthentications: [tokensFrom({ issuer, jwks })] });
  const grpc = { 'content-type': 'application/grpc', te: 'trailers' };
  const refused = await call(web.ports.inbound, { method: 'POST', path: '/a.B/C', headers: grpc });
  assert.deepEqual([refused.status, refused.headers['content-type'], refused.headers['grpc-status'], refused.headers['grpc-message'], refused.body], [200, 'application/grpc', '7', 'RBAC: access denied', '']);
  const unknown = await call(web.ports.inbound, { method: 'POST', path: '/a.B/C', headers: { ...grpc, authorization: 'Bearer abc' } });
  assert.deepEqual([unknown.status, unknown.headers['grpc-status']], [200, '16']);
});

test('identities come from certificates only: over plain text they never match, and headers cannot forge them', async () => {
  const web = await serverWith({ authorizationPolicies: [aPolicy('callers', { rules: [{ from: [{ source: { principals: ['cluster.local/ns/test/sa/caller'] } }] }] })] });
  const caller = await mesh.client('caller-v1', [web]);
  const stranger = await mesh.client('stranger-v1', [web]);
  assert.equal((await call(caller.ports.outbound)).status, 200);
  assert.equal((await call(stranger.ports.outbound)).status, 403);
  const forged = { 'x-forwarded-client-cert': 'By=spiffe://cluster.local/ns/test/sa/web;URI=spiffe://cluster.local/ns/test/sa/caller', 'x-envoy-peer-metadata-id': 'sidecar~caller', 'x-envoy-original-path': '/', 'x-envoy-internal': 'true' };
  assert.equal((await call(web.ports.inbound, { headers: forged })).status, 403);
});

/** Spelling of the path → may it pass a policy that denies `/admin` and below? Exact answers: no spelling leads the app to /admin. */
const SPELLINGS: readonly (readonly [string, number])[] = [
  ['/admin', 403],
  ['/admin/', 403],
  ['/admin?x=1', 403],
  ['/admin#x', 403],
  ['/./admin', 403],
  ['/a/../admin', 403],
  ['/%61dmin', 403],
  ['/a/%2e%2e/admin', 403],
  ['/a/%2E./admin', 403],
  ['\\admin', 400],
  ['/a\\..\\admin', 403],
  // These reach the app as other paths, as with Istio's default normalisation (BASE).
  ['//admin', 200],
  ['/%2fadmin', 200],
  ['/ADMIN', 200],
  ['/;x/admin', 200],
  ['/admin;x=1', 403],
];
for (const [path, status] of SPELLINGS) {
  test(`a policy that denies /admin* answers ${status} to ${path}`, async () => {
    denying ??= serverWith({ authorizationPolicies: [aPolicy('no-admin', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin*'] } }] }] })] });
    const web = await denying;
    const answer = await call(web.ports.inbound, { path });
    assert.equal(answer.status, status);
    if (status === 200) assert.doesNotMatch(seen?.url ?? '', /^\/admin/);
  });
}
let denying: Promise<TestProxy> | undefined;

test('slashes are merged and decoded before policies look, when the mesh says so', async () => {
  const web = await mesh.proxy('slashes-v1', { appPort });
  const context = proxyContext({ ...EMPTY_SNAPSHOT, mesh: { ...EMPTY_SNAPSHOT.mesh, pathNormalization: 'DECODE_AND_MERGE_SLASHES' } }, aSidecar('web', { namespace: 'test' }));
  const filters = filtersOf({ authorizationPolicies: [aPolicy('no-admin', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin*'] } }] }] })] });
  mesh.control.configure('slashes-v1', { cluster: [inboundCluster('web', appPort)], listener: decorationOf(context).listeners([inboundListener(web.ports.inbound, appPort, { mode: 'PERMISSIVE', filters })]) });
  await web.ready;
  for (const path of ['//admin', '/%2fadmin', '/a%2F..%2fadmin', '/a%5c..%5Cadmin', '/.//admin']) assert.equal((await call(web.ports.inbound, { path })).status, 403, path);
  assert.equal((await call(web.ports.inbound, { path: '/a//b%2Fc?x=//%2f' })).status, 200);
  assert.equal(seen?.url, '/a/b/c?x=//%2f');
});

test('hosts are compared as they were sent, in any case', async () => {
  const web = await serverWith({ authorizationPolicies: [aPolicy('host', { action: 'DENY', rules: [{ to: [{ operation: { hosts: ['secret.example.com', 'secret.example.com:*', 'secret.example.com.'] } }] }] })] });
  for (const [to, status] of [['secret.example.com', 403], ['SECRET.example.com', 403], ['secret.example.com:80', 403], ['secret.example.com.', 403], ['open.example.com', 200]] as const) assert.equal((await call(web.ports.inbound, { to })).status, status, to);
});

test('a policy that is tried out refuses nothing; its verdicts are counted', async () => {
  const web = await serverWith({ authorizationPolicies: [aPolicy('try', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/x'] } }] }] }, { 'istio.io/dry-run': 'true' })] });
  assert.equal((await call(web.ports.inbound, { path: '/x' })).status, 200);
  assert.equal((await call(web.ports.inbound, { path: '/y' })).status, 200);
  const { body } = await call(web.ports.stats, { path: '/stats/prometheus', to: 'admin' });
  assert.match(body, /envoy_http_inbound_rbac\{authz_dry_run_action="deny",authz_dry_run_result="denied"\} 1\n/);
  assert.match(body, /envoy_http_inbound_rbac\{authz_dry_run_action="deny",authz_dry_run_result="allowed"\} 1\n/);
});

test("the client's address is the last that was forwarded, the peer's when none was", async () => {
  const web = await serverWith({ authorizationPolicies: [aPolicy('blocks', { action: 'DENY', rules: [{ from: [{ source: { remoteIpBlocks: ['10.0.0.0/8'] } }] }] }), aPolicy('peers', { rules: [{ from: [{ source: { ipBlocks: ['127.0.0.1'] } }] }] })] });
  for (const [forwarded, status] of [[undefined, 200], ['10.1.2.3', 403], ['1.2.3.4, 10.1.2.3', 403], ['10.1.2.3, 1.2.3.4', 200], ['10.1.2.3, nonsense', 200]] as const) {
    assert.equal((await call(web.ports.inbound, forwarded === undefined ? {} : { headers: { 'x-forwarded-for': forwarded } })).status, status, forwarded ?? 'none');
  }
});

// === tokens ===

const issuer = 'https://issuer.example.com';
const [keys, otherKeys] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('rsa', { modulusLength: 2048 })];
const jwks = JSON.stringify({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }] });
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function aToken(claims: Readonly<Record<string, unknown>> = {}, { key = keys.privateKey, kid = 'one', alg = 'RS256' } = {}): string {
  const signed = `${encode({ alg, kid, typ: 'JWT' })}.${encode({ iss: issuer, sub: 'ann', exp: Math.floor(Date.now() / 1000) + 600, ...claims })}`;
  return `${signed}.${createSign('sha256').update(signed).sign(key).toString('base64url')}`;
}
const bearer = (token: string): { readonly headers: Readonly<Record<string, string>> } => ({ headers: { authorization: `Bearer ${token}` } });
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

test('a good token passes and is taken out; each bad one is refused with its reason', async () => {
  const web = await serverWith({ requestAuthentications: [tokensFrom({ issuer, jwks, audiences: ['shop'], outputPayloadToHeader: 'x-payload', outputClaimToHeaders: [{ header: 'x-user', claim: 'sub' }, { header: 'x-role', claim: 'nested.role' }] })] });
  const good = await call(web.ports.inbound, bearer(aToken({ aud: 'https://shop/', nested: { role: 'admin' } })));
  assert.equal(good.status, 200);
  assert.deepEqual([seen?.headers['authorization'], seen?.headers['x-user'], seen?.headers['x-role']], [undefined, 'ann', 'admin']);
  assert.equal((JSON.parse(Buffer.from(String(seen?.headers['x-payload']), 'base64url').toString()) as { sub: string }).sub, 'ann');
  const byParameter = await call(web.ports.inbound, { path: `/p?a=1&access_token=${aToken({ aud: 'shop' })}` });
  assert.deepEqual([byParameter.status, seen?.url], [200, '/p?a=1']);
  const without = await call(web.ports.inbound, { headers: { 'x-user': 'forged' } });
  assert.deepEqual([without.status, seen?.headers['x-user']], [200, undefined]);
  const refusals: readonly (readonly [string, number, string])[] = [
    [aToken({ aud: 'shop', exp: nowSeconds() - 120 }), 401, 'Jwt is expired'],
    [aToken({ aud: 'shop', nbf: nowSeconds() + 120 }), 401, 'Jwt not yet valid'],
    [aToken({ aud: 'other' }), 403, 'Audiences in Jwt are not allowed'],
    [aToken({ aud: 'shop', iss: 'https://evil' }), 401, 'Jwt issuer is not configured'],
    [aToken({ aud: 'shop' }, { key: otherKeys.privateKey }), 401, 'Jwt verification fails'],
    [aToken({ aud: 'shop' }, { kid: 'two' }), 401, "Jwks doesn't have key to match kid or alg from Jwt"],
    [aToken({ aud: 'shop' }, { alg: 'none' }), 401, 'Jwt header [alg] is not supported'],
    ['abc', 401, 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'],
    [`${encode({ alg: 'RS256' })}.e30.`, 401, 'Jwt signature is an invalid Base64url encoded'],
  ];
  for (const [token, status, body] of refusals) {
    const answer = await call(web.ports.inbound, { path: '/bad', ...bearer(token) });
    assert.deepEqual([answer.status, answer.body, answer.headers['www-authenticate']], [status, body, 'Bearer realm="http://web/bad", error="invalid_token"']);
  }
  assert.equal((await call(web.ports.inbound, bearer(aToken({ aud: 'shop', exp: nowSeconds() - 30 })))).status, 200, 'within the skew of 60 s');
  const preflight = await call(web.ports.inbound, { method: 'OPTIONS', headers: { origin: 'http://x', 'access-control-request-method': 'GET', authorization: 'Bearer abc' } });
  assert.equal(preflight.status, 200);
});

test('claims decide: a request principal is required, and roles from lists and nested claims', async () => {
  const web = await serverWith({
    requestAuthentications: [tokensFrom({ issuer, jwks })],
    authorizationPolicies: [aPolicy('admins', { rules: [{ from: [{ source: { requestPrincipals: [`${issuer}/*`] } }], when: [{ key: 'request.auth.claims[realm][roles]', values: ['admin'] }, { key: 'request.auth.claims[scope]', values: ['write'] }] }] })],
  });
  assert.equal((await call(web.ports.inbound)).status, 403);
  assert.equal((await call(web.ports.inbound, bearer(aToken({ realm: { roles: ['admin', 'x'] }, scope: 'read write' })))).status, 200);
  assert.equal((await call(web.ports.inbound, bearer(aToken({ realm: { roles: ['x'] }, scope: 'write' })))).status, 403);
  assert.equal((await call(web.ports.inbound, bearer(aToken({ realm: { roles: 'admin' }, scope: 'read' })))).status, 403);
});

test('with two issuers a token of either passes, and a bad one of either does not', async () => {
  const second = 'https://second.example.com';
  const secondKeys = JSON.stringify({ keys: [{ ...otherKeys.publicKey.export({ format: 'jwk' }), kid: 'two' }] });
  const web = await serverWith({ requestAuthentications: [tokensFrom({ issuer, jwks }, { issuer: second, jwks: secondKeys })] });
  assert.equal((await call(web.ports.inbound)).status, 200);
  assert.equal((await call(web.ports.inbound, bearer(aToken()))).status, 200);
  assert.equal((await call(web.ports.inbound, bearer(aToken({ iss: second }, { key: otherKeys.privateKey, kid: 'two' })))).status, 200);
  const wrong = await call(web.ports.inbound, bearer(aToken({ iss: second }, { kid: 'two' })));
  assert.deepEqual([wrong.status, wrong.body], [401, 'Jwt verification fails']);
});

test('keys that the proxy fetches itself: once for all who wait, and 401 when they do not come', async () => {
  let fetches = 0;
  const server = await mesh.app((_, response) => {
    fetches += 1;
    setTimeout(() => response.end(jwks), 20);
  });
  const cluster: Cluster = { name: 'keys', type: 'STATIC', connectTimeout: '1s', loadAssignment: assignment('keys', [{ port: server.port }]) };
  const remote = (uriCluster: string): HttpFilter => {
    const [filter] = filtersOf({ requestAuthentications: [tokensFrom({ issuer, jwks })] });
    const config = filter?.typedConfig as unknown as { readonly providers: Readonly<Record<string, object>> };
    const { localJwks: _, ...provider } = config.providers['origins-0'] as { readonly localJwks?: unknown };
    return { name: 'jwt', typedConfig: { '@type': '', ...config, providers: { 'origins-0': { ...provider, remoteJwks: { httpUri: { uri: 'http://issuer/keys', cluster: uriCluster, timeout: '1s' } } } } } };
  };
  const web = await mesh.server('remote-v1', appPort, { mode: 'PERMISSIVE', filters: [remote('keys')], clusters: [cluster] });
  const answers = await Promise.all([1, 2, 3].map(() => call(web.ports.inbound, bearer(aToken()))));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200]);
  assert.equal(fetches, 1);
  const lost = await mesh.server('lost-v1', appPort, { mode: 'PERMISSIVE', filters: [remote('nowhere')] });
  const answer = await call(lost.ports.inbound, bearer(aToken()));
  assert.deepEqual([answer.status, answer.body], [401, 'Jwks remote fetch is failed']);
});

// === external authorization ===

test('an external authorizer is asked about what its rules match, and its word counts', async () => {
  const asked: { readonly url: string | undefined; readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  const authorizer = await mesh.app((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      if (request.headers['x-token'] === 'good') response.writeHead(200, { 'x-user': 'ann', 'x-other': 'no', 'x-seen': 'yes' }).end();
      else if (request.headers['x-token'] === 'broken') response.writeHead(503).end();
      else response.writeHead(418, { 'x-why': 'no token', 'content-type': 'application/json', location: '/login' }).end('{"no":1}');
    });
  });
  const name = 'outbound|9000||authorizer.test.svc.cluster.local';
  const cluster: Cluster = { name, type: 'STATIC', connectTimeout: '1s', loadAssignment: assignment(name, [{ port: authorizer.port }]) };
  const snapshotWith = (provider: Partial<ExtAuthzHttpProvider>): Partial<MeshSnapshot> => ({
    services: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'authorizer', namespace: 'test' }, spec: { ports: [{ port: 9000, name: 'http' }] } }],
    mesh: { ...EMPTY_SNAPSHOT.mesh, extensionProviders: [{ name: 'ext', envoyExtAuthzHttp: { service: 'authorizer.test.svc.cluster.local', port: 9000, timeout: '1s', pathPrefix: '/check', includeRequestHeadersInCheck: ['x-token'], includeAdditionalHeadersInCheck: { 'x-from': 'mesh' }, headersToUpstreamOnAllow: ['x-user'], headersToDownstreamOnAllow: ['x-seen'], headersToDownstreamOnDeny: ['x-why'], includeRequestBodyInCheck: { maxRequestBytes: 8, allowPartialMessage: true }, ...provider } }] },
    authorizationPolicies: [aPolicy('ask', { action: 'CUSTOM', provider: { name: 'ext' }, rules: [{ to: [{ operation: { paths: ['/guarded*'] } }] }] })],
  });
  const web = await serverWith(snapshotWith({}), [cluster]);
  assert.equal((await call(web.ports.inbound, { path: '/open' })).status, 200);
  assert.equal(asked.length, 0);
  const allowed = await call(web.ports.inbound, { method: 'POST', path: '/guarded?q=1', headers: { 'x-token': 'good', 'x-private': 'p', 'x-user': 'forged' }, body: 'a long body' });
  assert.deepEqual([allowed.status, allowed.body, allowed.headers['x-seen']], [200, 'app', 'yes']);
  assert.deepEqual([seen?.headers['x-user'], seen?.headers['x-other']], ['ann', undefined]);
  assert.deepEqual([asked[0]?.url, asked[0]?.headers['x-from'], asked[0]?.headers['x-private'], asked[0]?.headers['host'], asked[0]?.body], ['/check/guarded?q=1', 'mesh', undefined, 'web', 'a long b']);
  const denied = await call(web.ports.inbound, { path: '/guarded' });
  assert.deepEqual([denied.status, denied.body, denied.headers['x-why'], denied.headers['location'], denied.headers['content-type']], [418, '{"no":1}', 'no token', '/login', 'application/json']);
  assert.equal((await accessLogLine(web, ({ response_code: code }) => code === 418))['response_flags'], 'UAEX');
  assert.equal((await call(web.ports.inbound, { path: '/guarded', headers: { 'x-token': 'broken' } })).status, 403);
  const open = await serverWith(snapshotWith({ failOpen: true }), [cluster]);
  assert.equal((await call(open.ports.inbound, { path: '/guarded', headers: { 'x-token': 'broken' } })).status, 200);
  const own = await serverWith(snapshotWith({ statusOnError: '503' }));
  assert.equal((await call(own.ports.inbound, { path: '/guarded' })).status, 503);
});

test('an external authorizer that speaks gRPC', async (t) => {
  const asked: { readonly path?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }[] = [];
  const authorizer = new Server();
  const [requestType, responseType] = ['CheckRequest', 'CheckResponse'].map((name) => typeOfUrl(xdsRoot(), `envoy.service.auth.v3.${name}`));
  assert.ok(requestType !== undefined && responseType !== undefined);
  const method = { path: '/envoy.service.auth.v3.Authorization/Check', requestStream: false, responseStream: false, requestSerialize: (value: Buffer) => value, requestDeserialize: (value: Buffer) => decodeMessage(requestType, value), responseSerialize: (value: object) => encodeMessage(responseType, value), responseDeserialize: (value: Buffer) => value } as const;
  authorizer.addService({ check: method }, {
    check: ({ request }: ServerUnaryCall<{ readonly attributes: { readonly request: { readonly http: (typeof asked)[number] } } }, object>, reply: sendUnaryData<object>) => {
      const { http } = request.attributes.request;
      asked.push(http);
      if (http.headers?.['x-token'] === 'good') reply(null, { status: {}, okResponse: { headers: [{ header: { key: 'X-User', value: 'ann' } }], headersToRemove: ['x-secret', 'host'], responseHeadersToAdd: [{ header: { key: 'x-seen', value: 'yes' } }] } });
      else if (http.headers?.['x-token'] === 'broken') reply({ code: 13, details: 'broken' });
      else reply(null, { status: { code: 7 }, deniedResponse: { status: { code: 'Unauthorized' }, headers: [{ header: { key: 'x-why', value: 'no token' } }], body: 'no' } });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    authorizer.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  t.after(() => authorizer.forceShutdown());
  const name = 'outbound|9000||authorizer.test.svc.cluster.local';
  const cluster: Cluster = { name, type: 'STATIC', connectTimeout: '1s', loadAssignment: assignment(name, [{ port }]), ...sendsHttp2() };
  const web = await serverWith({
    services: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'authorizer', namespace: 'test' }, spec: { ports: [{ port: 9000, name: 'grpc' }] } }],
    mesh: { ...EMPTY_SNAPSHOT.mesh, extensionProviders: [{ name: 'ext', envoyExtAuthzGrpc: { service: 'authorizer.test.svc.cluster.local', port: 9000, timeout: '1s', includeRequestBodyInCheck: { maxRequestBytes: 100 } } }] },
    authorizationPolicies: [aPolicy('ask', { action: 'CUSTOM', provider: { name: 'ext' }, rules: [{ to: [{ operation: { paths: ['/guarded'] } }] }] })],
  }, [cluster]);
  const allowed = await call(web.ports.inbound, { method: 'POST', path: '/guarded', headers: { 'x-token': 'good', 'x-secret': 's' }, body: 'hello' });
  assert.deepEqual([allowed.status, allowed.headers['x-seen'], seen?.headers['x-user'], seen?.headers['x-secret'], seen?.headers['host']], [200, 'yes', 'ann', undefined, 'web']);
  assert.deepEqual([asked[0]?.path, asked[0]?.body, asked[0]?.headers?.[':method']], ['/guarded', 'hello', 'POST']);
  const denied = await call(web.ports.inbound, { path: '/guarded' });
  assert.deepEqual([denied.status, denied.body, denied.headers['x-why']], [401, 'no', 'no token']);
  assert.equal((await call(web.ports.inbound, { path: '/guarded', headers: { 'x-token': 'broken' } })).status, 403);
  assert.equal((await call(web.ports.inbound, { method: 'POST', path: '/guarded', headers: { 'x-token': 'good' }, body: 'x'.repeat(200) })).status, 413);
});

test('a CUSTOM policy whose provider is not there denies what it matches', async () => {
  const web = await serverWith({ authorizationPolicies: [aPolicy('ask', { action: 'CUSTOM', provider: { name: 'missing' }, rules: [{ to: [{ operation: { paths: ['/guarded'] } }] }] })] });
  assert.equal((await call(web.ports.inbound, { path: '/guarded' })).status, 403);
  assert.equal((await call(web.ports.inbound, { path: '/open' })).status, 200);
});
