import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { seededRandom } from '#mesh-core/runtime/random.ts';
import { SessionStore } from '#server/auth/session-store.ts';
import { createFrontDoor } from '#server/http/front-door.ts';
import { createEmbeddedMetricsBackend } from '#server/promql/embedded-metrics-backend.ts';
import { QueryGenerator, type QueryGrammar } from '#server/promql/testing/generate-query.ts';
import { Head } from '#server/timeseries/head.ts';
import { ownStatus } from './own-status.ts';
import { prometheusRoutes } from './routes.ts';
import { differenceOf, type QueryData } from './testing/compare-data.ts';
import { generateSeries } from './testing/generate-series.ts';
import { isInstalled, RunningPrometheus, type TestSeries } from './testing/running-prometheus.ts';

const QUERIES = 500;
const SEED = 20_231_114;
const HOUR = 1_700_000_000 - (1_700_000_000 % 3600);
/**
 * Since 3.0 ranges and look-back leave out their start. No sample is at a whole second and every range, offset and time here is one,
 * so no sample is on a boundary; and at 7 s past a minute no subquery of 11 s more than whole minutes begins on one of its steps.
 */
const INSTANT = { time: HOUR + 2407 };
const RANGE = { start: HOUR + 607, end: HOUR + 3007, step: 120 };

/** What both versions have. atan2 is left out: 2.42 keeps the metric name of its operands in many-to-one matches. */
const GRAMMAR: QueryGrammar = {
  counters: ['requests_total'],
  gauges: ['temperature', 'flapping', 'build_info'],
  buckets: ['latency_bucket'],
  steady: ['requests_total', 'temperature'],
  labels: { job: ['a', 'b'], instance: ['i0', 'i1', 'i2'], code: ['200', '500'], version: ['v1', 'v2'] },
  arithmetic: ['+', '-', '*', '/', '%', '^'],
  vectorFunctions: ['abs', 'ceil', 'floor', 'exp', 'ln', 'log2', 'log10', 'sqrt', 'sgn', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'deg', 'rad'],
  periodicFunctions: ['sin', 'cos', 'tan'],
  counterFunctions: ['rate', 'increase', 'irate', 'resets', 'changes', 'delta', 'idelta'],
  rangeFunctions: ['avg_over_time', 'min_over_time', 'max_over_time', 'sum_over_time', 'count_over_time', 'stddev_over_time', 'stdvar_over_time', 'last_over_time', 'present_over_time', 'quantile_over_time', 'deriv', 'predict_linear', 'delta', 'idelta', 'changes'],
  aggregations: ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar', 'topk', 'bottomk', 'quantile', 'count_values'],
  at: HOUR + 1807,
  subqueryRanges: [71, 131, 311, 611],
  subquerySteps: ['15s', '30s', '60s', ''],
};

/** What changed between 2.42 and the language spoken here, and so is not asked. */
const CHANGED: readonly (readonly [reason: string, query: RegExp])[] = [
  ['2.42 loses a label of count_values by several labels from the second step on', /count_values(?= by \([^)]*,)|count_values\(.*\) by \([^)]*,/],
  ['2.42 looks at the wrong time for timestamp(x @ … offset …)', /timestamp\([^()]* @ [^ )]+(\(\))? offset/],
];
/** What changed so that a query fails now. */
const NEW_ERRORS: readonly (readonly [reason: string, message: RegExp])[] = [
  ['a comparison with two matches for one element fails now also where only one of them holds', /^multiple matches for labels: many-to-one matching must be explicit/],
];

interface Envelope {
  readonly status: 'success' | 'error';
  readonly data?: QueryData;
  readonly errorType?: string;
  readonly error?: string;
}
type Ask = (path: string, form: Readonly<Record<string, string | number>>) => Promise<Envelope>;

