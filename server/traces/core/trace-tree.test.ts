import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aSpan, spanId } from '#server/traces/testing/a-span.ts';
import { criticalPath } from './critical-path.ts';
import { selfTimes } from './self-times.ts';
import { buildTraceTree } from './trace-tree.ts';
import { traceWarnings } from './trace-warnings.ts';

const names = (spans: Parameters<typeof buildTraceTree>[0]): string[] => buildTraceTree(spans).nodes.map((n) => `${n.span.name}:${n.depth}`);

test('spans come depth first, siblings by start, whatever the order of arrival', () => {
  const root = aSpan({ spanId: spanId(1), name: 'root', start: 0, duration: 100 });
  const late = aSpan({ spanId: spanId(2), parentSpanId: spanId(1), name: 'late', start: 50 });
  const early = aSpan({ spanId: spanId(3), parentSpanId: spanId(1), name: 'early', start: 10 });
  const leaf = aSpan({ parentSpanId: spanId(2), name: 'leaf', start: 55 });
  assert.deepEqual(names([leaf, late, root, early]), ['root:0', 'early:1', 'late:1', 'leaf:2']);
});

test('a span whose parent is missing is a root and marked an orphan', () => {
  const tree = buildTraceTree([aSpan({ parentSpanId: spanId(9), name: 'child' })]);
  assert.equal(tree.nodes[0]?.orphan, true);
  assert.deepEqual(tree.roots, [0]);
  assert.match(traceWarnings(tree)[0] ?? '', /1 parent spans are missing/);
});

test('spans that share an id are both kept, and the earlier one keeps the children', () => {
  const spans = [aSpan({ spanId: spanId(1), name: 'second', start: 5 }), aSpan({ spanId: spanId(1), name: 'first', start: 1 }), aSpan({ parentSpanId: spanId(1), name: 'child', start: 6 })];
  const tree = buildTraceTree(spans);
  assert.deepEqual(tree.nodes.map((n) => `${n.span.name}:${n.depth}:${n.duplicateId}`), ['first:0:true', 'child:1:false', 'second:0:true']);
  assert.ok(traceWarnings(tree).some((w) => w.includes('used by more than one span')));
});

test('a circle of parents is cut at its earliest span, and what hangs off it stays below', () => {
  const a = aSpan({ spanId: spanId(1), parentSpanId: spanId(2), name: 'a', start: 10 });
  const b = aSpan({ spanId: spanId(2), parentSpanId: spanId(1), name: 'b', start: 5 });
  const tail = aSpan({ parentSpanId: spanId(1), name: 'tail', start: 1 });
  assert.deepEqual(names([a, b, tail]), ['b:0', 'a:1', 'tail:2']);
  assert.deepEqual(names([aSpan({ spanId: spanId(3), parentSpanId: spanId(3), name: 'self' })]), ['self:0']);
});

test('any parents at all give a tree that holds every span once, with right depths and subtree sizes', () => {
  const arbitrary = fc.array(fc.record({ id: fc.integer({ min: 1, max: 12 }), parent: fc.integer({ min: 0, max: 14 }), start: fc.nat(50), duration: fc.integer({ min: -5, max: 50 }) }), { maxLength: 30 });
  fc.assert(
    fc.property(arbitrary, (rows) => {
      const spans = rows.map((r) => aSpan({ spanId: spanId(r.id), ...(r.parent === 0 ? {} : { parentSpanId: spanId(r.parent) }), start: r.start, duration: r.duration }));
      const tree = buildTraceTree(spans);
      assert.deepEqual(new Set(tree.nodes.map((n) => n.span)), new Set(spans));
      assert.equal(tree.nodes.length, spans.length);
      for (const [i, node] of tree.nodes.entries()) {
        assert.equal(node.depth, node.parent === -1 ? 0 : (tree.nodes[node.parent]?.depth ?? 0) + 1);
        for (const c of node.children) assert.equal(tree.nodes[c]?.parent, i);
        const below = tree.nodes.slice(i + 1, i + 1 + node.descendants);
        assert.ok(below.every((n) => n.depth > node.depth));
        assert.ok((tree.nodes[i + 1 + node.descendants]?.depth ?? 0) <= node.depth);
      }
      assert.ok(selfTimes(tree).every((t, i) => t >= 0 && t <= (tree.nodes[i]?.end ?? 0) - (tree.nodes[i]?.start ?? 0)));
      traceWarnings(tree);
    }),
  );
});

test('a trace 100,000 deep and one 100,000 wide do not overflow anything', () => {
  const n = 100_000;
  for (const shape of ['deep', 'wide'] as const) {
    const spans = Array.from({ length: n }, (_, i) => aSpan({ spanId: spanId(i + 1), ...(i === 0 ? {} : { parentSpanId: spanId(shape === 'deep' ? i : 1) }), start: shape === 'deep' ? i : i * 2, duration: i === 0 ? 4 * n : shape === 'deep' ? 3 * n - 2 * i : 2 }));
    const tree = buildTraceTree(spans);
    assert.equal(tree.nodes.length, n);
    assert.equal(tree.nodes[0]?.descendants, n - 1);
    const sections = criticalPath(tree);
    assert.equal(sections.reduce((sum, s) => sum + s.end - s.start, 0), 4 * n);
    assert.ok(sections.length >= n - 1, `${shape}: ${sections.length} sections`);
    assert.equal(selfTimes(tree).length, n);
  }
});

test('offsets stay exact for times of today', () => {
  const now = 1_780_000_000_123_456_789n;
  const tree = buildTraceTree([aSpan({ spanId: spanId(1), start: now, duration: 7n }), aSpan({ parentSpanId: spanId(1), start: now + 3n, duration: 1n })]);
  assert.deepEqual(tree.nodes.map((n) => [n.start, n.end]), [[0, 7], [3, 4]]);
});

test('a child that starts before its parent on another host is reported as a difference of clocks, on the same host it is not', () => {
  const root = aSpan({ spanId: spanId(1), service: 'a', start: 10, resource: { 'service.name': 'a', 'host.name': 'h1' } });
  const child = (host: string) => aSpan({ parentSpanId: spanId(1), start: 5, resource: { 'service.name': 'b', 'host.name': host } });
  assert.equal(traceWarnings(buildTraceTree([root, child('h2')])).length, 1);
  assert.equal(traceWarnings(buildTraceTree([root, child('h1')])).length, 0);
});

test('self time is the duration less the union of the children, clipped', () => {
  const root = aSpan({ spanId: spanId(1), start: 0, duration: 100 });
  const child = (start: number, duration: number) => aSpan({ parentSpanId: spanId(1), start, duration });
  assert.equal(selfTimes(buildTraceTree([root]))[0], 100);
  assert.equal(selfTimes(buildTraceTree([root, child(10, 20), child(20, 20)]))[0], 70);
  assert.equal(selfTimes(buildTraceTree([root, child(90, 50)]))[0], 90);
  assert.equal(selfTimes(buildTraceTree([root, child(10, 50), child(20, 5)]))[0], 50);
  assert.equal(selfTimes(buildTraceTree([root, child(200, 5)]))[0], 100);
});
