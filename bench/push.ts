import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
 * `node bench/push.ts [10,100,1000] [services] [delta,sotw]`. The control plane is a process of its own; the proxies are simulated, each
 * with a TLS connection and a stream of its own, in this one. Times hold the pause for further changes (debounce, 100 ms).
 */
const counts = (process.argv[2] ?? '10,100,1000').split(',').map(Number);
const services = Number(process.argv[3] ?? 1000);
const protocols = (process.argv[4] ?? 'delta,sotw').split(',').filter((word): word is Protocol => word === 'delta' || word === 'sotw');
const REPEATS = 5;
const CONNECT_AT_ONCE = 25;
const NAMESPACE = 'bench';

interface Control {
  readonly child: ChildProcess;
  readonly xds: string;
  readonly monitoring: string;
}
type Change = 'route' | 'endpoint' | 'cluster';
interface Row {
  readonly protocol: Protocol;
  readonly proxies: number;
  readonly connectMs: number;
  readonly times: Readonly<Record<Change, readonly number[]>>;
  readonly sentBytes: Readonly<Record<Change, number>>;
  readonly cpuMs: Readonly<Record<Change, number>>;
  readonly bytesPerProxy: number;
}

async function startControl(dataDir: string): Promise<Control> {
  const entry = fileURLToPath(new URL('../mesh-core/bin/control.ts', import.meta.url));
  const args = [entry, '--data-dir', dataDir, '--kube-port', '0', '--xds-port', '0', '--monitoring-port', '0', '--gateway-port', '0', '--otlp-port', '0'];
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

async function measure(control: Control, kube: KubeClient, rootPem: string, token: string, protocol: Protocol, n: number): Promise<Row> {
  const address = { address: control.xds, rootPem, token };
  const idle = await metric(control.monitoring, 'process_resident_memory_bytes');
  const started = performance.now();
  const proxies: SimulatedProxy[] = [];
  // Not all at once: the answers to a thousand first requests are two gigabytes.
  while (proxies.length < n) {
    const some = Array.from({ length: Math.min(CONNECT_AT_ONCE, n - proxies.length) }, (_, i) => new SimulatedProxy(protocol, address, { namespace: NAMESPACE, index: proxies.length + i }));
    proxies.push(...some);
    await Promise.all(some.map((proxy) => proxy.synced()));
  }
  const connectMs = performance.now() - started;
  const times: Record<Change, number[]> = { route: [], endpoint: [], cluster: [] };
  const sentBytes: Record<Change, number> = { route: 0, endpoint: 0, cluster: 0 };
  const cpuMs: Record<Change, number> = { route: 0, endpoint: 0, cluster: 0 };
  let round = Math.floor(Math.random() * 30);
  for (const what of ['route', 'endpoint', 'cluster'] as const) {
    for (let i = 0; i < REPEATS; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const before = proxies.reduce((sum, proxy) => sum + proxy.receivedBytes, 0);
      const cpuBefore = await metric(control.monitoring, 'process_cpu_seconds_total');
      const accepted = Promise.all(proxies.map((proxy) => proxy.nextAck(what)));
      const at = performance.now();
      await change(kube, what, ++round);
      await accepted;
      times[what].push(performance.now() - at);
      sentBytes[what] = proxies.reduce((sum, proxy) => sum + proxy.receivedBytes, 0) - before;
      cpuMs[what] = ((await metric(control.monitoring, 'process_cpu_seconds_total')) - cpuBefore) * 1000;
    }
  }
  const resident = await metric(control.monitoring, 'process_resident_memory_bytes');
  for (const proxy of proxies) proxy.leave();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { protocol, proxies: n, connectMs, times, sentBytes, cpuMs, bytesPerProxy: (resident - idle) / n };
}

function print(rows: readonly Row[]): void {
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const cells = (row: Row, what: Change): string => `${median(row.times[what]).toFixed(0)} (${Math.max(...row.times[what]).toFixed(0)})`;
  const size = (bytes: number): string => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`);
  const header = ['protocol', 'proxies', 'connect all ms', 'route ms', 'endpoint ms', 'cluster ms', 'sent: route', 'endpoint', 'cluster', 'CPU ms', 'memory/proxy'];
  const lines = rows.map((row) => [row.protocol, String(row.proxies), row.connectMs.toFixed(0), cells(row, 'route'), cells(row, 'endpoint'), cells(row, 'cluster'), size(row.sentBytes.route), size(row.sentBytes.endpoint), size(row.sentBytes.cluster), `${row.cpuMs.route.toFixed(0)}/${row.cpuMs.endpoint.toFixed(0)}/${row.cpuMs.cluster.toFixed(0)}`, size(row.bytesPerProxy)]);
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
  console.log(`${services} services with an endpoint each; from the change being applied to the last proxy's ACK, median (longest) of ${REPEATS}`);
  const rows: Row[] = [];
  for (const n of counts) {
    for (const protocol of protocols) {
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
