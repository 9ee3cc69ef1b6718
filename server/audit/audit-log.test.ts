import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openAuditLog } from './audit-log.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'audit-'));
});
afterEach(() => rmSync(dir, { recursive: true }));
const open = (): ReturnType<typeof openAuditLog> => openAuditLog(join(dir, 'audit.jsonl'), () => Date.UTC(2026, 0, 1));

test('keeps entries over a restart, newest first', () => {
  const log = open();
  log.record({ actor: 'user:a', action: 'create', object: { kind: 'VirtualService', namespace: 'shop', name: 'catalog' } });
  log.record({ actor: 'user:a', action: 'update', object: { kind: 'VirtualService', namespace: 'shop', name: 'cart' } });
  log.close();
  const again = open();
  assert.deepEqual(again.list().map((e) => e.object?.name), ['cart', 'catalog']);
  assert.deepEqual(again.list({ name: 'catalog' }).length, 1);
  assert.equal(again.brokenEntries, 0);
  again.close();
});
test('an edited line shows as a broken chain', () => {
  const log = open();
  log.record({ actor: 'user:a', action: 'create' });
  log.record({ actor: 'user:b', action: 'delete' });
  log.close();
  const file = join(dir, 'audit.jsonl');
  writeFileSync(file, readFileSync(file, 'utf8').replace('user:a', 'user:x'));
  const again = open();
  assert.ok(again.brokenEntries > 0);
  again.close();
});
test('a torn last line does not swallow the next entry', () => {
  const log = open();
  log.record({ actor: 'user:a', action: 'create' });
  log.close();
  appendFileSync(join(dir, 'audit.jsonl'), '{"id":"half');
  const again = open();
  again.record({ actor: 'user:b', action: 'delete' });
  again.close();
  const third = open();
  assert.deepEqual(third.list().map((e) => e.actor), ['user:b', 'user:a']);
  third.close();
});
