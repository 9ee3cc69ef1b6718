import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock, type Clock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { openTimeSeriesStore, type TimeSeriesStore } from './open-time-series-store.ts';
import { isStaleMarker } from './stale-marker.ts';
import { STALE_NAN } from './storage.ts';

const ALL = { start: -Infinity, end: Infinity };
const root = mkdtempSync(join(tmpdir(), 'binnacle-timeseries-'));
after(() => rmSync(root, { recursive: true, force: true }));

function open(directory: string, options: { retentionMs?: number; clock?: Clock } = {}): Promise<TimeSeriesStore> {
  return openTimeSeriesStore({ directory, clock: systemClock, log: silentLogger, retentionMs: Infinity, ...options });
}
function valuesOf(store: TimeSeriesStore, name: string): number[] {
  const [series] = store.select([{ name: '__name__', op: '=', value: name }], ALL);
  return [...(series?.values ?? [])];
}
function logFile(directory: string): string {
  const newest = readdirSync(directory).filter((name) => name.startsWith('wal-') && statSync(join(directory, name)).size > 0).sort().at(-1);
  assert.ok(newest !== undefined);
  return join(directory, newest);
}

test('a process killed with SIGKILL has lost nothing that was acknowledged, also across snapshots', async (context) => {
  const directory = join(root, 'killed');
  const seriesCount = 50;
  let acknowledged = 0;
  for (let round = 0; round < 3; round++) {
    const start = round * 1_000_000_000;
    const child = fork(join(import.meta.dirname, 'testing/append-forever.ts'), [directory, String(seriesCount), String(start)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let stored = -1;
    // Killed at an arbitrary point of some later scrape, not between two.
    child.on('message', (message: { stored: number }) => {
      stored = message.stored;
      if (stored === 150 + round * 37) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL');
    assert.ok(stored >= 150);
    acknowledged += stored + 1;
    assert.ok(readdirSync(directory).some((name) => name.startsWith('snapshot-')), 'it was killed after a snapshot too');

    const store = await open(directory);
    const all = store.select([{ name: '__name__', op: '=', value: 'm_total' }], { start, end: start + 999_999_999 });
    assert.equal(all.length, seriesCount);
    const lengths = all.map(({ values }) => values.length);
    assert.ok(lengths.every((length) => length >= stored + 1), `acknowledged ${stored + 1} scrapes, found ${Math.min(...lengths)}`);
    assert.equal(new Set(lengths).size, 1, 'a scrape is there whole or not at all');
    for (const { values } of all) assert.deepEqual([...values], [...values.keys()]);
    await store.close();
  }
  context.diagnostic(`${acknowledged} acknowledged scrapes of ${seriesCount} series, 3 kills, none lost`);
});

test('samples, staleness markers and metadata come back after a restart, from the log and from a snapshot', async () => {
  const directory = join(root, 'restart');
  for (const fromSnapshot of [false, true]) {
    const store = await open(directory);
    const time = fromSnapshot ? 10_000 : 1000;
    await store.append([{ labels: { __name__: 'a', x: '☺' }, timestamp: time, value: 1.5 }, { labels: { __name__: 'b' }, timestamp: time, value: STALE_NAN }]);
    store.setMetadata('a', { type: 'gauge', help: `help ${time}`, unit: '' });
    if (fromSnapshot) await store.checkpoint();
    await store.close();
    const again = await open(directory);
    assert.equal(valuesOf(again, 'a').at(-1), 1.5);
    assert.ok(isStaleMarker(valuesOf(again, 'b').at(-1) ?? 0));
    assert.deepEqual(again.metadata(), { a: { type: 'gauge', help: `help ${time}`, unit: '' } });
    await again.close();
  }
});

test('a record cut off at the end of the log is dropped, everything before it is kept, and writing goes on', async () => {
  const directory = join(root, 'torn');
  const store = await open(directory);
  for (let i = 0; i < 5; i++) await store.append([{ labels: { __name__: 'm' }, timestamp: i * 1000, value: i }]);
  await store.close();
  const file = logFile(directory);
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, whole.length - 7));
  const torn = await open(directory);
  assert.deepEqual(valuesOf(torn, 'm'), [0, 1, 2, 3]);
  await torn.append([{ labels: { __name__: 'm' }, timestamp: 9000, value: 9 }]);
  await torn.close();
  const again = await open(directory);
  assert.deepEqual(valuesOf(again, 'm'), [0, 1, 2, 3, 9]);
  await again.close();
});

test('garbage at the end of the log does not keep the store from opening', async () => {
  const directory = join(root, 'garbage');
  const store = await open(directory);
  await store.append([{ labels: { __name__: 'm' }, timestamp: 1000, value: 1 }]);
  await store.close();
  appendFileSync(logFile(directory), Buffer.from('<html>this is no record of ours</html>'));
  const again = await open(directory);
  assert.deepEqual(valuesOf(again, 'm'), [1]);
  await again.close();
});

test('samples older than the retention are gone, in memory and after a restart', async () => {
  const directory = join(root, 'retention');
  let now = 0;
  const timers: (() => void)[] = [];
  const clock: Clock = {
    now: () => now,
    after: () => () => undefined,
    every: (ms, fn) => {
      if (ms === 60_000) timers.push(fn);
      return () => undefined;
    },
  };
  const store = await open(directory, { retentionMs: 3_600_000, clock });
  for (let i = 0; i <= 240; i++) await store.append([{ labels: { __name__: 'm' }, timestamp: i * 30_000, value: i }, ...(i < 10 ? [{ labels: { __name__: 'short' }, timestamp: i * 30_000, value: i }] : [])]);
  now = 7_200_000;
  for (const tick of timers) tick();
  const [series] = store.select([{ name: '__name__', op: '=', value: 'm' }], ALL);
  // Whole chunks of 120 samples go, so up to one chunk more than the retention stays.
  assert.ok((series?.timestamps[0] ?? 0) >= 3_600_000 - 120 * 30_000 && (series?.timestamps[0] ?? 0) > 0);
  assert.deepEqual(store.labelValues('__name__', [], ALL), ['m']);
  await store.checkpoint();
  await store.close();
  now = 30_000_000;
  const later = await open(directory, { retentionMs: 3_600_000, clock });
  assert.deepEqual([later.stats().series, later.stats().samples], [0, 0]);
  await later.close();
});

test('a directory that cannot be used is one clear error', async () => {
  const file = join(root, 'a-file');
  writeFileSync(file, '');
  await assert.rejects(open(join(file, 'metrics')), { name: 'ServerError', message: /cannot open the metrics store in .*metrics/, hint: /can be written/ });
});

test('an hour of 400 series is there again within seconds of a restart', async (context) => {
  const directory = join(root, 'big');
  const labels = Array.from({ length: 400 }, (_, i) => ({ __name__: 'big_total', pod: `pod-${i % 20}`, le: String(i) }));
  const store = await open(directory);
  for (let i = 0; i < 720; i++) await store.append(labels.map((one, k) => ({ labels: one, timestamp: i * 5000, value: i * k })));
  const logBytes = statSync(logFile(directory)).size;
  await store.close();
  const openTimed = async (what: string): Promise<TimeSeriesStore> => {
    const started = performance.now();
    const opened = await open(directory);
    const took = performance.now() - started;
    assert.equal(opened.stats().samples, 400 * 720);
    context.diagnostic(`${400 * 720} samples from the ${what} in ${Math.round(took)} ms`);
    assert.ok(took < 10_000, `${Math.round(took)} ms`);
    return opened;
  };
  const fromLog = await openTimed(`log (${Math.round(logBytes / 1024)} KiB)`);
  await fromLog.checkpoint();
  await fromLog.close();
  const left = readdirSync(directory).filter((name) => statSync(join(directory, name)).size > 0);
  assert.deepEqual(left.map((name) => name.replace(/-\d+$/, '')), ['snapshot'], 'a snapshot replaces the log it covers');
  const fromSnapshot = await openTimed('snapshot');
  await fromSnapshot.close();
});
