import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { createRemoteMetricsBackend } from '#server/adapters/prometheus/remote-metrics-backend.ts';
import { SessionStore } from '#server/auth/session-store.ts';
import { createFrontDoor } from '#server/http/front-door.ts';
import { createEmbeddedMetricsBackend } from '#server/promql/embedded-metrics-backend.ts';
import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import { Head } from '#server/timeseries/head.ts';
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
const store = Object.assign(head, { metadata: () => ({ http_total: { type: 'counter', help: 'requests', unit: '' } }) });
const target: TargetStatus = { discoveredLabels: {}, labels: { job: 'a' }, scrapePool: 'workload-entries', scrapeUrl: 'http://127.0.0.1:1/metrics', health: 'down', lastError: 'refused', lastScrapeDuration: 0, samples: 0, scrapeIntervalSeconds: 5, scrapeTimeoutSeconds: 5 };

const embedded = createEmbeddedMetricsBackend(store, { clock });
const sessions = new SessionStore({ sessions: [], tokens: [] }, () => Date.now(), () => undefined);
const token = sessions.createToken('test', 'view').secret;
const door = createFrontDoor({ routes: prometheusRoutes({ metrics: embedded, targets: () => [target], clock }), sessions, pages: undefined, log: silentLogger, allowedHosts: ['127.0.0.1'] });
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

const ERRORS: readonly [path: string, status: number, errorType: string, message: RegExp][] = [
  ['/query?query=sum(', 400, 'bad_data', /^invalid parameter "query": 1:5: parse error: /],
  ['/query', 400, 'bad_data', /^invalid parameter "query": .*no expression found in input/],
  ['/query?query=up&time=soon', 400, 'bad_data', /^invalid parameter "time": cannot parse "soon"/],
  ['/query?query=up&timeout=x', 400, 'bad_data', /^invalid parameter "timeout"/],
  ['/query_range?query=up&start=0&end=11001&step=1', 400, 'bad_data', /11,000 points/],
  ['/query_range?query=up&start=10&end=1&step=1', 400, 'bad_data', /end timestamp must not be before start time/],
  ['/query_range?query=up&start=1&end=10&step=0', 400, 'bad_data', /zero or negative/],
  ['/query_range?query=up&end=10&step=1', 400, 'bad_data', /^invalid parameter "start"/],
  ['/query_range?query=up[1m]&start=1&end=10&step=1', 400, 'bad_data', /range vector/],
  ['/query?query=http_total%20%2B%20on(pod)%20http_total', 422, 'execution', /many-to-many|duplicate series/],
  ['/query?query=up&timeout=-1', 503, 'timeout', /timed out/],
  ['/series', 400, 'bad_data', /no match\[\] parameter provided/],
  ['/series?match[]={}', 400, 'bad_data', /at least one non-empty matcher/],
  ['/query?query=up{a%3D~%22(%22}', 400, 'bad_data', /^invalid parameter "query": 1:\d+: parse error: /],
  ['/series?match[]=up{a%3D~%22(%22}', 400, 'bad_data', /parse error/],
  ['/label/%20/values?match[]=sum(up)', 400, 'bad_data', /expected a series selector/],
  ['/labels?match[]=up{', 400, 'bad_data', /parse error/],
];
for (const [path, status, errorType, message] of ERRORS) {
  test(`${path} fails with ${status} ${errorType} and says why`, async () => {
    const answer = await get(path);
    const body = answer.body as { status: string; errorType: string; error: string };
    assert.deepEqual([answer.status, body.status, body.errorType], [status, 'error', errorType]);
    assert.match(body.error, message);
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
  const targets = (await get('/targets')).body as { data: { activeTargets: { health: string; lastError: string; scrapeInterval: string }[] } };
  assert.deepEqual(targets.data.activeTargets.map(({ health, lastError, scrapeInterval }) => [health, lastError, scrapeInterval]), [['down', 'refused', '5s']]);
  assert.match(((await get('/status/buildinfo')).body as { data: { version: string } }).data.version, /^\d+\.\d+\.\d+$/);
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

test('the remote backend fails as the server failed, and by itself when the server is no Prometheus', async () => {
  for (const backend of [remote, embedded]) {
    await assert.rejects(backend.query('sum('), { name: 'QueryError', errorType: 'bad_data', message: /^1:5: parse error/ });
    await assert.rejects(backend.query('http_total + on(pod) http_total', { time: NOW }), { name: 'QueryError', errorType: 'execution' });
    await assert.rejects(backend.query('up', { signal: AbortSignal.abort() }), { errorType: 'canceled' });
  }
  const answering = (response: () => Promise<Response>): MetricsBackend => createRemoteMetricsBackend({ url: 'http://metrics.example', fetch: response, timeoutMs: 50 });
  await assert.rejects(answering(async () => new Response('<html>', { status: 502 })).query('up'), { errorType: 'unavailable', message: /metrics\.example answered with status 502 and not as the Prometheus API does: <html>/ });
  await assert.rejects(answering(async () => Response.json({ status: 'success', data: { resultType: 'vector', result: [1] } })).query('up'), { errorType: 'unavailable' });
  await assert.rejects(createRemoteMetricsBackend({ url: 'http://127.0.0.1:1', timeoutMs: 5000 }).query('up'), { errorType: 'unavailable', message: /127\.0\.0\.1:1 cannot be reached/ });
  const never = createRemoteMetricsBackend({ url: 'http://metrics.example', timeoutMs: 50, fetch: (_, init) => new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))) });
  // The timer of the time limit alone would not keep this test alive.
  const alive = setInterval(() => undefined, 1000);
  await assert.rejects(never.query('up'), { errorType: 'timeout', message: /did not answer within 0.05 s/ }).finally(() => clearInterval(alive));
});

test('the remote backend sends a user of the URL as basic authentication and keeps a path', async () => {
  let seen: { url: string; authorization: string | null } | undefined;
  const backend = createRemoteMetricsBackend({
    url: 'http://me:se%40cret@mimir.example/prom/',
    fetch: async (url, init) => {
      seen = { url: String(url), authorization: new Headers(init?.headers).get('authorization') };
      return Response.json({ status: 'success', data: ['a'] });
    },
  });
  assert.deepEqual(await backend.labelValues('a/b', { start: 1 }), ['a']);
  assert.deepEqual(seen, { url: 'http://mimir.example/prom/api/v1/label/a%2Fb/values?start=1', authorization: `Basic ${Buffer.from('me:se@cret').toString('base64')}` });
});
