import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const OLDEST_NODE = 20;
/** What the parts need at run time; the pinned package `node` brings it. */
const OLDEST_RUNTIME = [22, 15];

/** One sentence when this Node is too old to start with; undefined when it is fine. */
export function nodeTooOld(version = process.versions.node) {
  const major = Number(version.split('.')[0]);
  return major < OLDEST_NODE ? `Binnacle needs Node ${OLDEST_NODE} or newer; this is Node ${version}. Install a current LTS from nodejs.org and start again.` : undefined;
}

/** Installs the packages of package-lock.json unless they are there. Throws an Error with one sentence. */
export function ensureInstalled(root, say) {
  const lockHash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  const stamp = join(root, 'node_modules', '.binnacle-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash) return;
  say('Installing packages (once; about a minute)');
  // Not from node_modules/.bin: npm would delete the Node it runs on.
  const path = (process.env.PATH ?? '').split(delimiter).filter((dir) => !dir.includes(join('node_modules', '.bin')));
  const fresh = !existsSync(join(root, 'node_modules'));
  const result = spawnSync('npm', [fresh ? 'ci' : 'install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', env: { ...process.env, PATH: path.join(delimiter) }, shell: process.platform === 'win32' });
  if (result.error !== undefined) throw new Error(`npm could not be run: ${result.error.message}.`);
  if (result.status !== 0) throw new Error(`npm could not install the packages:\n${`${result.stdout}${result.stderr}`.trim().split('\n').slice(-15).join('\n')}`);
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stamp, lockHash);
}

/** Path of the Node that runs the parts. Throws an Error with one sentence when there is none that is new enough. */
export function runtimeNode(root) {
  const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  for (const candidate of [pinned, process.execPath]) {
    const version = existsSync(candidate) ? spawnSync(candidate, ['--version'], { encoding: 'utf8' }).stdout?.trim().slice(1) : undefined;
    if (version === undefined) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > OLDEST_RUNTIME[0] || (major === OLDEST_RUNTIME[0] && minor >= OLDEST_RUNTIME[1])) return candidate;
  }
  throw new Error(`The packages are installed, but the Node they bring is missing (${pinned}): run "npm ci" with install scripts allowed, or use Node ${OLDEST_RUNTIME.join('.')} or newer.`);
}
