import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './wait-until.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START_MS = 180_000;
const END_MS = 20_000;

/**
 * Brings up the whole product as a person does, with `scripts/start.mjs`, on free ports and an own data directory. The
 * teardown ends it as Ctrl-C does, and fails when any of its processes lives on.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'binnacle-e2e-'));
  const anyPort = ['--console-port', '--otlp-port', '--otlp-grpc-port', '--zipkin-port', '--jaeger-grpc-port', '--kube-port', '--xds-port', '--monitoring-port', '--gateway-port'].flatMap((flag) => [flag, '0']);
  const started = spawn(process.execPath, ['scripts/start.mjs', '--data-dir', dataDir, ...anyPort, '--scrape-seconds', '2', '--no-restart'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let ended: string | undefined;
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  started.on('exit', (code, signal) => (ended = `${signal ?? `exit ${code}`}`));
  await waitUntil(`the start command to finish`, () => {
    if (ended !== undefined) throw new Error(`The start command ended (${ended}):\n${output}`);
    return output.includes('/api/sign-in?token=');
  }, START_MS).catch((error: unknown) => {
    started.kill('SIGKILL');
    throw new Error(`${String(error)}\n${output}`);
  });
  process.env['BINNACLE_E2E_DATA_DIR'] = dataDir;

  return async () => {
    const { pids } = JSON.parse(readFileSync(join(dataDir, 'run', 'endpoints.json'), 'utf8')) as { pids: Record<string, number> };
    started.kill('SIGINT');
    await waitUntil('the start command to end after an interrupt', () => ended !== undefined, END_MS);
    const alive = Object.entries(pids).filter(([, pid]) => isAlive(pid));
    rmSync(dataDir, { recursive: true, force: true });
    if (alive.length > 0) throw new Error(`These parts outlived the start command: ${alive.map(([name]) => name).join(', ')}`);
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
