// `npm run conformance -- promql DIR` runs Prometheus' test scripts (every *.test in DIR) against the engine; `istio DIR` runs every
// set of Istio's cases in DIR against the mesh. Plain JavaScript for the machine's own Node.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, nodeTooOld, runtimeNode } from './lib/install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
try {
  const [suite, given] = process.argv.slice(2);
  if ((suite !== 'promql' && suite !== 'istio') || given === undefined) {
    throw new Error("Say what to run: npm run conformance -- promql DIR, where DIR holds *.test files, or -- istio DIR, where DIR holds the sets of Istio's cases.");
  }
  // npm runs scripts in the package's folder; the path is meant from where the person is.
  const directory = resolve(process.env.INIT_CWD ?? process.cwd(), given);
  if (!existsSync(directory)) throw new Error(`There is no folder ${directory}.`);
  const tooOld = nodeTooOld();
  if (tooOld !== undefined) throw new Error(tooOld);
  ensureInstalled(root, (text) => console.error(text));
  const { status } = spawnSync(runtimeNode(root), [join(root, 'scripts', 'lib', 'run-conformance.mjs'), suite, directory], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
