import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createJaegerTraceBackend } from '#server/adapters/jaeger/jaeger-trace-backend.ts';
import { createTempoTraceBackend } from '#server/adapters/tempo/tempo-trace-backend.ts';
import { jaegerTraceQl } from '#server/traces/jaeger-api/jaeger-search.ts';
import { jaegerRoutes } from '#server/traces/jaeger-api/routes.ts';
import { tempoRoutes } from '#server/traces/tempo-api/tempo-routes.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { memoryBackend } from '#server/traces/testing/memory-backend.ts';
import { serveRoutes } from '#server/traces/testing/serve-routes.ts';
import { storageSuite } from '#server/traces/testing/storage-suite.ts';
import type { Span, TraceBackend } from '#server/traces/trace-backend.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { readTraceQl } from '#server/traces/traceql/check.ts';

const NOW_MS = 1_795_000_000_000;
const NOW = BigInt(NOW_MS) * 1_000_000n;
const SECOND = 1_000_000_000n;
const clock = { now: () => NOW_MS };

/** Sixty shops' worth of traces: a gateway that calls a cart that asks a store, some slow, some failing. */
function shops(): Span[] {
  return Array.from({ length: 60 }, (_, n) => {
    const start = NOW - BigInt(3500 - n * 50) * SECOND;
    const id = traceId(0xabc00 + n);
    const failed = n % 7 === 0;
    return [
      aSpan({ traceId: id, spanId: spanId(1), service: 'gateway', name: n % 2 === 0 ? 'GET /cart' : 'POST /order', kind: 'server', start, duration: BigInt(5 + n) * 1_000_000n, attributes: { 'http.status_code': failed ? 500 : 200, tenant: `t${n % 3}` } }),
      aSpan({ traceId: id, spanId: spanId(2), parentSpanId: spanId(1), service: 'cart', name: 'list', kind: 'server', start: start + 1_000_000n, duration: BigInt(1 + (n % 10)) * 1_000_000n, ...(failed ? { status: { code: 'error', message: 'no' } } : {}), resource: { 'service.name': 'cart', version: n < 30 ? 'v1' : 'v2' } }),
      aSpan({ traceId: id, spanId: spanId(3), parentSpanId: spanId(2), service: 'store', name: 'SELECT', kind: 'client', start: start + 1_500_000n, duration: 300_000n, attributes: { 'db.rows': n, ratio: n / 8 }, events: failed ? [{ timeUnixNano: String(start + 1_600_000n), name: 'exception', attributes: { 'exception.type': 'Lost' } }] : [] }),
    ];
  }).flat();
}

async function remotes(t: TestContext, spans: readonly Span[]) {
  const embedded = memoryBackend(spans);
  const { url, token } = await serveRoutes(t, [...jaegerRoutes({ traces: embedded, clock }), ...tempoRoutes({ traces: embedded, clock })]);
  const access = { clock, authorization: () => `Bearer ${token}` };
  return { embedded, jaeger: createJaegerTraceBackend({ url: `${url}/jaeger`, ...access }), tempo: createTempoTraceBackend({ url: `${url}/tempo`, ...access }) };
}

function queryOf(text: string, use: 'search' | 'metrics' = 'search'): TraceQl {
  const read = readTraceQl(text, use);
  assert.ok(read.ok, `${text}: ${read.ok ? '' : (read.faults[0]?.message ?? '')}`);
  return read.query;
}

const QUERIES = [
  '{ }',
  '{ resource.service.name = "cart" && status = error }',
  '{ span.http.status_code = 500 || resource.version = "v1" }',
  '{ span.http.status_code >= 400 && duration > 20ms }',
  '{ resource.version != "v1" }',
  '{ span.tenant =~ "t[01]" && kind = server }',
  '{ !(span.db.rows < 55) }',
  '{ span.tenant = nil && kind = client }',
  '{ event.exception.type = "Lost" }',
  '{ span.ratio > 6.5 }',
  '{ name = "POST /order" } >> { status = error }',
  '{ name = "GET /cart" } && { resource.service.name = "store" && span.db.rows > 40 }',
  '{ resource.service.name = "gateway" } > { resource.version = "v2" }',
  '{ resource.service.name = "nobody" }',
  '{ kind = server } | count() > 1 | select(span.tenant)',
  '{ } | by(resource.service.name) | avg(duration) > 50ms',
];
const RANGE = { fromUnixNano: String(NOW - 3600n * SECOND), toUnixNano: String(NOW) };

