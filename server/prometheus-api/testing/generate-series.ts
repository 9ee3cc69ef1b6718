import { seededRandom, type Random } from '#mesh-core/runtime/random.ts';
import { STALE_NAN } from '#server/timeseries/storage.ts';
import type { TestSeries } from './running-prometheus.ts';

/** The times of generated samples, Unix ms. */
export interface SeriesTimes {
  readonly start: number;
  readonly end: number;
  readonly intervalMs: number;
}

const BOUNDS = ['0.005', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '+Inf'];

/**
 * Series as a mesh has them, the same for the same seed: counters with resets, gauges of both signs, classic histograms, an info
 * metric, series that begin late, pause, or end with a staleness marker. Values are multiples of 1/64, so that sums are exact in
 * any order; no sample is at a whole second, and counters are never so near to 0 that `rate` would reckon with their beginning.
 */
export function generateSeries(seed: number, times: SeriesTimes): TestSeries[] {
  const random = seededRandom(seed);
  const whole = (limit: number): number => Math.floor(random() * limit);
  const out: TestSeries[] = [];
  for (const job of ['a', 'b']) {
    for (const instance of ['i0', 'i1', 'i2']) {
      for (const code of ['200', '404', '500']) {
        if (random() < 0.15) continue;
        let count = 5000 + whole(1000);
        out.push(series({ __name__: 'requests_total', job, instance, code }, random, times, () => (count = random() < 0.02 ? 100 + whole(20) : count + whole(40))));
      }
      let level = whole(640) / 64 - 5;
      out.push(series({ __name__: 'temperature', job, instance }, random, times, () => (level += (whole(129) - 64) / 64)));
      out.push(series({ __name__: 'flapping', job, instance, shard: String(whole(3)) }, random, times, () => (random() < 0.1 ? NaN : whole(3) - 1), 0.3));
      out.push(series({ __name__: 'build_info', job, instance, version: whole(2) === 0 ? 'v1' : 'v2' }, random, times, () => 1));
      const counts = BOUNDS.map((_, i) => 500 + i);
      const buckets = timesOf(random, times, 0).map((time): readonly [number, readonly number[]] => {
        for (let seen = whole(20); seen > 0; seen--) for (let i = whole(BOUNDS.length); i < BOUNDS.length; i++) counts[i] = (counts[i] ?? 0) + 1;
        return [time, [...counts]];
      });
      for (const [i, le] of BOUNDS.entries()) out.push({ labels: { __name__: 'latency_bucket', job, instance, le }, samples: buckets.map(([time, all]) => [time, all[i] ?? 0]) });
    }
  }
  return out;
}

function series(labels: TestSeries['labels'], random: Random, times: SeriesTimes, next: () => number, gaps = 0.1): TestSeries {
  const samples = timesOf(random, times, gaps).map((time): readonly [number, number] => [time, next()]);
  // Some end early, as a target that goes does.
  if (random() < 0.2) {
    const kept = samples.slice(0, Math.ceil(samples.length * (0.3 + random() * 0.6)));
    const last = kept.at(-1);
    if (last !== undefined) return { labels, samples: [...kept, [last[0] + times.intervalMs, STALE_NAN]] };
  }
  return { labels, samples };
}

/** Sample times of one target: regular with jitter; now and then nothing for minutes; some begin late. */
function timesOf(random: Random, { start, end, intervalMs }: SeriesTimes, gaps: number): number[] {
  const out: number[] = [];
  const phase = Math.floor(random() * intervalMs);
  let time = start + (random() < 0.15 ? Math.floor(random() * (end - start) * 0.5) : 0);
  while (time < end) {
    if (random() < gaps / 20) time += 60_000 * (1 + Math.floor(random() * 9));
    const jittered = Math.floor((time + phase) / 1000) * 1000 + 100 + Math.floor(random() * 800);
    if (jittered < end && jittered > (out.at(-1) ?? 0)) out.push(jittered);
    time += intervalMs;
  }
  return out;
}
