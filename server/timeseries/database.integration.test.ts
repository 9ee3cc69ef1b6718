import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { EMPTY_COMMIT, type Commit } from './commit.ts';
import { openDatabase } from './open-database.ts';
import { isStaleMarker } from './stale-marker.ts';
import { STALE_NAN, type LabelMatcher } from './storage.ts';
import { LogAndDatabase } from './testing/log-and-database.ts';
import { segmentPath } from './write-ahead-log.ts';

const ALL = { start: -Infinity, end: Infinity };
const named = (value: string): LabelMatcher[] => [{ name: '__name__', op: '=', value }];
const BASE: FloatHistogram = { counterResetHint: 'unknown', schema: 0, zeroThreshold: 0, zeroCount: 0, count: 3, sum: 4.5, positiveSpans: [{ offset: 0, length: 2 }], negativeSpans: [], positiveBuckets: [1, 2], negativeBuckets: [], customValues: [] };

async function directoryOf(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'binnacle-database-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
function commitOf(rows: readonly (readonly [ref: number, time: number, value: number])[], rest: Partial<Commit> = {}): Commit {
  return { ...EMPTY_COMMIT, count: rows.length, refs: Int32Array.from(rows, ([ref]) => ref), timestamps: Float64Array.from(rows, ([, time]) => time), values: Float64Array.from(rows, ([, , value]) => value), ...rest };
}

const SERIES = [
  { ref: 1, labels: { __name__: 'm', a: 'x' } },
  { ref: 2, labels: { __name__: 'm', a: 'y' } },
];

for (const withSnapshot of [false, true]) {
  test(`everything comes back after a restart, ${withSnapshot ? 'from a snapshot and the log after it' : 'from the log'}`, async (t) => {
    const directory = await directoryOf(t);
    const store = await LogAndDatabase.open(directory);
    await store.write(
      commitOf([[1, 1000, 1], [2, 1000, NaN]], {
        series: SERIES,
        histograms: new Map([[1, BASE]]),
        startTimestamps: new Map([[0, 500]]),
        metadata: [['m', { type: 'counter', help: 'Help.', unit: '' }]],
        exemplars: [{ ref: 1, exemplar: { labels: { trace_id: 'abc' }, value: 0.5, timestamp: 900 } }],
      }),
    );
    await store.write(commitOf([[1, 2000, 2], [2, 2000, NaN]], { histograms: new Map([[1, { ...BASE, count: 4, positiveBuckets: [1, 3] }]]) }));
    if (withSnapshot) await store.snapshot();
    await store.write(commitOf([[1, 3000, STALE_NAN], [1, 1500, 1.5]]));
    const before = store.database.querier.select(named('m'), ALL);
    await store.close();

    const again = await LogAndDatabase.open(directory);
    t.after(() => again.close());
    const after = again.database.querier.select(named('m'), ALL);
    assert.deepEqual(after, before);
    assert.deepEqual(Array.from(after[0]?.timestamps ?? []), [1000, 1500, 2000, 3000]);
    assert.equal(isStaleMarker(after[0]?.values[3] ?? 0), true);
    assert.deepEqual(Array.from(after[0]?.startTimestamps ?? []), [500, 0, 0, 0]);
    assert.deepEqual(after[1]?.histograms?.map((one) => [one?.counterResetHint, one?.count]), [['unknown', 3], ['not-reset', 4]]);
    assert.deepEqual(again.database.metadata(), { m: { type: 'counter', help: 'Help.', unit: '' } });
    assert.deepEqual(again.database.querier.exemplars([named('m')], ALL), [{ seriesLabels: { __name__: 'm', a: 'x' }, exemplars: [{ labels: { trace_id: 'abc' }, value: 0.5, timestamp: 900 }] }]);
    const { recovered } = again.database;
    assert.deepEqual(recovered.series.map(({ ref, labels, lastTime }) => ({ ref, labels, lastTime })), [{ ...SERIES[0], lastTime: 3000 }, { ...SERIES[1], lastTime: 2000 }]);
    assert.deepEqual([recovered.nextRef, recovered.warnings], [3, []]);
  });
}

test('a torn end of the log is cut off and said, and everything before it is kept', async (t) => {
  const directory = await directoryOf(t);
  const store = await LogAndDatabase.open(directory);
  await store.write(commitOf([[1, 1000, 1]], { series: SERIES }));
  await store.close();
  await appendFile(segmentPath(directory, 1), Buffer.from([9, 0, 0, 0, 1, 2]));
  const again = await openDatabase({ directory });
  assert.match(again.recovered.warnings.join(), /cut off a damaged end of the metrics log .*: 6 bytes \(torn\)/);
  assert.equal(again.querier.select(named('m'), ALL)[0]?.values[0], 1);
  assert.deepEqual((await openDatabase({ directory })).recovered.warnings, []);
});

test('a series that the write side dropped goes on under the handle that it gets next', async (t) => {
  const directory = await directoryOf(t);
  const store = await LogAndDatabase.open(directory);
  t.after(() => store.close());
  await store.write(commitOf([[1, 1000, 1]], { series: SERIES }));
  await store.write(commitOf([], { dropped: Int32Array.of(1) }));
  await store.write(commitOf([[3, 2000, 2]], { series: [{ ref: 3, labels: { a: 'x', __name__: 'm' } }] }));
  await store.snapshot();
  const [series] = store.database.querier.select(named('m'), ALL);
  assert.deepEqual(Array.from(series?.values ?? []), [1, 2]);
  assert.deepEqual((await openDatabase({ directory })).recovered.series.map(({ ref }) => ref), [3, 2]);
  assert.deepEqual((await readdir(directory)).sort(), ['blocks', 'snapshot-00000001', 'wal-00000002']);
});

test('a damaged snapshot does not keep the database from opening: what stands before the damage is used, and it is said', async (t) => {
  const directory = await directoryOf(t);
  const store = await LogAndDatabase.open(directory);
  await store.write(commitOf([[1, 1000, 1], [2, 1000, 2]], { series: SERIES }));
  await store.snapshot();
  await store.close();
  const path = join(directory, 'snapshot-00000001');
  const bytes = await readFile(path);
  for (let at = 0; at < bytes.length; at += 13) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    await writeFile(path, changed);
    const database = await openDatabase({ directory });
    assert.match(database.recovered.warnings.join(), /the metrics snapshot .* is damaged at byte/, `byte ${at}`);
    for (const { values } of database.querier.select(named('m'), ALL)) assert.equal(values.length, 1);
  }
});

