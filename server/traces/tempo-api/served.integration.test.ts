import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import { aSpan, spanId, traceId } from '../testing/a-span.ts';
import { memoryBackend } from '../testing/memory-backend.ts';
import { serveRoutes } from '../testing/serve-routes.ts';
import type { Span } from '../trace-backend.ts';
import { tempoRoutes } from './tempo-routes.ts';

const NOW_MS = 1_795_000_000_000;
const NOW = BigInt(NOW_MS) * 1_000_000n;
const SECONDS = NOW_MS / 1000;
const RANGE = `start=${SECONDS - 3600}&end=${SECONDS}`;
const SPANS: readonly Span[] = [
  aSpan({ traceId: traceId(1), spanId: spanId(1), service: 'gateway', name: 'GET /', kind: 'server', start: NOW - 65_000_000_000n, duration: 2_000_000_000n, attributes: { 'http.status_code': 500, 'http.route': '/a b' } }),
  aSpan({ traceId: traceId(1), spanId: spanId(2), parentSpanId: spanId(1), service: 'cart', name: 'list', kind: 'server', start: NOW - 64_000_000_000n, duration: 10_000_000n, status: { code: 'error' } }),
  aSpan({ traceId: traceId(2), spanId: spanId(3), service: 'cart', name: 'list', kind: 'server', start: NOW - 5_000_000_000n, duration: 1_000_000n, attributes: { 'http.status_code': 200 } }),
];

async function serve(t: TestContext) {
  const { ask } = await serveRoutes(t, tempoRoutes({ traces: memoryBackend(SPANS), clock: { now: () => NOW_MS } }));
  const json = async (path: string): Promise<Record<string, unknown>> => {
    const answer = await ask(`/tempo${path}`, { headers: { accept: 'application/json' } });
    assert.equal(answer.status, 200, path);
    return (await answer.json()) as Record<string, unknown>;
  };
  return { ask, json };
}

// What Grafana's data source sends (public/app/plugins/datasource/tempo and pkg/tsdb/tempo).
test('Grafana: the check of the data source, a search, a trace as protobuf', async (t) => {
  const { ask, json } = await serve(t);
  assert.equal(await (await ask('/tempo/api/echo')).text(), 'echo');
  assert.match(String((await json('/api/status/buildinfo'))['version']), /^\d+\.\d+\.\d+$/);
  const { traces } = await json(`/api/search?q=${encodeURIComponent('{resource.service.name="cart" && status=error} | select(span.http.route)')}&limit=20&spss=3&${RANGE}`);
  const span = { spanID: spanId(2), name: 'list', startTimeUnixNano: String(NOW - 64_000_000_000n), durationNanos: '10000000', attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }, { key: 'status', value: { stringValue: 'error' } }] };
  const [found] = traces as { spanSet: { spans: { attributes: object[] }[] } }[];
  assert.deepEqual({ ...found?.spanSet.spans[0], attributes: found?.spanSet.spans[0]?.attributes.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) }, span);
  assert.deepEqual({ ...found, spanSet: undefined, spanSets: undefined }, { traceID: traceId(1), rootServiceName: 'gateway', rootTraceName: 'GET /', startTimeUnixNano: String(NOW - 65_000_000_000n), durationMs: 2000, serviceStats: { cart: { spanCount: 1, errorCount: 1 }, gateway: { spanCount: 1 } }, spanSet: undefined, spanSets: undefined });
  const newest = (await json(`/api/search?q=%7B%7D&limit=1&${RANGE}`))['traces'] as { traceID: string }[];
  assert.deepEqual(newest.map((s) => s.traceID), [traceId(2)]);
  const trace = await ask(`/tempo/api/traces/${traceId(1)}?${RANGE}`, { headers: { accept: 'application/protobuf' } });
  assert.equal(trace.headers.get('content-type'), 'application/protobuf');
  assert.deepEqual(decodeTraceRequest(new Uint8Array(await trace.arrayBuffer()), 'protobuf').spans, SPANS.slice(0, 2));
  const v2 = (await json('/api/v2/traces/1')) as { trace: { resourceSpans: { scopeSpans: { spans: { traceId: string; kind: string }[] }[] }[] } };
  assert.deepEqual([v2.trace.resourceSpans.length, v2.trace.resourceSpans[0]?.scopeSpans[0]?.spans[0]?.traceId, v2.trace.resourceSpans[0]?.scopeSpans[0]?.spans[0]?.kind], [2, 'AAAAAAAAAAAAAAAAAAAAAQ==', 'SPAN_KIND_SERVER']);
  assert.equal(((await json('/api/traces/1'))['batches'] as unknown[]).length, 2);
});

