import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { KubeHttpRoute, RouteStatus, StatusCondition } from '#mesh-core/domain/resources/gateway-api.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { startControlProcess, temporaryDirectory, until } from '../control/control-harness.ts';
import type { ControlProcess } from '../control/control-harness.ts';

/** Gateway and HTTPRoute applied over the Kubernetes API, obeyed by a gateway proxy and told in their statuses: real processes. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ECHO = `require('http').createServer((q,s)=>{s.end(JSON.stringify({url:q.url,headers:q.headers}))}).listen(process.env.PORT,'127.0.0.1')`;
const API = 'gateway.networking.k8s.io/v1';

const children: ChildProcess[] = [];
let control: ControlProcess;
let port = 0;

test('Gateway API, from kubectl apply to the byte on the wire', { timeout: 60_000 }, async (t) => {
  t.after(() => children.forEach((child) => child.kill('SIGKILL')));
  const dataDir = temporaryDirectory(t);
  control = await startControlProcess(t, dataDir);
  const [appPort = 0, gatewayPort = 0] = await freePorts(2);
  port = gatewayPort;
  await apply({ apiVersion: API, kind: 'Gateway', metadata: { name: 'edge', namespace: 'default' }, spec: { gatewayClassName: 'istio', listeners: [{ name: 'http', port, protocol: 'HTTP', hostname: '*.example.com' }] } });
  await Promise.all([
    start(['mesh-core/bin/mesh.ts', 'run', '--data-dir', dataDir, '--service', 'shop', '--port', String(appPort), '--', process.execPath, '-e', ECHO]),
    start(['mesh-core/bin/mesh.ts', 'gateway', '--data-dir', dataDir, '--gateway', 'edge']),
  ]);
  await t.test('routes by host and path, changes headers, redirects, answers 404 without a route', routesRequests);
  await t.test('an invalid backend takes its share of requests with 500', sharesWithInvalidBackend);
  await t.test('statuses say what is attached and what is wrong', tellsStatuses);
});

async function routesRequests(): Promise<void> {
  await apply(
    route('shop', ['shop.example.com'], [
      { matches: [{ path: { type: 'PathPrefix', value: '/api' } }], filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x-edge', value: 'yes' }], remove: ['x-secret'] } }], backendRefs: [{ name: 'shop', port: 80 }] },
      { matches: [{ path: { type: 'Exact', value: '/old' } }], filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'new.example.com' } }] },
    ]),
  );
  const answer = await eventually('shop.example.com', '/api/items', 200);
  const seen = JSON.parse(answer.body) as { url: string; headers: IncomingHttpHeaders };
  assert.deepEqual([seen.url, seen.headers['x-edge'], seen.headers['x-secret']], ['/api/items', 'yes', undefined]);
  const redirect = await send('shop.example.com', '/old');
  assert.deepEqual([redirect.status, redirect.headers.location], [302, `http://new.example.com:${port}/old`]);
  assert.equal((await send('shop.example.com', '/none')).status, 404);
  assert.equal((await send('shop.example.com', '/apis')).status, 404, 'a path prefix ends at a slash');
  assert.equal((await send('other.example.com', '/api')).status, 404);
}

async function sharesWithInvalidBackend(): Promise<void> {
  await apply(route('split', ['split.example.com'], [{ backendRefs: [{ name: 'shop', port: 80, weight: 1 }, { name: 'nowhere', port: 80, weight: 1 }] }]));
  await eventually('split.example.com', '/', 200);
  const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await send('split.example.com', '/')).status));
  const failed = statuses.filter((status) => status === 500).length;
  assert.equal(statuses.filter((status) => status === 200).length + failed, 200, String([...new Set(statuses)]));
  assert.ok(failed > 50 && failed < 150, `${failed} of 200 requests failed`);
}

async function tellsStatuses(): Promise<void> {
  await apply(route('stray', ['elsewhere.org'], [{ backendRefs: [{ name: 'nowhere', port: 80 }] }]));
  const conditions = await until(async () => {
    const { status } = await control.kube.get<KubeHttpRoute>(servedKind('HTTPRoute'), 'stray', 'default');
    return parentConditions(status);
  }, 'a status');
  assert.deepEqual(conditions, { Accepted: 'False NoMatchingListenerHostname', ResolvedRefs: 'False BackendNotFound' });
  await until(async () => {
    const { status } = await control.kube.get<KubeObject<unknown, { conditions?: StatusCondition[]; addresses?: { value: string }[]; listeners?: { attachedRoutes: number }[] }>>(servedKind('K8sGateway'), 'edge', 'default');
    const isProgrammed = status?.conditions?.some(({ type, status: state }) => type === 'Programmed' && state === 'True') === true;
    return isProgrammed && status?.addresses?.[0]?.value === 'edge-istio.default.svc.cluster.local' && status.listeners?.[0]?.attachedRoutes === 2 ? true : undefined;
  }, 'the Gateway to be programmed with two routes');
}

function parentConditions(status: RouteStatus | undefined): Record<string, string> | undefined {
  const [parent] = status?.parents ?? [];
  return parent === undefined ? undefined : Object.fromEntries(parent.conditions.map(({ type, status: state, reason = '' }) => [type, `${state} ${reason}`]));
}

function route(name: string, hostnames: readonly string[], rules: readonly object[]): KubeObject {
  return { apiVersion: API, kind: 'HTTPRoute', metadata: { name, namespace: 'default' }, spec: { parentRefs: [{ name: 'edge' }], hostnames, rules } };
}

async function apply(object: KubeObject): Promise<void> {
  await control.kube.create(object);
}

/** Starts a process of the mesh and waits until it says that it is ready. */
async function start(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  children.push(child);
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: { kind?: string }) => {
      if (message.kind === 'ready') resolve();
    });
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}: ${output}`)));
  });
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function send(host: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { host: `${host}:${port}`, 'x-secret': 'no' }, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function eventually(host: string, path: string, status: number): Promise<Answer> {
  let last = 'no answer';
  return until(async () => {
    const answer = await send(host, path).catch((error: unknown) => {
      last = String(error);
      return undefined;
    });
    if (answer !== undefined) last = `${answer.status} ${answer.body}`;
    return answer?.status === status ? answer : undefined;
  }, `${status} of ${host}${path}`, () => last);
}
