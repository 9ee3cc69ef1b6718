import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import { decodeCommit } from './commit-codec.ts';
import type { Commit } from './commit.ts';
import { Ingester } from './ingester.ts';
import { SeriesRegistry } from './series-registry.ts';
import type { Sample } from './storage.ts';
import { FailingDisk } from './testing/failing-disk.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

const root = mkdtempSync(join(tmpdir(), 'binnacle-ingester-'));
after(() => rmSync(root, { recursive: true, force: true }));

async function start(options: { readonly maxSeries?: number; readonly room?: () => Promise<void> | undefined } = {}) {
  const directory = mkdtempSync(join(root, 'wal-'));
  const disk = new FailingDisk();
  const clock = new ManualClock();
  const delivered: Commit[] = [];
  const registry = new SeriesRegistry({ maxSeries: options.maxSeries ?? Infinity, outOfOrderWindowMs: 0, blockRangeMs: 7_200_000 });
  const ingester = await Ingester.open({
    registry,
    openLog: (onFailure) => WriteAheadLog.open({ directory, firstSegment: 1, createFile: disk.createFile, onFailure }),
    deliver: (bytes) => void delivered.push(decodeCommit(bytes)),
    clock,
    log: silentLogger,
    ...(options.room === undefined ? {} : { room: options.room }),
  });
  return { ingester, disk, clock, delivered };
}
const sample = (name: string, timestamp: number, value: number): Sample => ({ labels: { __name__: name }, timestamp, value });
const valuesOf = (commits: readonly Commit[]): number[] => commits.flatMap(({ count, values }) => [...values.subarray(0, count)]);
/** Lets the file system answer. */
const until = async (condition: () => boolean): Promise<void> => {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'waited for five seconds');
    await new Promise((resolve) => setImmediate(resolve));
  }
};

test('what is acknowledged was delivered, with its series once', async () => {
  const { ingester, delivered } = await start();
  assert.deepEqual(await ingester.append([sample('a', 1000, 1), sample('b', 1000, 2)]), { appended: 2, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 });
  assert.deepEqual(delivered[0]?.series.map(({ labels }) => labels), [{ __name__: 'a' }, { __name__: 'b' }]);
  assert.deepEqual(await ingester.append([sample('a', 2000, 3), sample('b', 500, 4), sample('a', 2000, 4)]), { appended: 1, duplicate: 1, outOfOrder: 1, tooOld: 0, seriesLimit: 0 });
  assert.deepEqual(delivered[1]?.series, []);
  assert.deepEqual(valuesOf(delivered), [1, 2, 3]);
  assert.deepEqual(await ingester.append([sample('a', 2000, 3)]), { appended: 1, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 });
  assert.equal(delivered.length, 2, 'nothing is written for a repeated sample');
  assert.equal(ingester.counts.appended, 4);
  await ingester.close();
});

