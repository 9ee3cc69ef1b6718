import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import type { ServerContext } from '#server/server-context.ts';
import { createQuestions } from '#server/traces/engine/create-questions.ts';
import { memorySource } from '#server/traces/engine/memory-source.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { trafficRoutes } from './routes.ts';
import type { DependenciesAnswer, RedAnswer, RedSeriesAnswer } from './schemas.ts';

const NOW_MS = 6_150_000;
const start = (6_060_000 + 5_000) * 1e6;
const SPANS = [1, 2, 3].flatMap((n) => [
  aSpan({ traceId: traceId(n), spanId: spanId(1), service: 'ui.shop', kind: 'client', name: 'call', start, duration: 5e6 }),
  aSpan({ traceId: traceId(n), spanId: spanId(2), parentSpanId: spanId(1), service: 'stock.shop', kind: 'server', name: 'GET', start, duration: 4e6 }),
]);

function ask<T>(path: string, query: object, metrics: Pick<ServerContext['metrics'], 'query'>['query'] = async () => ({ value: { resultType: 'vector', result: [{ metric: { source_canonical_service: 'ui', source_workload_namespace: 'shop', destination_service_name: 'stock', destination_service_namespace: 'shop' }, value: [0, 2] }] } }) as never): Promise<T> {
  // The spans of a trace lie in two segments: what is put together must not depend on it.
  const source = memorySource([buildSegment(SPANS.filter((_, i) => i % 3 !== 1)), buildSegment(SPANS.filter((_, i) => i % 3 === 1))]);
  const traces = createQuestions(async () => ({ source, exact: true, notes: [] })) as unknown as ServerContext['traces'];
  const route = trafficRoutes({ traces, metrics: { query: metrics } as ServerContext['metrics'], clock: { ...systemClock, now: () => NOW_MS } }).find((r) => r.path === path);
  const parsed = route!.query!.parse(query);
  return route!.handle({ query: parsed, params: {}, signal: new AbortController().signal } as never) as Promise<T>;
}

test('services, and the operations of one', async () => {
  const answer = await ask<RedAnswer>('/api/traces/red', { from: '6060000', to: 'now', service: 'stock.shop' });
  assert.deepEqual(answer.services.map((s) => [s.service, s.calls, s.ratePerSecond, s.incoming].join(' ')).sort(), [`stock.shop 3 ${3 / 90} true`, `ui.shop 3 ${3 / 90} false`]);
  assert.deepEqual(answer.operations.map((o) => o.name), ['GET']);
});

test('one operation over time', async () => {
  const { points } = await ask<RedSeriesAnswer>('/api/traces/red-series', { from: '6060000', to: 'now', service: 'stock.shop', name: 'GET' });
  assert.deepEqual(points.map((p) => p.calls), [3, 0]);
});

test('dependencies beside the rates of the mesh; without those it says so', async () => {
  const answer = await ask<DependenciesAnswer>('/api/traces/dependencies', { from: '6060000', to: 'now' });
  assert.deepEqual(answer.edges.map((e) => [e.client, e.server, e.calls, e.meshRatePerSecond]), [['ui.shop', 'stock.shop', 3, 2]]);
  const without = await ask<DependenciesAnswer>('/api/traces/dependencies', { from: '6060000', to: 'now' }, async () => Promise.reject(new Error('gone')));
  assert.equal(without.edges[0]?.meshRatePerSecond, undefined);
  assert.match(without.notes.join(), /gone/);
});

test('a range that cannot be read, or ends before it starts, is refused with its place', async () => {
  await assert.rejects(ask('/api/traces/red', { from: 'yesterday' }), /from: /);
  await assert.rejects(ask('/api/traces/red', { from: 'now', to: 'now-1h' }), /ends before/);
});
