import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aSpan, spanId } from '#server/traces/testing/a-span.ts';
import type { SpanKind } from '#server/traces/trace-backend.ts';
import { criticalPath } from './critical-path.ts';
import { buildTraceTree } from './trace-tree.ts';

/** `C 1+100, D(C) 20+20` → the path from the end backwards, `C[60,101] …`, in the numbers given. */
function path(spec: string): string {
  const ids = new Map<string, string>();
  const idOf = (name: string): string => {
    if (!ids.has(name)) ids.set(name, spanId(ids.size + 1));
    return ids.get(name) ?? '';
  };
  const spans = spec.split(', ').map((part) => {
    const match = /^(\w+)(?:\((\w+)\))? (\d+)\+(\d+)(?: (\w+))?$/.exec(part);
    assert.ok(match, part);
    const [, name = '', parent, start, duration, kind] = match;
    // The kinds are written in the specs of this file only.
    return aSpan({ name, spanId: idOf(name), ...(parent === undefined ? {} : { parentSpanId: idOf(parent) }), start: Number(start), duration: Number(duration), kind: (kind as SpanKind | undefined) ?? 'internal' });
  });
  const tree = buildTraceTree(spans);
  const zero = Number(tree.startUnixNano);
  return criticalPath(tree)
    .toReversed()
    .map((s) => `${tree.nodes[s.node]?.span.name}[${s.start + zero},${s.end + zero}]`)
    .join(' ');
}

const VECTORS: readonly [rule: string, spans: string, expected: string][] = [
  ['t1: waits for the child that ended last, then for the one before it', 'C 1+100, D(C) 20+20, E(C) 50+10', 'C[60,101] E[50,60] C[40,50] D[20,40] C[1,20]'],
  ['t2: of overlapping children only the last to end', 'X 1+100, A(X) 10+40, C(X) 20+40', 'X[60,101] C[20,60] X[1,20]'],
  ['t3: a child that begins after the root ended is not on it', 'root 100+40, child(root) 150+60', 'root[100,140]'],
  ['t4: nor are its children', 'A 1+30, B(A) 40+40, C(B) 50+10', 'A[1,31]'],
  ['t5: a producer does not wait for its consumer', 'A 1+30 producer, B(A) 10+10 consumer, C(B) 12+2', 'A[1,31]'],
  ['t6: children are cut to their parents, first at the start', 'A 1+29, B(A) 15+20, C(B) 10+15', 'B[25,30] C[15,25] A[1,15]'],
  ['t7: then at the end', 'A 1+29, B(A) 15+20, C(B) 20+20', 'C[20,30] B[15,20] A[1,15]'],
  ['t8: a child around its parent takes all of it', 'A 10+20, B(A) 5+30', 'B[10,30]'],
  ['t9: a child that ended before the root began is not on it', 'A 10+20, B(A) 1+4', 'A[10,30]'],
  ['children back to back are all on the path', 'R 1+40, a(R) 1+10, b(R) 11+10, c(R) 21+10, d(R) 31+10', 'd[31,41] c[21,31] b[11,21] a[1,11]'],
  ['a child of no length neither loops nor cuts its parent in two', 'R 0+10, z(R) 5+0', 'R[0,10]'],
  ['of children that end together, the one that began first', 'R 0+10, a(R) 2+6, b(R) 4+4', 'R[8,10] a[2,8] R[0,2]'],
  ['a root of no length has no path', 'R 5+0', ''],
];
for (const [rule, spans, expected] of VECTORS) test(rule, () => assert.equal(path(spans), expected));

test('an empty trace has no path', () => assert.deepEqual(criticalPath(buildTraceTree([])), []));

test('the sections of each root are contiguous, disjoint and sum to its duration, for any trace', () => {
  const arbitrary = fc.array(fc.record({ parent: fc.nat(20), start: fc.nat(60), duration: fc.integer({ min: -3, max: 40 }), kind: fc.constantFrom<SpanKind>('producer', 'consumer', 'internal') }), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(arbitrary, (rows) => {
      const tree = buildTraceTree(rows.map((r, i) => aSpan({ spanId: spanId(i + 1), ...(r.parent === 0 ? {} : { parentSpanId: spanId(r.parent) }), start: r.start, duration: r.duration, kind: r.kind })));
      const sections = criticalPath(tree);
      let i = 0;
      for (const root of tree.roots) {
        const node = tree.nodes[root];
        assert.ok(node);
        let reached = node.start;
        while (reached < node.end) {
          const section = sections[i++];
          assert.ok(section !== undefined && section.start === reached && section.end > section.start);
          const on = tree.nodes[section.node];
          assert.ok(on !== undefined && on.start <= section.start && on.end >= section.end, 'a section lies within its span');
          reached = section.end;
        }
        assert.equal(reached, node.end);
      }
      assert.equal(i, sections.length);
    }),
  );
});
