import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { openTimeSeriesStore } from '#server/timeseries/open-time-series-store.ts';

/**
 * A child process that stores scrape after scrape and tells its parent the number of each one once it is stored, until it
 * is killed. Arguments: directory, series in a scrape, time of the first scrape (Unix ms).
 */
const [directory = '', series = '10', first = '0'] = process.argv.slice(2);
const store = await openTimeSeriesStore({ directory, clock: systemClock, log: silentLogger, retentionMs: Infinity, checkpointBytes: 32 * 1024 });
const labels = Array.from({ length: Number(series) }, (_, i) => ({ __name__: 'm_total', i: String(i) }));
for (let scrape = 0; ; scrape++) {
  const timestamp = Number(first) + scrape * 5000;
  await store.append(labels.map((one) => ({ labels: one, timestamp, value: scrape })));
  process.send?.({ stored: scrape });
}
