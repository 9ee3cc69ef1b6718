import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { validateObject } from '#mesh-core/domain/resources/validate-object.ts';
import { ADMIN_TOKEN, startApiHarness, type ApiHarness } from './api-server-harness.ts';

/** The kubectl to drive: that of the path, or what BINNACLE_KUBECTL names. */
const KUBECTL = process.env['BINNACLE_KUBECTL'] ?? 'kubectl';

/** How one run of kubectl ended. */
export interface KubectlRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
/** A real kubectl against a server of ours, with a configuration and a cache of its own. */
export interface Kubectl {
  readonly harness: ApiHarness;
  /** Runs it to its end. `stdin` is what it reads from `-f -`. */
  run(args: readonly string[], options?: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> }): Promise<KubectlRun>;
  /** As `run`, giving what it printed. @throws when it fails, with what it said. */
  ok(args: readonly string[], options?: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> }): Promise<string>;
  /** The requests that were answered so far, as `GET virtualservices`. */
  answered(): readonly string[];
  /** Starts one that does not end by itself. `printed` gives what it has printed so far. */
  start(args: readonly string[]): { readonly child: ChildProcess; printed(): string };
}

/** Why kubectl cannot be driven here; undefined when it can. */
export function kubectlMissing(): string | undefined {
  return spawnSync(KUBECTL, ['version', '--client'], { stdio: 'ignore' }).status === 0 ? undefined : `there is no ${KUBECTL} on this machine`;
}

/** Starts an API server with the mesh's own validation, and gives a kubectl that talks to it as an administrator. */
export async function startKubectl(t: TestContext): Promise<Kubectl> {
  const answered: string[] = [];
  const harness = await startApiHarness({ validate: (object) => validateObject(object), observe: ({ method, resource }) => answered.push(`${method} ${resource}`) });
  const directory = mkdtempSync(path.join(tmpdir(), 'binnacle-kubectl-'));
  const children = new Set<ChildProcess>();
  t.after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await harness.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const config = path.join(directory, 'kubeconfig');
  writeFileSync(config, kubeconfig(harness));
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess => {
    const child = spawn(KUBECTL, ['--kubeconfig', config, '--cache-dir', path.join(directory, 'cache'), ...args], { stdio: ['pipe', 'pipe', 'pipe'], cwd: directory, env: { ...process.env, HOME: directory, ...env } });
    children.add(child);
    child.on('close', () => children.delete(child));
    return child;
  };
  const run: Kubectl['run'] = (args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = start(args, options.env);
      let [out, err] = ['', ''];
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, out, err }));
      child.stdin?.end(options.stdin ?? '');
    });
  return {
    harness,
    run,
    answered: () => answered,
    ok: async (args, options) => {
      const { code, out, err } = await run(args, options);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${err}${out}`);
      return out;
    },
    start: (args) => {
      const child = start(args);
      let text = '';
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      return { child, printed: () => text };
    },
  };
}

function kubeconfig(harness: ApiHarness): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'mesh', cluster: { server: harness.server.url, 'certificate-authority-data': Buffer.from(harness.tls.cert).toString('base64') } }],
    users: [{ name: 'admin', user: { token: ADMIN_TOKEN } }],
    contexts: [{ name: 'mesh', context: { cluster: 'mesh', user: 'admin' } }],
    'current-context': 'mesh',
  });
}
