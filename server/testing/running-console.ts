import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { readKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 60_000;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** A control plane and a console's server as real processes in a directory of their own; nothing else of the mesh. */
export class RunningConsole {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'binnacle-server-'));
  consoleUrl = '';
  otlpUrl = '';
  kubeUrl = '';
  #server: ChildProcess | undefined;
  readonly #children = new Set<ChildProcess>();
  #ports: { readonly console: number; readonly otlp: number } = { console: 0, otlp: 0 };

  static async start(): Promise<RunningConsole> {
    const running = new RunningConsole();
    try {
      const [console = 0, otlp = 0] = await freePorts(2);
      running.#ports = { console, otlp };
      const control = await running.#spawn(['mesh-core/bin/control.ts', '--data-dir', running.dataDir, '--kube-port', '0', '--xds-port', '0', '--monitoring-port', '0', '--otlp-port', String(running.#ports.otlp), '--gateway-port', '0']);
      running.kubeUrl = control.endpoints['kube'] ?? '';
      await running.startServer();
      return running;
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  /** Starts the server (again), on the ports it had. */
  async startServer(): Promise<void> {
    const server = await this.#spawn(['server/main.ts', '--data-dir', this.dataDir, '--port', String(this.#ports.console), '--otlp-port', String(this.#ports.otlp), '--otlp-grpc-port', '0', '--zipkin-port', '0', '--scrape-seconds', '1']);
    this.#server = server.child;
    this.consoleUrl = server.endpoints['console'] ?? '';
    this.otlpUrl = server.endpoints['otlp'] ?? '';
  }

  /** Ends the server as Ctrl-C does; gives its exit code (null: it had to be killed). */
  async endServer(): Promise<number | null> {
    const child = this.#server;
    if (child === undefined) return null;
    const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill('SIGTERM');
    return gone;
  }

  /** Ends the server at once, as a crash does. */
  async killServer(): Promise<void> {
    const child = this.#server;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  adminToken(): string {
    return readFileSync(join(this.dataDir, 'server', 'admin-token'), 'utf8').trim();
  }

  kube(): KubeClient {
    return createKubeClient(readKubeconfig(join(this.dataDir, 'kubeconfig')));
  }

  /** Asks the console; JSON bodies are parsed. With the admin token unless `headers` says who asks. */
  async ask(path: string, init: { readonly method?: string; readonly body?: unknown; readonly raw?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Answer> {
    const answer = await fetch(`${this.consoleUrl}${path}`, {
      method: init.method ?? 'GET',
      redirect: 'manual',
      headers: init.headers ?? { authorization: `Bearer ${this.adminToken()}`, ...(init.body === undefined && init.raw === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(init.raw !== undefined ? { body: init.raw } : init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text !== '' && (answer.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : text };
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#children].map((child) => {
        const gone = new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(undefined)));
        child.kill('SIGTERM');
        return gone;
      }),
    );
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  #spawn(args: readonly string[]): Promise<{ readonly child: ChildProcess; readonly endpoints: Readonly<Record<string, string>> }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      this.#children.add(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-4000)));
      const late = setTimeout(() => reject(new Error(`${args[0] ?? ''} was not ready in time:\n${output}`)), READY_MS);
      child.once('message', (message: { endpoints?: Record<string, string> }) => {
        clearTimeout(late);
        resolve({ child, endpoints: message.endpoints ?? {} });
      });
      child.once('exit', (code, signal) => {
        clearTimeout(late);
        this.#children.delete(child);
        reject(new Error(`${args[0] ?? ''} ended (${signal ?? `exit ${code}`}):\n${output}`));
      });
    });
  }
}

/** Runs a server that must not come up, to its end. */
export function runServer(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, ['server/main.ts', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, BINNACLE_LOG_LEVEL: 'info' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** Asks until `condition` holds; throws naming `what`. */
export async function until(what: string, condition: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
