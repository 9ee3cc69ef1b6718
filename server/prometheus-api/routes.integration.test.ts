import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { createRemoteMetricsBackend } from '#server/adapters/prometheus/remote-metrics-backend.ts';
import { SessionStore } from '#server/auth/session-store.ts';
import { createFrontDoor } from '#server/http/front-door.ts';
import type { RouteRequest } from '#server/http/route.ts';
import { createEmbeddedMetricsBackend } from '#server/promql/embedded-metrics-backend.ts';
import { QueryError, type MetricsBackend } from '#server/promql/metrics-backend.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import { Head } from '#server/timeseries/head.ts';
import type { LabelMatcher, SeriesExemplars, TimeRange } from '#server/timeseries/storage.ts';
import { ownStatus } from './own-status.ts';
import { prometheusRoutes } from './routes.ts';

const NOW = 1_700_000_000;
const clock = { now: () => NOW * 1000 };
const head = new Head();
for (let i = 0; i <= 20; i++) {
  const time = (NOW - 300 + i * 15) * 1000;
  head.append({ __name__: 'http_total', code: '200', pod: 'a' }, time, i * 15);
  head.append({ __name__: 'http_total', code: '500', pod: 'a' }, time, i);
  head.append({ __name__: 'odd', 'dotted.label': 'x' }, time, i === 20 ? Infinity : NaN);
}
const store = Object.assign(head, {
  metadata: () => ({ http_total: { type: 'counter', help: 'requests', unit: '' }, other: { type: 'gauge', help: '', unit: 's' } }),
  exemplars: (matchers: readonly LabelMatcher[][], range: TimeRange): SeriesExemplars[] =>
    range.end < NOW * 1000 ? [] : matchers.map(([matcher]) => ({ seriesLabels: { __name__: matcher?.value ?? '' }, exemplars: [{ labels: { trace_id: 'abc' }, value: 0.25, timestamp: (NOW - 1) * 1000 + 5 }] })),
});
const target: TargetStatus = { discoveredLabels: {}, labels: { pod: 'a' }, scrapePool: 'workload-entries', scrapeUrl: 'http://127.0.0.1:1/metrics', health: 'down', lastError: 'refused', lastScrapeDuration: 0, samples: 0, scrapeIntervalSeconds: 5, scrapeTimeoutSeconds: 5 };