test(`${QUERIES} generated queries are answered as Prometheus answers them`, { skip: !isInstalled('prometheus') && 'prometheus is not installed', timeout: 120_000 }, async (t) => {
  const series = generateSeries(SEED, { start: HOUR * 1000, end: (HOUR + 3600) * 1000, intervalMs: 15_000 });
  const prometheus = await RunningPrometheus.start();
  t.after(() => prometheus.stop());
  await prometheus.write(series);
  const own = await serve(series);
  t.after(own.close);
  const theirs = asker(`${prometheus.url}/api/v1`, {});
  const generator = new QueryGenerator(GRAMMAR, seededRandom(SEED));
  const counts = { queries: 0, equal: 0, equalErrors: 0, empty: 0, changed: 0 };
  const differences: string[] = [];
  while (counts.queries < QUERIES) {
    const query = generator.query();
    if (CHANGED.some(([, pattern]) => pattern.test(query))) continue;
    counts.queries++;
    for (const [path, times] of [['/query', INSTANT], ['/query_range', RANGE]] as const) {
      const [mine, reference] = await Promise.all([own.ask(path, { query, ...times }), theirs(path, { query, ...times })]);
      const difference = compare(mine, reference);
      if (difference === 'changed') counts.changed++;
      else if (difference !== undefined) differences.push(`${path} ${query}\n    ${difference}`);
      else if (reference.status === 'error') counts.equalErrors++;
      else {
        counts.equal++;
        if ((reference.data?.result as readonly unknown[] | undefined)?.length === 0) counts.empty++;
      }
    }
  }
  t.diagnostic(`${counts.queries} queries, each at one time and over a range: ${counts.equal} equal answers (${counts.empty} of them empty), ${counts.equalErrors} equal errors, ${counts.changed} changed since 2.42, ${differences.length} different`);
  assert.deepEqual(differences, []);
  assert.ok(counts.empty < counts.equal / 2, 'most queries must find something');
});

function compare(ours: Envelope, theirs: Envelope): string | undefined {
  if (ours.status === 'error' && theirs.status === 'success' && NEW_ERRORS.some(([, message]) => message.test(ours.error ?? ''))) return 'changed';
  if (ours.status === 'error' || theirs.status === 'error') return ours.errorType === theirs.errorType ? undefined : `ours: ${ours.errorType} ${ours.error}; theirs: ${theirs.errorType} ${theirs.error}`;
  return ours.data === undefined || theirs.data === undefined ? 'an answer without data' : differenceOf(ours.data, theirs.data);
}

/** The API over an engine that holds the series. */
async function serve(series: readonly TestSeries[]): Promise<{ readonly ask: Ask; readonly close: () => void }> {
  const clock = { now: () => (HOUR + 3600) * 1000 };
  const head = new Head();
  for (const { labels, samples } of series) for (const [time, value] of samples) head.append(labels, time, value);
  const metrics = createEmbeddedMetricsBackend(head, { clock });
  const status = ownStatus({ host: '127.0.0.1', port: 0, dataDir: '', scrapeSeconds: 15, retentionMs: 3_600_000, maxMetricsBytes: 2 ** 30 }, clock.now(), () => []);
  const sessions = new SessionStore({ sessions: [], tokens: [] }, () => Date.now(), () => undefined);
  const door = createFrontDoor({ routes: prometheusRoutes({ metrics, targets: () => [], clock, status }), sessions, pages: undefined, log: silentLogger, allowedHosts: ['127.0.0.1'] });
  await new Promise<void>((resolve) => void door.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(door.address() as AddressInfo).port}/prometheus/api/v1`;
  return {
    ask: asker(base, { authorization: `Bearer ${sessions.createToken('test', 'view').secret}` }),
    close: () => {
      door.closeAllConnections();
      door.close();
    },
  };
}

function asker(base: string, headers: Readonly<Record<string, string>>): Ask {
  return async (path, form) => {
    const answer = await fetch(base + path, { method: 'POST', headers, body: new URLSearchParams(Object.entries(form).map(([name, value]) => [name, String(value)])) });
    return (await answer.json()) as Envelope;
  };
}
