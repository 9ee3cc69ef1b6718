import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { dependencies, minutesOf, operationRows, serviceRows, trafficSeries } from './read-traffic.ts';
import { decodeTraffic, encodeTraffic } from './traffic-codec.ts';
import { mergeTraffic, summarizeTraffic, type TrafficSummary } from './traffic-summary.ts';

const SECOND = 1_000_000_000;
/** Minute 100 of the epoch. */
const T0 = 100 * 60 * SECOND;
const RANGE = { fromMinute: 100, toMinute: 101, seconds: 120 };

/** `shop` calls `stock` (20 ms of 30 ms); `n` numbers the trace. */
function call(n: number, { at = 0, failed = false, weight }: { at?: number; failed?: boolean; weight?: string } = {}): Span[] {
  const common = { traceId: traceId(n), ...(weight === undefined ? {} : { traceState: weight }) };
  const status = failed ? ({ code: 'error' } as const) : ({ code: 'unset' } as const);
  return [
    aSpan({ ...common, spanId: spanId(1), service: 'shop', kind: 'server', name: 'GET /', start: T0 + at, duration: 30e6, status }),
    aSpan({ ...common, spanId: spanId(2), parentSpanId: spanId(1), service: 'shop', kind: 'client', name: 'stock', start: T0 + at + 1e6, duration: 20e6 }),
    aSpan({ ...common, spanId: spanId(3), parentSpanId: spanId(2), service: 'stock', kind: 'server', name: 'GET /stock', start: T0 + at + 2e6, duration: 18e6, status }),
    aSpan({ ...common, spanId: spanId(4), parentSpanId: spanId(3), service: 'stock', kind: 'server', name: 'handler', start: T0 + at + 3e6, duration: 16e6 }),
  ];
}

test('services count what comes in, once for each request, by impact', () => {
  const rows = serviceRows(summarizeTraffic(buildSegment([...call(1), ...call(2, { failed: true }), ...call(3, { at: 60 * SECOND })])), RANGE);
  assert.deepEqual(rows.map((r) => [r.service, r.calls, r.errors, r.incoming, r.ratePerSecond, r.failedTrace]), [['shop', 3, 1, true, 3 / 120, traceId(2)], ['stock', 3, 1, true, 3 / 120, traceId(2)]]);
  assert.equal(rows[0]?.impact, 1);
  assert.ok(Math.abs((rows[0]?.p95Nano ?? 0) - 30e6) < 1.5e6);
});

test('operations are told apart by name and kind, within minutes', () => {
  const summary = summarizeTraffic(buildSegment([...call(1), ...call(3, { at: 60 * SECOND })]));
  const names = (rows: ReturnType<typeof operationRows>) => rows.map((r) => `${r.kind} ${r.name} ${r.calls}`);
  assert.deepEqual(names(operationRows(summary, RANGE, { service: 'shop', kinds: [] })), ['server GET / 2', 'client stock 2']);
  assert.deepEqual(names(operationRows(summary, { fromMinute: 101, toMinute: 101, seconds: 60 }, { service: 'shop', kinds: ['client'] })), ['client stock 1']);
  assert.deepEqual(trafficSeries(summary, RANGE, 1, (o) => o.name === 'stock').points.map((p) => p.calls), [1, 1]);
});

test('edges have calls, errors of either side and both latencies', () => {
  const { nodes, edges, unpairedSpans } = dependencies(summarizeTraffic(buildSegment([...call(1), ...call(2, { failed: true })])), RANGE);
  assert.deepEqual(nodes.map((n) => `${n.name} ${n.kind}`), ['shop service', 'stock service', 'user virtual']);
  assert.deepEqual(edges.map((e) => `${e.client} → ${e.server} ${e.calls} ${e.errors}`).sort(), ['shop → stock 2 1', 'user → shop 2 1']);
  const edge = edges.find((e) => e.server === 'stock');
  assert.ok(Math.abs((edge?.p50Nano ?? 0) - 20e6) < 1e6 && Math.abs((edge?.serverP95Nano ?? 0) - 18e6) < 1e6);
  assert.equal(unpairedSpans, 0);
});

test('a sampled span stands for those that were not kept', () => {
  assert.equal(serviceRows(summarizeTraffic(buildSegment(call(1, { weight: 'ot=th:c' }))), RANGE)[0]?.calls, 4);
});

test('summaries of parts add up to that of the whole, through JSON', () => {
  const traces = Array.from({ length: 20 }, (_, i) => call(i, { at: i * 10 * SECOND, failed: i % 3 === 0 }));
  const whole = summarizeTraffic(buildSegment(traces.flat()));
  const merged: TrafficSummary = new Map();
  for (const trace of traces) mergeTraffic(merged, decodeTraffic(JSON.parse(JSON.stringify(encodeTraffic(summarizeTraffic(buildSegment(trace)))))));
  const range = { fromMinute: 100, toMinute: 103, seconds: 240 };
  const sorted = (s: TrafficSummary) => JSON.stringify([serviceRows(s, range), operationRows(s, range, { kinds: [] }), dependencies(s, range)], (key, value) => (key === 'slowestTrace' || key === 'failedTrace' ? undefined : typeof value === 'number' ? Number(value.toPrecision(9)) : value));
  assert.equal(sorted(merged), sorted(whole));
});

test('a minute that is not over counts for as much of it as is past', () => {
  assert.deepEqual(minutesOf(90_000, 150_000, 1e12), { fromMinute: 1, toMinute: 2, seconds: 120 });
  assert.deepEqual(minutesOf(90_000, 150_000, 150_000), { fromMinute: 1, toMinute: 2, seconds: 90 });
});

test('a call that did not reach a service that sends spans is a failed call of the same edge', () => {
  const lost = aSpan({ traceId: traceId(9), service: 'shop', kind: 'client', start: T0, duration: 1e6, attributes: { 'peer.service': 'stock' }, status: { code: 'error' } });
  const { edges } = dependencies(summarizeTraffic(buildSegment([...call(1), lost])), RANGE);
  assert.deepEqual(edges.filter((e) => e.server === 'stock').map((e) => [e.client, e.type, e.calls, e.errors]), [['shop', 'unset', 2, 1]]);
});
