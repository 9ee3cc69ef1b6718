import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import { aSpan, spanId, traceId } from '../testing/a-span.ts';
import { memoryBackend } from '../testing/memory-backend.ts';
import { serveRoutes } from '../testing/serve-routes.ts';
import { storageSuite } from '../testing/storage-suite.ts';
import type { Span } from '../trace-backend.ts';
import { jaegerTraceQl } from './jaeger-search.ts';
import { rfc3339Nano } from './read-parameters.ts';
import { jaegerRoutes } from './routes.ts';

const NOW_MS = 1_795_000_000_000;
const NOW = BigInt(NOW_MS) * 1_000_000n;
const RANGE = `query.startTimeMin=${rfc3339Nano(NOW - 3_600_000_000_000n)}&query.startTimeMax=${rfc3339Nano(NOW)}`;
const SPANS: readonly Span[] = [
  aSpan({ traceId: traceId(1), spanId: spanId(1), service: 'gateway', name: 'GET /', kind: 'server', start: NOW - 5_000_000_000n, duration: 2_000_000_000n }),
  aSpan({ traceId: traceId(1), spanId: spanId(2), parentSpanId: spanId(1), service: 'cart', name: 'list', start: NOW - 4_500_000_000n, duration: 10_000_000n, status: { code: 'error' }, attributes: { 'http.status_code': 500 } }),
  aSpan({ traceId: traceId(2), spanId: spanId(3), parentSpanId: spanId(9), service: 'cart', name: 'list', start: NOW - 3_000_000_000n, duration: 1_000_000n, attributes: { 'http.status_code': 200 } }),
  aSpan({ traceId: 'fb'.repeat(16), spanId: spanId(4), service: 'cart', name: 'add', kind: 'client', start: NOW - 1_000_000_000n }),
];

function serve(t: TestContext, spans = SPANS) {
  return serveRoutes(t, jaegerRoutes({ traces: memoryBackend(spans), clock: { now: () => NOW_MS } }));
}

test('API v3 gives services, operations, summaries and whole traces', async (t) => {
  const { ask } = await serve(t);
  const json = async (path: string): Promise<unknown> => (await ask(`/jaeger/api/v3${path}`)).json();
  assert.deepEqual(await json('/services'), { services: ['cart', 'gateway'] });
  assert.deepEqual(await json('/operations?service=cart'), { operations: [{ name: 'add', spanKind: 'client' }, { name: 'list', spanKind: 'internal' }] });
  assert.deepEqual(await json('/operations?service=cart&spanKind=client'), { operations: [{ name: 'add', spanKind: 'client' }] });
  assert.deepEqual(await json('/operations'), { operations: [] });
  const { summaries } = (await json(`/trace-summaries?${RANGE}&query.serviceName=cart`)) as { summaries: Record<string, unknown>[] };
  assert.deepEqual(summaries.map((s) => s['traceId']), ['fb'.repeat(16), traceId(2), traceId(1)]);
  assert.deepEqual(summaries[2], {
    traceId: traceId(1),
    rootServiceName: 'gateway',
    rootOperationName: 'GET /',
    minStartTimeUnixNano: String(NOW - 5_000_000_000n),
    maxEndTimeUnixNano: String(NOW - 3_000_000_000n),
    spanCount: 2,
    errorSpanCount: 1,
    orphanSpanCount: 0,
    services: [{ name: 'cart', spanCount: 1, errorSpanCount: 1 }, { name: 'gateway', spanCount: 1, errorSpanCount: 0 }],
  });
  const found = await ask(`/jaeger/api/v3/traces?${RANGE}&query.serviceName=cart&query.attributes=${encodeURIComponent('{"http.status_code":"500"}')}`);
  assert.equal(found.headers.get('content-type'), 'application/json');
  const { result } = (await found.json()) as { result: unknown };
  assert.deepEqual(decodeTraceRequest(Buffer.from(JSON.stringify(result)), 'json').spans, SPANS.slice(0, 2));
  for (const id of ['fb'.repeat(16), Buffer.from('fb'.repeat(16), 'hex').toString('base64')]) {
    const one = (await json(`/traces/${encodeURIComponent(id)}`)) as { result: unknown };
    assert.equal(decodeTraceRequest(Buffer.from(JSON.stringify(one.result)), 'json').spans[0]?.name, 'add', id);
  }
});

