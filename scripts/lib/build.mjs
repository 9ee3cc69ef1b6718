import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the pages are made of: a change to any of these makes the build stale. */
const SOURCES = ['app', 'components', 'server', join('mesh-core', 'domain')];
const FILES = ['next.config.ts', 'postcss.config.mjs', 'tsconfig.json', 'package-lock.json'];

/** Builds the pages unless the last build was made from exactly these sources. Throws an Error that ends with the builder's words. */
export function ensureBuilt(root, node, say) {
  const stamp = join(root, '.next', 'binnacle-sources');
  const hash = hashSources(root);
  if (existsSync(stamp) && existsSync(join(root, '.next', 'BUILD_ID')) && readFileSync(stamp, 'utf8') === hash) return;
  say('Building the pages (when they changed; up to half a minute)');
  const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next');
  const result = spawnSync(node, [next, 'build'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' } });
  if (result.status !== 0) throw new Error(`The pages could not be built:\n${`${result.stdout}${result.stderr}`.trim().split('\n').slice(-30).join('\n')}`);
  writeFileSync(stamp, hash);
}

function hashSources(root) {
  const hash = createHash('sha256');
  for (const file of FILES) if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  for (const folder of SOURCES) {
    if (!existsSync(join(root, folder))) continue;
    const names = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile() && !e.name.endsWith('.test.ts'))
      .map((e) => join(e.parentPath, e.name))
      .sort();
    for (const name of names) hash.update(name.slice(root.length)).update(readFileSync(name));
  }
  return hash.digest('hex');
}
