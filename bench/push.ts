import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { readKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';
import { SimulatedProxy } from './push/simulated-proxy.ts';
import type { Protocol } from './push/simulated-proxy.ts';

/**
 * How long from an applied change to the last of N proxies having accepted it, and what a proxy costs the control plane:
 * `node bench/push.ts [10,100,1000] [services] [delta,sotw] [seconds]`. The control plane is a process of its own; the proxies are simulated, each
 * with a TLS connection and a stream of its own, in this one. Times hold the pause for further changes (debounce, 100 ms).
 * What takes longer than its limit (`seconds` for connecting, 180 unless told, a sixth of it for a change) is told as not reached; the state of the world is left out where it is gigabytes.
 */
const counts = (process.argv[2] ?? '10,100,1000').split(',').map(Number);
const services = Number(process.argv[3] ?? 1000);
const protocols = (process.argv[4] ?? 'delta,sotw').split(',').filter((word): word is Protocol => word === 'delta' || word === 'sotw');
const CONNECT_AT_ONCE = 25;
/** Longest wait for all proxies to have connected, and for all to have accepted a change. */
const CONNECT_LIMIT_MS = Number(process.argv[5] ?? 180) * 1000;
const CHANGE_LIMIT_MS = CONNECT_LIMIT_MS / 6;
/** Each change is measured so often, less often where a round is long. */
const repeatsFor = (n: number): number => (n > 500 ? 3 : 5);
/** Every change sends every proxy the state of the world: beyond this many proxies times services that is gigabytes. */
const SOTW_LIMIT = 200_000;
const BYTES_OF_A_CLUSTER = 1100;
const NAMESPACE = 'bench';

interface Control {
  readonly child: ChildProcess;
  readonly xds: string;
  readonly monitoring: string;
}
const CHANGES = ['route', 'endpoint', 'cluster'] as const;
type Change = (typeof CHANGES)[number];
const NOT_REACHED = 'not reached';
interface Row {
  readonly protocol: Protocol;
  readonly proxies: number;
  /** Undefined: not reached within its limit; then nothing else was measured. */
  readonly connectMs: number | undefined;
  /** Milliseconds of each round; fewer than were tried when one was not reached. */
  readonly times: Readonly<Record<Change, readonly number[]>>;
  readonly sentBytes: Readonly<Record<Change, number>>;
  readonly cpuMs: Readonly<Record<Change, readonly number[]>>;
  readonly bytesPerProxy: number;
}

async function startControl(dataDir: string): Promise<Control> {
  const entry = fileURLToPath(new URL('../mesh-core/bin/control.ts', import.meta.url));
  const args = [...(process.env['BENCH_CONTROL_FLAGS']?.split(' ') ?? []), entry, '--data-dir', dataDir, '--kube-port', '0', '--xds-port', '0', '--monitoring-port', '0', '--gateway-port', '0', '--otlp-port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, BINNACLE_LOG_LEVEL: 'warn' } });
  return new Promise((resolve, reject) => {
    child.on('message', (message: { kind?: string; endpoints?: { xds: string; monitoring: string } }) => {
      if (message.kind === 'ready' && message.endpoints !== undefined) resolve({ child, ...message.endpoints });
    });
    child.once('exit', (code) => reject(new Error(`the control plane ended with ${code}`)));
  });
}

const serviceName = (i: number): string => `svc-${i}`;
const inNamespace = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({ apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec });
function virtualService(weight: number): KubeObject {
  const to = (subset: string, share: number): object => ({ destination: { host: serviceName(0), subset }, weight: share });
  return inNamespace('networking.istio.io/v1', 'VirtualService', serviceName(0), { hosts: [serviceName(0)], http: [{ route: [to('v1', weight), to('v2', 100 - weight)] }] });
}

async function fill(kube: KubeClient): Promise<void> {
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const objects: KubeObject[] = [];
  for (let i = 0; i < services; i += 1) {
    const labels = { app: serviceName(i), version: 'v1' };
    objects.push(inNamespace('v1', 'Service', serviceName(i), { selector: { app: serviceName(i) }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] }));
    objects.push(inNamespace('networking.istio.io/v1', 'WorkloadEntry', `${serviceName(i)}-a`, { address: '127.0.0.1', labels, serviceAccount: serviceName(i), ports: { http: 20_000 + i } }));
  }
  const subsets = ['v1', 'v2'].map((name) => ({ name, labels: { version: name } }));
  objects.push(inNamespace('networking.istio.io/v1', 'DestinationRule', serviceName(0), { host: serviceName(0), subsets, trafficPolicy: { connectionPool: { http: { http2MaxRequests: 1 } } } }), virtualService(50));
  const lanes = Array.from({ length: 8 }, async () => {
    for (let object = objects.pop(); object !== undefined; object = objects.pop()) await kube.create(object);
  });
  await Promise.all(lanes);
}

/** One of the control plane's own metrics: its resident memory, its processor time. */
async function metric(monitoring: string, name: string): Promise<number> {
  const text = await (await fetch(`${monitoring}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+-]+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

async function change(kube: KubeClient, what: Change, round: number): Promise<void> {
  if (what === 'route') await kube.patch(servedKind('VirtualService'), serviceName(0), NAMESPACE, 'merge', { spec: virtualService(10 + round).spec });
  else if (what === 'endpoint') await kube.patch(servedKind('WorkloadEntry'), `${serviceName(1)}-a`, NAMESPACE, 'merge', { spec: { weight: 10 + round } });
  else await kube.patch(servedKind('DestinationRule'), serviceName(0), NAMESPACE, 'merge', { spec: { trafficPolicy: { connectionPool: { http: { http2MaxRequests: 10 + round } } } } });
}

/** Resolves true when the work is done within the limit (ms), false when it is not; rejects when the work does. */
async function within(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const abort = new AbortController();
  try {
    return await Promise.race([work.then(() => true), wait(limitMs, false, { signal: abort.signal })]);
  } finally {
    abort.abort();
  }
}

/** Connects the proxies a few at a time: the answers to a thousand first requests are a gigabyte. */
async function connect(proxies: SimulatedProxy[], n: number, make: (index: number) => SimulatedProxy): Promise<boolean> {
  const until = performance.now() + CONNECT_LIMIT_MS;
  while (proxies.length < n) {
    const some = Array.from({ length: Math.min(CONNECT_AT_ONCE, n - proxies.length) }, (_, i) => make(proxies.length + i));
    proxies.push(...some);
    if (!(await within(until - performance.now(), Promise.all(some.map((proxy) => proxy.synced()))))) return false;
  }
  return true;
}

async function measure(control: Control, kube: KubeClient, rootPem: string, token: string, protocol: Protocol, n: number): Promise<Row> {
  const address = { address: control.xds, rootPem, token };
  const idle = await metric(control.monitoring, 'process_resident_memory_bytes');
  const started = performance.now();
  const proxies: SimulatedProxy[] = [];
  const isConnected = await connect(proxies, n, (index) => new SimulatedProxy(protocol, address, { namespace: NAMESPACE, index }));
  const connectMs = isConnected ? performance.now() - started : undefined;
  const received = (): number => proxies.reduce((sum, proxy) => sum + proxy.receivedBytes, 0);
  const times: Record<Change, number[]> = { route: [], endpoint: [], cluster: [] };
  const sentBytes: Record<Change, number> = { route: 0, endpoint: 0, cluster: 0 };
  const cpuMs: Record<Change, number[]> = { route: [], endpoint: [], cluster: [] };
  let round = Math.floor(Math.random() * 30);
  for (const what of isConnected ? CHANGES : []) {
    for (let i = 0; i < repeatsFor(n); i += 1) {
      await wait(300);
      const before = received();
      const cpuBefore = await metric(control.monitoring, 'process_cpu_seconds_total');
      const accepted = Promise.all(proxies.map((proxy) => proxy.nextAck(what)));
      const at = performance.now();
      await change(kube, what, ++round);
      if (!(await within(CHANGE_LIMIT_MS, accepted))) break;
      times[what].push(performance.now() - at);
      sentBytes[what] = received() - before;
      cpuMs[what].push(((await metric(control.monitoring, 'process_cpu_seconds_total')) - cpuBefore) * 1000);
    }
  }
  const resident = await metric(control.monitoring, 'process_resident_memory_bytes');
  for (const proxy of proxies) proxy.leave();
  await wait(500);
  return { protocol, proxies: n, connectMs, times, sentBytes, cpuMs, bytesPerProxy: (resident - idle) / n };
}

function print(rows: readonly Row[]): void {
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const cells = ({ times, proxies }: Row, what: Change): string => (times[what].length < repeatsFor(proxies) ? NOT_REACHED : `${median(times[what]).toFixed(0)} (${Math.max(...times[what]).toFixed(0)})`);
  const size = (bytes: number): string => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`);
  const cpu = ({ cpuMs }: Row): string => CHANGES.map((what) => (cpuMs[what].length === 0 ? '-' : median(cpuMs[what]).toFixed(0))).join('/');
  const header = ['protocol', 'proxies', 'connect all ms', 'route ms', 'endpoint ms', 'cluster ms', 'sent: route', 'endpoint', 'cluster', 'CPU ms', 'memory/proxy'];
  const lines = rows.map((row) => [row.protocol, String(row.proxies), row.connectMs?.toFixed(0) ?? NOT_REACHED, ...CHANGES.map((what) => cells(row, what)), ...CHANGES.map((what) => size(row.sentBytes[what])), cpu(row), size(row.bytesPerProxy)]);
  const widths = header.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)));
  for (const line of [header, ...lines]) console.log(line.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  '));
}

const dataDir = mkdtempSync(join(tmpdir(), 'bench-push-'));
const control = await startControl(dataDir);
try {
  const config = readKubeconfig(join(dataDir, 'kubeconfig'));
  const kube = createKubeClient(config);
  await fill(kube);
  const token = await kube.createServiceAccountToken(NAMESPACE, 'bench');
  console.log(`${services} services with an endpoint each; from the change being applied to the last proxy's ACK, median (longest)`);
  const rows: Row[] = [];
  for (const n of counts) {
    for (const protocol of protocols) {
      if (protocol === 'sotw' && n * services > SOTW_LIMIT) {
        console.log(`sotw, ${n} proxies: left out, for every change of a cluster sends each of them all ${services} again, about ${((n * services * BYTES_OF_A_CLUSTER) / 1e9).toFixed(1)} GB`);
        continue;
      }
      rows.push(await measure(control, kube, config.caPem ?? '', token, protocol, n));
      console.log(`${protocol}, ${n} proxies: ${JSON.stringify(rows.at(-1))}`);
    }
  }
  print(rows);
} finally {
  control.child.removeAllListeners('exit');
  control.child.kill('SIGTERM');
  await new Promise((resolve) => control.child.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}
