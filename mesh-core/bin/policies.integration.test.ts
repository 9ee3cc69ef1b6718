import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { startProxy } from '#mesh-core/proxy/start-proxy.ts';
import type { ProxyIdentity, RunningProxy } from '#mesh-core/proxy/start-proxy.ts';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { startControlProcess, temporaryDirectory, until } from '../control/control-harness.ts';
import type { ControlProcess } from '../control/control-harness.ts';

/** Policies applied over the Kubernetes API, to a control plane of its own, obeyed by proxies: tokens whose keys are fetched, claims that route, limits, statuses. */
const SECURITY = 'security.istio.io/v1';
const NETWORKING = 'networking.istio.io/v1';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let keySet = JSON.stringify({ keys: [] });
let control: ControlProcess;

test('policies, from kubectl apply to the byte on the wire', { timeout: 60_000 }, async (t) => {
  control = await startControlProcess(t, temporaryDirectory(t));
  const app = await serve(t, (request, response) => response.end(request.headers['x-name'] ?? 'app'));
  const issuer = await serve(t, (_, response) => response.end(keySet));
  await apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: app }] } });
  const web = await proxy(t, { type: 'sidecar', namespace: 'default', workload: 'web-v1', serviceAccount: 'web', labels: { app: 'web' }, appPort: app });
  const rules = (jwksUri: string): object => ({ jwtRules: [{ issuer: 'me', jwksUri }] });
  await t.test('keys are fetched by the control plane, and again when they were not there yet', async () => {
    await apply({ apiVersion: SECURITY, kind: 'RequestAuthentication', metadata: { name: 'tokens', namespace: 'default' }, spec: rules(`http://127.0.0.1:${issuer}/keys`) });
    await apply({ apiVersion: SECURITY, kind: 'AuthorizationPolicy', metadata: { name: 'ann', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'web' } }, rules: [{ from: [{ source: { requestPrincipals: ['me/ann'] } }] }] } });
    await until(async () => ((await ask(web.ports.inbound)).status === 403 ? true : undefined), 'the policy to be in force');
    const refused = await ask(web.ports.inbound, { authorization: `Bearer ${token('ann')}` });
    assert.equal(refused.status, 401, 'the issuer has no keys yet');
    keySet = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }] });
    await apply({ apiVersion: SECURITY, kind: 'RequestAuthentication', metadata: { name: 'tokens', namespace: 'default' }, spec: rules(`http://127.0.0.1:${issuer}/other-keys`) });
    await until(async () => ((await ask(web.ports.inbound, { authorization: `Bearer ${token('ann')}` })).status === 200 ? true : undefined), 'the keys to be in force');
    assert.equal((await ask(web.ports.inbound, { authorization: `Bearer ${token('bob')}` })).status, 403);
  });
  await t.test('on a gateway claims choose the route', async () => {
    const [port = 0] = await freePorts(1);
    await apply({ apiVersion: SECURITY, kind: 'RequestAuthentication', metadata: { name: 'edge', namespace: 'default' }, spec: { selector: { matchLabels: { edge: 'yes' } }, ...rules(`http://127.0.0.1:${issuer}/edge-keys`) } });
    await apply({ apiVersion: NETWORKING, kind: 'Gateway', metadata: { name: 'edge', namespace: 'default' }, spec: { selector: { edge: 'yes' }, servers: [{ port: { number: port, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] } });
    const answer = (body: string): object => ({ directResponse: { status: 200, body: { string: body } } });
    await apply({ apiVersion: NETWORKING, kind: 'VirtualService', metadata: { name: 'edge', namespace: 'default' }, spec: { hosts: ['*'], gateways: ['edge'], http: [{ match: [{ headers: { '@request.auth.claims.sub': { exact: 'ann' } } }], ...answer('hello ann') }, answer('who are you')] } });
    await proxy(t, { type: 'router', namespace: 'default', workload: 'edge', serviceAccount: 'edge', labels: { edge: 'yes' } });
    await until(async () => {
      const { body } = await ask(port, { authorization: `Bearer ${token('ann')}` }).catch(() => ({ body: '' }));
      return body === 'hello ann' ? true : undefined;
    }, 'the route of ann');
    assert.equal((await ask(port)).body, 'who are you');
    assert.equal((await ask(port, { '@request.auth.claims.sub': 'ann' }).catch(() => ({ body: 'refused' }))).body !== 'hello ann', true, 'a header of that name is no claim');
  });
  await t.test('limits come into force, and go with their policy; what is not supported is said in the status', async () => {
    await apply({ apiVersion: 'binnacle.dev/v1', kind: 'RateLimitPolicy', metadata: { name: 'few', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'web' } }, limits: [{ requests: 1, per: '1h' }] } });
    await until(async () => ((await ask(web.ports.inbound, { authorization: `Bearer ${token('ann')}` })).status === 429 ? true : undefined), 'the limit to be in force');
    await control.kube.delete(kindOf('binnacle.dev/v1', 'RateLimitPolicy'), 'few', 'default');
    await until(async () => ((await ask(web.ports.inbound, { authorization: `Bearer ${token('ann')}` })).status === 200 ? true : undefined), 'the limit to be gone');
    const patch = { applyTo: 'CLUSTER', match: { context: 'ANY' }, patch: { operation: 'MERGE', value: { connect_timeout: '1s' } } };
    await apply({ apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter', metadata: { name: 'clusters', namespace: 'default' }, spec: { configPatches: [patch] } });
    const message = await until(async () => {
      const { status } = await control.kube.get<KubeObject<unknown, { readonly conditions?: readonly { readonly type: string; readonly message?: string }[] }>>(kindOf('networking.istio.io/v1alpha3', 'EnvoyFilter'), 'clusters', 'default');
      return status?.conditions?.find(({ type }) => type === 'Supported')?.message;
    }, 'the condition');
    assert.match(message, /^spec\.configPatches\[0\]: only envoy\.filters\.http\.local_ratelimit/);
  });
});

async function proxy(t: TestContext, identity: ProxyIdentity): Promise<RunningProxy> {
  const running = await startProxy({
    identity,
    controlPlane: control.endpoints.xds,
    rootPem: control.rootPem,
    joinToken: () => control.kube.createServiceAccountToken(identity.namespace, identity.serviceAccount),
    log: silentLogger,
  });
  t.after(() => running.close());
  await running.ready;
  return running;
}

async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function apply(object: KubeObject): Promise<void> {
  const kind = kindOf(object.apiVersion, object.kind);
  const { name, namespace } = object.metadata;
  const existing = await control.kube.get(kind, name, namespace).catch(() => undefined);
  if (existing === undefined) await control.kube.create(object);
  else await control.kube.update({ ...object, metadata: { ...existing.metadata, ...object.metadata } });
}

function kindOf(apiVersion: string, name: string): NonNullable<ReturnType<typeof kindByApiVersion>> {
  const kind = kindByApiVersion(apiVersion, name);
  assert.ok(kind !== undefined, `${apiVersion} ${name}`);
  return kind;
}

function token(subject: string): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'ES256', kid: 'k' })}.${encode({ iss: 'me', sub: subject, exp: Math.floor(Date.now() / 1000) + 600 })}`;
  return `${signed}.${createSign('sha256').update(signed).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function ask(port: number, headers: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, headers: { host: 'web', ...headers } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