const embedded = createEmbeddedMetricsBackend(store, { clock });
const sessions = new SessionStore({ sessions: [], tokens: [] }, () => Date.now(), () => undefined);
const token = sessions.createToken('test', 'view').secret;
const door = createFrontDoor({ routes: prometheusRoutes({ metrics: embedded, targets: () => [target], clock, status: ownStatus({ host: '127.0.0.1', port: 3000, dataDir: 'data', scrapeSeconds: 5, retentionMs: 21_600_000, maxMetricsBytes: 2 ** 30 }, (NOW - 60) * 1000, () => [target]), corsOrigin: 'https?://grafana\\.example' }), sessions, pages: undefined, log: silentLogger, allowedHosts: ['127.0.0.1'] });
let base = '';
let remote: MetricsBackend;
before(async () => {
  await new Promise<void>((resolve) => void door.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(door.address() as AddressInfo).port}/prometheus`;
  remote = createRemoteMetricsBackend({ url: `${base}/`, headers: { authorization: `Bearer ${token}` }, timeoutMs: 10_000 });
});
after(() => {
  door.closeAllConnections();
  door.close();
});

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${base}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() };
}
async function post(path: string, form: Record<string, string>): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${base}/api/v1${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: new URLSearchParams(form) });
  return { status: response.status, body: await response.json() };
}

test('an instant query answers in the JSON of Prometheus, by GET and by POST', async () => {
  const expected = { status: 200, body: { status: 'success', data: { resultType: 'vector', result: [{ metric: { code: '200' }, value: [NOW, '300'] }] } } };
  const query = 'sum by (code) (http_total{code="200"})';
  assert.deepEqual(await get(`/query?query=${encodeURIComponent(query)}&time=${NOW}`), expected);
  assert.deepEqual(await post('/query', { query }), expected);
  assert.deepEqual(await get(`/query?query=odd`), { status: 200, body: { status: 'success', data: { resultType: 'vector', result: [{ metric: { __name__: 'odd', 'dotted.label': 'x' }, value: [NOW, '+Inf'] }] } } });
  assert.deepEqual(await get(`/query?query=1e-7&time=2023-11-14T22:13:20.5Z`), { status: 200, body: { status: 'success', data: { resultType: 'scalar', result: [1700000000.5, '1e-07'] } } });
  assert.deepEqual(await get(`/query?query=%22s%22`), { status: 200, body: { status: 'success', data: { resultType: 'string', result: [NOW, 's'] } } });
});

test('a range query answers with a matrix, and notes about the query come with it', async () => {
  const answer = await post('/query_range', { query: 'increase(http_total{code="200"}[1m])', start: String(NOW - 30), end: String(NOW), step: '15s' });
  assert.deepEqual(answer.body, { status: 'success', data: { resultType: 'matrix', result: [{ metric: { code: '200', pod: 'a' }, values: [[NOW - 30, '60'], [NOW - 15, '60'], [NOW, '60']] }] } });
  const noted = (await get(`/query?query=${encodeURIComponent('rate(odd[1m])')}`)).body as { infos?: string[] };
  assert.match(noted.infos?.[0] ?? '', /metric might not be a counter, name does not end in .* "odd" \(1:6\)/);
  const cut = (await get(`/query?query=http_total&limit=1`)).body as { data: { result: unknown[] }; warnings?: string[] };
  assert.deepEqual([cut.data.result.length, cut.warnings], [1, ['results truncated due to limit']]);
});

async function dataOf(path: string): Promise<unknown> {
  const { status, body } = await get(path);
  assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
  return (body as { data: unknown }).data;
}

test('what a query cost comes with its data when it is asked for', async () => {
  const { stats } = (await dataOf(`/query_range?query=${encodeURIComponent('sum(rate(http_total[1m]))')}&start=${NOW - 60}&end=${NOW}&step=30&stats=all`)) as { stats: { timings: Record<string, number>; samples: { totalQueryableSamples: number; peakSamples: number } } };
  // Two series, three steps, four samples in a window.
  assert.equal(stats.samples.totalQueryableSamples, 24);
  assert.ok(stats.samples.peakSamples >= 6);
  assert.equal(stats.timings['execTotalTime'], 0);
  const odd = (await get('/query?query=1&stats=some')).body as { warnings: string[] };
  assert.deepEqual(odd.warnings, ['value "some" for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"']);
});

const ERRORS: readonly [path: string, status: number, errorType: string, message: string | RegExp][] = [
  ['/query?query=sum(', 400, 'bad_data', /^invalid parameter "query": 1:5: parse error: /],
  ['/query', 400, 'bad_data', /^invalid parameter "query": .*no expression found in input/],
  ['/query?query=up&time=soon', 400, 'bad_data', `invalid parameter "time": invalid time value for 'time': cannot parse "soon" to a valid timestamp`],
  ['/query?query=up&time=NaN', 400, 'bad_data', `invalid parameter "time": invalid time value for 'time': cannot parse "NaN" to a valid timestamp`],
  ['/query?query=up&timeout=x', 400, 'bad_data', 'invalid parameter "timeout": cannot parse "x" to a valid duration'],
  ['/query?query=up&limit=-1', 400, 'bad_data', 'invalid parameter "limit": limit must be non-negative'],
  ['/query?query=up&limit=x', 400, 'bad_data', 'invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax'],
  ['/query?query=up&lookback_delta=x', 400, 'bad_data', 'error parsing lookback delta duration: cannot parse "x" to a valid duration'],
  ['/query_range?query=up&start=0&end=11001&step=1', 400, 'bad_data', 'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)'],
  ['/query_range?query=up&start=10&end=1&step=1', 400, 'bad_data', 'invalid parameter "end": end timestamp must not be before start time'],
  ['/query_range?query=up&start=1&end=10&step=0', 400, 'bad_data', 'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer'],
  ['/query_range?query=up&start=1&end=10&step=-5', 400, 'bad_data', /zero or negative/],
  ['/query_range?query=up&start=1&end=10&step=1e300', 400, 'bad_data', 'invalid parameter "step": cannot parse "1e300" to a valid duration. It overflows int64'],
  ['/query_range?query=up&start=1&end=10', 400, 'bad_data', 'invalid parameter "step": cannot parse "" to a valid duration'],
  ['/query_range?query=up&end=10&step=1', 400, 'bad_data', 'invalid parameter "start": cannot parse "" to a valid timestamp'],
  ['/query_range?query=up[1m]&start=1&end=10&step=1', 400, 'bad_data', 'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector'],
  ['/query?query=http_total%20%2B%20on(pod)%20http_total', 422, 'execution', /many-to-many|duplicate series/],
  ['/query?query=up&timeout=-1', 503, 'timeout', /timed out/],
  ['/query_exemplars?query=up{', 400, 'bad_data', /^1:4: parse error/],
  ['/query_exemplars?query=up&start=2&end=1', 400, 'bad_data', 'end timestamp must not be before start timestamp'],
  ['/format_query?query=sum(', 400, 'bad_data', /^invalid parameter "query": 1:5: parse error: /],
  ['/parse_query', 400, 'bad_data', /^invalid parameter "query": .*no expression found in input/],
  ['/series', 400, 'bad_data', 'no match[] parameter provided'],
  ['/series?match[]={}', 400, 'bad_data', 'invalid parameter "match[]": match[] must contain at least one non-empty matcher'],
  ['/labels?match[]={}', 400, 'bad_data', 'match[] must contain at least one non-empty matcher'],
  ['/labels?start=x', 400, 'bad_data', `invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp`],
  ['/query?query=up{a%3D~%22(%22}', 400, 'bad_data', /^invalid parameter "query": 1:\d+: parse error: /],
  ['/series?match[]=up{a%3D~%22(%22}', 400, 'bad_data', /^invalid parameter "match\[\]": 1:\d+: parse error/],
  ['/label/%20/values?match[]=sum(up)', 400, 'bad_data', /expected a series selector/],
  ['/labels?match[]=up{', 400, 'bad_data', /parse error/],
  ['/metadata?limit=many', 400, 'bad_data', 'limit must be a number'],
  ['/metadata?limit_per_metric=many', 400, 'bad_data', 'limit_per_metric must be a number'],
  ['/targets/metadata?match_target=x{', 400, 'bad_data', /^invalid parameter "match_target": 1:3: parse error/],
  ['/status/tsdb?limit=0', 400, 'bad_data', 'limit must be a positive number'],
  ['/status/tsdb?limit=10001', 400, 'bad_data', 'limit must not exceed 10000'],
];
for (const [path, status, errorType, message] of ERRORS) {
  test(`${path} fails with ${status} ${errorType} and says why`, async () => {
    const answer = await get(path);
    const body = answer.body as { status: string; errorType: string; error: string };
    assert.deepEqual([answer.status, body.status, body.errorType], [status, 'error', errorType]);
    if (typeof message === 'string') assert.equal(body.error, message);
    else assert.match(body.error, message);
  });
}

test('a form of another type is refused and nobody gets in without a token', async () => {
  const refused = await fetch(`${base}/api/v1/query`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{"query":"up"}' });
  assert.equal(refused.status, 400);
  assert.match(((await refused.json()) as { error: string }).error, /x-www-form-urlencoded, not as application\/json/);
  assert.equal((await fetch(`${base}/api/v1/query?query=up`)).status, 401);
});

test('series, labels, label values, metadata, targets and build information are answered', async () => {
  assert.deepEqual((await get('/series?match[]=odd&match[]=http_total{code="500"}')).body, { status: 'success', data: [{ __name__: 'http_total', code: '500', pod: 'a' }, { __name__: 'odd', 'dotted.label': 'x' }] });
  assert.deepEqual((await post('/labels', { 'match[]': 'http_total' })).body, { status: 'success', data: ['__name__', 'code', 'pod'] });
  assert.deepEqual((await get('/label/code/values')).body, { status: 'success', data: ['200', '500'] });
  assert.deepEqual((await get('/label/U__dotted_2e_label/values')).body, { status: 'success', data: ['x'] });
  assert.deepEqual((await get(`/label/code/values?start=0&end=10`)).body, { status: 'success', data: [] });
  assert.deepEqual((await get('/metadata?metric=http_total')).body, { status: 'success', data: { http_total: [{ type: 'counter', help: 'requests', unit: '' }] } });
  assert.deepEqual(await dataOf('/labels?start=10&end=1'), []);
  assert.deepEqual(await dataOf('/metadata?limit=1'), { http_total: [{ type: 'counter', help: 'requests', unit: '' }] });
  assert.deepEqual(await dataOf('/metadata?limit=0'), {});
  assert.match(((await dataOf('/status/buildinfo')) as { version: string }).version, /^\d+\.\d+\.\d+$/);
});

test('targets are told by state and pool, and what metrics they give', async () => {
  type Targets = { activeTargets: { health: string; lastError: string; scrapeInterval: string; lastScrape: string }[]; droppedTargets: unknown[]; droppedTargetCounts: unknown };
  const all = (await dataOf('/targets')) as Targets;
  assert.deepEqual(all.activeTargets.map(({ health, lastError, scrapeInterval, lastScrape }) => [health, lastError, scrapeInterval, lastScrape]), [['down', 'refused', '5s', '0001-01-01T00:00:00Z']]);
  assert.deepEqual([all.droppedTargets, all.droppedTargetCounts], [[], { 'workload-entries': 0 }]);
  assert.deepEqual(await dataOf('/targets?state=Dropped'), { activeTargets: [], droppedTargets: [], droppedTargetCounts: { 'workload-entries': 0 } });
  assert.equal(((await dataOf('/targets?state=active')) as Targets).droppedTargetCounts, null);
  assert.deepEqual(((await dataOf('/targets?scrapePool=other')) as Targets).activeTargets, []);
  assert.deepEqual(await dataOf('/scrape_pools'), { scrapePools: ['workload-entries'] });
  const entry = { target: { pod: 'a' }, type: 'counter', help: 'requests', unit: '' };
  assert.deepEqual(await dataOf('/targets/metadata'), [{ ...entry, metric: 'http_total' }]);
  assert.deepEqual(await dataOf('/targets/metadata?metric=http_total&match_target={pod="a"}'), [entry]);
  assert.deepEqual(await dataOf('/targets/metadata?match_target={pod="b"}'), []);
});

test('exemplars come with the series they belong to; what selects nothing has no content', async () => {
  const answer = await get(`/query_exemplars?query=${encodeURIComponent('rate(a[5m]) / b')}&start=${NOW - 60}&end=${NOW}`);
  const exemplars = [{ labels: { trace_id: 'abc' }, value: '0.25', timestamp: NOW - 0.995 }];
  assert.deepEqual(answer.body, { status: 'success', data: [{ seriesLabels: { __name__: 'a' }, exemplars }, { seriesLabels: { __name__: 'b' }, exemplars }] });
  assert.deepEqual(await dataOf('/query_exemplars?query=a&end=10'), []);
  const nothing = await fetch(`${base}/api/v1/query_exemplars?query=1`, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual([nothing.status, await nothing.text()], [204, '']);
});

test('a query is formatted, and told as a tree', async () => {
  assert.equal(await dataOf('/format_query?query=sum by(a)(rate(x{b="c"}[5m]))'), 'sum by (a) (rate(x{b="c"}[5m]))');
  assert.deepEqual(await dataOf('/parse_query?query=-x offset 5m'), {
    type: 'unaryExpr', op: '-',
    expr: { type: 'vectorSelector', name: 'x', offset: 300_000, offsetExpr: null, matchers: [{ name: '__name__', value: 'x', type: '=' }], timestamp: null, startOrEnd: null, anchored: false, smoothed: false },
  });
});

test('the server tells of itself as Prometheus does', async () => {
  assert.deepEqual(await dataOf('/status/config'), { yaml: 'global:\n  scrape_interval: 5s\n  scrape_timeout: 5s\n  evaluation_interval: 1m\nscrape_configs:\n- job_name: "workload-entries"\n  scrape_interval: 5s\n' });
  assert.equal(((await dataOf('/status/flags')) as Record<string, string>)['storage.tsdb.retention.time'], '6h');
  const info = (await dataOf('/status/runtimeinfo')) as { startTime: string; storageRetention: string };
  assert.deepEqual([info.startTime, info.storageRetention], [new Date((NOW - 60) * 1000).toISOString(), '6h']);
  const tsdb = (await dataOf('/status/tsdb?limit=1')) as { headStats: { numSeries: number; numLabelPairs: number } } & Record<string, unknown>;
  assert.deepEqual([tsdb.headStats.numSeries, tsdb.headStats.numLabelPairs], [3, 6]);
  assert.deepEqual(tsdb['seriesCountByMetricName'], [{ name: 'http_total', value: 2 }]);
  assert.deepEqual(tsdb['seriesCountByLabelValuePair'], [{ name: '__name__=http_total', value: 2 }]);
  assert.deepEqual(await dataOf('/status/walreplay'), { min: 0, max: 0, current: 0 });
  assert.deepEqual(await dataOf('/alertmanagers'), { activeAlertmanagers: [], droppedAlertmanagers: [] });
  assert.deepEqual(await post('/admin/tsdb/snapshot', {}), { status: 500, body: { status: 'error', errorType: 'unavailable', error: 'admin APIs disabled' } });
});

test('clients that only look whether the server is there are answered', async () => {
  for (const [path, text] of [['healthy', 'Prometheus Server is Healthy.\n'], ['ready', 'Prometheus Server is Ready.\n']] as const) {
    const answer = await fetch(`${base}/-/${path}`, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual([answer.status, await answer.text()], [200, text]);
  }
});

test('a path or method that is not served is refused as Prometheus refuses it', async () => {
  const unknown = await fetch(`${base}/api/v1/nothing`, { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual([unknown.status, await unknown.text()], [404, '404 page not found\n']);
  const method = await fetch(`${base}/api/v1/series`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual([method.status, await method.text()], [405, 'Method Not Allowed\n']);
});

test('pages of an origin that is allowed may read, after asking; others get no leave', async () => {
  const asked = async (origin: string, method: string): Promise<string | null> => {
    const answer = await fetch(`${base}/api/v1/labels`, { method, headers: { origin, authorization: `Bearer ${token}` } });
    assert.equal(answer.status, method === 'OPTIONS' ? 204 : 200);
    return answer.headers.get('access-control-allow-origin');
  };
  assert.deepEqual([await asked('https://grafana.example', 'OPTIONS'), await asked('https://grafana.example', 'GET')], ['https://grafana.example', 'https://grafana.example']);
  assert.deepEqual([await asked('https://evil.example', 'OPTIONS'), await asked('https://evil.example', 'GET')], [null, null]);
});

test('a long answer is compressed for those who take it', async () => {
  const path = `${base}/api/v1/query_range?query=http_total&start=${NOW - 300}&end=${NOW}&step=1`;
  const encodingFor = async (accept: string): Promise<string | null> => (await fetch(path, { headers: { authorization: `Bearer ${token}`, 'accept-encoding': accept } })).headers.get('content-encoding');
  assert.deepEqual([await encodingFor('gzip'), await encodingFor('identity'), await encodingFor('gzip;q=0')], ['gzip', null, null]);
});

test('the remote backend over this API answers exactly as the embedded one', async () => {
  const range = { start: NOW - 60, end: NOW, step: 15 };
  for (const query of ['http_total', 'odd', 'rate(odd[1m])', 'http_total[1m]', '1/0', '"s"', 'absent(nothing)']) {
    assert.deepEqual(await remote.query(query, { time: NOW }), await embedded.query(query, { time: NOW }), query);
  }
  assert.deepEqual(await remote.queryRange('rate(http_total[1m])', range), await embedded.queryRange('rate(http_total[1m])', range));
  assert.deepEqual(await remote.series({ match: ['http_total'] }), (await embedded.series({ match: ['http_total'] })).map((labels) => ({ ...labels })));
  assert.deepEqual(await remote.labels({}), await embedded.labels({}));
  assert.deepEqual(await remote.labelValues('code', { match: ['http_total'] }), ['200', '500']);
  assert.deepEqual(await remote.metadata({}), await embedded.metadata({}));
});

test('the remote backend fails as the server failed', async () => {
  for (const backend of [remote, embedded]) {
    await assert.rejects(backend.query('sum('), { name: 'QueryError', errorType: 'bad_data', message: /^1:5: parse error/ });
    await assert.rejects(backend.query('http_total + on(pod) http_total', { time: NOW }), { name: 'QueryError', errorType: 'execution' });
    await assert.rejects(backend.query('up', { signal: AbortSignal.abort() }), { errorType: 'canceled' });
  }
});

test('with a remote server, what that one tells of itself is handed on', async () => {
  const asked: unknown[] = [];
  const routes = prometheusRoutes({
    metrics: embedded, targets: () => [], clock, status: ownStatus({ host: '127.0.0.1', port: 3000, dataDir: 'data', scrapeSeconds: 5, retentionMs: 21_600_000, maxMetricsBytes: 2 ** 30 }, NOW * 1000, () => []),
    remote: { get: async (path, parameters) => (asked.push([path, parameters]), path === '/status/flags' ? Promise.reject(new QueryError('unavailable', 'prom.example failed (502)')) : { from: 'remote' }) },
  });
  const call = async (path: string): Promise<unknown[]> => {
    const url = new URL(`http://x/prometheus/api/v1${path}`);
    const route = routes.find((one) => one.method === 'GET' && one.path === url.pathname);
    assert.ok(route);
    const request: RouteRequest = { params: {}, query: {}, body: undefined, actor: { id: 'x', role: 'view' }, requestId: '', headers: new Headers(), url, signal: new AbortController().signal };
    const answer = await route.handle(request as RouteRequest<never, never>);
    assert.ok(answer instanceof Response);
    return [answer.status, await answer.json()];
  };
  assert.deepEqual(await call('/targets?state=active&x=y'), [200, { status: 'success', data: { from: 'remote' } }]);
  assert.deepEqual(asked, [['/targets', [['state', 'active']]]]);
  assert.deepEqual(await call('/status/flags'), [503, { status: 'error', errorType: 'unavailable', error: 'prom.example failed (502)' }]);
});
