// `npm run bench [-- NAME … [--FLAG …]]`: runs the benchmarks under bench/ one after another, each with the flags. Plain JavaScript for the machine's own Node.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, nodeTooOld, runtimeNode } from './lib/install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
try {
  const tooOld = nodeTooOld();
  if (tooOld !== undefined) throw new Error(tooOld);
  ensureInstalled(root, console.log);
  const all = readdirSync(join(root, 'bench')).filter((f) => f.endsWith('.ts')).map((f) => f.slice(0, -3));
  const told = process.argv.slice(2);
  const firstFlag = told.findIndex((word) => word.startsWith('-'));
  const names = firstFlag < 0 ? told : told.slice(0, firstFlag);
  const flags = firstFlag < 0 ? [] : told.slice(firstFlag);
  const wanted = names.length > 0 ? names : all;
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`There is no benchmark "${unknown}"; there are: ${all.join(', ')}.`);
  for (const name of wanted) {
    console.log(`\n— ${name}`);
    const { status } = spawnSync(runtimeNode(root), [join(root, 'bench', `${name}.ts`), ...flags], { cwd: root, stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
