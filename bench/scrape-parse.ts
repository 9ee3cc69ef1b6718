import { parseOpenMetrics } from '#server/scrape/exposition/parse-openmetrics.ts';
import { parseText } from '#server/scrape/exposition/parse-text.ts';
import { SeriesCache } from '#server/scrape/series-cache.ts';
import type { Appender } from '#server/timeseries/storage.ts';

/**
 * What reading a scrape costs: `node bench/scrape-parse.ts [series …]` (10000 100000). Prints, for pages as a sidecar writes
 * them, samples a second of one core for the first page of a target, for reading the next ones, and for reading them and taking them up
 * to the columns that go to the store. The store itself is not in it.
 */
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000];
const ROUNDS = 15;

/** Pages of one target: the same series, other values. */
function pageOf(series: number, scrape: number): Buffer {
  const lines: string[] = ['# TYPE istio_requests_total counter'];
  for (let i = 0; i < series; i++) {
    lines.push(`istio_requests_total{reporter="source",source_workload="w${i % 50}",destination_workload="w${i}",destination_service="s${i % 20}.shop.svc.cluster.local",response_code="200",request_protocol="http"} ${i * 7 + scrape * 13}${i % 3 === 0 ? '.25' : ''}`);
  }
  return Buffer.from(`${lines.join('\n')}\n# EOF\n`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
/** Milliseconds of processor time, so that other work on the machine does not count. */
function timed(run: () => void): number {
  const started = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

let nextRef = 1;
const appender: Appender = {
  epoch: 1,
  ref: () => nextRef++,
  appendBatch: async () => ({ appended: 0, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 }),
  append: async () => ({ appended: 0, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 }),
  setMetadata: () => undefined,
};

for (const [format, parse] of [['text 0.0.4', parseText], ['OpenMetrics', parseOpenMetrics]] as const) {
  for (const size of sizes) {
    const bodies = Array.from({ length: 4 }, (_, scrape) => pageOf(size, scrape));
    const body = (round: number): Buffer => bodies[round % bodies.length] ?? Buffer.alloc(0);
    const cache = new SeriesCache({ appender, labelsFor: (labels) => ({ ...labels, job: 'bench', instance: '127.0.0.1:1' }), problemOf: () => undefined, honorTimestamps: true, trackTimestampsStaleness: false, sampleLimit: 0 });
    const take = (round: number): void => {
      const taken = cache.take(parse(body(round), { hints: cache }), round * 1000);
      if (taken.kind === 'taken') taken.commit();
    };
    const first = timed(() => take(0));
    for (let round = 1; round < 4; round++) take(round);
    const parsed: number[] = [];
    const taken: number[] = [];
    for (let round = 4; round < 4 + ROUNDS; round++) {
      parsed.push(timed(() => void parse(body(round), { hints: cache })));
      taken.push(timed(() => take(round)));
    }
    const rate = (ms: number): string => `${(size / ms / 1000).toFixed(2)} M/s`;
    console.log(`${format}, ${size} series, ${(body(0).length / size).toFixed(0)} bytes each: first page ${rate(first)}; read ${rate(median(parsed))}; read and take ${rate(median(taken))} (${median(taken).toFixed(1)} ms)`);
  }
}
