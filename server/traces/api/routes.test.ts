import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ZodType } from 'zod';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import type { RouteRequest } from '#server/http/route.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { questionsOver } from '#server/traces/testing/questions-over.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { traceQuestionRoutes } from './routes.ts';
import { TraceAttributesResponse, TraceAttributeValuesResponse, TraceBackendResponse, TraceDeltasResponse, TraceFacetsResponse, TraceHeatmapResponse, TraceMetricsResponse, TracePercentileResponse, TraceSearchResponse } from './schemas.ts';

const NOW_MS = 1_795_000_000_000;
const NOW = BigInt(NOW_MS) * 1_000_000n;
const SPANS = [
  aSpan({ traceId: traceId(1), spanId: spanId(1), service: 'shop', name: 'GET /', kind: 'server', start: NOW - 60_000_000_000n, duration: 5_000_000n, attributes: { 'http.route': '/', 'a b': 'x,y' } }),
  aSpan({ traceId: traceId(2), spanId: spanId(2), service: 'cart', name: 'GET /cart', kind: 'server', start: NOW - 30_000_000_000n, duration: 90_000_000n, status: { code: 'error' } }),
  aSpan({ traceId: traceId(3), spanId: spanId(3), service: 'cart', start: NOW - 7_200_000_000_000n }),
];
const routes = traceQuestionRoutes({
  traces: {
    ...questionsOver(SPANS),
    describe: () => ({ name: 'a test', kind: 'embedded', capabilities: { exact: true, live: false, writable: false }, notes: [] }),
    get: async () => undefined,
    segment: async () => buildSegment([]),
    services: async () => [],
    operations: async () => [],
  },
  clock: { ...systemClock, now: () => NOW_MS },
});

async function call<T>(path: string, query: Readonly<Record<string, string>>, response: ZodType<T>): Promise<T> {
  const route = routes.find((r) => r.path === `/api/traces/${path}`);
  assert.ok(route, path);
  const request = { query: route.query?.parse(query), signal: new AbortController().signal } as unknown as RouteRequest<never, never>;
  // As JSON does it: what cannot be sent is found out here.
  return response.parse(JSON.parse(JSON.stringify(await route.handle(request))));
}

test('a search by TraceQL is over the last hour, and says which range it was', async () => {
  const answer = await call('search', { q: '{ resource.service.name = "cart" }', columns: 'span.http.route, name' }, TraceSearchResponse);
  assert.deepEqual([answer.totalTraces, answer.totalSpans, answer.exact, answer.fromMs, answer.toMs], [1, 1, true, NOW_MS - 3_600_000, NOW_MS]);
  assert.deepEqual(answer.traces[0]?.spanSets[0]?.spans[0]?.attributes, { 'span:name': 'GET /cart' });
  assert.equal((await call('search', { q: '', from: 'now-3h', limit: '1' }, TraceSearchResponse)).totalTraces, 3);
});

test('a name in quotes may have a comma and a space', async () => {
  const { facets } = await call('facets', { fields: 'span."a b",resource.service.name' }, TraceFacetsResponse);
  assert.deepEqual(facets.map((f) => [f.field, f.values[0]?.value]), [['span."a b"', 'x,y'], ['resource.service.name', 'cart']]);
});

test('heat map, deltas, values, catalogue and percentile come as their schemas say', async () => {
  const map = await call('heatmap', { of: 'spans', times: '6', durations: '8' }, TraceHeatmapResponse);
  assert.deepEqual([map.total, map.timeEdges.length], [2, 7]);
  const deltas = await call('deltas', { of: 'spans', minDuration: '50ms' }, TraceDeltasResponse);
  assert.deepEqual([deltas.inside, deltas.outside], [1, 1]);
  const { values } = await call('attribute-values', { field: 'name', contains: 'CART' }, TraceAttributeValuesResponse);
  assert.deepEqual(values, [{ value: 'GET /cart', type: 'string', spans: 1 }]);
  const { attributes } = await call('attributes', {}, TraceAttributesResponse);
  assert.ok(attributes.some((a) => a.scope === 'span' && a.key === 'http.route'));
  const { percentile } = await call('percentile', { service: 'cart', operation: 'GET /cart', kind: 'server', duration: '90000000' }, TracePercentileResponse);
  assert.deepEqual([percentile?.spans, percentile?.percentile], [1, 100]);
  const { series, stepMs, timesUnixNano } = await call('metrics', { q: '{ } | count_over_time() by (resource.service.name)', from: 'now-10m' }, TraceMetricsResponse);
  assert.deepEqual([stepMs, series.map((s) => s.values.reduce<number>((sum, v) => sum + (v ?? 0), 0)), timesUnixNano.length], [10_000, [1, 1], series[0]?.values.length]);
  assert.equal((await call('backend', {}, TraceBackendResponse)).name, 'a test');
});

const FAULTS: readonly [path: string, query: Record<string, string>, causes: [field: string, column: number][]][] = [
  ['search', { q: '{ name = }', from: 'soon', columns: 'span.' }, [['from', 1], ['q', 10], ['columns', 1]]],
  ['search', { q: '{ } | rate()' }, [['q', 7]]],
  ['search', { from: 'now', to: 'now-1h' }, [['to', 1]]],
  ['facets', { fields: 'span.a;b=' }, [['fields', 9]]],
  ['metrics', { q: '{ }' }, [['q', 1]]],
  ['metrics', { q: '{ } | rate()', step: '1ms' }, [['step', 1]]],
  ['metrics', { q: '{ } | rate()', step: '0s' }, [['step', 1]]],
  ['deltas', {}, [['regionFrom', 1]]],
  ['deltas', { minDuration: '5 apples', regionTo: 'x' }, [['regionTo', 1], ['minDuration', 1]]],
  ['attribute-values', { field: 'name,kind' }, [['field', 1]]],
];
for (const [path, query, causes] of FAULTS) {
  test(`${path} ${JSON.stringify(query)} is refused with its faults`, async () => {
    await assert.rejects(call(path, query, TraceSearchResponse as ZodType), (error: { code: string; causes: { field: string; column: number }[] }) => {
      assert.equal(error.code, 'bad-request');
      assert.deepEqual(error.causes.map((c) => [c.field, c.column]), causes);
      return true;
    });
  });
}