test('API v3 refuses as Jaeger does', async (t) => {
  const { ask, url } = await serve(t);
  const cases: readonly (readonly [string, number, RegExp])[] = [
    [`/traces?${RANGE}&query.serviceName=nobody`, 404, /^No traces found$/],
    [`/traces/${traceId(77)}`, 404, /^No traces found$/],
    ['/traces/xyz!', 400, /^malformed parameter trace_id: /],
    [`/traces/${traceId(1)}?startTime=now`, 400, /^malformed parameter startTime: /],
    ['/traces', 400, /^query.startTimeMin and query.startTimeMax are required$/],
    [`/trace-summaries?${RANGE}&query.durationMin=5`, 400, /^malformed parameter query.durationMin: /],
  ];
  for (const [path, status, message] of cases) {
    const answer = await ask(`/jaeger/api/v3${path}`);
    assert.equal(answer.status, status, path);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
    const { error } = JSON.parse(await answer.text()) as { error: { httpCode: number; message: string } };
    assert.equal(error.httpCode, status, path);
    assert.match(error.message, message);
  }
  assert.deepEqual(await (await ask(`/jaeger/api/v3/trace-summaries?${RANGE}&query.serviceName=nobody`)).json(), { summaries: [] });
  assert.equal((await fetch(`${url}/jaeger/api/v3/services`)).status, 401);
});

test('structured filters of API v3: or, not, numbers, absence', async (t) => {
  const { ask } = await serve(t);
  const ids = async (filter: object): Promise<string[]> => {
    const answer = await ask(`/jaeger/api/v3/trace-summaries?${RANGE}&query.filter=${encodeURIComponent(JSON.stringify(filter))}`);
    assert.equal(answer.status, 200, JSON.stringify(filter));
    return ((await answer.json()) as { summaries: { traceId: string }[] }).summaries.map((s) => s.traceId).sort();
  };
  const code = { attr: { key: 'http.status_code', level: 'span' } };
  const has = { call: { op: 'exists', args: [code] } };
  const cart = { call: { op: 'eq', args: [{ field: { name: 'service', level: 'resource' } }, { scalar: { value: 'cart' } }] } };
  assert.deepEqual(await ids({ op: 'gte', args: [code, { scalar: { value: '500' } }] }), [traceId(1)]);
  assert.deepEqual(await ids({ op: 'in', args: [code, { list: { values: ['200', '500'], type: 'int' } }] }), [traceId(1), traceId(2)]);
  assert.deepEqual(await ids({ op: 'and', args: [cart, has] }), [traceId(1), traceId(2)]);
  assert.deepEqual(await ids({ op: 'and', args: [cart, { call: { op: 'not', args: [has] } }] }), ['fb'.repeat(16)]);
  assert.deepEqual(await ids({ op: 'ne', args: [code, { scalar: { value: '500', type: 'int' } }] }), [traceId(2)]);
  assert.deepEqual(await ids({ op: 'or', args: [{ call: { op: 'gt', args: [{ field: { name: 'duration', level: 'span' } }, { scalar: { value: '1s' } }] } }, { call: { op: 'regex', args: [{ field: { name: 'name', level: 'span' } }, { scalar: { value: 'dd' } }] } }] }), [traceId(1), 'fb'.repeat(16)]);
});

