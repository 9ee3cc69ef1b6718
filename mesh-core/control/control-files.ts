import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';
import { writeSecretFile } from './ca/secret-file.ts';

/** Where the control plane can be reached. */
export interface ControlEndpoints {
  /** `https://127.0.0.1:6443` */
  readonly kube: string;
  /** `127.0.0.1:15012` */
  readonly xds: string;
  /** `http://127.0.0.1:15014` */
  readonly monitoring: string;
}

/** A start that cannot succeed, told in one sentence with what to do. */
export class ControlStartError extends Error {
  override readonly name = 'ControlStartError';
}

/** Makes the data directory's own part. Throws ControlStartError when it cannot be written. */
export function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(join(dataDir, 'control'), { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.W_OK);
    accessSync(join(dataDir, 'control'), constants.W_OK);
  } catch (cause) {
    throw new ControlStartError(`The data directory ${dataDir} cannot be written (${codeOf(cause)}); choose another with --data-dir.`, { cause });
  }
}

/** The token of the API's administrator, kept in the data directory so that a kubeconfig outlives restarts. */
export function readOrCreateAdminToken(dataDir: string): string {
  const file = join(dataDir, 'control', 'admin-token');
  const existing = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (existing !== '') return existing;
  const token = randomBytes(32).toString('base64url');
  writeSecretFile(file, `${token}\n`);
  return token;
}

/** The ports of the last run on this data directory; none when there was none or its file cannot be read. */
export function lastPorts(dataDir: string): Partial<Record<keyof ControlEndpoints, number>> {
  let endpoints: unknown;
  try {
    endpoints = JSON.parse(readFileSync(join(dataDir, 'control', 'endpoints.json'), 'utf8'));
  } catch {
    // Only a preference: without it any free port will do.
    return {};
  }
  const ports: Partial<Record<keyof ControlEndpoints, number>> = {};
  for (const [name, address] of Object.entries(endpoints ?? {})) {
    const port = Number(/:(\d+)$/.exec(String(address))?.[1]);
    if ((name === 'kube' || name === 'xds' || name === 'monitoring') && port > 0) ports[name] = port;
  }
  return ports;
}

/** Writes `kubeconfig` (0600) and `control/endpoints.json`, by which the other processes find this one. */
export function writeAccessFiles(dataDir: string, endpoints: ControlEndpoints, token: string, caPem: string): void {
  writeKubeconfig(join(dataDir, 'kubeconfig'), { server: endpoints.kube, token, caPem });
  writeSecretFile(join(dataDir, 'control', 'endpoints.json'), `${JSON.stringify(endpoints, null, 2)}\n`, 0o644);
}

/** The system's code of an error (`EACCES`), else its text. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
