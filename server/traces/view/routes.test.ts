import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteRequest } from '#server/http/route.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { workInPlace } from '#server/traces/work/trace-work.ts';
import { decodeTraceColumns } from './columns-codec.ts';
import { createOpenTraces } from './open-traces.ts';
import { traceViewRoutes } from './routes.ts';
import { TraceFindResponse, TraceSpansQuery, TraceSpansResponse, TraceStatisticsResponse } from './schemas.ts';

const ID = traceId(0xabc);
const SPANS: readonly Span[] = [
  aSpan({ traceId: ID, spanId: spanId(1), service: 'gateway', name: 'GET /', kind: 'server', start: 1000, duration: 100, attributes: { response_flags: 'UF,URX', price: 3 }, valueTypes: { '/attributes/price': 'double' } }),
  aSpan({ traceId: ID, spanId: spanId(2), parentSpanId: spanId(1), service: 'cart', start: 1010, duration: 60, status: { code: 'error', message: 'no' }, links: [{ traceId: ID, spanId: spanId(1), attributes: { why: 'retry' } }, { traceId: traceId(9), spanId: spanId(1), attributes: {} }] }),
];

function serve(stored: Map<string, readonly Span[]>, maxBytes = 1e6, { loadMs = 0, states }: { readonly loadMs?: number; readonly states?: ReadonlyMap<string, string> } = {}): { readonly call: (path: string, request?: { id?: string; query?: unknown; headers?: Record<string, string> }) => Promise<unknown>; readonly loads: string[]; readonly pass: (ms: number) => void } {
  const loads: string[] = [];
  let nowMs = 0;
  const routes = traceViewRoutes(
    createOpenTraces(
      {
        async segment(id) {
          loads.push(id);
          nowMs += loadMs;
          const spans = stored.get(id);
          return spans === undefined ? undefined : buildSegment(spans);
        },
        ...(states === undefined ? {} : { stateOf: async (id) => states.get(id) ?? '' }),
      },
      { maxBytes, clock: { now: () => nowMs }, work: workInPlace },
    ),
  );
  return {
    loads,
    pass: (ms) => void (nowMs += ms),
    call: (path, { id = 'ABC', query = {}, headers = {} } = {}) => {
      const route = routes.find((r) => r.path === `/api/traces/:id/${path}`);
      assert.ok(route, path);
      return route.handle({ params: { id }, query: route.query?.parse(query), headers: new Headers(headers) } as unknown as RouteRequest<never, never>);
    },
  };
}

async function columnsFrom(answer: unknown): Promise<{ readonly status: number; readonly etag: string; readonly body: Uint8Array<ArrayBuffer> }> {
  assert.ok(answer instanceof Response);
  return { status: answer.status, etag: answer.headers.get('etag') ?? '', body: new Uint8Array(await answer.arrayBuffer()) };
}

test('columns come as bytes, and not again while the trace has not grown', async () => {
  const stored = new Map<string, readonly Span[]>([[ID, SPANS.slice(0, 1)]]);
  const { call } = serve(stored);
  const first = await columnsFrom(await call('columns'));
  assert.deepEqual(decodeTraceColumns(first.body), columnsOf(SPANS.slice(0, 1)));
  assert.equal((await columnsFrom(await call('columns', { headers: { 'if-none-match': first.etag } }))).status, 304);
  stored.set(ID, SPANS);
  const grown = await columnsFrom(await call('columns', { headers: { 'if-none-match': first.etag } }));
  assert.deepEqual([grown.status, decodeTraceColumns(grown.body).count], [200, 2]);
  assert.notEqual(grown.etag, first.etag);
});

test('details of rows hold all that the columns leave out, with links both ways and flags in words', async () => {
  const { call } = serve(new Map([[ID, SPANS]]));
  const { spans } = TraceSpansResponse.strict().parse(await call('spans', { query: { rows: '1,0,1' } }));
  assert.deepEqual(spans.map((s) => [s.row, s.spanId, s.parentSpanId, s.service, s.status, s.statusMessage]), [[1, spanId(2), spanId(1), 'cart', 'error', 'no'], [0, spanId(1), undefined, 'gateway', 'unset', undefined]]);
  assert.deepEqual(spans[0]?.links.map((l) => [l.traceId, l.row]), [[ID, 0], [traceId(9), undefined]]);
  assert.deepEqual([spans[1]?.linkedFrom, spans[1]?.attributes, spans[1]?.valueTypes, spans[1]?.responseFlags.map((f) => f.flag)], [[1], { response_flags: 'UF,URX', price: 3 }, { '/attributes/price': 'double' }, ['UF', 'URX']]);
});

