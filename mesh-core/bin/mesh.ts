#!/usr/bin/env node
// The command line of the mesh: `node mesh-core/bin/mesh.ts VERB …`; `--help` explains the verbs.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { HELP, isVerb } from '#mesh-core/cli/help.ts';
import type { Verb } from '#mesh-core/cli/help.ts';
import { holdYoungGeneration } from '#mesh-core/cli/young-generation.ts';

type Command = (args: readonly string[]) => Promise<number>;

// What is compiled once is read afterwards: without it each process also holds the compiler of TypeScript (20 MB).
enableCompileCache(process.env['NODE_COMPILE_CACHE'] ?? join(import.meta.dirname, '..', '..', '.cache', 'compile'));
holdYoungGeneration();

/** A verb's modules are loaded when it is asked for: a sidecar, of which there are many, holds nothing of the others. */
const VERBS: Readonly<Record<Verb, () => Promise<Command>>> = {
  run: async () => (await import('#mesh-core/cli/run.ts')).run,
  gateway: async () => (await import('#mesh-core/cli/gateway.ts')).gateway,
  apply: async () => (await import('#mesh-core/cli/apply.ts')).apply,
  get: async () => (await import('#mesh-core/cli/get.ts')).get,
  delete: async () => (await import('#mesh-core/cli/delete.ts')).remove,
  kubeconfig: async () => (await import('#mesh-core/cli/kubeconfig.ts')).kubeconfig,
  certs: async () => (await import('#mesh-core/cli/certs.ts')).certs,
  proxies: async () => (await import('#mesh-core/cli/proxies.ts')).proxies,
};

const [word = '--help', ...args] = process.argv.slice(2);
if (word === '--help' || word === '-h' || word === 'help') console.log(HELP['']);
else if (!isVerb(word)) fail(`There is no verb "${word}"; "mesh --help" lists them.`);
else {
  try {
    const command = await VERBS[word]();
    process.exit(await command(args));
  } catch (error) {
    fail(await explain(error));
    process.exit(1);
  }
}

async function explain(error: unknown): Promise<string> {
  const { describeError, isNetworkError } = await import('#mesh-core/cli/open-mesh.ts');
  const { UsageError } = await import('#mesh-core/cli/usage-error.ts');
  const { KubeError } = await import('#mesh-core/wire/kubernetes/kube-client.ts');
  if (error instanceof UsageError || error instanceof KubeError) return describeError(error);
  if (isNetworkError(error)) return `The control plane does not answer: ${describeError(error)}. Is it running?`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
