import type { OwnMetrics } from '#server/own-metrics.ts';
import type { DatabaseStats } from '#server/timeseries/database.ts';
import type { MetricsStats, MetricsThread } from './metrics-thread.ts';

/**
 * Tells at the server's own `/metrics` how the store does: under Prometheus' names where it has the same number
 * (tsdb/head.go, tsdb/db.go), else as `binnacle_tsdb_…`.
 */
export function tellStoreMetrics(store: Pick<MetricsThread, 'stats' | 'state' | 'isUp'>, own: OwnMetrics): void {
  for (const [name, help, read] of COUNTERS) own.counter(name, help, () => read(store.stats()));
  for (const [name, help, read] of GAUGES) own.gauge(name, help, () => read(store.stats()));
  for (const [name, help, read] of DATABASE_GAUGES) {
    own.gauge(name, help, () => {
      const { database } = store.stats();
      return database === undefined ? 0 : read(database);
    });
  }
  own.gauge('binnacle_tsdb_refusing_samples', '1 while the disk refuses samples, else 0.', () => (store.state().kind === 'ok' ? 0 : 1));
  own.gauge('binnacle_tsdb_queries_up', '1 while queries are answered; 0 while the metrics thread starts.', () => (store.isUp() ? 1 : 0));
}

type Told<T> = readonly (readonly [name: string, help: string, read: (from: T) => number])[];

const COUNTERS: Told<MetricsStats> = [
  ['prometheus_tsdb_head_samples_appended_total', 'Samples stored.', ({ ingest }) => ingest.appended],
  ['prometheus_tsdb_out_of_order_samples_total', 'Samples refused because a newer one of their series was there.', ({ ingest }) => ingest.outOfOrder],
  ['prometheus_tsdb_too_old_samples_total', 'Samples refused because they were older than what may still come.', ({ ingest }) => ingest.tooOld],
  ['prometheus_tsdb_head_series_created_total', 'Series made.', ({ ingest }) => ingest.seriesCreated],
  ['prometheus_tsdb_head_series_removed_total', 'Series forgotten because they got no samples.', ({ ingest }) => ingest.seriesRemoved],
  ['prometheus_tsdb_exemplar_exemplars_appended_total', 'Exemplars stored.', ({ ingest }) => ingest.exemplarsAppended],
  ['prometheus_tsdb_wal_writes_failed_total', 'Writes to the log that the disk refused.', ({ ingest }) => ingest.failedCommits],
  ['binnacle_tsdb_duplicate_samples_total', 'Samples refused because their series has another value at their time.', ({ ingest }) => ingest.duplicate],
  ['binnacle_tsdb_series_limit_samples_total', 'Samples refused because there were too many series.', ({ ingest }) => ingest.seriesLimit],
  ['binnacle_tsdb_wal_bytes_total', 'Bytes written to the log.', ({ logBytes }) => logBytes],
  ['binnacle_tsdb_wal_syncs_total', 'Times the log was made durable.', ({ logSyncs }) => logSyncs],
  ['binnacle_tsdb_thread_crashes_total', 'Times the metrics thread ended on its own.', ({ threadCrashes }) => threadCrashes],
];

const GAUGES: Told<MetricsStats> = [
  ['prometheus_tsdb_head_series', 'Series that samples are taken of.', ({ series }) => series],
  ['prometheus_tsdb_wal_segment_current', 'Index of the log segment being written.', ({ logSegment }) => logSegment],
  ['prometheus_engine_queries', 'Queries that wait for their answer.', ({ runningQueries }) => runningQueries],
  ['binnacle_tsdb_backlog_bytes', 'Bytes of stored samples that queries do not see yet.', ({ backlogBytes }) => backlogBytes],
];

const DATABASE_GAUGES: Told<DatabaseStats> = [
  ['prometheus_tsdb_head_chunks', 'Chunks in memory.', ({ headChunks }) => headChunks],
  ['prometheus_tsdb_head_chunks_storage_size_bytes', 'Bytes of chunks in memory.', ({ headChunkBytes }) => headChunkBytes],
  ['prometheus_tsdb_blocks_loaded', 'Blocks on disk.', ({ blocks }) => blocks],
  ['prometheus_tsdb_storage_blocks_bytes', 'Bytes of blocks on disk.', ({ blockBytes }) => blockBytes],
  ['prometheus_tsdb_exemplar_exemplars_in_storage', 'Exemplars in memory.', ({ exemplars }) => exemplars],
  ['binnacle_tsdb_head_samples', 'Samples in memory.', ({ headSamples }) => headSamples],
  ['binnacle_tsdb_out_of_order_samples', 'Samples out of order in memory.', ({ outOfOrderSamples }) => outOfOrderSamples],
  ['binnacle_tsdb_block_samples', 'Samples in blocks.', ({ blockSamples }) => blockSamples],
  ['binnacle_tsdb_corrupt_blocks', 'Blocks set aside because they could not be read.', ({ corruptBlocks }) => corruptBlocks],
  ['binnacle_tsdb_compactions', 'Compactions since the start.', ({ compactions }) => compactions],
];
