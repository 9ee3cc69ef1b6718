import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ControlStartError } from './control-files.ts';
import { holdDataDir } from './hold-data-dir.ts';

test('a data directory is held by one, and free again when that one lets go', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hold-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'control'));
  const release = holdDataDir(folder);
  assert.throws(() => holdDataDir(folder), (error) => error instanceof ControlStartError && error.message.includes(folder));
  release();
  holdDataDir(folder)();
});
