import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test, type TestContext } from 'node:test';
import { toOtlpJson } from '#server/traces/otlp/encode-json.ts';
import { jaegerTraceQl } from '#server/traces/jaeger-api/jaeger-search.ts';
import { uiTrace } from '#server/traces/jaeger-api/ui-model.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { listening } from '#server/traces/testing/serve-routes.ts';
import type { SearchRequest } from '#server/traces/trace-questions.ts';
import { createJaegerTraceBackend, type JaegerOptions } from './jaeger-trace-backend.ts';

const clock = { now: () => 1_795_000_000_000 };
const SPANS = [
  aSpan({ traceId: traceId(1), spanId: spanId(1), service: 'cart', start: 2000, duration: 10_000 }),
  aSpan({ traceId: traceId(2), spanId: spanId(2), service: 'cart', start: 3000, duration: 500_000, status: { code: 'error' } }),
  aSpan({ traceId: traceId(1), spanId: spanId(3), parentSpanId: spanId(1), service: 'cart', start: 4000, duration: 1000 }),
  aSpan({ traceId: traceId(3), service: 'other', start: 5000 }),
];
const RANGE: SearchRequest = { query: jaegerTraceQl({}), fromUnixNano: '1000', toUnixNano: '1795000000123456789', sort: 'newest', limit: 10, offset: 0, spansPerTrace: 0 };
const inCart = (more: Parameters<typeof jaegerTraceQl>[0]): SearchRequest => ({ ...RANGE, query: jaegerTraceQl({ service: 'cart', ...more }) });

type Answer = { readonly status?: number; readonly type?: string; readonly body: string };
const json = (value: unknown): Answer => ({ type: 'application/json', body: JSON.stringify(value) });
const NOTHING: Answer = { status: 404, type: 'text/plain', body: '{"error":{"httpCode":404,"message":"No traces found"}}' };
const PAGE: Answer = { type: 'text/html', body: '<!doctype html><title>Jaeger UI</title>' };

/** A server with the habits that `answer` has; keeps what it was asked. */
async function jaeger(t: TestContext, answer: (url: URL, headers: Readonly<Record<string, unknown>>) => Answer | undefined, options: Partial<JaegerOptions> = {}) {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://jaeger');
    asked.push(url);
    const { status = 200, type = 'text/plain', body } = answer(url, request.headers) ?? NOTHING;
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  const url = await listening(t, server);
  return { asked, url, backend: createJaegerTraceBackend({ url: `${url}/jaeger/`, clock, ...options }) };
}

test('a new Jaeger: asked in both spellings; what comes is checked, sorted, counted and paged', async (t) => {
  const { backend, asked } = await jaeger(t, ({ pathname }) => (pathname === '/jaeger/api/v3/traces' ? json({ result: toOtlpJson(SPANS) }) : pathname === '/jaeger/api/v3/services' ? json({ services: ['b', 'a'] }) : pathname === '/jaeger/api/v3/operations' ? json({}) : undefined));
  assert.deepEqual(await backend.services(), ['a', 'b']);
  assert.deepEqual(await backend.operations('a b'), []);
  assert.equal(asked[1]?.searchParams.get('service'), 'a b');
  const found = await backend.search(inCart({ tags: { a: 'b' }, minDurationNano: 5n }));
  assert.deepEqual([found.totalTraces, found.exact], [0, true], 'Jaeger said they have the tag, their spans do not');
  const parameters = asked[2]?.searchParams;
  assert.equal(parameters?.get('query.serviceName'), 'cart');
  assert.equal(parameters?.get('query.service_name'), 'cart');
  assert.equal(parameters?.get('query.attributes'), '{"a":"b"}');
  assert.equal(parameters?.get('query.startTimeMin'), '1970-01-01T00:00:00.000000000Z');
  assert.equal(parameters?.get('query.startTimeMax'), '2026-11-18T11:06:50.000000000Z', 'to the next ten seconds, so that it can be asked for again');
  assert.deepEqual([parameters?.get('query.durationMin'), parameters?.get('query.searchDepth'), parameters?.get('query.num_traces')], ['5ns', '500', '500']);
  const longest = await backend.search({ ...inCart({}), sort: 'longest', limit: 1 });
  assert.deepEqual([longest.totalTraces, longest.traces.map((s) => s.traceId)], [2, [traceId(2)]]);
  assert.deepEqual((await backend.heatmap({ ...inCart({}), of: 'traces', timeBuckets: 2, durationBuckets: 2 })).total, 2);
  assert.equal(asked.filter((u) => u.searchParams.get('query.serviceName') === 'cart' && !u.searchParams.has('query.attributes')).length, 1, 'both questions were answered from one answer');
  const newest = await backend.search({ ...RANGE, offset: 2 });
  assert.deepEqual(newest.traces.map((s) => [s.traceId, s.spanCount]), [[traceId(1), 2]]);
});