test('the API before v3 gives what Kiali and old Jaeger UIs ask for', async (t) => {
  const { ask } = await serve(t);
  const json = async (path: string): Promise<Record<string, unknown>> => (await (await ask(`/jaeger/api${path}`)).json()) as Record<string, unknown>;
  assert.deepEqual(await json('/services'), { data: ['cart', 'gateway'], total: 2, limit: 0, offset: 0, errors: null });
  assert.deepEqual((await json('/services/cart/operations'))['data'], ['add', 'list']);
  assert.deepEqual((await json('/operations?service=cart'))['data'], [{ name: 'add', spanKind: 'client' }, { name: 'list', spanKind: 'internal' }]);
  const micros = (nano: bigint): string => String(nano / 1000n);
  const searched = await json(`/traces?service=cart&start=${micros(NOW - 3_600_000_000_000n)}&end=${micros(NOW)}&tags=${encodeURIComponent('{"error":"true"}')}&limit=5`);
  const data = searched['data'] as { traceID: string; spans: { spanID: string }[]; processes: object }[];
  assert.deepEqual(data.map((d) => [d.traceID, d.spans.length, Object.keys(d.processes)]), [['0000000000000001', 2, ['p1', 'p2']]]);
  assert.deepEqual([(await json('/traces?service=nobody'))['data'], searched['errors']], [[], null]);
  const byId = await json(`/traces?traceID=${traceId(1)}&traceID=${traceId(88)}`);
  assert.deepEqual([(byId['data'] as unknown[]).length, byId['errors']], [1, [{ msg: 'trace not found', traceID: traceId(88) }]]);
  const one = await ask(`/jaeger/api/traces/${traceId(2)}?prettyPrint=true&raw=true`);
  assert.match(await one.text(), /\n {4}"traceID": "0000000000000002"/);
  assert.deepEqual((await json(`/dependencies?endTs=${NOW_MS}&lookback=3600000`))['data'], [{ parent: 'gateway', child: 'cart', callCount: 1 }]);
  const otlp = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: traceId(3), spanId: spanId(1), name: 'x' }] }] }] });
  const transformed = (await (await ask('/jaeger/api/transform', { method: 'POST', body: otlp })).json()) as { data: { spans: { operationName: string }[] }[] };
  assert.equal(transformed.data[0]?.spans[0]?.operationName, 'x');
});

test('the Monitor page: calls, failures and latencies over time', async (t) => {
  const spans = Array.from({ length: 120 }, (_, n) => aSpan({ traceId: traceId(1000 + n), spanId: spanId(1000 + n), service: 'cart', name: n % 2 === 0 ? 'list' : 'add', kind: 'server', start: NOW - BigInt(600 - n * 5) * 1_000_000_000n, duration: 3_000_000n, ...(n % 4 === 0 ? { status: { code: 'error' } } : {}) }));
  const { ask } = await serve(t, spans);
  type Family = { name: string; type: string; metrics: { labels: { name: string; value: string }[]; metricPoints: { gaugeValue: { doubleValue: number | string }; timestamp: string }[] }[] };
  const get = async (path: string): Promise<Family> => (await (await ask(`/jaeger/api/metrics/${path}`)).json()) as Family;
  const last = ({ metrics }: Family) => metrics.map((m) => [m.labels.find((l) => l.name === 'operation')?.value, m.metricPoints.at(-1)?.gaugeValue.doubleValue] as const).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  const query = `service=cart&endTs=${NOW_MS}&lookback=300000&step=60000&ratePer=120000&spanKind=server`;
  const calls = await get(`calls?${query}`);
  assert.deepEqual([calls.name, calls.type, calls.metrics[0]?.labels], ['service_call_rate', 'GAUGE', [{ name: 'service_name', value: 'cart' }]]);
  assert.equal(calls.metrics[0]?.metricPoints.at(-1)?.gaugeValue.doubleValue, 0.2);
  const times = calls.metrics[0]?.metricPoints.map((p) => Date.parse(p.timestamp)) ?? [];
  assert.ok(times.length === 5 && times.every((time) => time >= NOW_MS - 300_000 && time <= NOW_MS));
  const byOperation = await get(`errors?${query}&groupByOperation=true`);
  assert.deepEqual([byOperation.name, last(byOperation)], ['service_operation_error_rate', [['add', 0], ['list', 0.5]]]);
  const [latency] = last(await get(`latencies?${query}&quantile=0.95`))[0]?.slice(1) ?? [];
  assert.ok(Number(latency) > 2 && Number(latency) <= 4.2, String(latency));
  for (const path of ['calls?', 'latencies?service=cart', 'calls?service=cart&spanKind=other', 'calls?service=cart&step=0', 'calls?service=cart&step=1']) assert.equal((await ask(`/jaeger/api/metrics/${path}`)).status, 400, path);
});

