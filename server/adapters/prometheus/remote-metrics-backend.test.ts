import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicAuthorization } from './prometheus-client.ts';
import { createRemoteMetricsBackend, type RemoteMetricsBackend, type RemoteMetricsOptions } from './remote-metrics-backend.ts';

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly authorization: string | null;
  readonly body: string;
}

/** A backend whose server answers by a function; what it was asked is noted. */
function backendOf(answer: (asked: Asked) => Response | Promise<Response>, options: Partial<RemoteMetricsOptions> = {}): { readonly backend: RemoteMetricsBackend; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const send: typeof fetch = async (input, init) => {
    const one = { url: input instanceof Request ? input.url : String(input), method: init?.method ?? 'GET', authorization: new Headers(init?.headers).get('authorization'), body: typeof init?.body === 'string' ? init.body : '' };
    asked.push(one);
    return answer(one);
  };
  return { backend: createRemoteMetricsBackend({ url: 'http://metrics.example', fetch: send, ...options }), asked };
}
const answering = (body: string, init?: ResponseInit, options?: Partial<RemoteMetricsOptions>): RemoteMetricsBackend => backendOf(() => new Response(body, init), options).backend;
const vector = (result: unknown, more: object = {}): string => JSON.stringify({ status: 'success', data: { resultType: 'vector', result }, ...more });

const REFUSALS: readonly [what: string, status: number, body: string, headers: Record<string, string>, errorType: string, message: RegExp][] = [
  ['an error of Prometheus', 422, '{"status":"error","errorType":"execution","error":"found duplicate series"}', {}, 'execution', /^found duplicate series$/],
  ['a mistake in the query', 400, '{"status":"error","errorType":"bad_data","error":"invalid parameter \\"query\\": 1:5: parse error: x"}', {}, 'bad_data', /^1:5: parse error: x$/],
  ['an error of VictoriaMetrics, which gives the status as type', 422, '{"status":"error","errorType":"422","error":"cannot evaluate"}', {}, 'execution', /^cannot evaluate$/],
  ['a limit of Mimir', 422, '{"status":"error","errorType":"execution","error":"the query exceeded the maximum number of chunks"}', {}, 'execution', /maximum number of chunks/],
  ['no tenant', 401, 'no org id', {}, 'unavailable', /^metrics\.example does not accept these credentials \(401\): no org id\. Check --prometheus-user/],
  ['a forbidden tenant', 403, '<html><title>403 Forbidden</title>', {}, 'unavailable', /^metrics\.example does not allow this \(403\): 403 Forbidden\. Check what the credentials/],
  ['too many queries', 429, 'slow down', { 'retry-after': '30' }, 'unavailable', /^metrics\.example takes no more queries now \(429\): slow down\. It asks to wait 30 s\.$/],
  ['too many queries until a time', 429, '', { 'retry-after': 'Sat, 21 Nov 2026 15:00:00 GMT' }, 'unavailable', /\(429\)\. It asks to wait until Sat, 21 Nov 2026 15:00:00 GMT\.$/],
  ['the error page of a proxy', 502, '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center><hr>nginx</body></html>', {}, 'unavailable', /^metrics\.example failed \(502\): 502 Bad Gateway$/],
  ['a page without a title', 503, '<html><style>b{}</style><body><p>no   healthy\nupstream</p></body></html>', {}, 'unavailable', /^metrics\.example failed \(503\): no healthy upstream$/],
  ['a proxy that waited too long', 504, 'upstream timeout', {}, 'timeout', /^metrics\.example did not get an answer in time \(504\): upstream timeout$/],
  ['another program', 404, '404 page not found', {}, 'unavailable', /has no Prometheus API at this address \(404\): 404 page not found\. Check the path of --prometheus-url/],
  ['a redirect to a sign-in page', 302, '', { location: 'https://sso.example/login' }, 'unavailable', /^metrics\.example sends elsewhere \(302\), to https:\/\/sso\.example\/login; give that address/],
  ['a page with status 200', 200, '<!doctype html><title>Sign in</title>', {}, 'unavailable', /^metrics\.example answered with status 200 and not as the Prometheus API does: Sign in$/],
  ['other JSON', 200, '{"hello":"world"}', {}, 'unavailable', /^metrics\.example does not answer as the Prometheus API does: \{"hello":"world"\}$/],
  ['half an answer', 200, '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"va', {}, 'unavailable', /does not answer as the Prometheus API does/],
  ['results of another form', 200, vector([1]), {}, 'unavailable', /does not answer as the Prometheus API does/],
  ['an empty body', 200, '', {}, 'unavailable', /status 200 and not as the Prometheus API does$/],
];
for (const [what, status, body, headers, errorType, message] of REFUSALS) {
  test(`${what} is told as ${errorType} with its cause`, async () => {
    await assert.rejects(answering(body, { status, headers }).query('up'), { name: 'QueryError', errorType, message });
  });
}