test('a full disk: nothing of it is stored, the reason is told, and storing goes on by itself', async () => {
  const { ingester, disk, clock, delivered } = await start();
  await ingester.append([sample('a', 1000, 1)]);
  disk.free = 20;
  // The second one was decided upon while the first was on its way.
  const lost = [ingester.append([sample('a', 2000, 2), sample('b', 2000, 2)]), ingester.append([sample('a', 3000, 3)])];
  ingester.setMetadata('a', { type: 'gauge', help: 'h', unit: '' });
  for (const outcome of await Promise.allSettled(lost)) {
    assert.equal(outcome.status, 'rejected');
    assert.match(String(outcome.reason), /takes no samples: its log cannot be written \(ENOSPC/);
    assert.equal((outcome.reason as { code?: string }).code, 'overloaded');
  }
  assert.deepEqual(ingester.state, { kind: 'refusing', reason: 'ENOSPC: no space left on device, write', since: clock.now() });
  await assert.rejects(ingester.append([sample('a', 4000, 4)]), { code: 'overloaded', hint: /free space/ });
  assert.equal(ingester.counts.failedCommits, 2);

  disk.free = 5;
  clock.advance(600);
  await until(() => disk.free === 0);
  assert.equal(ingester.state.kind, 'refusing');
  disk.free = Infinity;
  await until(() => {
    clock.advance(100);
    return ingester.state.kind === 'ok';
  });
  assert.deepEqual(await ingester.append([sample('a', 2000, 5), sample('b', 2000, 6)]), { appended: 2, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 });
  assert.deepEqual(valuesOf(delivered), [1, 5, 6]);
  assert.deepEqual(delivered.flatMap(({ series }) => series.map(({ labels }) => labels['__name__'])), ['a', 'b']);
  assert.deepEqual(delivered.at(-1)?.metadata, [['a', { type: 'gauge', help: 'h', unit: '' }]]);
  await ingester.close();
});

test('metadata goes with the next samples, or by itself, and not twice', async () => {
  const { ingester, clock, delivered } = await start();
  ingester.setMetadata('a', { type: 'gauge', help: 'h', unit: '' });
  await ingester.append([sample('a', 1000, 1)]);
  ingester.setMetadata('a', { type: 'gauge', help: 'h', unit: '' });
  ingester.setMetadata('b', { type: 'counter', help: 'i', unit: '' });
  clock.advance(1000);
  await until(() => delivered.length === 2);
  assert.deepEqual(delivered.map(({ metadata }) => metadata.map(([name]) => name)), [['a'], ['b']]);
  ingester.setMetadata('b', { type: 'counter', help: 'other', unit: '' });
  await ingester.close();
  assert.equal(delivered[2]?.metadata[0]?.[1].help, 'other', 'also at the end');
});

test('an exemplar is written once, and not before its series', async () => {
  const { ingester, delivered } = await start();
  const ref = ingester.ref({ __name__: 'a' });
  const unwritten = ingester.ref({ __name__: 'b' });
  const exemplar = { labels: { trace_id: '1' }, value: 1, timestamp: 900 };
  const append = (time: number) => ingester.appendBatch({ count: 1, refs: Int32Array.of(ref), timestamps: Float64Array.of(time), values: Float64Array.of(1), exemplars: [{ ref, exemplar }, { ref: unwritten, exemplar }, { ref: 0, exemplar }] });
  await append(1000);
  await append(2000);
  assert.deepEqual(delivered.map(({ exemplars }) => exemplars), [[{ ref, exemplar }], []]);
  await ingester.close();
});

test('dropped series are told to the database, and their refs are refused', async () => {
  const { ingester, delivered } = await start();
  const ref = ingester.ref({ __name__: 'old' });
  await ingester.append([sample('old', 1000, 1), sample('new', 5000, 1)]);
  const { epoch } = ingester;
  assert.equal(await ingester.dropSeriesBefore(2000), 1);
  assert.deepEqual([...(delivered.at(-1)?.dropped ?? [])], [ref]);
  assert.ok(ingester.epoch > epoch);
  await assert.rejects(ingester.appendBatch({ count: 1, refs: Int32Array.of(ref), timestamps: Float64Array.of(6000), values: Float64Array.of(1) }), { code: 'conflict' });
  await ingester.append([sample('old', 6000, 2)]);
  assert.deepEqual(delivered.at(-1)?.series.map(({ labels }) => labels), [{ __name__: 'old' }]);
  await ingester.close();
});

test('samples beyond the limit of series are counted and the others stored', async () => {
  const { ingester, delivered } = await start({ maxSeries: 1 });
  assert.deepEqual(await ingester.append([sample('a', 1000, 1), sample('b', 1000, 2)]), { appended: 1, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 1 });
  assert.deepEqual(valuesOf(delivered), [1]);
  await ingester.close();
});

test('while the database is far behind, samples wait', async () => {
  let open = (): void => undefined;
  let room: Promise<void> | undefined = new Promise((resolve) => (open = resolve));
  const { ingester, delivered } = await start({ room: () => room });
  const appended = ingester.append([sample('a', 1000, 1)]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(delivered, []);
  room = undefined;
  open();
  assert.equal((await appended).appended, 1);
  await ingester.close();
});
