import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOwnMetrics } from '#server/own-metrics.ts';
import type { StoreState } from '#server/timeseries/ingester.ts';
import type { MetricsStats } from './metrics-thread.ts';
import { tellStoreMetrics } from './store-metrics.ts';

test('the store tells how it does at every look, counters too', async () => {
  let state: StoreState = { kind: 'ok' };
  let appended = 5;
  const stats = (): MetricsStats => ({
    ingest: { appended, duplicate: 1, outOfOrder: 2, tooOld: 3, seriesLimit: 4, seriesCreated: 6, seriesRemoved: 0, exemplarsAppended: 0, exemplarsOutOfOrder: 0, failedCommits: 7 },
    series: 8,
    maxTime: 0,
    logSegment: 9,
    logBytes: 10,
    logSyncs: 11,
    backlogBytes: 12,
    runningQueries: 13,
    threadCrashes: 14,
    database: undefined,
  });
  const own = createOwnMetrics();
  tellStoreMetrics({ stats, state: () => state, isUp: () => true }, own);
  const values = async (): Promise<Map<string, string>> => new Map((await own.registry.metrics()).split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
  const first = await values();
  assert.deepEqual(
    ['prometheus_tsdb_head_samples_appended_total', 'prometheus_tsdb_out_of_order_samples_total', 'prometheus_tsdb_too_old_samples_total', 'prometheus_tsdb_head_series', 'binnacle_tsdb_refusing_samples', 'prometheus_tsdb_blocks_loaded'].map((name) => first.get(name)),
    ['5', '2', '3', '8', '0', '0'],
  );
  appended = 9;
  state = { kind: 'refusing', reason: 'full', since: 0 };
  const second = await values();
  assert.deepEqual(['prometheus_tsdb_head_samples_appended_total', 'binnacle_tsdb_refusing_samples'].map((name) => second.get(name)), ['9', '1']);
});
