import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';

/** Real processes: the control plane, sidecars with their apps, a gateway, and the command line. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ECHO = `require('http').createServer((q,s)=>{s.setHeader('x-version',process.env.SERVICE_VERSION);q.pipe(s)}).listen(process.env.PORT,'127.0.0.1')`;
type Endpoints = Readonly<Record<string, string>>;
interface Running {
  readonly child: ChildProcess;
  readonly endpoints: Endpoints;
  readonly ended: Promise<number | null>;
}

const dataDir = mkdtempSync(join(tmpdir(), 'mesh-cli-'));
const children = new Set<ChildProcess>();
let controlArgs: string[] = [];
let control: Running;

before(async () => {
  controlArgs = ['mesh-core/bin/control.ts', '--data-dir', dataDir, '--kube-port', '0', '--xds-port', '0', '--monitoring-port', '0', '--otlp-port', '0', '--gateway-port', '0'];
  control = await start(controlArgs);
});
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all([...children].map((child) => new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(undefined)))));
  rmSync(dataDir, { recursive: true, force: true });
});

test('a program joins, is reached by another through both sidecars, and leaves with the mesh knowing', { timeout: 60_000 }, async () => {
  const [port = 0] = await freePorts(1);
  const web = await start(meshRun('web', 'v1', port));
  const caller = await start(['mesh-core/bin/mesh.ts', 'run', '--service', 'caller', '--', process.execPath, '-e', 'setInterval(() => {}, 1000)']);
  const answer = await eventually(async () => {
    const got = await send(caller.endpoints['outbound'] ?? '', 'web', 'hello');
    return got.status === 200 ? got : undefined;
  }, 'the first answer');
  assert.equal(answer.body, 'hello');
  const entries = JSON.parse((await mesh('get', 'we', '-o', 'json')).stdout) as { items: { metadata: { name: string; annotations: Record<string, string> }; spec: { serviceAccount: string; labels: Record<string, string> } }[] };
  const entry = entries.items.find((e) => e.metadata.name.startsWith('web-v1-127.0.0.1-'));
  assert.equal(entry?.spec.serviceAccount, 'web');
  assert.equal(entry.spec.labels['version'], 'v1');
  assert.equal(`http://127.0.0.1:${entry.metadata.annotations['prometheus.io/port']}`, web.endpoints['stats']);
  assert.match((await mesh('proxies')).stdout, /web-v1-127\.0\.0\.1-\d+\.default +SYNCED +SYNCED +SYNCED +SYNCED/);

  const startedAt = performance.now();
  web.child.kill('SIGTERM');
  assert.equal(await web.ended, 0);
  assert.ok(performance.now() - startedAt < 4000, `leaving took ${Math.round(performance.now() - startedAt)} ms`);
  assert.equal((await send(caller.endpoints['outbound'] ?? '', 'web', 'x')).status, 503);
  await eventually(async () => !(await mesh('get', 'we', '-o', 'name')).stdout.includes('web-v1') || undefined, 'the end of the WorkloadEntry');
  caller.child.kill('SIGTERM');
  assert.equal(await caller.ended, 0);
});

test("the exit code of the program is mesh run's own", { timeout: 30_000 }, async () => {
  const ended = await mesh('run', '--service', 'brief', '--', process.execPath, '-e', 'console.log(process.env.HTTP_PROXY, process.env.PORT); process.exit(7)');
  assert.equal(ended.code, 7);
  // The sidecar's own lines, and no warnings of Node, are on stderr.
  assert.match(ended.stdout, /^http:\/\/127\.0\.0\.1:\d+ undefined\n$/);
  assert.match(ended.stderr, /"message":"the program has ended; leaving the mesh"/);
  assert.doesNotMatch(ended.stderr, /Warning/);
  assert.equal((await mesh('run', '--service', 'brief', '--', 'no-such-program-here')).code, 127);
});

test('objects are applied, shown, refused with the field, and deleted', { timeout: 30_000 }, async () => {
  const file = join(dataDir, 'rule.yaml');
  const rule = (weight: number): string => `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: split}\nspec: {hosts: [web], http: [{route: [{destination: {host: web}, weight: ${weight}}]}]}\n`;
  writeFileSync(file, rule(1));
  assert.equal((await mesh('apply', '-f', file)).stdout, 'virtualservice.networking.istio.io/split created\n');
  assert.equal((await mesh('apply', '-f', file)).stdout, 'virtualservice.networking.istio.io/split unchanged\n');
  writeFileSync(file, rule(2));
  assert.equal((await mesh('apply', '-f', file)).stdout, 'virtualservice.networking.istio.io/split configured\n');
  assert.match((await mesh('get', 'vs')).stdout, /^NAMESPACE +NAME +GATEWAYS +HOSTS +AGE\ndefault +split +- +web +\d+s\n$/);
  assert.match((await mesh('get', 'vs', 'split', '-o', 'yaml')).stdout, /weight: 2/);
  writeFileSync(file, rule(-1));
  const refused = await mesh('apply', '-f', file);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /virtualservice\.networking\.istio\.io\/split: .*weight/s);
  assert.equal((await mesh('delete', 'vs', 'split')).stdout, 'virtualservice.networking.istio.io/split deleted\n');
  assert.equal((await mesh('delete', 'vs', 'split')).code, 1);
});

test('a gateway serves what Gateway and VirtualService say', { timeout: 60_000 }, async () => {
  const [port = 0, gatewayPort = 0] = await freePorts(2);
  const shop = await start(meshRun('shop', 'v1', port));
  const gateway = await start(['mesh-core/bin/mesh.ts', 'gateway', '--port', String(gatewayPort)]);
  const file = join(dataDir, 'gateway.yaml');
  writeFileSync(file, 'apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: door}\nspec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: door}\nspec: {hosts: ["*"], gateways: [door], http: [{route: [{destination: {host: shop, port: {number: 80}}}]}]}\n');
  assert.equal((await mesh('apply', '-f', file)).code, 0);
  const answer = await eventually(async () => {
    const got = await send(`http://127.0.0.1:${gatewayPort}`, 'shop.example.com', 'from outside').catch(() => undefined);
    return got?.status === 200 ? got : undefined;
  }, 'the way in');
  assert.equal(answer.body, 'from outside');
  for (const { child, ended } of [gateway, shop]) {
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  }
});

test('without a kubeconfig the next step is said', async () => {
  const ended = await mesh('run', '--data-dir', join(dataDir, 'nowhere'), '--service', 'x', '--', 'true');
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /There is no kubeconfig at .*nowhere\/kubeconfig: start the control plane first/);
});

test('a workload waits for a control plane that is away, saying so, and joins when it is back', { timeout: 60_000 }, async () => {
  const { kube, xds } = JSON.parse(readFileSync(join(dataDir, 'control', 'endpoints.json'), 'utf8')) as Record<string, string>;
  control.child.kill('SIGKILL');
  await control.ended;
  assert.match((await mesh('get', 'vs')).stderr, /The control plane does not answer: connect ECONNREFUSED .*Is it running\?/);
  const waiting = spawnNode(['mesh-core/bin/mesh.ts', 'run', '--service', 'patient', '--', process.execPath, '-e', 'setInterval(() => {}, 1000)']);
  const ready = readyOf(waiting);
  let output = '';
  waiting.stderr?.on('data', (chunk) => (output += String(chunk)));
  await eventually(() => /the control plane does not answer: .*trying again/.test(output) || undefined, 'the complaint');
  const args = controlArgs.map((arg, index) => (controlArgs[index - 1] === '--kube-port' ? portOf(kube) : controlArgs[index - 1] === '--xds-port' ? portOf(xds) : arg));
  control = await start(args);
  await ready;
  const ended = new Promise((resolve) => waiting.once('exit', resolve));
  waiting.kill('SIGTERM');
  assert.equal(await ended, 0);
});

test('a program does not outlive a sidecar that is killed', { timeout: 30_000 }, async () => {
  const [port = 0] = await freePorts(1);
  const doomed = await start(meshRun('doomed', 'v1', port));
  assert.equal((await send(`http://127.0.0.1:${port}`, 'x', 'alive')).body, 'alive');
  doomed.child.kill('SIGKILL');
  await eventually(() => send(`http://127.0.0.1:${port}`, 'x', '').then(() => undefined, () => true), 'the end of the program');
});

function meshRun(service: string, version: string, port: number): string[] {
  return ['mesh-core/bin/mesh.ts', 'run', '--service', service, '--version', version, '--port', String(port), '--', process.execPath, '-e', ECHO];
}

function spawnNode(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, BINNACLE_DATA_DIR: dataDir, BINNACLE_LOG_LEVEL: 'info' }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  children.add(child);
  return child;
}

function readyOf(child: ChildProcess): Promise<Endpoints> {
  return new Promise((resolve, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    child.on('message', (message: { kind?: string; endpoints?: Endpoints }) => {
      if (message.kind === 'ready') resolve(message.endpoints ?? {});
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready:\n${output}`)));
  });
}

async function start(args: readonly string[]): Promise<Running> {
  const child = spawnNode(args);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  return { child, ended, endpoints: await readyOf(child) };
}

function mesh(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawnNode(['mesh-core/bin/mesh.ts', ...args]);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

function send(base: string, host: string, body: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(base, { method: 'POST', headers: { host, 'content-length': Buffer.byteLength(body) }, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function eventually<T>(ask: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(50)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`${what} did not come within 20 seconds`);
}

function portOf(url: string | undefined): string {
  return url?.split(':').at(-1) ?? '0';
}
