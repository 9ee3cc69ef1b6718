import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { aSpan, spanId } from '#server/traces/testing/a-span.ts';
import { arbitraryTrace } from '#server/traces/testing/arbitrary-trace.ts';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { bigColumns } from '#server/traces/testing/big-columns.ts';
import type { Span, SpanKind } from '#server/traces/trace-backend.ts';
import { criticalPath, criticalTimes } from './critical-path.ts';

/** `C 1+100, D(C) 20+20` → the path from the end backwards, `C[60,101] …`, in the numbers given. */
function path(spec: string): string {
  const columns = columnsOf(spansOf(spec));
  const zero = Number(columns.startUnixNano);
  const { count, row, start, end, inferred } = criticalPath(columns);
  return Array.from({ length: count }, (_, i) => `${columns.names[columns.name[row[i]!]!]}[${start[i]! + zero},${end[i]! + zero}]${inferred[i] === 1 ? '?' : ''}`)
    .toReversed()
    .join(' ');
}

function spansOf(spec: string): Span[] {
  const ids = new Map<string, string>();
  const idOf = (name: string): string => {
    if (!ids.has(name)) ids.set(name, spanId(ids.size + 1));
    return ids.get(name) ?? '';
  };
  return spec.split(', ').map((part) => {
    const match = /^(\w+)(?:\((\w+)\))? (\d+)\+(\d+)(?: (\w+))?$/.exec(part);
    assert.ok(match, part);
    const [, name = '', parent, start, duration, kind] = match;
    // The kinds are written in the specs of this file only.
    return aSpan({ name, spanId: idOf(name), ...(parent === undefined ? {} : { parentSpanId: idOf(parent) }), start: Number(start), duration: Number(duration), kind: (kind as SpanKind | undefined) ?? 'internal' });
  });
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
for (const [rule, spans, expected] of VECTORS) test(rule, () => assert.equal(path(spans).replaceAll('?', ''), expected));

test('what is on the path only because a sibling began after it is inferred, with what is below it', () => {
  assert.equal(path('R 0+100, a(R) 10+30, b(a) 20+10, c(R) 50+40'), 'R[90,100] c[50,90] R[40,50] a[30,40]? b[20,30]? a[10,20]? R[0,10]');
  assert.equal(path('R 0+100, a(R) 10+80, b(a) 20+60'), 'R[90,100] a[80,90] b[20,80] a[10,20] R[0,10]');
});

test('an empty trace has no path', () => assert.equal(criticalPath(columnsOf([])).count, 0));

test('the sections of each root are contiguous, disjoint and sum to its duration, for any trace', () => {
  fc.assert(
    fc.property(arbitraryTrace, (spans) => {
      const columns = columnsOf(spans);
      const path = criticalPath(columns);
      let i = 0;
      for (let root = 0; root < columns.count; root++) {
        if (columns.parent[root] !== -1) continue;
        let reached = columns.start[root]!;
        const end = reached + columns.duration[root]!;
        for (; reached < end; i++) {
          const row = path.row[i]!;
          assert.ok(i < path.count && path.start[i] === reached && path.end[i]! > reached);
          assert.ok(columns.start[row]! <= path.start[i]! && columns.start[row]! + columns.duration[row]! >= path.end[i]!, 'a section lies within its span');
          reached = path.end[i]!;
        }
        assert.equal(reached, end);
      }
      assert.equal(i, path.count);
    }),
    { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
  );
});

for (const shape of ['wide', 'deep', '8-ary'] as const) {
  test(`100,000 spans ${shape}: the path is all of the root's duration`, () => {
    const columns = bigColumns(shape);
    const path = criticalPath(columns);
    assert.equal(criticalTimes(path, columns.count).reduce((sum, nano) => sum + nano, 0), columns.duration[0]);
    if (shape === 'wide') assert.equal(path.count > 190_000, true, 'every child is on it, and the gaps between them');
  });
}

test('children that all end at once, or overlap in any order, take no quadratic time', () => {
  const children = Array.from({ length: 50_000 }, (_, i) => aSpan({ parentSpanId: spanId(1), start: (i * 7919) % 50_000, duration: 100_000 - ((i * 7919) % 50_000) }));
  const columns = columnsOf([aSpan({ spanId: spanId(1), start: 0, duration: 100_000 }), ...children]);
  assert.equal(criticalPath(columns).count, 1);
});
