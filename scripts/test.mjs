// `npm test`: installs what is missing, then types, lint, unit, integration and end-to-end tests. Plain JavaScript for the machine's own Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser } from './lib/browser.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled, nodeTooOld, runtimeNode } from './lib/install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
const ALL = ['types', 'lint', 'unit', 'integration', 'e2e'];
const onlyFlag = process.argv.indexOf('--only');
const wanted = onlyFlag === -1 ? ALL : (process.argv[onlyFlag + 1] ?? '').split(',');
const unknown = wanted.find((w) => !ALL.includes(w));
const results = [];

try {
  const tooOld = nodeTooOld();
  if (tooOld !== undefined) throw new Error(tooOld);
  if (unknown !== undefined) throw new Error(`--only takes some of ${ALL.join(', ')}; there is no "${unknown}".`);
  ensureInstalled(root, say);
  const node = runtimeNode(root);
  const env = { ...process.env, PATH: [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter), NEXT_TELEMETRY_DISABLED: '1', NODE_COMPILE_CACHE: join(root, '.cache', 'compile'), BINNACLE_LOG_LEVEL: process.env.BINNACLE_LOG_LEVEL ?? 'warn' };
  const bin = (name) => join(root, 'node_modules', '.bin', name);
  if (wanted.includes('types')) {
    // Next.js writes the types of its routes; without them a fresh clone does not type-check.
    run('route types', node, [join(root, 'node_modules/next/dist/bin/next'), 'typegen'], env);
    run('types', bin('tsc'), ['--noEmit'], env);
  }
  if (wanted.includes('lint')) run('lint', bin('oxlint'), ['--type-aware', '--quiet'], env);
  if (wanted.includes('unit')) run('unit tests', node, ['--test', '--test-concurrency=2', '--test-timeout=120000', '--test-reporter=./scripts/lib/quiet-reporter.mjs', ...testFiles((f) => !f.endsWith('.integration.test.ts'))], env);
  if (wanted.includes('integration')) run('integration tests', node, ['--test', '--test-concurrency=1', '--test-timeout=240000', '--test-reporter=./scripts/lib/quiet-reporter.mjs', ...testFiles((f) => f.endsWith('.integration.test.ts'))], env);
  if (wanted.includes('e2e')) {
    const browser = findBrowser(root, node, say);
    ensureBuilt(root, node, say);
    run('end-to-end tests', node, [join(root, 'node_modules/@playwright/test/cli.js'), 'test', '--config', 'e2e/playwright.config.ts'], { ...env, BINNACLE_BROWSER: browser ?? '' });
  }
} catch (error) {
  console.error(`\n${error.message}`);
  results.push({ name: 'set-up', ok: false, seconds: 0 });
}
console.log('');
for (const { name, ok, seconds } of results) console.log(`${ok ? 'passed' : 'FAILED'}  ${name} (${seconds.toFixed(0)} s)`);
const failed = results.filter((r) => !r.ok).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function say(text) {
  console.log(`— ${text}`);
}

/** Runs one stage to its end; later stages run also when it fails, so that one run shows everything. */
function run(name, command, args, env) {
  say(name);
  const started = Date.now();
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  results.push({ name, ok: result.status === 0, seconds: (Date.now() - started) / 1000 });
}

function testFiles(keep) {
  const files = [];
  for (const folder of ['mesh-core', 'server', 'components', 'app', 'scripts']) {
    if (!existsSync(join(root, folder))) continue;
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const name = join(entry.parentPath, entry.name);
      if (entry.isFile() && /\.test\.(ts|mjs)$/.test(entry.name) && keep(name)) files.push(name);
    }
  }
  return files.sort();
}