test('a Jaeger that gives as many traces as it is asked for may have more, and that is said', async (t) => {
  const { backend } = await jaeger(t, () => json({ result: toOtlpJson(SPANS) }), { searchDepth: 3 });
  const failed = { kind: 'jaeger-tag', key: 'error', value: 'true' } as const;
  const found = await backend.search({ ...RANGE, query: { pipeline: { kind: 'pipeline', stages: [{ kind: 'filter', condition: { kind: 'binary', operator: '||', left: failed, right: { ...failed, key: 'x' } } }] } } });
  assert.equal(found.totalTraces, 1);
  assert.equal(found.exact, false);
  assert.match(found.notes.join(), /^Jaeger at 127\.0\.0\.1:\d+ gave 3 traces.*asked for its newest traces; the rest of the query was evaluated here\.$/);
});

test('nothing found is an empty result and an absent trace, not a failure', async (t) => {
  const { backend } = await jaeger(t, () => NOTHING);
  assert.deepEqual(await backend.search(RANGE), { traces: [], totalTraces: 0, totalSpans: 0, exact: true, notes: [] });
  assert.equal(await backend.get(traceId(1)), undefined);
  assert.equal(await backend.segment(traceId(1)), undefined);
});

test('a trace comes whole, with warnings; also from servers that stream objects with base64 ids', async (t) => {
  const span = aSpan({ traceId: traceId(1), parentSpanId: spanId(9), attributes: { n: 1 } });
  const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
  const streamed = JSON.stringify({ result: toOtlpJson([span]) }).replaceAll(/"((?:trace|span|parentSpan)Id)":"([0-9a-f]+)"/g, (_, key: string, id: string) => `"${key}":"${base64(id)}"`);
  const other = JSON.stringify({ result: toOtlpJson([aSpan({ traceId: traceId(1), name: 'second' })]) });
  for (const body of [JSON.stringify({ result: toOtlpJson([span]) }), `${streamed}\n${other}\n`]) {
    const { backend } = await jaeger(t, () => ({ type: 'application/json', body }));
    const trace = await backend.get(traceId(1));
    assert.deepEqual(trace?.spans[0], span);
    assert.match(trace?.warnings[0] ?? '', /missing/);
  }
});

