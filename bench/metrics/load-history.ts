import { remoteWriteBody } from './remote-write-body.ts';
import { valueAt, type SeriesLabels } from './series.ts';
import type { MeasuredSystem } from './systems.ts';

const SERIES_PER_WRITE = 500;
const SAMPLES_PER_WRITE = 20_000;

/** Samples of some series every `stepMs` from `from` to `to`, both included, Unix ms. */
export interface History {
  readonly series: readonly SeriesLabels[];
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/**
 * Sends a history to each system by remote write, in the order of time, the same bytes to all of them; gives how many
 * samples that were.
 */
export async function loadHistory({ series, from, to, stepMs }: History, systems: readonly MeasuredSystem[]): Promise<number> {
  const perWrite = Math.max(1, Math.floor(SAMPLES_PER_WRITE / Math.min(series.length, SERIES_PER_WRITE)));
  let sent = 0;
  for (let start = from, scrape = 0; start <= to; start += perWrite * stepMs, scrape += perWrite) {
    const times = Array.from({ length: perWrite }, (_, i) => start + i * stepMs).filter((time) => time <= to);
    for (let first = 0; first < series.length; first += SERIES_PER_WRITE) {
      const slice = series.slice(first, first + SERIES_PER_WRITE).map((labels, i) => ({ labels, values: times.map((_, n) => valueAt(first + i, scrape + n)) }));
      const body = remoteWriteBody(slice, times);
      await Promise.all(systems.map((system) => system.write(body)));
      sent += slice.length * times.length;
    }
  }
  return sent;
}