test('what a server lacks is told as that', async () => {
  await assert.rejects(answering('unsupported path', { status: 404 }).exemplars('up', { start: 1, end: 2 }), { errorType: 'unavailable', message: 'metrics.example does not offer query_exemplars (404)' });
  await assert.rejects(answering('').explain({ query: 'up', start: 1 }), { errorType: 'unavailable', message: /does not tell what the parts of a query cost/ });
});

test('a server that cannot be reached, is too slow, or is no longer asked', async () => {
  await assert.rejects(createRemoteMetricsBackend({ url: 'http://127.0.0.1:1', timeoutMs: 5000 }).query('up'), { errorType: 'unavailable', message: /^127\.0\.0\.1:1 cannot be reached: ./ });
  const hanging: typeof fetch = (_, init) => new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  // The timer of the time limit alone would not keep this test alive.
  const alive = setInterval(() => undefined, 1000);
  await assert.rejects(createRemoteMetricsBackend({ url: 'http://metrics.example', timeoutMs: 50, fetch: hanging }).query('up'), { errorType: 'timeout', message: 'metrics.example did not answer within 0.05 s' });
  const gone = new AbortController();
  const asked = createRemoteMetricsBackend({ url: 'http://metrics.example', fetch: hanging }).query('up', { signal: gone.signal });
  gone.abort();
  await assert.rejects(asked, { errorType: 'canceled' }).finally(() => clearInterval(alive));
});

test('a user in the address is sent as basic authentication, and a path is kept', async () => {
  const { backend, asked } = backendOf(() => Response.json({ status: 'success', data: ['a'] }), { url: 'http://me:se%40cret@mimir.example/prom/' });
  assert.deepEqual(await backend.labelValues('a b', { start: 1 }), ['a']);
  await backend.labelValues('a/b', {});
  assert.deepEqual(asked.map(({ url, authorization }) => [url, authorization]), [
    ['http://mimir.example/prom/api/v1/label/a%20b/values?start=1', basicAuthorization('me', 'se@cret')],
    ['http://mimir.example/prom/api/v1/label/U__a_2f_b/values', basicAuthorization('me', 'se@cret')],
  ]);
});

test('a secret that changes is used from the next request on; one that cannot be read is told', async () => {
  let secret = 'one';
  const { backend, asked } = backendOf(() => new Response(vector([])), { authorization: () => `Bearer ${secret}` });
  await backend.query('up');
  secret = 'two';
  await backend.query('up');
  assert.deepEqual(asked.map(({ authorization }) => authorization), ['Bearer one', 'Bearer two']);
});

test('a server that takes no POST is asked by GET from then on', async () => {
  const { backend, asked } = backendOf(({ method }) => (method === 'POST' ? new Response('', { status: 405 }) : new Response(vector([]))));
  await backend.query('up', { time: 5 });
  await backend.query('down');
  assert.deepEqual(asked.map(({ method, url }) => [method, url]), [
    ['POST', 'http://metrics.example/api/v1/query'],
    ['GET', 'http://metrics.example/api/v1/query?query=up&time=5'],
    ['GET', 'http://metrics.example/api/v1/query?query=down'],
  ]);
});