test('an old Jaeger, without API v3, is asked by the API before it, whether it says 404 or shows its page', async (t) => {
  const plain404: Answer = { status: 404, type: 'text/plain', body: '404 page not found\n' };
  for (const absent of [plain404, PAGE]) {
    const { backend, asked } = await jaeger(t, ({ pathname, searchParams }) => {
      if (pathname.startsWith('/jaeger/api/v3')) return absent;
      if (pathname === '/jaeger/api/services') return json({ data: ['cart'], total: 1, errors: null });
      if (pathname === '/jaeger/api/operations') return json({ data: [{ name: 'list', spanKind: 'server' }] });
      if (pathname === '/jaeger/api/traces') return json({ data: searchParams.get('service') === 'cart' ? [uiTrace({ traceId: traceId(1), spans: SPANS.filter((s) => s.traceId === traceId(1)), warnings: [] })] : null });
      return { status: 404, type: 'text/plain', body: '{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}' };
    });
    assert.deepEqual(await backend.services(), ['cart']);
    assert.deepEqual(await backend.operations('cart'), [{ name: 'list', kind: 'server' }]);
    const found = await backend.search(inCart({}));
    assert.deepEqual(found.traces.map((s) => [s.traceId, s.spanCount]), [[traceId(1), 2]]);
    assert.equal(await backend.get(traceId(5)), undefined);
    assert.equal(asked.filter((u) => u.pathname.includes('/v3/')).length, 1, 'v3 is tried once');
    const { searchParams } = asked.find((u) => u.pathname === '/jaeger/api/traces') ?? new URL('http://none');
    assert.deepEqual([searchParams.get('service'), searchParams.get('start'), searchParams.get('limit')], ['cart', '0', '500']);
  }
});

test('a store that must know the service is asked for each', async (t) => {
  const { backend } = await jaeger(t, ({ pathname, searchParams }) => {
    if (pathname.endsWith('/services')) return json({ services: ['cart', 'other'] });
    const service = searchParams.get('query.serviceName');
    if (service === null) return { status: 400, type: 'text/plain', body: '{"error":{"httpCode":400,"message":"service name is required by this storage"}}' };
    const ids = new Set(SPANS.filter((s) => s.resource['service.name'] === service).map((s) => s.traceId));
    return json({ result: toOtlpJson(SPANS.filter((s) => ids.has(s.traceId))) });
  });
  assert.deepEqual((await backend.search(RANGE)).traces.map((s) => s.traceId), [traceId(3), traceId(2), traceId(1)]);
});

test('what is not Jaeger, does not let in, is slow or is not there, is told apart', async (t) => {
  const cases: readonly (readonly [Answer, string, RegExp])[] = [
    [PAGE, 'upstream', /is not Jaeger: it sent no JSON/],
    [json({ services: 'all' }), 'upstream', /unknown shape/],
    [{ status: 401, body: 'who are you' }, 'upstream', /does not let this console in \(401\): who are you/],
    [{ status: 500, body: 'broken' }, 'upstream', /answered 500 to \/services: broken/],
    [{ status: 302, body: '' }, 'upstream', /sends elsewhere/],
  ];
  for (const [answer, code, message] of cases) {
    const { backend } = await jaeger(t, () => answer);
    await assert.rejects(backend.services(), { code, message }, answer.body);
  }
  const { url, backend } = await jaeger(t, () => json({ result: { resourceSpans: 'none' } }));
  await assert.rejects(backend.search(RANGE), { code: 'upstream', message: /traces that cannot be read/ });
  await assert.rejects(createJaegerTraceBackend({ url: url.replace(/:\d+$/, ':1'), clock }).services(), { code: 'upstream', message: /cannot be reached/ });
  const silent = await listening(t, createServer(() => undefined));
  await assert.rejects(createJaegerTraceBackend({ url: silent, clock, timeoutMs: 50 }).services(), { code: 'timeout' });
});

test('a tenant, a token and a user in the address go with every request', async (t) => {
  const seen: unknown[] = [];
  const { url } = await jaeger(t, (_, headers) => {
    seen.push([headers['x-tenant'], headers['authorization']]);
    return json({ services: [] });
  });
  await createJaegerTraceBackend({ url, clock, headers: { 'x-tenant': 'shop' }, authorization: () => 'Bearer secret' }).services();
  await createJaegerTraceBackend({ url: url.replace('://', '://me:pass%20word@'), clock }).services();
  assert.deepEqual(seen, [['shop', 'Bearer secret'], [undefined, `Basic ${Buffer.from('me:pass word').toString('base64')}`]]);
});
