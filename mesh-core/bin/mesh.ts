#!/usr/bin/env node
// The command line of the mesh: `node mesh-core/bin/mesh.ts VERB …`; `--help` explains the verbs.
import { apply } from '#mesh-core/cli/apply.ts';
import { remove } from '#mesh-core/cli/delete.ts';
import { gateway } from '#mesh-core/cli/gateway.ts';
import { get } from '#mesh-core/cli/get.ts';
import { HELP, isVerb } from '#mesh-core/cli/help.ts';
import type { Verb } from '#mesh-core/cli/help.ts';
import { describeError, isNetworkError } from '#mesh-core/cli/open-mesh.ts';
import { proxies } from '#mesh-core/cli/proxies.ts';
import { run } from '#mesh-core/cli/run.ts';
import { UsageError } from '#mesh-core/cli/usage-error.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';

const VERBS: Readonly<Record<Verb, (args: readonly string[]) => Promise<number>>> = { run, gateway, apply, get, delete: remove, proxies };

const [word = '--help', ...args] = process.argv.slice(2);
if (word === '--help' || word === '-h' || word === 'help') console.log(HELP['']);
else if (!isVerb(word)) fail(`There is no verb "${word}"; "mesh --help" lists them.`);
else {
  try {
    process.exit(await VERBS[word](args));
  } catch (error) {
    if (error instanceof UsageError || error instanceof KubeError) fail(describeError(error));
    else if (isNetworkError(error)) fail(`The control plane does not answer: ${describeError(error)}. Is it running?`);
    else fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  }
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
