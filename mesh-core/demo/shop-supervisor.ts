import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kindByApiVersion, servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { KubeError, type KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { FAULTS_CONFIG_MAP, initialObjects, runtimeObjects, SHOP_WORKLOADS, type ShopWorkload } from './shop-objects.ts';

/** Started side by side: more at once only makes each of them slower on a small machine. */
const START_AT_ONCE = 4;
const RESTART_MS = 2000;
const READY_MS = 60_000;

export interface RunningShop {
  /** `catalog-v1` → the application's own port, past the mesh: for tests that measure there. */
  readonly apps: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}
interface ShopOptions {
  readonly root: string;
  readonly dataDir: string;
  readonly gatewayPort: number;
  readonly kube: KubeClient;
  readonly log: Logger;
}

/** Writes the shop's objects, starts its processes behind sidecars, and drives faults from the ConfigMap `shop/fault-injection`. */
export async function startShop(options: ShopOptions): Promise<RunningShop> {
  const { root, dataDir, kube, log } = options;
  const logDir = join(dataDir, 'logs');
  const faultsFile = join(dataDir, 'shop', 'faults.json');
  mkdirSync(logDir, { recursive: true });
  mkdirSync(join(dataDir, 'shop'), { recursive: true });
  const ports = await freePorts(SHOP_WORKLOADS.length + 1);
  const bankPort = ports.pop() ?? 0;
  await writeObjects(kube, bankPort, options.gatewayPort);
  const stopFaults = followFaultsConfigMap(kube, faultsFile, log);

  const children = new Map<string, ChildProcess>();
  let stopping = false;
  const env = { ...process.env, BINNACLE_DATA_DIR: dataDir, SHOP_FAULTS_FILE: faultsFile };
  const run = (name: string, args: readonly string[], extraEnv: Readonly<Record<string, string>>, waits: boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const out = createWriteStream(join(logDir, `${name}.log`), { flags: 'a' });
      const child = spawn(process.execPath, args, { cwd: root, env: { ...env, ...extraEnv }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      child.stdout?.pipe(out, { end: false });
      child.stderr?.pipe(out, { end: false });
      children.set(name, child);
      let ready = !waits;
      const late = setTimeout(() => reject(new Error(`${name} was not ready after ${READY_MS / 1000} s; see ${join(logDir, `${name}.log`)}`)), READY_MS);
      const settle = (): void => {
        ready = true;
        clearTimeout(late);
        resolve();
      };
      if (ready) settle();
      child.on('message', (message: { kind?: string }) => {
        if (message.kind === 'ready') settle();
      });
      child.once('error', reject);
      child.once('close', () => out.end());
      // Not 'close': an application whose sidecar was killed may hold the pipes a little longer.
      child.once('exit', (code, signal) => {
        clearTimeout(late);
        if (children.get(name) === child) children.delete(name);
        if (stopping) return;
        if (!ready) reject(new Error(`${name} ended before it was ready (${signal ?? `exit ${code}`}); see ${join(logDir, `${name}.log`)}`));
        else {
          log.warn({ workload: name, code, signal }, 'workload ended; starting it again');
          setTimeout(() => {
            if (!stopping) run(name, args, extraEnv, waits).catch((error: unknown) => log.error({ workload: name, error: String(error) }, 'workload could not be started again'));
          }, RESTART_MS);
        }
      });
    });

  const apps: Record<string, string> = { bank: `http://127.0.0.1:${bankPort}` };
  const starts: (() => Promise<void>)[] = [() => run('bank', ['mesh-core/demo/shop/bank.ts'], { PORT: String(bankPort), SERVICE_NAME: 'bank', SERVICE_VERSION: 'v1' }, false)];
  SHOP_WORKLOADS.forEach((workload, index) => {
    const name = `${workload.service}-${workload.version}`;
    const port = ports[index] ?? 0;
    if (workload.listens) apps[name] = `http://127.0.0.1:${port}`;
    starts.push(() => run(name, meshRunArgs(workload, port), {}, true));
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    stopFaults();
    const living = [...children.values()];
    const gone = Promise.all(living.map((child) => new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(undefined)))));
    for (const child of living) child.kill('SIGTERM');
    const late = setTimeout(() => living.forEach((child) => child.kill('SIGKILL')), 4000);
    await gone;
    clearTimeout(late);
  };
  try {
    await inBatches(starts, START_AT_ONCE);
  } catch (error) {
    await stop();
    throw error;
  }
  return { apps, stop };
}

function meshRunArgs(workload: ShopWorkload, port: number): string[] {
  const identity = ['--service', workload.service, '--version', workload.version, '--namespace', 'shop', '--service-account', workload.service];
  return ['mesh-core/bin/mesh.ts', 'run', ...identity, ...(workload.listens ? ['--port', String(port)] : []), '--', process.execPath, `mesh-core/demo/shop/${workload.service}.ts`];
}

async function writeObjects(kube: KubeClient, bankPort: number, gatewayPort: number): Promise<void> {
  for (const object of runtimeObjects(bankPort, gatewayPort)) await createOrUpdate(kube, object);
  const marker: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop-installed', namespace: 'shop' }, data: {} };
  if (await exists(kube, marker)) return;
  for (const object of initialObjects()) if (!(await exists(kube, object))) await kube.create(object, { fieldManager: 'demo-shop' });
  await kube.create(marker, { fieldManager: 'demo-shop' });
}

async function exists(kube: KubeClient, object: KubeObject): Promise<boolean> {
  return (await stored(kube, object)) !== undefined;
}

async function stored(kube: KubeClient, object: KubeObject): Promise<KubeObject | undefined> {
  const kind = kindByApiVersion(object.apiVersion, object.kind);
  if (kind === undefined) throw new Error(`${object.kind} is not a served kind`);
  try {
    return await kube.get(kind, object.metadata.name, object.metadata.namespace);
  } catch (error) {
    if (error instanceof KubeError && error.status.reason === 'NotFound') return undefined;
    throw error;
  }
}

async function createOrUpdate(kube: KubeClient, object: KubeObject): Promise<void> {
  const old = await stored(kube, object);
  if (old === undefined) await kube.create(object, { fieldManager: 'demo-shop' });
  else if (JSON.stringify(old.spec) !== JSON.stringify(object.spec)) await kube.update({ ...object, metadata: { ...old.metadata, ...object.metadata } }, { fieldManager: 'demo-shop' });
}

/** Keeps the faults file the same as the ConfigMap; values that are not JSON are skipped and logged. */
function followFaultsConfigMap(kube: KubeClient, file: string, log: Logger): () => void {
  const configMap = servedKind('ConfigMap');
  const write = (data: Readonly<Record<string, string>>): void => {
    const faults: Record<string, unknown> = {};
    for (const [workload, text] of Object.entries(data)) {
      try {
        faults[workload] = JSON.parse(text);
      } catch (error) {
        log.warn({ workload, error: String(error) }, `ConfigMap shop/${FAULTS_CONFIG_MAP}: this key is not JSON and is ignored`);
      }
    }
    writeFileSync(`${file}.new`, JSON.stringify(faults));
    renameSync(`${file}.new`, file);
  };
  write({});
  const stop = new AbortController();
  void kube
    .watch(configMap, { namespace: 'shop', signal: stop.signal }, (event) => {
      if (event.object.metadata.name === FAULTS_CONFIG_MAP) write(event.type === 'DELETED' ? {} : (event.object.data ?? {}));
    })
    .catch((error: unknown) => log.error({ error: String(error) }, 'faults are not followed any more'));
  return () => stop.abort();
}

async function inBatches(starts: readonly (() => Promise<void>)[], atOnce: number): Promise<void> {
  const queue = [...starts];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
