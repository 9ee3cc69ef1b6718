import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { KINDS } from '#mesh-core/domain/resources/kinds.ts';
import { api, dataDir, endpoints, kubeClient, promql, proxySync, readObject, sendThroughGateway } from './running-system.ts';
import { waitUntil } from './wait-until.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCRAPE_SECONDS = 2;
const restarted: ChildProcess[] = [];

test.afterAll(async () => {
  for (const child of restarted) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
});

/** Starts a part anew on the ports it had, and waits until it says that it is ready. */
async function startAgain(part: string, args: readonly string[]): Promise<void> {
  const log = createWriteStream(join(dataDir(), 'logs', `${part}-again.log`));
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, BINNACLE_DATA_DIR: dataDir() } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.pipe(log);
    stream?.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-2000)));
  }
  restarted.push(child);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    // Closed, not only ended: then all it said has arrived.
    child.once('close', (code) => reject(new Error(`${part} ended with ${code} before it was ready; it said last:\n${said}`)));
  });
}

async function killPart(part: string): Promise<void> {
  const pid = endpoints().pids[part];
  if (pid === undefined) throw new Error(`${part} does not run`);
  process.kill(pid, 'SIGKILL');
  await waitUntil(`${part} to be gone`, () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
}

const portOf = (url: string): string => new URL(url.includes('://') ? url : `tcp://${url}`).port;

/** Every stored object's identity and content, without what instances of workloads write by coming and going. */
async function everythingStored(): Promise<Record<string, unknown>> {
  const kube = kubeClient();
  const all: Record<string, unknown> = {};
  for (const kind of KINDS) {
    if (['Event', 'WorkloadEntry', 'CanaryRollout'].includes(kind.kind)) continue;
    const { items } = await kube.list(kind);
    for (const { metadata, apiVersion: _version, kind: _kind, ...content } of items) all[`${kind.kind} ${metadata.namespace ?? ''}/${metadata.name}`] = { uid: metadata.uid, ...content };
  }
  return all;
}

test('the mesh carries 1,000 requests while the control plane is dead, and nothing is lost when it comes back', async () => {
  // The shop's own error-free path, with the initial weights or whatever earlier specs left.
  const before = await everythingStored();
  const proxiesBefore = (await proxySync()).map((p) => p.proxyId).toSorted();
  const marker = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'written-last', namespace: 'shop' }, data: { at: String(Date.now()) } };
  await kubeClient().create(marker);
  await killPart('control');

  await expect(fetch(`${endpoints().monitoring}/healthz`)).rejects.toThrow();
  expect(await sendThroughGateway('/api/products', 1000)).toEqual({ 200: 1000 });

  const { kube, xds, monitoring, otlp, gateway } = endpoints();
  await startAgain('control', ['mesh-core/bin/control.ts', '--data-dir', dataDir(), '--kube-port', portOf(kube), '--xds-port', portOf(xds), '--monitoring-port', portOf(monitoring), '--otlp-port', portOf(otlp), '--gateway-port', portOf(gateway)]);
  expect((await readObject('v1', 'ConfigMap', 'shop', 'written-last'))?.data).toEqual(marker.data);
  const { ['ConfigMap shop/written-last']: _marker, ...after } = await everythingStored();
  expect(after).toEqual(before);
  const synced = await waitUntil('every proxy to be connected and in sync', async () => {
    const proxies = await proxySync();
    const ready = proxies.filter((p) => Object.values(p.types).every((t) => t.state === 'synced' || t.state === 'not-sent')).map((p) => p.proxyId).toSorted();
    return proxiesBefore.every((id) => ready.includes(id)) && ready;
  }, 60_000);
  expect(synced).toEqual(proxiesBefore);
  expect(await sendThroughGateway('/api/products', 100)).toEqual({ 200: 100 });
});

test('a server killed by kill -9 loses no more than one scrape', async () => {
  const query = 'timestamp(up)';
  const newest = async (): Promise<number> => Math.max(0, ...(await promql(query)).map((s) => s.value));
  await waitUntil('samples', async () => (await newest()) > 0);
  const { console: consoleUrl, otlp, pages } = endpoints();
  const last = await newest();
  const killedAt = Date.now() / 1000;
  await killPart('server');
  await startAgain('server', ['server/main.ts', '--data-dir', dataDir(), '--port', portOf(consoleUrl), '--otlp-port', portOf(otlp), '--otlp-grpc-port', '0', '--zipkin-port', '0', '--pages-url', pages, '--scrape-seconds', String(SCRAPE_SECONDS)]);

  const range = await api<{ data: { result: { metric: Record<string, string>; values: [number, string][] }[] } }>(`/prometheus/api/v1/query?query=${encodeURIComponent('up[2m]')}&time=${killedAt}`);
  const kept = range.data.result.map(({ values }) => Math.max(...values.map(([t]) => t)));
  expect(kept.length).toBeGreaterThan(10);
  // Every target was scraped within the interval before the kill; what had been written by then is still there.
  for (const time of kept) expect(killedAt - time).toBeLessThan(2 * SCRAPE_SECONDS);
  expect(Math.max(...kept)).toBeGreaterThanOrEqual(last - 0.001);
  await waitUntil('scraping to go on', async () => (await newest()) > killedAt);
});
