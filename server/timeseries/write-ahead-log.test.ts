import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readRecordFile } from './record-file.ts';
import { FailingDisk } from './testing/failing-disk.ts';
import { listSegments, segmentPath, WriteAheadLog, type WriteAheadLogOptions } from './write-ahead-log.ts';

const root = mkdtempSync(join(tmpdir(), 'binnacle-wal-'));
after(() => rmSync(root, { recursive: true, force: true }));

async function openLog(name: string, options: Partial<WriteAheadLogOptions> = {}): Promise<{ readonly directory: string; readonly log: WriteAheadLog }> {
  const directory = mkdtempSync(join(root, name));
  return { directory, log: await WriteAheadLog.open({ directory, firstSegment: 1, ...options }) };
}
async function recordsIn(directory: string): Promise<{ readonly records: readonly string[]; readonly damage: readonly string[] }> {
  const records: string[] = [];
  const damage: string[] = [];
  for (const index of await listSegments(directory)) {
    const end = await readRecordFile(segmentPath(directory, index), (payload) => void records.push(payload.toString()));
    if (end.damage !== undefined) damage.push(end.damage);
  }
  return { records, damage };
}

test('records that wait together are synced together, and told durable in the order of their appends', async () => {
  const { directory, log } = await openLog('group');
  const told: number[] = [];
  const resolved: number[] = [];
  await Promise.all(Array.from({ length: 20 }, async (_one, i) => {
    await log.append(Buffer.from(`record ${i}`), () => {
      assert.ok(!resolved.includes(i));
      told.push(i);
    });
    resolved.push(i);
  }));
  assert.deepEqual(told, [...Array(20).keys()]);
  assert.ok(log.written.syncs <= 2, `${log.written.syncs} syncs`);
  await log.close();
  assert.deepEqual((await recordsIn(directory)).records, Array.from({ length: 20 }, (_, i) => `record ${i}`));
});

test('a segment that is full is followed by the next', async () => {
  const { directory, log } = await openLog('segments', { segmentBytes: 100 });
  for (let i = 0; i < 10; i++) await log.append(Buffer.alloc(60, 65 + i));
  await log.close();
  assert.equal(log.segment, 5);
  assert.deepEqual((await recordsIn(directory)).records.map((one) => one[0]), 'ABCDEFGHIJ'.split(''));
});

test('a cut tells what lies before it before anything later is durable, and lets the covered segments go', async () => {
  const { directory, log } = await openLog('cut');
  const order: string[] = [];
  void log.append(Buffer.from('a'), () => order.push('a'));
  const cut = log.cut((covered) => order.push(`cut ${covered}`));
  await log.append(Buffer.from('b'), () => order.push('b'));
  assert.equal(await cut, 1);
  assert.deepEqual([...order].sort(), ['a', 'b', 'cut 1']);
  // Whatever went before the cut is in segment 1, whatever came after it is not.
  const inFirst: string[] = [];
  await readRecordFile(segmentPath(directory, 1), (payload) => void inFirst.push(payload.toString()));
  assert.deepEqual(inFirst, order.slice(0, order.indexOf('cut 1')));
  await log.dropThrough(1);
  assert.deepEqual(await listSegments(directory), [2]);
  await log.close();
});

test('a full disk refuses everything that waits, leaves no half record, and the log goes on when there is space', async () => {
  const disk = new FailingDisk();
  const failures: unknown[] = [];
  const { directory, log } = await openLog('full', { createFile: disk.createFile, onFailure: (error) => failures.push(error) });
  await log.append(Buffer.from('kept'));
  disk.free = 10;
  const during = [log.append(Buffer.alloc(100)), log.append(Buffer.from('x'))];
  const outcomes = await Promise.allSettled(during);
  assert.deepEqual(outcomes.map(({ status }) => status), ['rejected', 'rejected']);
  assert.equal(failures.length, 1);
  assert.match(String(failures[0]), /ENOSPC/);
  assert.deepEqual(await recordsIn(directory), { records: ['kept'], damage: [] });
  disk.free = Infinity;
  await log.append(Buffer.from('later'));
  await log.close();
  assert.deepEqual(await recordsIn(directory), { records: ['kept', 'later'], damage: [] });
});

test('a half record that cannot be taken back ends its segment', async () => {
  const disk = new FailingDisk();
  const { directory, log } = await openLog('spoiled', { createFile: disk.createFile });
  await log.append(Buffer.from('kept'));
  disk.free = 10;
  disk.truncateError = new Error('EIO');
  await assert.rejects(log.append(Buffer.alloc(100)), /ENOSPC/);
  disk.free = Infinity;
  disk.createError = new Error('ENOSPC: no inode');
  await assert.rejects(log.append(Buffer.from('too early')), /no inode/);
  disk.createError = undefined;
  await log.append(Buffer.from('later'));
  await log.close();
  assert.deepEqual(await recordsIn(directory), { records: ['kept', 'later'], damage: ['torn'] });
  assert.deepEqual(readdirSync(directory).length, 2);
});
