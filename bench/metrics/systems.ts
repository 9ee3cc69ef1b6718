import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 60_000;

export interface SystemOptions {
  /** The target to scrape, without its path; nothing is scraped without it. */
  readonly targetPort?: number;
  readonly scrapeSeconds?: number;
}
/** A system under measurement: a process that speaks Prometheus' HTTP API. */
export interface MeasuredSystem {
  readonly name: 'binnacle' | 'prometheus';
  readonly pid: number;
  /** Answers as text; throws when the status is not 2xx. */
  query(path: string, parameters: Readonly<Record<string, string>>): Promise<string>;
  write(body: Uint8Array): Promise<void>;
  /** Bytes and samples of its blocks on disk; undefined before there is one. */
  blocks(): { readonly count: number; readonly bytes: number; readonly samples: number } | undefined;
  stop(): Promise<void>;
}

/** Debian's Prometheus; undefined when it is not installed. */
export async function startPrometheus({ targetPort, scrapeSeconds = 2 }: SystemOptions): Promise<MeasuredSystem | undefined> {
  const binary = ['/usr/bin/prometheus', '/usr/local/bin/prometheus'].find(existsSync);
  if (binary === undefined) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'bench-prometheus-'));
  const [port = 0] = await freePorts(1);
  writeFileSync(join(directory, 'prometheus.yml'), scrapeConfig('/prometheus', targetPort, scrapeSeconds, `global: { scrape_interval: ${scrapeSeconds}s, scrape_timeout: ${scrapeSeconds}s }\n`));
  const child = spawn(binary, [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=127.0.0.1:${port}`, '--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=30d', '--log.level=error'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const base = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${base}/-/ready`)).ok);
  return system('prometheus', child, `${base}/api/v1`, {}, directory, join(directory, 'data'));
}

/** The console's server as it is shipped, alone: its metrics part does all the work that is measured. */
export async function startBinnacle({ targetPort, scrapeSeconds = 2 }: SystemOptions): Promise<MeasuredSystem> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-binnacle-'));
  const [port = 0, otlp = 0, nowhere = 0] = await freePorts(3);
  const kubeconfig = join(directory, 'kubeconfig');
  // There is no Kubernetes API: only the metrics part is wanted.
  writeFileSync(kubeconfig, `apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{ name: a, context: { cluster: a, user: a } }]\nclusters: [{ name: a, cluster: { server: "http://127.0.0.1:${nowhere}" } }]\nusers: [{ name: a, user: { token: none } }]\n`);
  const config = join(directory, 'scrape.yml');
  writeFileSync(config, scrapeConfig('/binnacle', targetPort, scrapeSeconds, ''));
  mkdirSync(join(directory, 'server'), { recursive: true });
  const child = spawn(process.execPath, ['server/main.ts', '--data-dir', directory, '--port', String(port), '--otlp-port', String(otlp), '--otlp-grpc-port', '0', '--zipkin-port', '0', '--kubeconfig', kubeconfig, '--scrape-config', config, '--retention-hours', '720'], { cwd: ROOT, env: { ...process.env, BINNACLE_LOG_LEVEL: 'error' }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const base = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${base}/healthz`)).ok);
  const token = readFileSync(join(directory, 'server', 'admin-token'), 'utf8').trim();
  return system('binnacle', child, `${base}/prometheus/api/v1`, { authorization: `Bearer ${token}` }, directory, join(directory, 'server', 'metrics'));
}

function scrapeConfig(path: string, targetPort: number | undefined, seconds: number, global: string): string {
  if (targetPort === undefined) return `${global}scrape_configs: []\n`;
  return `${global}scrape_configs:\n  - job_name: bench\n    scrape_interval: ${seconds}s\n    scrape_timeout: ${seconds}s\n    metrics_path: ${path}\n    static_configs: [{ targets: ["127.0.0.1:${targetPort}"] }]\n`;
}

function system(name: MeasuredSystem['name'], child: ChildProcess, api: string, headers: Record<string, string>, directory: string, data: string): MeasuredSystem {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  return {
    name,
    pid: child.pid ?? 0,
    async query(path, parameters) {
      const answer = await fetch(`${api}${path}`, { method: 'POST', headers: { ...headers, 'accept-encoding': 'identity' }, body: new URLSearchParams(parameters) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${name} answered ${answer.status}: ${text.slice(0, 300)}`);
      return text;
    },
    async write(body) {
      const answer = await fetch(`${api}/write`, { method: 'POST', headers: { ...headers, 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' }, body: Buffer.from(body) });
      if (!answer.ok) throw new Error(`${name} refused a write with ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    },
    blocks: () => blocksIn(data),
    async stop() {
      child.kill('SIGTERM');
      await gone;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Both systems keep a block as a folder with a `meta.json` that tells its samples. */
function blocksIn(directory: string): { readonly count: number; readonly bytes: number; readonly samples: number } | undefined {
  let count = 0;
  let bytes = 0;
  let samples = 0;
  for (const meta of globMeta(directory)) {
    const parsed: unknown = JSON.parse(readFileSync(meta, 'utf8'));
    const block = join(meta, '..');
    count++;
    bytes += sizeOf(block);
    samples += samplesIn(parsed);
  }
  return count === 0 ? undefined : { count, bytes, samples };
}

function globMeta(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('meta.json') && !name.includes('.tmp')).map((name) => join(directory, name));
}

function sizeOf(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function samplesIn(meta: unknown): number {
  if (typeof meta !== 'object' || meta === null) return 0;
  const stats: unknown = 'stats' in meta ? meta.stats : meta;
  if (typeof stats !== 'object' || stats === null) return 0;
  const samples: unknown = 'numSamples' in stats ? stats.numSamples : 'samples' in stats ? stats.samples : 0;
  return Number(samples);
}

/** Waits for a condition; a throw counts as "not yet". */
export async function until(condition: () => Promise<boolean>, limitMs = READY_MS): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    if (await condition().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