test('the API before v3 refuses as Jaeger did', async (t) => {
  const { ask } = await serve(t);
  const cases: readonly (readonly [string, number, RegExp, 'POST'?])[] = [
    [`/traces/${traceId(77)}`, 404, /^trace not found$/],
    ['/operations', 400, /^parameter 'service' is required$/],
    ['/traces?tag=x', 400, /expecting key:value/],
    ['/traces?limit=0', 400, /limit/],
    [`/archive/${traceId(1)}`, 501, /archive/, 'POST'],
    ['/transform', 400, /^cannot unmarshal OTLP/, 'POST'],
  ];
  for (const [path, status, message, method = 'GET'] of cases) {
    const answer = await ask(`/jaeger/api${path}`, { method });
    assert.equal(answer.status, status, path);
    const { data, errors } = JSON.parse(await answer.text()) as { data: unknown; errors: { code: number; msg: string }[] };
    assert.deepEqual([data, errors[0]?.code], [null, status], path);
    assert.match(errors[0]?.msg ?? '', message);
  }
});

test('Jaeger’s storage suite: 25 of 25, by the evaluator and through both APIs', async (t) => {
  const { spans, cases, idOf } = storageSuite();
  const { ask } = await serve(t, spans);
  const backend = memoryBackend(spans);
  const nameOf = new Map(cases.flatMap((c) => c.expected).map((name) => [idOf(name), name]));
  const names = (ids: readonly string[]): string[] => ids.map((id) => nameOf.get(id.padStart(32, '0')) ?? id).sort();
  let passed = 0;
  for (const { caption, search, fromUnixNano, toUnixNano, expected } of cases) {
    const evaluated = await backend.search({ query: jaegerTraceQl(search), fromUnixNano: String(fromUnixNano), toUnixNano: String(toUnixNano), sort: 'newest', limit: 1000, offset: 0, spansPerTrace: 0 });
    assert.deepEqual(names(evaluated.traces.map((s) => s.traceId)), expected, caption);
    const asked = [
      ['query.operationName', 'operation', search.operation],
      ['query.attributes', 'tags', search.tags === undefined ? undefined : JSON.stringify(search.tags)],
      ['query.durationMin', 'minDuration', search.minDurationNano === undefined ? undefined : `${search.minDurationNano}ns`],
      ['query.durationMax', 'maxDuration', search.maxDurationNano === undefined ? undefined : `${search.maxDurationNano}ns`],
    ] as const;
    const v3 = new URLSearchParams({ 'query.serviceName': search.service, 'query.startTimeMin': rfc3339Nano(fromUnixNano), 'query.startTimeMax': rfc3339Nano(toUnixNano), 'query.searchDepth': '1000' });
    const legacy = new URLSearchParams({ service: search.service, start: String(fromUnixNano / 1000n), end: String(toUnixNano / 1000n), limit: '1000' });
    for (const [inV3, before, value] of asked) {
      if (value === undefined) continue;
      v3.set(inV3, value);
      legacy.set(before, value);
    }
    const { summaries } = (await (await ask(`/jaeger/api/v3/trace-summaries?${v3.toString()}`)).json()) as { summaries: { traceId: string }[] };
    assert.deepEqual(names(summaries.map((s) => s.traceId)), expected, `${caption}, API v3`);
    const { data } = (await (await ask(`/jaeger/api/traces?${legacy.toString()}`)).json()) as { data: { traceID: string }[] };
    assert.deepEqual(names(data.map((d) => d.traceID)), expected, `${caption}, API before v3`);
    passed += 1;
  }
  assert.equal(passed, 25);
});