test('Grafana: what an editor completes with, tags encoded twice, queries half written', async (t) => {
  const { json } = await serve(t);
  const { scopes } = await json('/api/v2/search/tags?limit=5000');
  const byName = Object.fromEntries((scopes as { name: string; tags: string[] }[]).map((s) => [s.name, s.tags]));
  assert.deepEqual([byName['span'], byName['resource']], [['http.route', 'http.status_code'], ['service.name']]);
  assert.ok(byName['intrinsic']?.includes('status') && byName['intrinsic'].includes('span:status'));
  const values = async (tag: string, query = ''): Promise<string[]> => ((await json(`/api/v2/search/tag/${encodeURIComponent(encodeURIComponent(tag))}/values?limit=1000${query}`))['tagValues'] as { type: string; value: string }[]).map((v) => `${v.type} ${v.value}`).sort();
  assert.deepEqual(await values('resource.service.name'), ['string cart', 'string gateway']);
  assert.deepEqual(await values('.http.status_code'), ['int 200', 'int 500']);
  assert.deepEqual(await values('resource.service.name', `&q=${encodeURIComponent('{span.http.status_code=500}')}`), ['string gateway']);
  assert.deepEqual(await values('resource.service.name', `&q=${encodeURIComponent('{span.http.status_code=}')}`), ['string cart', 'string gateway']);
  assert.deepEqual(await values('name'), ['string GET /', 'string list']);
  assert.deepEqual((await json('/api/search/tag/service.name/values'))['tagValues'], ['cart', 'gateway']);
  assert.deepEqual((await json('/api/search/tags?scope=resource'))['tagNames'], ['service.name']);
});

test('Grafana: metrics over time and at once', async (t) => {
  const { json } = await serve(t);
  const series = async (path: string): Promise<{ labels: { value: object }[]; samples?: { timestampMs: string; value: number }[]; value?: number }[]> => (await json(path))['series'] as never;
  const q = encodeURIComponent('{ kind = server } | count_over_time() by (resource.service.name)');
  const range = await series(`/api/metrics/query_range?q=${q}&start=${SECONDS - 120}&end=${SECONDS}&step=1m&exemplars=2`);
  const shown = (value: object | undefined, count: number | undefined): string => `${JSON.stringify(value)} ${count}`;
  const expected = ['{"stringValue":"cart"} 2', '{"stringValue":"gateway"} 1'];
  assert.deepEqual(range.map((s) => shown(s.labels[0]?.value, s.samples?.reduce((sum, p) => sum + p.value, 0))).toSorted(), expected);
  const instant = await series(`/api/metrics/query?q=${q}&start=${SECONDS - 120}&end=${SECONDS}`);
  assert.deepEqual(instant.map((s) => shown(s.labels[0]?.value, s.value)).toSorted(), expected);
  const [rate] = await series(`/api/metrics/query?q=${encodeURIComponent('{ } | rate()')}&start=${SECONDS - 99}&end=${SECONDS}`);
  assert.equal(rate?.value, 0.03, 'three spans in the hundred seconds up to and with the last');
});

test('Kiali: services, and traces with the service of their spans', async (t) => {
  const { ask, json } = await serve(t);
  assert.deepEqual(await (await ask('/tempo/status/services')).json(), ['cart', 'gateway']);
  const { traces } = (await json(`/api/search?q=${encodeURIComponent('{ .service.name = "cart" && duration > 5ms } && { } | select(status, .service_name, .node_id)')}&${RANGE}&limit=10`)) as { traces: { spanSet: { spans: { attributes: { key: string }[] }[] } }[] };
  assert.ok(traces[0]?.spanSet.spans.some((span) => span.attributes.some((a) => a.key === 'service.name')));
  const least = async (minDuration: string): Promise<unknown> => ((await json(`/api/search?q=${encodeURIComponent('{ .service.name = "cart" } && { } | select(status)')}&${RANGE}&minDuration=${minDuration}`))['traces'] as { traceID: string }[]).map((t) => t.traceID);
  assert.deepEqual([await least('1ms'), await least('2ms'), await least('3s')], [[traceId(2), traceId(1)], [traceId(1)], []]);
});

test('what is wrong is refused in words', async (t) => {
  const { ask } = await serve(t);
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ['/api/traces/xyz', 400, /^trace IDs can only contain hex characters/],
    [`/api/traces/${traceId(77)}`, 404, /^trace not found$/],
    [`/api/search?q=${encodeURIComponent('{ span.a = }')}`, 400, /^invalid TraceQL query: parse error at line 1, col 12/],
    ['/api/search?start=5&end=1', 400, /start must be before end/],
    ['/api/search?limit=0', 400, /limit/],
    ['/api/v2/search/tags?scope=all-of-them', 400, /^invalid scope/],
    [`/api/metrics/query_range?q=${encodeURIComponent('{ }')}`, 400, /metrics function/],
  ];
  for (const [path, status, message] of cases) {
    const answer = await ask(`/tempo${path}`);
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [status, 'text/plain; charset=utf-8'], path);
    assert.match(await answer.text(), message);
  }
});
