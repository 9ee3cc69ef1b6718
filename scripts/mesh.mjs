#!/usr/bin/env node
// `npm run mesh -- …`: the mesh CLI on the Node that the packages bring.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, nodeTooOld, runtimeNode } from './lib/install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
try {
  const tooOld = nodeTooOld();
  if (tooOld !== undefined) throw new Error(tooOld);
  ensureInstalled(root, (text) => console.error(text));
  const env = { BINNACLE_DATA_DIR: join(root, '.binnacle'), NODE_COMPILE_CACHE: join(root, '.cache', 'compile'), ...process.env };
  const child = spawn(runtimeNode(root), [join(root, 'mesh-core', 'bin', 'mesh.ts'), ...process.argv.slice(2)], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