test('rows of a version that is gone are a conflict, and rows that are not there a bad request', async () => {
  const stored = new Map<string, readonly Span[]>([[ID, SPANS.slice(0, 1)]]);
  const { call } = serve(stored);
  const version = (await columnsFrom(await call('columns'))).etag.slice(1, -1);
  stored.set(ID, SPANS);
  assert.equal(TraceSpansResponse.parse(await call('spans', { query: { rows: '0', version } })).version, version, 'a page may go on with what it has');
  await call('columns');
  await assert.rejects(call('spans', { query: { rows: '0', version } }), { code: 'conflict' });
  await assert.rejects(call('spans', { query: { rows: '2' } }), { code: 'bad-request', message: 'Row 2 is beyond the 2 rows of the trace.' });
  for (const rows of ['', '-1', 'a', '1,,2', Array.from({ length: 501 }, (_, i) => i).join(',')]) assert.equal(TraceSpansQuery.safeParse({ rows }).success, false, rows);
});

test('find gives rows, without loading the trace again', async () => {
  const { call, loads } = serve(new Map([[ID, SPANS]]));
  const version = (await columnsFrom(await call('columns'))).etag.slice(1, -1);
  assert.deepEqual(TraceFindResponse.parse(await call('find', { query: { q: 'CART why=', version } })).rows, [1]);
  assert.deepEqual(TraceFindResponse.parse(await call('find', { query: { q: 'urx', version } })).rows, [0]);
  assert.equal(loads.length, 1);
});

test('find takes TraceQL, and says where its faults are', async () => {
  const { call } = serve(new Map([[ID, SPANS]]));
  assert.deepEqual(TraceFindResponse.parse(await call('find', { query: { q: ' { status = error }' } })).rows, [1]);
  assert.deepEqual(TraceFindResponse.parse(await call('find', { query: { q: '{ .price > 2 }' } })).rows, [0]);
  await assert.rejects(call('find', { query: { q: '{ .a = }' } }), (error: { code: string; causes: { field: string; column: number }[] }) => error.code === 'bad-request' && error.causes[0]?.field === 'q' && error.causes[0].column > 1);
});

test('statistics are by groups of the columns or any field', async () => {
  const { call } = serve(new Map([[ID, SPANS]]));
  const ask = async (query: Record<string, string>): Promise<unknown> => TraceStatisticsResponse.strict().parse(await call('statistics', { query })).groups.map((g) => [g.value, g.count, g.errors, g.total, g.selfTotal, g.critical, g.groups.map((sub) => [sub.value, sub.count])]);
  assert.deepEqual(await ask({}), [['gateway', 1, 0, 100, 40, 40, []], ['cart', 1, 1, 60, 60, 60, []]]);
  assert.deepEqual(await ask({ by: 'span.price', within: 'service' }), [['3', 1, 0, 100, 40, 40, [['gateway', 1]]], [undefined, 1, 1, 60, 60, 60, [['cart', 1]]]]);
  await assert.rejects(call('statistics', { query: { by: 'service', within: '.a .b' } }), (error: { code: string; causes: { field: string }[] }) => error.code === 'bad-request' && error.causes[0]?.field === 'within');
});

test('a trace that is not stored is not found; no trace id is a bad request', async () => {
  const { call } = serve(new Map());
  await assert.rejects(call('columns', { id: 'abcd' }), { code: 'not-found' });
  await assert.rejects(call('columns', { id: 'x y' }), { code: 'bad-request' });
});

test('traces are kept within the bound, the one in use always', async () => {
  const other = traceId(0xdef);
  const { call, loads } = serve(new Map([[ID, SPANS], [other, SPANS.map((s) => ({ ...s, traceId: other }))]]), 1);
  const version = (await columnsFrom(await call('columns'))).etag.slice(1, -1);
  await call('columns', { id: other });
  await call('find', { query: { q: 'x', version } });
  assert.deepEqual(loads, [ID, other, ID]);
});

test('questions that come together load and build a trace once', async () => {
  const { call, loads } = serve(new Map([[ID, SPANS]]));
  await Promise.all([call('columns'), call('columns'), call('spans', { query: { rows: '0' } })]);
  assert.equal(loads.length, 1);
});

test('a trace that took long to load is not loaded again at once', async () => {
  const { call, loads, pass } = serve(new Map([[ID, SPANS]]), 1e6, { loadMs: 200 });
  await call('columns');
  pass(900);
  await call('columns');
  assert.equal(loads.length, 1);
  pass(200);
  await call('columns');
  assert.equal(loads.length, 2);
});

test('while the store says that nothing came, the trace is not read again', async () => {
  const stored = new Map<string, readonly Span[]>([[ID, SPANS.slice(0, 1)]]);
  const states = new Map([[ID, 'one span']]);
  const { call, loads } = serve(stored, 1e6, { states });
  const { etag } = await columnsFrom(await call('columns'));
  assert.equal((await columnsFrom(await call('columns', { headers: { 'if-none-match': etag } }))).status, 304);
  assert.equal(loads.length, 1);
  states.set(ID, 'the same in a block');
  assert.equal((await columnsFrom(await call('columns', { headers: { 'if-none-match': etag } }))).status, 304, 'another state of the same spans');
  states.set(ID, 'two spans');
  stored.set(ID, SPANS);
  assert.equal((await columnsFrom(await call('columns', { headers: { 'if-none-match': etag } }))).status, 200);
  assert.equal(loads.length, 3);
});
