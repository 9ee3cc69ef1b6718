import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { KubeconfigError, readKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';
import type { Kubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';
import { UsageError } from './usage-error.ts';

export interface MeshLocation {
  readonly dataDir: string;
  readonly kubeconfig: string;
}
/** The API of the mesh, and how it was found. */
export interface OpenMesh {
  readonly kube: KubeClient;
  readonly config: Kubeconfig;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

/** Where the mesh is, by option, then environment, then the default. */
export function locateMesh(values: { readonly 'data-dir'?: string | undefined; readonly kubeconfig?: string | undefined }): MeshLocation {
  const dataDir = values['data-dir'] ?? process.env['BINNACLE_DATA_DIR'] ?? '.binnacle';
  return { dataDir, kubeconfig: values.kubeconfig ?? join(dataDir, 'kubeconfig') };
}

/** Opens a client for the mesh. @throws UsageError when there is no usable kubeconfig, saying what to do about it. */
export function openMesh(location: MeshLocation): OpenMesh {
  if (!existsSync(location.kubeconfig)) {
    throw new UsageError(`There is no kubeconfig at ${location.kubeconfig}: start the control plane first (npm start, or node mesh-core/bin/control.ts), or say where its data directory is with --data-dir.`);
  }
  try {
    const config = readKubeconfig(location.kubeconfig);
    return { kube: createKubeClient(config), config };
  } catch (error) {
    if (error instanceof KubeconfigError) throw new UsageError(error.message);
    throw error;
  }
}

/**
 * Does something with the control plane, again and again with growing pauses while nothing answers, saying so in the log.
 * `onlyFor` gives errors that are worth another try besides "nothing answered". Every other error is thrown.
 */
export async function whenReachable<T>(what: string, log: Logger, action: () => Promise<T>, onlyFor: (error: KubeError) => boolean = () => false): Promise<T> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      return await action();
    } catch (error) {
      if (error instanceof KubeError ? !(onlyFor(error) || error.status.code >= 500) : !isNetworkError(error)) throw error;
      log.warn({ error: describeError(error), retryInMs: wait }, `the control plane does not answer: ${what}; trying again`);
      await delay(wait);
    }
  }
}

/** An error in one sentence for people. */
export function describeError(error: unknown): string {
  if (error instanceof KubeError) {
    const causes = (error.status.details?.causes ?? []).map(({ field, message }) => `\n  ${field === undefined ? '' : `${field}: `}${message}`);
    return `${error.status.message}${causes.length > 1 ? causes.join('') : ''}`;
  }
  if (error instanceof AggregateError && error.errors.length > 0) return describeError(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** Did the network, rather than the API, fail? */
export function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A certificate of another mesh does not become right by waiting.
  if ('code' in error && typeof error.code === 'string') return /^(E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_AGAIN)|UND_ERR)/.test(error.code);
  return error.name === 'TimeoutError' || error.name === 'AbortError' || (error.cause !== undefined && isNetworkError(error.cause));
}
