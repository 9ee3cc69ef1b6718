import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { toOtlpJson } from '#server/traces/otlp/encode-json.ts';
import { jaegerTraceQl } from '#server/traces/jaeger-api/jaeger-search.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { createJaegerTraceBackend } from './jaeger-trace-backend.ts';

/** A server that answers as Jaeger's api_v3 does, and keeps what it was asked. */
async function jaeger(t: TestContext, answers: Readonly<Record<string, unknown>>) {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://jaeger');
    asked.push(url);
    const answer = answers[url.pathname];
    if (typeof answer === 'string') response.writeHead(200).end(answer);
    else if (answer !== undefined) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('{"error":{"httpCode":404,"message":"No traces found"}}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { asked, url, backend: createJaegerTraceBackend({ url }) };
}

const RANGE = { query: jaegerTraceQl({}), fromUnixNano: '1000', toUnixNano: '1795000000123456789', sort: 'newest', limit: 10, offset: 0, spansPerTrace: 0 } as const;
const inCart = (more: Parameters<typeof jaegerTraceQl>[0]) => ({ ...RANGE, query: jaegerTraceQl({ service: 'cart', ...more }) });

test('services and operations are read, an empty answer is an empty list', async (t) => {
  const { backend, asked } = await jaeger(t, { '/api/v3/services': { services: ['b', 'a'] }, '/api/v3/operations': {} });
  assert.deepEqual(await backend.services(), ['a', 'b']);
  assert.deepEqual(await backend.operations('a b'), []);
  assert.equal(asked[1]?.searchParams.get('service'), 'a b');
});

test('a search asks in both spellings and regroups, checks, sorts and pages what comes', async (t) => {
  const spans = [
    aSpan({ traceId: traceId(1), spanId: spanId(1), service: 'cart', start: 2000, duration: 10 }),
    aSpan({ traceId: traceId(2), spanId: spanId(2), service: 'cart', start: 3000, duration: 500, status: { code: 'error' } }),
    aSpan({ traceId: traceId(1), spanId: spanId(3), parentSpanId: spanId(1), service: 'cart', start: 2001, duration: 1 }),
    aSpan({ traceId: traceId(3), service: 'other', start: 4000 }),
  ];
  const { backend, asked } = await jaeger(t, { '/api/v3/traces': { result: toOtlpJson(spans) } });
  const found = await backend.search(inCart({ tags: { a: 'b' }, minDurationNano: 5n }));
  assert.equal(found.totalTraces, 0, 'Jaeger said they have the tag, their spans do not');
  const parameters = asked[0]?.searchParams;
  assert.equal(parameters?.get('query.serviceName'), 'cart');
  assert.equal(parameters?.get('query.service_name'), 'cart');
  assert.equal(parameters?.get('query.attributes'), '{"a":"b"}');
  assert.equal(parameters?.get('query.startTimeMin'), '1970-01-01T00:00:00.000001000Z');
  assert.equal(parameters?.get('query.startTimeMax'), '2026-11-18T11:06:40.123456789Z');
  assert.equal(parameters?.get('query.durationMin'), '5ns');
  const longest = await backend.search({ ...inCart({}), sort: 'longest', limit: 1 });
  assert.deepEqual([longest.totalTraces, longest.traces.map((s) => s.traceId)], [2, [traceId(2)]]);
  const newest = await backend.search({ ...RANGE, offset: 2 });
  assert.deepEqual(newest.traces.map((s) => [s.traceId, s.spanCount]), [[traceId(1), 2]]);
});

test('nothing found is an empty result and an absent trace, not a failure', async (t) => {
  const { backend } = await jaeger(t, {});
  const { traces, totalTraces, exact } = await backend.search(RANGE);
  assert.deepEqual([traces, totalTraces, exact], [[], 0, false]);
  assert.equal(await backend.get(traceId(1)), undefined);
});

test('a trace comes whole, with warnings', async (t) => {
  const span = aSpan({ traceId: traceId(1), parentSpanId: spanId(9), attributes: { n: 1 } });
  const { backend } = await jaeger(t, { [`/api/v3/traces/${traceId(1)}`]: { result: toOtlpJson([span]) } });
  const trace = await backend.get(traceId(1));
  assert.deepEqual(trace?.spans, [span]);
  assert.match(trace?.warnings[0] ?? '', /missing/);
});

test('what is not Jaeger, or is not there, is told apart', async (t) => {
  const { backend, url } = await jaeger(t, { '/api/v3/services': '<html>', '/api/v3/operations': { operations: 'all' } });
  await assert.rejects(backend.services(), { code: 'upstream', message: /is not Jaeger: it sent no JSON/ });
  await assert.rejects(backend.operations('a'), { code: 'upstream', message: /unknown shape/ });
  await assert.rejects(createJaegerTraceBackend({ url: url.replace(/:\d+/, ':1') }).services(), { code: 'upstream', message: /cannot be reached/ });
});
