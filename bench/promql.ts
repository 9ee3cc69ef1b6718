import { Head } from '#server/timeseries/head.ts';
import { runInstantQuery, runRangeQuery } from '#server/promql/engine.ts';
import { parseText } from '#server/scrape/exposition/parse-text.ts';
import { SeriesCache } from '#server/scrape/series-cache.ts';
import { testAppender } from '#server/timeseries/testing/test-appender.ts';

/**
 * What the metrics path costs at the size of a busy laptop mesh: `node bench/metrics.ts [workloads] [scrapes]`. Prints the
 * time to read a page, to take it into the head, and to answer the queries that the pages send.
 */
const workloads = Number(process.argv[2] ?? 20);
const scrapes = Number(process.argv[3] ?? 360);
const INTERVAL_MS = 5000;
const CODES = ['200', '404', '500'];
const BUCKETS = ['0.5', '1', '5', '10', '25', '50', '100', '250', '500', '1000', '2500', '5000', '10000', '30000', '60000', '300000', '600000', '1800000', '3600000', '+Inf'];

function pageOf(workload: number, scrape: number): string {
  const lines: string[] = [];
  for (let peer = 0; peer < 4; peer++) {
    for (const [c, code] of CODES.entries()) {
      const labels = `reporter="source",source_workload="w${workload}",source_workload_namespace="shop",destination_workload="w${(workload + peer) % workloads}",destination_workload_namespace="shop",destination_service="s${peer}.shop.svc.cluster.local",response_code="${code}",request_protocol="http",response_flags="-",connection_security_policy="unknown"`;
      lines.push(`istio_requests_total{${labels}} ${scrape * (3 - c)}`);
      for (const le of BUCKETS) lines.push(`istio_request_duration_milliseconds_bucket{${labels},le="${le}"} ${scrape * (3 - c)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function timed<T>(what: string, runs: number, run: () => T): T {
  let result = run();
  const started = performance.now();
  for (let i = 0; i < runs; i++) result = run();
  console.log(`${what}: ${((performance.now() - started) / runs).toFixed(2)} ms`);
  return result;
}

const sample = pageOf(0, 1);
console.log(`${workloads} workloads, ${sample.split('\n').length - 1} series each, ${scrapes} scrapes`);
timed(`read a page of ${Math.round(sample.length / 1024)} KiB`, 50, () => parseText(sample));

const head = new Head();
const appender = testAppender((samples) => {
  for (const { labels, timestamp, value } of samples) head.append(labels, timestamp, value);
});
const targets = Array.from({ length: workloads }, (_, i) => {
  const own = { job: `w${i}`, instance: `127.0.0.1:${4000 + i}` };
  return new SeriesCache({ appender, labelsFor: (labels) => ({ ...labels, ...own }), problemOf: () => undefined, honorTimestamps: true, trackTimestampsStaleness: false, sampleLimit: 0 });
});
const started = performance.now();
for (let scrape = 0; scrape < scrapes; scrape++) {
  for (const [i, target] of targets.entries()) {
    const taken = target.take(parseText(pageOf(i, scrape), { hints: target }), scrape * INTERVAL_MS + i);
    if (taken.kind !== 'taken') throw new Error(taken.reason);
    await appender.appendBatch(taken.batch.build());
    taken.commit();
  }
}
console.log(`take in ${scrapes} scrapes of all: ${((performance.now() - started) / scrapes).toFixed(2)} ms per round (making the pages included)`);
console.log(`${head.seriesCount} series, ${head.sampleCount} samples, heap ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB + buffers ${Math.round(process.memoryUsage().arrayBuffers / 1e6)} MB`);

const end = (scrapes - 1) * INTERVAL_MS;
const INSTANT = [
  'sum by (source_workload,destination_workload,response_code) (rate(istio_requests_total{reporter="source"}[1m])) > 0',
  'histogram_quantile(0.95, sum by (le,destination_service) (rate(istio_request_duration_milliseconds_bucket{reporter="source"}[1m])))',
];
for (const query of INSTANT) timed(`instant ${query.slice(0, 70)}…`, 10, () => runInstantQuery(head, query, end));
for (const query of INSTANT) timed(`range, 60 steps ${query.slice(0, 62)}…`, 3, () => runRangeQuery(head, query, { start: Math.max(0, end - 1_800_000), end, step: 30_000 }));
