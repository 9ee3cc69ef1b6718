import { systemClock } from '#mesh-core/runtime/clock.ts';
import { createLogger } from '#mesh-core/runtime/logger.ts';
import { openMetricsThread } from '#server/metrics/metrics-thread.ts';
import { ServerError } from '#server/server-error.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { BASE_MS, roundAt, ROUND_MS, seriesOf, valueOf, WRITERS } from './ingested-data.ts';

/**
 * A child process that stores batches of several writers at once, tells its parent of each one that was acknowledged or
 * refused (and tries that one again), and cuts segments, snapshots and blocks much more often than a server does, until it is
 * killed or, by any message, asked to end. Arguments: directory, then the first step of each writer.
 */
const [directory = '', ...firstRounds] = process.argv.slice(2);
const store = await openMetricsThread({
  directory,
  retentionMs: 1e12,
  outOfOrderWindowMs: 20 * ROUND_MS,
  blockRangeMs: 60 * ROUND_MS,
  segmentBytes: 64 * 1024,
  clock: systemClock,
  log: createLogger('ingest-forever', 'stderr'),
});
// The clock's timers do not keep a process alive on their own.
setInterval(() => undefined, 60_000);
process.send?.({ kind: 'ready' });

async function write(writer: number): Promise<never> {
  for (let step = Number(firstRounds[writer] ?? 0); ; step++) {
    const round = roundAt(writer, step);
    const labels = seriesOf(writer, round);
    while (!(await append(writer, round, labels))) await new Promise((resolve) => setTimeout(resolve, 20));
    process.send?.({ kind: 'stored', writer, step });
    // Data time runs a hundred times as fast as the clock, not faster.
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
}

/** False when the disk refused it, which is told. */
async function append(writer: number, round: number, labels: readonly Labels[]): Promise<boolean> {
  const { appender } = store;
  try {
    const result = await appender.appendBatch({
      count: labels.length,
      refs: Int32Array.from(labels, (one) => appender.ref(one)),
      timestamps: new Float64Array(labels.length).fill(BASE_MS + round * ROUND_MS),
      values: Float64Array.from(labels, (_, i) => valueOf(writer, round, i)),
    });
    if (result.appended !== labels.length) throw new Error(`writer ${writer}, round ${round}: ${JSON.stringify(result)}`);
    return true;
  } catch (error) {
    if (!(error instanceof ServerError && error.code === 'overloaded')) throw error;
    process.send?.({ kind: 'refused', message: error.message, state: store.state() });
    return false;
  }
}

/** Writes blocks, compacts, deletes; every second time a snapshot too. */
async function keepUp(): Promise<never> {
  for (let round = 0; ; round++) {
    try {
      await store.maintain(round % 2 === 1);
      process.send?.({ kind: 'kept-up' });
    } catch (error) {
      process.send?.({ kind: 'upkeep-failed', message: String(error) });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
process.once('message', () => void store.close().then(() => process.exit(0)));
await Promise.race([keepUp(), ...Array.from({ length: WRITERS }, (_, writer) => write(writer))]);
