import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import type { RouteRequest } from '#server/http/route.ts';
import { operationsFrom, serviceNames } from './engine/catalogue.ts';
import { createQuestions } from './engine/create-questions.ts';
import { memorySource } from './engine/memory-source.ts';
import { decodeTraceRequest } from './otlp/decode-request.ts';
import { traceRoutes } from './routes.ts';
import { GetTraceResponse, SearchTracesQuery, SearchTracesResponse, TraceOperationsResponse, TraceServicesResponse } from './schemas.ts';
import { buildSegment } from './segment/build-segment.ts';
import { aSpan, spanId, traceId } from './testing/a-span.ts';
import { bodyOf } from './testing/body-of.ts';
import type { Span, TraceBackend } from './trace-backend.ts';

const NOW_MS = 1_795_000_000_000;
const NOW = BigInt(NOW_MS) * 1_000_000n;

const SPANS: readonly Span[] = [
  aSpan({ traceId: traceId(0xabc), spanId: spanId(1), service: 'gateway', name: 'GET /', kind: 'server', start: NOW - 1_000_000n, duration: 100_000n, attributes: { response_flags: 'UF,URX' }, valueTypes: { '/attributes/n': 'double' } }),
  aSpan({ traceId: traceId(0xabc), spanId: spanId(2), parentSpanId: spanId(1), service: 'cart', start: NOW - 990_000n, duration: 60_000n, status: { code: 'error', message: 'no' } }),
  aSpan({ traceId: traceId(0xdef), service: 'cart', start: NOW - 7_200_000_000_000n }),
];

function backendOf(spans: readonly Span[]): TraceBackend {
  const source = memorySource([buildSegment(spans)]);
  return {
    ...createQuestions(async () => ({ source, exact: true, notes: [] })),
    describe: () => ({ name: 'a test', kind: 'embedded', capabilities: { exact: true, live: false, writable: false }, notes: [] }),
    get: async (id) => {
      const found = spans.filter((s) => s.traceId === id);
      return found.length === 0 ? undefined : { traceId: id, spans: found, warnings: [] };
    },
    segment: (id) => source.segment(id),
    services: async () => serviceNames(await source.catalogue()),
    operations: async (service) => operationsFrom(await source.catalogue(), service),
  };
}

const routes = traceRoutes({ traces: backendOf(SPANS), clock: { ...systemClock, now: () => NOW_MS } });

function call(path: string, { params = {}, query = {} }: { params?: Record<string, string>; query?: unknown } = {}): Promise<unknown> {
  const route = routes.find((r) => r.path === path);
  assert.ok(route, path);
  const request = { params, query: path === '/api/traces' ? SearchTracesQuery.parse(query) : query } as RouteRequest;
  return route.handle(request as RouteRequest<never, never>);
}

async function viewOf(answer: Promise<unknown> | undefined): Promise<GetTraceResponse> {
  const response = await answer;
  assert.ok(response instanceof Response);
  return GetTraceResponse.strict().parse(JSON.parse(String(await bodyOf(response))));
}

test('a search is over the last hour unless told otherwise, and says which range it was', async () => {
  const answer = SearchTracesResponse.strict().parse(await call('/api/traces'));
  assert.deepEqual(answer.traces.map((t) => t.traceId), [traceId(0xabc)]);
  assert.deepEqual([answer.total, answer.fromMs, answer.toMs], [1, NOW_MS - 3_600_000, NOW_MS]);
  const longer = SearchTracesResponse.parse(await call('/api/traces', { query: { from: 'now-3h', sort: 'oldest', limit: '1' } }));
  assert.deepEqual([longer.total, longer.traces[0]?.traceId], [2, traceId(0xdef)]);
});

const QUERIES: readonly [rule: string, query: Record<string, string>, total: number][] = [
  ['service', { service: 'cart' }, 1],
  ['tags in logfmt', { tags: 'error=true resource.service.name="cart"' }, 1],
  ['tags that no one span has together', { tags: 'error=true response_flags="UF,URX"' }, 0],
  ['duration, both bounds inclusive', { minDuration: '60us', maxDuration: '0.06ms' }, 1],
  ['duration beyond all', { minDuration: '101us' }, 0],
  ['status', { status: 'error' }, 1],
  ['empty texts, as a form sends them', { service: '', operation: '', tags: ' ', minDuration: '', maxDuration: '' }, 1],
];
for (const [rule, query, total] of QUERIES) {
  test(`search by ${rule}`, async () => assert.equal(SearchTracesResponse.parse(await call('/api/traces', { query })).total, total));
}

