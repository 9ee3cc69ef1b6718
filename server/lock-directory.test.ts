import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockDirectory } from './lock-directory.ts';

const MODULE = join(import.meta.dirname, 'lock-directory.ts');

/** Takes the lock in a process that is killed while it has it. */
function takeAndDie(directory: string): string {
  const program = `import { lockDirectory } from ${JSON.stringify(MODULE)}; try { lockDirectory(${JSON.stringify(directory)}); console.log('taken'); } catch (error) { console.log(error.message); } process.kill(process.pid, 'SIGKILL');`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8', cwd: import.meta.dirname }).stdout.trim();
}

test('a directory is one server\'s until it ends, also by kill -9', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'binnacle-lock-'));
  t.after(() => rmSync(directory, { recursive: true }));
  assert.equal(takeAndDie(directory), 'taken');
  const release = lockDirectory(directory);
  assert.equal(takeAndDie(directory), `Another server uses ${directory}; end it, or choose another directory with --data-dir.`);
  release();
  assert.equal(takeAndDie(directory), 'taken');
});
