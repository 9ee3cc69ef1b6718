import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import type { RouteRequest } from '#server/http/route.ts';
import { traceId } from '#server/traces/testing/a-span.ts';
import { memoryBackend } from '#server/traces/testing/memory-backend.ts';
import { traceOf } from '#server/traces/testing/trace-of.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { createOpenTraces } from '#server/traces/view/open-traces.ts';
import { workInPlace } from '#server/traces/work/trace-work.ts';
import { compareRoutes } from './routes.ts';
import { CompareSetsResponse, CompareTracesResponse, CriticalPathResponse } from './schemas.ts';

const NOW_MS = 1_795_000_000_000;

function stored(id: number, version: string, bank: number): Span[] {
  const start = BigInt(NOW_MS - 60_000 + id) * 1_000_000n;
  return traceOf(`shop checkout 0+200 k=v\npayment  pay 10+180 k=v version=${version}\nbank   charge 20+${bank} k=v`, { traceId: traceId(id) }).map((span) => ({ ...span, startUnixNano: String(BigInt(span.startUnixNano) + start), endUnixNano: String(BigInt(span.endUnixNano) + start) }));
}
const SPANS = Array.from({ length: 40 }, (_, i) => (i < 20 ? stored(i + 1, 'v2', 40 + i) : stored(i + 1, 'v3', 100 + i))).flat();

const backend = memoryBackend(SPANS);
const routes = compareRoutes({ traces: backend, clock: { ...systemClock, now: () => NOW_MS }, open: createOpenTraces(backend, { maxBytes: 1e7, clock: systemClock, work: workInPlace }), work: workInPlace });

function call(path: string, query: Record<string, string>): Promise<unknown> {
  const route = routes.find((r) => r.path === path);
  assert.ok(route, path);
  // Safe because the router parses the query with exactly this schema.
  return route.handle({ params: {}, query: route.query?.parse(query), signal: new AbortController().signal } as unknown as RouteRequest<never, never>);
}

test('two traces are compared by their ids', async () => {
  const { a, b, places, totalPlaces } = CompareTracesResponse.strict().parse(await call('/api/traces/compare', { a: '1', b: traceId(21) }));
  assert.deepEqual([a.traceId, a.rootService, a.rootName, a.spans, a.durationNano, b.traceId], [traceId(1), 'shop', 'checkout', 3, 200_000, traceId(21)]);
  assert.deepEqual(places.map((p) => [p.name, p.change, p.difference.total, p.attributes.map((d) => d.field)]), [['checkout', 'same', 0, []], ['pay', 'same', 0, ['span.version']], ['charge', 'same', 80_000, []]]);
  assert.equal(totalPlaces, 3);
  await assert.rejects(call('/api/traces/compare', { a: '1', b: 'ffff' }), { code: 'not-found' });
});

test('two sets are whole while they are few, and say so', async () => {
  const answer = CompareSetsResponse.strict().parse(await call('/api/traces/compare-sets', { qa: '{ span.version = "v2" }', qb: '{ span.version = "v3" }' }));
  assert.deepEqual([answer.selections.a.reach, answer.selections.b.q, answer.a.traces, answer.b.spans], [{ total: 20, used: 20, exact: true, notes: [] }, '{ span.version = "v3" }', 20, 60]);
  const charge = answer.places.find((p) => p.name === 'charge');
  assert.ok(charge !== undefined && charge.difference.p50 === 80_000 && charge.duration.falseDiscovery < 0.001);
  assert.equal(answer.attributes[0]?.field, 'span.version');
});

test('a sample says of how much it is, and a set may have a range of its own', async () => {
  const answer = CompareSetsResponse.parse(await call('/api/traces/compare-sets', { limit: '5', fromB: 'now-2h', toB: 'now-1h' }));
  assert.deepEqual([answer.selections.a.reach.total, answer.a.traces, answer.b.traces, answer.selections.b.toMs], [40, 5, 0, NOW_MS - 3_600_000]);
  assert.deepEqual(answer.selections.a.reach.notes, ['5 of 40 traces were looked at, chosen by their ids, which are random.']);
});

test('faults are told of the parameter they are in', async () => {
  await assert.rejects(call('/api/traces/compare-sets', { qa: '{}', qb: '{ .a = }' }), (error: { code: string; causes: { field: string; column: number }[] }) => error.code === 'bad-request' && error.causes[0]?.field === 'qb' && error.causes[0].column > 1);
  await assert.rejects(call('/api/traces/compare-sets', { fromA: 'yesterday' }), (error: { causes: { field: string }[] }) => error.causes[0]?.field === 'fromA');
});

test('what many traces spend their time on', async () => {
  const answer = CriticalPathResponse.strict().parse(await call('/api/traces/critical-path', { q: '{ span.version = "v2" }' }));
  assert.deepEqual([answer.traces, answer.reach.total, answer.services.map((s) => s.service), answer.places.length, answer.totalPlaces], [20, 20, ['payment', 'bank', 'shop'], 3, 3]);
  assert.ok(Math.abs(answer.services.reduce((sum, s) => sum + s.share, 0) - 1) < 1e-9);
});