test('when a block cannot be written memory keeps its samples, and the next round writes it', async (t) => {
  const directory = await directoryOf(t);
  const store = await LogAndDatabase.open(directory, { blockRangeMs: 1000 });
  t.after(() => store.close());
  await store.write(commitOf(Array.from({ length: 50 }, (_, i) => [1, i * 100, i] as const), { series: SERIES }));
  // As a disk that refuses: there is a file where the blocks should go.
  const blocks = join(directory, 'blocks');
  await rm(blocks, { recursive: true });
  await writeFile(blocks, '');
  const failed = await store.database.maintain(5000);
  assert.match(failed.warnings.join(), /could not write samples from memory to a block: /);
  assert.deepEqual([failed.written, failed.snapshotWanted, failed.persistedUntil], [0, false, -Infinity]);
  const everything = Array.from({ length: 50 }, (_, i) => i);
  assert.deepEqual(Array.from(store.database.querier.select(named('m'), ALL)[0]?.values ?? []), everything);

  await rm(blocks);
  await mkdir(blocks);
  const report = await store.database.maintain(5000);
  assert.deepEqual([report.written, report.warnings, report.persistedUntil], [4, [], 4000]);
  assert.deepEqual(Array.from(store.database.querier.select(named('m'), ALL)[0]?.values ?? []), everything);
  assert.equal(store.database.stats().headMinTime, 4000);
});

test('blocks go by age and by size, the oldest first, and queries no longer see them', async (t) => {
  const directory = await directoryOf(t);
  const rows = Array.from({ length: 120 }, (_, i) => [1, i * 100, i] as const);
  const store = await LogAndDatabase.open(directory, { blockRangeMs: 1000, retentionMs: 5000 });
  await store.write(commitOf(rows, { series: SERIES }));
  assert.equal((await store.database.maintain(12_000)).deleted, 6);
  assert.equal(store.database.querier.select(named('m'), ALL)[0]?.timestamps[0], 6000);
  assert.equal(store.database.stats().minTime, 6000);
  await store.snapshot();
  await store.close();

  const small = await LogAndDatabase.open(directory, { blockRangeMs: 1000, maxBytes: 1 });
  t.after(() => small.close());
  // Of the five blocks that were left, three full ones were made one before.
  const report = await small.database.maintain(12_000);
  assert.deepEqual([report.compacted, report.deleted], [1, 3]);
  assert.equal(small.database.querier.select(named('m'), ALL)[0]?.timestamps[0], 11_000);
});