test('limits of a query are handed on; open ends of a range are not', async () => {
  const { backend, asked } = backendOf(() => new Response(vector([])));
  await backend.queryJson({ query: 'up', start: 1, end: 2, step: 0.5, limit: 3, stats: true, timeoutMs: 1500, lookbackMs: 60_000 });
  assert.equal(asked[0]?.body, 'query=up&start=1&end=2&step=0.5&limit=3&stats=all&timeout=1.5&lookback_delta=60');
  const open = backendOf(() => new Response(null, { status: 204 }));
  assert.deepEqual(await open.backend.exemplars('1', { start: -Infinity, end: Infinity }), []);
  assert.equal(open.asked[0]?.body, 'query=1');
});

test('the data of a query is handed on byte for byte, with what was noted beside it', async () => {
  const data = '{"resultType":"vector","result":[{"metric":{"a":"}\\",\\"warnings\\":[","b":"é"},"histogram":[1.5,{"count":"1","sum":"2","buckets":[[0,"1","2","1"]]}]}]}';
  const json = async (body: string, limit?: number): Promise<readonly unknown[]> => {
    const answer = await answering(body).queryJson({ query: 'up', start: 1, ...(limit === undefined ? {} : { limit }) });
    return [Buffer.from(answer.data).toString(), answer.warnings, answer.infos];
  };
  assert.deepEqual(await json(`{"status":"success","data":${data}}\n`), [data, [], []]);
  assert.deepEqual(await json(`{"status":"success","data":${data},"warnings":["w"],"infos":["i"]}`), [data, ['w'], ['i']]);
  assert.deepEqual(await json(`{"status":"success","data":${data},"infos":["},\\"warnings\\":["]}`), [data, [], ['},"warnings":[']]);
  assert.deepEqual(await json(`{"status":"success","isPartial":true,"data":${data},"stats":{"seriesFetched":"1"}}`), [data, ['the server could read a part of its data only'], []]);
  assert.deepEqual(await json(`{ "data": ${data}, "status": "success", "warnings": null }`), [data, [], []]);
  const two = '[{"metric":{},"value":[1,"1"]},{"metric":{"a":"b"},"value":[1,"2"]}]';
  assert.deepEqual(await json(`{"status":"success","data":{"resultType":"vector","result":${two}}}`, 1), ['{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}', ['results truncated due to limit'], []]);
});

test('values, native histograms and exemplars are read', async () => {
  const histogram = { count: '6', sum: '-1.5', buckets: [[1, '-2', '-1', '1'], [3, '-0.5', '0.5', '2'], [0, '0.5', '+Inf', '3']] };
  const answer = await answering(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric: { a: 'b' }, values: [[1, '+Inf']], histograms: [[2, histogram]] }] } })).queryRange('x', { start: 1, end: 2, step: 1 });
  assert.deepEqual(answer.value, {
    resultType: 'matrix',
    result: [{
      metric: { a: 'b' },
      values: [[1, Infinity]],
      histograms: [[2, {
        counterResetHint: 'unknown', schema: -53, zeroThreshold: 0, zeroCount: 0, count: 6, sum: -1.5,
        positiveSpans: [{ offset: 0, length: 5 }], negativeSpans: [], positiveBuckets: [0, 1, 0, 2, 3], negativeBuckets: [], customValues: [-2, -1, -0.5, 0.5],
      }]],
    }],
  });
  const overlapping = { count: '1', sum: '1', buckets: [[0, '1', '2', '1'], [0, '1.5', '3', '1']] };
  await assert.rejects(answering(vector([{ metric: {}, histogram: [1, overlapping] }])).query('x'), { errorType: 'unavailable' });
  const exemplars = [{ seriesLabels: { a: 'b' }, exemplars: [{ labels: { trace_id: 'x' }, value: '0.5', timestamp: 1700000000.123 }] }];
  assert.deepEqual(await answering(JSON.stringify({ status: 'success', data: exemplars })).exemplars('x', { start: 1, end: 2 }), [{ seriesLabels: { a: 'b' }, exemplars: [{ labels: { trace_id: 'x' }, value: 0.5, timestamp: 1_700_000_000_123 }] }]);
});
