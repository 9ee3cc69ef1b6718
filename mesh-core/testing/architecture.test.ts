import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folder → the folders it may import from. The first entry that a file lies in counts; a folder may always import from itself. */
const ARROWS: readonly (readonly [folder: string, mayImport: readonly string[]])[] = [
  ['mesh-core/domain', []],
  ['mesh-core/runtime', []],
  ['mesh-core/wire', ['mesh-core/domain', 'mesh-core/runtime']],
  ['mesh-core/proxy', ['mesh-core/domain', 'mesh-core/wire', 'mesh-core/runtime']],
  ['mesh-core/control', ['mesh-core/domain', 'mesh-core/wire', 'mesh-core/runtime']],
  ['mesh-core/demo/shop', []],
  ['mesh-core', ['mesh-core']],
  ['server/graph/core', ['mesh-core/domain', 'server/timeseries/storage.ts']],
  ['server/rollouts/statistics', ['mesh-core/domain']],
  ['server/histogram', ['server/promql/go-number.ts']],
  ['server/promql', ['server/histogram', 'server/timeseries', 'mesh-core/runtime', 'server/server-error.ts']],
  ['server/timeseries', ['server/histogram', 'mesh-core/runtime', 'server/server-error.ts']],
  ['server', ['mesh-core/domain', 'mesh-core/wire', 'mesh-core/runtime', 'server']],
  ['components', ['components', 'server', 'mesh-core/domain']],
  ['app', ['app', 'components', 'server']],
];
/** May not touch the machine: no Node modules, no packages that do I/O. */
const PURE = ['mesh-core/domain', 'server/graph/core', 'server/histogram', 'server/rollouts/statistics'];
const NODE_FREE = [...PURE, 'components', 'app'];

interface Import {
  readonly from: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

test('imports point only where the architecture allows', () => {
  const imports = allImports();
  assert.ok(imports.length > 500, `only ${imports.length} imports were found: is the search still right?`);
  const wrong = imports.filter(({ from, target }) => !isAllowed(from, target)).map(({ from, target }) => `${from} → ${target}`);
  assert.deepEqual(wrong, []);
});

test('pure folders and what runs in a browser import nothing of Node', () => {
  const wrong = allImports().filter(({ from, target, typeOnly }) => target.startsWith('node:') && !typeOnly && NODE_FREE.some((folder) => isIn(from, folder)));
  assert.deepEqual(wrong, []);
});

test('what components take from the server as code imports nothing of Node either', () => {
  const all = allImports();
  const byFile = Map.groupBy(all.filter((i) => !i.typeOnly), (i) => i.from);
  const reached = new Set<string>();
  const queue = all.filter((i) => !i.typeOnly && isIn(i.from, 'components') && i.target.startsWith('server/')).map((i) => i.target);
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const { target } of byFile.get(file) ?? []) queue.push(target);
  }
  assert.deepEqual([...reached].filter((target) => target.startsWith('node:')), []);
});

function isAllowed(from: string, target: string): boolean {
  if (target.startsWith('node:') || target.startsWith('package:')) return true;
  const row = ARROWS.find(([folder]) => isIn(from, folder));
  if (row === undefined) return false;
  return isIn(target, row[0]) || row[1].some((folder) => isIn(target, folder));
}

function isIn(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

/** Every import of production code, as paths from the root; packages as `package:…`. */
function allImports(): Import[] {
  const found: Import[] = [];
  for (const top of ['mesh-core', 'server', 'components', 'app']) {
    for (const entry of readdirSync(join(ROOT, top), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || /\.test\.tsx?$/.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      const from = toPath(relative(ROOT, file));
      if (from.includes('/testing/')) continue;
      for (const match of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\s+from\s+)?'([^']+)'/gm)) {
        found.push({ from, target: resolveTarget(match[2] ?? '', file), typeOnly: match[1] !== undefined });
      }
    }
  }
  return found;
}

function resolveTarget(specifier: string, importer: string): string {
  if (specifier.startsWith('#')) return specifier.slice(1);
  if (specifier.startsWith('.')) return toPath(relative(ROOT, join(dirname(importer), specifier)));
  return specifier.startsWith('node:') ? specifier : `package:${specifier}`;
}

function toPath(path: string): string {
  return path.split(sep).join('/');
}
