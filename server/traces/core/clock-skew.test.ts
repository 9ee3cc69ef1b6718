import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { arbitraryTrace } from '#server/traces/testing/arbitrary-trace.ts';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { bigColumns } from '#server/traces/testing/big-columns.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { clockOf } from './clock-of.ts';
import { clockSkew, withCorrectedClocks } from './clock-skew.ts';

const MS = 1_000_000;
type Spec = readonly [id: number, parent: number, start: number, duration: number, host: string, adjusted: number];

// The vectors of Jaeger's clockskew_test.go: milliseconds; events move with their span, so their deltas say all.
const VECTORS: readonly [rule: string, spans: readonly Spec[], maxMs: number, warning: string | undefined][] = [
  ['a single span with a bad parent', [[1, 99, 0, 100, 'a', 0]], 0, 'parent span ID=0000000000000063 is not in the trace; skipping clock skew adjustment'],
  ['a single span without a host', [[1, 0, 0, 100, '', 0]], 0, undefined],
  ['two spans with one id', [[1, 0, 0, 100, 'a', 0], [1, 0, 0, 100, 'a', 0]], 0, 'duplicate span IDs; skipping clock skew adjustment'],
  ['parent and child on one host', [[1, 0, 0, 100, 'a', 0], [2, 1, 10, 50, 'a', 10]], 0, undefined],
  ['on one host even when it starts before', [[1, 0, 10, 100, 'a', 10], [2, 1, 0, 50, 'a', 0]], 0, undefined],
  ['a child that fits', [[1, 0, 10, 100, 'a', 10], [2, 1, 20, 50, 'b', 20]], 0, undefined],
  ['a longer child that begins within', [[1, 0, 10, 100, 'a', 10], [2, 1, 20, 150, 'b', 20]], 0, undefined],
  ['more than the most, forwards', [[1, 0, 10, 100, 'a', 10], [2, 1, 0, 50, 'b', 0]], 10, 'max clock skew adjustment delta of 10ms exceeded; not applying calculated delta of 35ms'],
  ['more than the most, backwards', [[1, 0, 10, 100, 'a', 10], [2, 1, 80, 50, 'b', 80]], 10, 'max clock skew adjustment delta of 10ms exceeded; not applying calculated delta of -45ms'],
  ['switched off', [[1, 0, 10, 100, 'a', 10], [2, 1, 0, 50, 'b', 0]], 0, 'clock skew adjustment disabled; not applying calculated delta of 35ms'],
  ['a child that begins before', [[1, 0, 10, 100, 'a', 10], [2, 1, 0, 50, 'b', 35]], 1000, "This span's timestamps were adjusted by 35ms"],
  ['a longer child that begins before', [[1, 0, 10, 100, 'a', 10], [2, 1, 0, 150, 'b', 10]], 1000, "This span's timestamps were adjusted by 10ms"],
  ['a child that ends after, and its own on the same host', [[1, 0, 10, 100, 'a', 10], [2, 1, 50, 70, 'b', 25], [3, 2, 60, 20, 'b', 35]], 1000, "This span's timestamps were adjusted by -25ms"],
];
for (const [rule, specs, maxMs, warning] of VECTORS) {
  test(`clocks: ${rule}`, () => {
    const columns = columnsOf(specs.map(([id, parent, start, duration, host]) => aSpan({ spanId: spanId(id), ...(parent === 0 ? {} : { parentSpanId: spanId(parent) }), start: start * MS, duration: duration * MS, resource: { 'host.ip': host === '' ? [] : [host] } })));
    const zero = Number(columns.startUnixNano);
    const { delta, warnings, moved } = clockSkew(columns, { maxNano: maxMs * MS, missingParent: () => spanId(99) });
    const adjusted = new Map(specs.map(([id, , , , , to]) => [spanId(id), to]));
    for (let row = 0; row < columns.count; row++) {
      const id = Buffer.from(columns.spanIds.subarray(row * 8, row * 8 + 8)).toString('hex');
      assert.equal((columns.start[row]! + delta[row]! + zero) / MS, adjusted.get(id));
    }
    assert.equal([...warnings.values()][0], warning);
    assert.equal(moved, specs.filter(([, , start, , , to]) => start !== to).length);
  });
}

const HOSTS: readonly [rule: string, resource: Record<string, unknown>, clock: string][] = [
  ['host.id', { 'host.id': 'host-123' }, 'host-123'],
  ['host.ip', { 'host.ip': '192.168.1.1' }, '192.168.1.1'],
  ['the first of host.ip', { 'host.ip': ['192.168.1.1', '192.168.1.2'] }, '192.168.1.1'],
  ['a host.ip of none', { 'host.ip': [] }, ''],
  ['host.name', { 'host.name': 'hostname' }, 'hostname'],
  ['nothing that tells', { 'service.name': 'service-123' }, ''],
  ['the node, which all pods on it share', { 'k8s.node.name': 'n1', 'host.name': 'pod-1' }, 'n1'],
  ['the pod, which its sidecar shares', { 'k8s.pod.uid': 'p1' }, 'p1'],
];
for (const [rule, resource, clock] of HOSTS) test(`a clock by ${rule}`, () => assert.equal(clockOf(resource), clock));

const HOST_A = { resource: { 'host.name': 'a' } };
const PARENT = aSpan({ spanId: spanId(1), start: 10 * MS, duration: 100 * MS, ...HOST_A });
const CHILD: Span = aSpan({ spanId: spanId(2), parentSpanId: spanId(1), start: 0, duration: 50 * MS, resource: { 'host.name': 'b' } });

test('a consumer and a span with links stay where they are', () => {
  assert.equal(clockSkew(columnsOf([PARENT, { ...CHILD, kind: 'consumer' }]), { maxNano: 1e9 }).moved, 0);
  assert.equal(clockSkew(columnsOf([PARENT, { ...CHILD, links: [{ traceId: traceId(1), spanId: spanId(1), attributes: {} }] }]), { maxNano: 1e9 }).moved, 0);
});

test('a corrected trace begins with its earliest span and has own times anew, and the original is as it was', () => {
  const columns = columnsOf([PARENT, CHILD]);
  const before = structuredClone(columns);
  const corrected = withCorrectedClocks(columns, clockSkew(columns, { maxNano: 1e9 }));
  assert.deepEqual([corrected.startUnixNano, corrected.durationNano, [...corrected.start], [...corrected.self]], ['10000000', 100 * MS, [0, 25 * MS], [50 * MS, 50 * MS]]);
  assert.deepEqual(columns, before);
});

test('own times are right whatever order a correction leaves the children in', () => {
  fc.assert(
    fc.property(arbitraryTrace, fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 25, maxLength: 25 }), (spans, deltas) => {
      const columns = columnsOf(spans);
      const { start, duration, self, parent } = withCorrectedClocks(columns, { delta: Float64Array.from(deltas) });
      for (let row = 0; row < columns.count; row++) {
        let free = 0;
        for (let t = start[row]!; t < start[row]! + duration[row]!; t++) {
          const busy = [...parent.keys()].some((child) => parent[child] === row && start[child]! <= t && t < start[child]! + duration[child]!);
          if (!busy) free += 1;
        }
        assert.equal(self[row], free);
      }
    }),
    { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
  );
});

for (const shape of ['wide', 'deep', '8-ary'] as const) {
  test(`100,000 spans ${shape} have their clocks corrected`, () => {
    const columns = bigColumns(shape);
    for (let row = 1; row < columns.count; row += 3) columns.start[row] = columns.start[row]! - 3e9;
    assert.ok(clockSkew(columns, { maxNano: 1e12 }).moved > 1000);
  });
}