test('a search of a remote Jaeger or Tempo is answered as the embedded store answers it', async (t) => {
  const { embedded, jaeger, tempo } = await remotes(t, shops());
  const sorts = ['newest', 'longest', 'most-errors'] as const;
  for (const [i, text] of QUERIES.entries()) {
    for (const sort of i === 0 ? sorts : sorts.slice(i % 3, (i % 3) + 1)) {
      const request = { query: queryOf(text), ...RANGE, sort, limit: 7, offset: 3, spansPerTrace: 2, columns: [{ kind: 'attribute', scope: 'span', key: 'tenant' }] } as const;
      const expected = await embedded.search(request);
      for (const remote of [jaeger, tempo]) {
        const { notes, ...answer } = await remote.search(request);
        assert.deepEqual(answer, { traces: expected.traces, totalTraces: expected.totalTraces, totalSpans: expected.totalSpans, exact: true }, `${remote.describe().kind}: ${text} by ${sort}`);
        assert.ok(notes.every((note) => /^Tempo at \S+ was not asked for .*: that was evaluated here\.$/.test(note)), `${text}: ${notes.join(' ')}`);
      }
    }
  }
});

test('the other questions too', async (t) => {
  const { embedded, jaeger, tempo } = await remotes(t, shops());
  const query = queryOf('{ resource.service.name = "cart" || kind = client }');
  const ask = async (b: TraceBackend) => ({
    heatmap: await b.heatmap({ query, ...RANGE, of: 'spans', timeBuckets: 12, durationBuckets: 8 }),
    facets: await b.facets({ query, ...RANGE, fields: [{ kind: 'attribute', scope: 'resource', key: 'version' }, { kind: 'intrinsic', name: 'span:status' }], limit: 5 }),
    deltas: await b.deltas({ query, ...RANGE, region: { of: 'spans', minDurationNano: '5000000' }, limit: 5 }),
    percentile: await b.percentile({ service: 'cart', operation: 'list', kind: 'server', durationNano: 4_000_000, ...RANGE }),
    services: await b.services(),
    operations: (await b.operations('gateway')).map(({ name, kind }) => ({ name, kind })),
    trace: await b.get(traceId(0xabc05)),
    segment: (await b.segment(traceId(0xabc05)))?.spanCount,
    absent: await b.get(traceId(0x77)),
  });
  const expected = await ask(embedded);
  for (const remote of [jaeger, tempo]) assert.deepEqual(await ask(remote), expected, remote.describe().kind);
});

test('names and values that a remote Tempo lists are those of the embedded store', async (t) => {
  const { embedded, jaeger, tempo } = await remotes(t, shops());
  const names = async (b: TraceBackend): Promise<string[]> => (await b.attributes()).filter((a) => a.scope !== 'intrinsic').map((a) => `${a.scope}.${a.key}`).sort();
  assert.deepEqual(await names(tempo), await names(embedded));
  assert.deepEqual(await names(jaeger), await names(embedded));
  const values = async (b: TraceBackend, selected: boolean) => (await b.attributeValues({ field: { kind: 'attribute', scope: 'span', key: 'http.status_code' }, limit: 10, ...(selected ? { selection: { query: queryOf('{ duration > 60ms }'), ...RANGE } } : {}) })).map((v) => `${String(v.value)} ${v.type}`).sort();
  for (const remote of [jaeger, tempo]) for (const selected of [true, false]) assert.deepEqual(await values(remote, selected), await values(embedded, selected), remote.describe().kind);
});

test('Jaeger’s storage suite, 25 of 25 through both adapters', async (t) => {
  const { spans, cases, idOf } = storageSuite();
  const { jaeger, tempo } = await remotes(t, spans);
  for (const { caption, search, fromUnixNano, toUnixNano, expected } of cases) {
    for (const remote of [jaeger, tempo]) {
      const found = await remote.search({ query: jaegerTraceQl(search), fromUnixNano: String(fromUnixNano), toUnixNano: String(toUnixNano), sort: 'newest', limit: 1000, offset: 0, spansPerTrace: 0 });
      assert.deepEqual(found.traces.map((s) => s.traceId).sort(), expected.map(idOf).sort(), `${remote.describe().kind}: ${caption}`);
    }
  }
  assert.equal(cases.length, 25);
});