test('every fault of the search form is told with its field and column', async () => {
  await assert.rejects(call('/api/traces', { query: { tags: 'a="b', minDuration: '5 apples', from: 'yesterday' } }), (error: { code: string; causes: { field: string; column: number }[] }) => {
    assert.equal(error.code, 'bad-request');
    assert.deepEqual(error.causes.map((c) => [c.field, c.column]), [['from', 1], ['tags', 3], ['minDuration', 1]]);
    return true;
  });
  await assert.rejects(call('/api/traces', { query: { from: 'now', to: 'now-1h' } }), { code: 'bad-request', message: /ends before it starts/ });
  await assert.rejects(call('/api/traces', { query: { minDuration: '2s', maxDuration: '1s' } }), { code: 'bad-request', message: /maxDuration/ });
});

test('a trace comes as a tree with self times, critical path and flags in words', async () => {
  const { trace, otlpUrl } = await viewOf(call('/api/traces/:id', { params: { id: 'ABC' } }));
  assert.equal(otlpUrl, `/api/traces/${traceId(0xabc)}/otlp`);
  assert.deepEqual(trace.spans.map((s) => [s.service, s.parent, s.depth, s.descendants, s.startOffsetNano, s.durationNano, s.selfNano]), [
    ['gateway', -1, 0, 1, 0, 100_000, 40_000],
    ['cart', 0, 1, 0, 10_000, 60_000, 60_000],
  ]);
  assert.deepEqual(trace.criticalPath, [
    { span: 0, startOffsetNano: 0, endOffsetNano: 10_000 },
    { span: 1, startOffsetNano: 10_000, endOffsetNano: 70_000 },
    { span: 0, startOffsetNano: 70_000, endOffsetNano: 100_000 },
  ]);
  assert.deepEqual(trace.spans[0]?.responseFlags?.map((f) => f.flag), ['UF', 'URX']);
  assert.deepEqual([trace.spans[1]?.status, trace.spans[1]?.statusMessage], ['error', 'no']);
  assert.deepEqual(trace.sources.map((s) => s.service), ['gateway', 'cart']);
  assert.deepEqual([trace.summary.rootName, trace.summary.errorCount, trace.summary.incomplete], ['GET /', 1, false]);
});

test('the spans of one resource and scope share a source', async () => {
  const spans = Array.from({ length: 3 }, () => aSpan({ traceId: traceId(1) }));
  const other = traceRoutes({ traces: backendOf(spans), clock: systemClock });
  const { trace } = await viewOf(other.find((r) => r.path === '/api/traces/:id')?.handle({ params: { id: '1' } } as unknown as RouteRequest<never, never>));
  assert.equal(trace.sources.length, 1);
});

test('a trace that is not stored is not found, and no trace id is a bad request', async () => {
  await assert.rejects(call('/api/traces/:id', { params: { id: 'abcd' } }), { code: 'not-found' });
  await assert.rejects(call('/api/traces/:id', { params: { id: 'x y' } }), { code: 'bad-request', message: '"x y" is not a trace id.' });
  await assert.rejects(call('/api/traces/:id/otlp', { params: { id: '0'.repeat(33) }, query: { format: 'json' } }), { code: 'bad-request' });
});

test('a trace is exported as the OTLP it came from', async () => {
  const response = await call('/api/traces/:id/otlp', { params: { id: traceId(0xabc) }, query: { format: 'json' } });
  assert.ok(response instanceof Response);
  assert.equal(response.headers.get('content-disposition'), `attachment; filename="trace-${traceId(0xabc)}.json"`);
  const { spans } = decodeTraceRequest(await bodyOf(response), 'json');
  const bare = spans.map((s) => [s.spanId, s.startUnixNano, s.status, s.resource]);
  assert.deepEqual(bare, SPANS.slice(0, 2).map((s) => [s.spanId, s.startUnixNano, s.status, s.resource]));
});

test('services and operations complete the search form', async () => {
  assert.deepEqual(TraceServicesResponse.parse(await call('/api/traces/services')).services, ['cart', 'gateway']);
  assert.deepEqual(TraceOperationsResponse.parse(await call('/api/traces/operations', { query: { service: 'gateway' } })).operations, [{ name: 'GET /', kind: 'server', spans: 1 }]);
});
