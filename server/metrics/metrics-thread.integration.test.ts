import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import { STALE_NAN, type Labels, type Sample } from '#server/timeseries/storage.ts';
import { openMetricsThread, type MetricsThread, type MetricsThreadOptions } from './metrics-thread.ts';

const root = mkdtempSync(join(tmpdir(), 'binnacle-metrics-'));
const opened: MetricsThread[] = [];
after(async () => {
  await Promise.all(opened.map((store) => store.close()));
  rmSync(root, { recursive: true, force: true });
});

const T0 = 1_700_006_400_000;
async function open(directory: string, options: Partial<MetricsThreadOptions> = {}): Promise<MetricsThread> {
  const store = await openMetricsThread({ directory: join(root, directory), retentionMs: 1e12, clock: systemClock, log: silentLogger, ...options });
  opened.push(store);
  return store;
}
const sample = (name: string, second: number, value: number, more: Labels = {}): Sample => ({ labels: { __name__: name, ...more }, timestamp: T0 + second * 1000, value });
/** All samples of the one series a selector gives, as seconds since T0 and values. */
async function samplesOf(backend: MetricsBackend, selector: string): Promise<readonly (readonly [number, number])[]> {
  const { value } = await backend.query(`${selector}[100y]`, { time: T0 / 1000 + 1e6 });
  assert.ok(value.resultType === 'matrix' && value.result.length <= 1);
  return (value.result[0]?.values ?? []).map(([time, one]) => [time - T0 / 1000, one]);
}
async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await condition()); ) {
    assert.ok(Date.now() < deadline, `waited 30 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
function newestLog(directory: string): string {
  const newest = readdirSync(join(root, directory)).filter((name) => name.startsWith('wal-') && statSync(join(root, directory, name)).size > 0).toSorted().at(-1);
  assert.ok(newest !== undefined);
  return join(root, directory, newest);
}

test('what was acknowledged is seen by the next query, in every form', async () => {
  const store = await open('seen');
  const { backend, appender } = store;
  for (let i = 0; i < 20; i++) {
    await appender.append([sample('m', i, i, { a: '1' }), sample('m', i, -i, { a: '2' })]);
    assert.equal((await samplesOf(backend, 'm{a="1"}')).length, i + 1);
  }
  const time = T0 / 1000 + 19;
  assert.deepEqual((await backend.query('sum(m)', { time })).value, { resultType: 'vector', result: [{ metric: {}, value: [time, 0] }] });
  assert.deepEqual((await backend.queryRange('m{a="2"}', { start: time - 1, end: time, step: 1 })).value, { resultType: 'matrix', result: [{ metric: { __name__: 'm', a: '2' }, values: [[time - 1, -18], [time, -19]] }] });
  assert.equal(new TextDecoder().decode((await backend.queryJson({ query: 'm', start: time, limit: 0 })).data), '{"resultType":"vector","result":[]}');
  assert.deepEqual((await backend.queryJson({ query: 'm', start: time, limit: 1 })).warnings, ['results truncated due to limit']);
  assert.deepEqual(await backend.labels({}), ['__name__', 'a']);
  assert.deepEqual(await backend.labelValues('a', { match: ['m'] }), ['1', '2']);
  assert.deepEqual(await backend.series({ match: ['{a="2"}'] }), [{ __name__: 'm', a: '2' }]);
  appender.setMetadata('m', { type: 'gauge', help: 'h', unit: '' });
  await appender.append([sample('m', 20, 1, { a: '1' })]);
  assert.deepEqual(await backend.metadata({}), { m: [{ type: 'gauge', help: 'h', unit: '' }] });
  await assert.rejects(backend.query('sum('), { name: 'QueryError', errorType: 'bad_data' });
  await assert.rejects(backend.query('m + on() m', { time }), { name: 'QueryError', errorType: 'execution' });
  const status = await store.status(1);
  assert.deepEqual([status.headStats.numSeries, status.seriesCountByMetricName], [2, [{ name: 'm', value: 2 }]]);
});

test('exemplars and native histograms go through', async () => {
  const { backend, appender } = await open('histograms');
  const ref = appender.ref({ __name__: 'h' });
  const histogram: FloatHistogram = { counterResetHint: 'gauge', schema: 0, zeroThreshold: 0, zeroCount: 0, count: 2, sum: 3, positiveSpans: [{ offset: 0, length: 1 }], negativeSpans: [], positiveBuckets: [2], negativeBuckets: [], customValues: [] };
  const exemplar = { labels: { trace_id: 'abc' }, value: 0.7, timestamp: T0 };
  await appender.appendBatch({ count: 1, refs: Int32Array.of(ref), timestamps: Float64Array.of(T0), values: Float64Array.of(NaN), histograms: new Map([[0, histogram]]), exemplars: [{ ref, exemplar }] });
  assert.deepEqual(await backend.exemplars('h', { start: T0 / 1000 - 1, end: T0 / 1000 + 1 }), [{ seriesLabels: { __name__: 'h' }, exemplars: [exemplar] }]);
  const { value } = await backend.query('h', { time: T0 / 1000 });
  assert.ok(value.resultType === 'vector');
  assert.deepEqual(value.result[0]?.histogram, histogram);
  assert.match(new TextDecoder().decode((await backend.queryJson({ query: 'h', start: T0 / 1000 })).data), /"histogram":\[1700006400,\{"count":"2","sum":"3","buckets":\[\[0,"0.5","1","2"\]\]\}\]/);
});

test('samples, staleness markers, metadata and series go on after a restart, from the log and from a snapshot', async () => {
  for (const [i, fromSnapshot] of [false, true, true].entries()) {
    const store = await open('restart');
    const at = i * 10;
    await store.appender.append([sample('a', at, 1.5, { x: '☺' }), sample('b', at, 1), sample('b', at + 1, STALE_NAN)]);
    store.appender.setMetadata('a', { type: 'gauge', help: `help ${i}`, unit: '' });
    if (fromSnapshot) await store.maintain(true);
    await store.close();
    const again = await open('restart');
    assert.deepEqual(await samplesOf(again.backend, 'a'), Array.from({ length: i + 1 }, (_, k) => [k * 10, 1.5]));
    assert.deepEqual((await again.backend.query('b', { time: T0 / 1000 + at + 1 })).value.result, []);
    assert.deepEqual(await again.backend.metadata({}), { a: [{ type: 'gauge', help: `help ${i}`, unit: '' }] });
    // The write side too knows where each series is.
    assert.deepEqual(await again.appender.append([sample('a', at, 1.5, { x: '☺' }), sample('a', at - 1, 1, { x: '☺' }), sample('b', at + 1, 7)]), { appended: 1, duplicate: 1, outOfOrder: 1, tooOld: 0, seriesLimit: 0 });
    assert.equal(again.stats().series, 2);
    await again.close();
  }
});

test('a damaged end of the log is cut off, everything before it is kept, and writing goes on', async () => {
  for (const [how, damage] of [
    ['torn', (file: string) => truncateSync(file, statSync(file).size - 7)],
    ['garbage', (file: string) => appendFileSync(file, '<html>this is no record of ours</html>')],
    ['flipped', (file: string) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
      writeFileSync(file, bytes);
    }],
  ] as const) {
    const store = await open(how);
    for (let i = 0; i < 5; i++) await store.appender.append([sample('m', i, i)]);
    await store.close();
    damage(newestLog(how));
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (fields: object) => void warnings.push(JSON.stringify(fields)), child: () => log };
    const damaged = await open(how, { log });
    const kept = how === 'garbage' ? 5 : 4;
    assert.deepEqual((await samplesOf(damaged.backend, 'm')).map(([, value]) => value), [0, 1, 2, 3, 4].slice(0, kept));
    assert.match(warnings.join('\n'), /damaged end/);
    await damaged.appender.append([sample('m', 9, 9)]);
    await damaged.close();
    const again = await open(how);
    assert.deepEqual((await samplesOf(again.backend, 'm')).map(([, value]) => value), [...[0, 1, 2, 3, 4].slice(0, kept), 9]);
    await again.close();
  }
});

test('a query is cancelled and timed out while the thread works on it, and those that wait are never begun', async () => {
  const store = await open('cancel', { queryTimeoutMs: 60_000 });
  const { backend, appender } = store;
  await appender.append(Array.from({ length: 200 }, (_, i) => sample('m', 0, i, { i: String(i) })));
  const slow = 'sum(sum_over_time(m[100d:5s]))';
  const time = T0 / 1000 + 86_400 * 100;
  const first = new AbortController();
  const running = backend.query(slow, { time, signal: first.signal });
  const second = new AbortController();
  const queued = backend.query(slow, { time, signal: second.signal });
  const late = backend.query(slow, { time, timeoutMs: 50 });
  const outcomes = Promise.allSettled([running, queued, late]);
  second.abort();
  setTimeout(() => first.abort(), 150);
  const began = performance.now();
  assert.deepEqual((await outcomes).map((one) => (one.status === 'rejected' ? (one.reason as { errorType: string }).errorType : 'answered')), ['canceled', 'canceled', 'timeout']);
  assert.deepEqual((await backend.query('1', { time: 1 })).value, { resultType: 'scalar', result: [1, 1] });
  assert.ok(performance.now() - began < 10_000);
  assert.equal(store.stats().runningQueries, 0);
  await assert.rejects(backend.query('1', { signal: AbortSignal.abort() }), { errorType: 'canceled' });
});

test('closing does not wait for queries', async () => {
  const store = await open('closing');
  await store.appender.append(Array.from({ length: 200 }, (_, i) => sample('m', 0, i, { i: String(i) })));
  const running = store.backend.query('sum(sum_over_time(m[100d:5s]))', { time: T0 / 1000 + 86_400 * 100 });
  const outcome = assert.rejects(running, { errorType: 'canceled' });
  const began = performance.now();
  await store.close();
  await outcome;
  assert.ok(performance.now() - began < 10_000);
  await assert.rejects(store.backend.query('1'), { errorType: 'unavailable' });
  await assert.rejects(store.appender.append([sample('m', 1, 1)]), { code: 'overloaded' });
});

test('too many queries at a time are refused with a sentence, the others answered', async () => {
  const { backend } = await open('many');
  const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => backend.query('vector(1)')));
  const refused = outcomes.filter((one) => one.status === 'rejected');
  assert.equal(refused.length, 44);
  assert.match(String(refused[0]?.reason), /too many queries wait/);
  assert.equal((await backend.query('vector(1)')).value.resultType, 'vector');
});

test('a query that needs too much memory ends the thread only: storing goes on, and all is there when it is back', async () => {
  const store = await open('memory', { threadHeapMegabytes: 48 });
  const { backend, appender } = store;
  const series = Array.from({ length: 20 }, (_, i) => appender.ref({ __name__: 'big', i: String(i) }));
  const refs = Int32Array.from({ length: 20_000 }, (_, i) => series[i % 20] ?? 0);
  for (let batch = 0; batch < 30; batch++) {
    await appender.appendBatch({ count: refs.length, refs, timestamps: Float64Array.from(refs, (_, i) => T0 + (batch * 1000 + Math.floor(i / 20)) * 100), values: new Float64Array(refs.length).fill(batch) });
  }
  await assert.rejects(backend.query('{__name__="big"}[100y]', { time: T0 / 1000 + 1e6 }), { errorType: 'unavailable' });
  let stored = 0;
  await until('the thread', async () => {
    assert.deepEqual((await appender.append([sample('small', stored, stored)])).appended, 1);
    stored++;
    return store.isUp();
  });
  assert.equal(store.stats().threadCrashes, 1);
  assert.deepEqual((await samplesOf(backend, 'small')).length, stored);
  assert.deepEqual((await backend.query('sum(count_over_time(big[100y]))', { time: T0 / 1000 + 1e6 })).value.result, [{ metric: {}, value: [T0 / 1000 + 1e6, 600_000] }]);
});

test('a directory that cannot be used is one clear error', async () => {
  writeFileSync(join(root, 'a-file'), '');
  await assert.rejects(open('a-file/metrics'), { name: 'ServerError', message: /cannot open the metrics store in .*metrics/, hint: /can be written/ });
});

test('an hour of 400 series is there again within seconds of a restart', async (context) => {
  const labels = Array.from({ length: 400 }, (_, i) => ({ __name__: 'big_total', pod: `pod-${i % 20}`, le: String(i) }));
  const store = await open('hour');
  for (let i = 0; i < 720; i++) await store.appender.append(labels.map((one, k) => ({ labels: one, timestamp: T0 + i * 5000, value: i * k })));
  await store.close();
  for (const what of ['log', 'snapshot']) {
    const started = performance.now();
    const again = await open('hour');
    const took = performance.now() - started;
    assert.equal((await again.databaseStats()).headSamples, 400 * 720);
    context.diagnostic(`${400 * 720} samples from the ${what} in ${Math.round(took)} ms`);
    assert.ok(took < 20_000, `${Math.round(took)} ms`);
    if (what === 'log') await again.maintain(true);
    await again.close();
  }
  const left = readdirSync(join(root, 'hour')).filter((name) => statSync(join(root, 'hour', name)).isFile() && statSync(join(root, 'hour', name)).size > 0);
  assert.deepEqual(left.map((name) => name.replace(/-\d+$/, '')), ['snapshot'], 'a snapshot replaces the log it covers');
});
