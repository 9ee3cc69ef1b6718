import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { arbitraryTrace } from '#server/traces/testing/arbitrary-trace.ts';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { bigColumns } from '#server/traces/testing/big-columns.ts';
import { traceOf } from '#server/traces/testing/trace-of.ts';
import { mergedFlame, timeFlame } from './flame.ts';

const BOUNDED = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;

test('rows one after another share a level, rows side by side do not', () => {
  const columns = columnsOf(traceOf('a root 0+100\na  x 0+10\na  y 10+20\na  z 20+20\na   zz 21+5\na  w 45+5'));
  const { level, levels } = timeFlame(columns);
  assert.deepEqual([Object.fromEntries([...level].map((l, row) => [columns.names[columns.name[row]!], l])), levels], [{ root: 0, x: 1, y: 1, z: 2, zz: 3, w: 1 }, 4]);
});

test('for any trace a row is below its parent, and rows on one level do not overlap', () => {
  fc.assert(
    fc.property(arbitraryTrace, (spans) => {
      const { start, duration, parent, count, ...columns } = columnsOf(spans);
      const { level, levels } = timeFlame({ start, duration, parent, count });
      for (let a = 0; a < count; a++) {
        assert.ok(level[a]! < levels && (parent[a]! < 0 || level[a]! > level[parent[a]!]!), columns.traceId);
        for (let b = 0; b < a; b++) if (level[a] === level[b]) assert.ok(start[a]! + duration[a]! <= start[b]! || start[b]! + duration[b]! <= start[a]!);
      }
    }),
    BOUNDED,
  );
});

test('rows of one path are merged, as wide as their own time and what is below', () => {
  const flame = mergedFlame(columnsOf(traceOf('a root 0+100\na  get 10+20 !\nb   load 12+10\na  get 40+30\na  put 80+5')));
  assert.deepEqual(flame.step.map((s, i) => [s.name, flame.depth[i], flame.left[i]! / 1000, flame.width[i]! / 1000, flame.rows[i], flame.errors[i], flame.total[i]! / 1000, flame.self[i]! / 1000, flame.firstRow[i], flame.descendants[i]]), [
    ['root', 0, 0, 100, 1, 0, 100, 45, 0, 3],
    ['get', 1, 0, 50, 2, 1, 50, 40, 1, 1],
    ['load', 2, 0, 10, 1, 0, 10, 10, 2, 0],
    ['put', 1, 50, 5, 1, 0, 5, 5, 4, 0],
  ]);
});

test('for any trace children fit into their parents side by side, and the whole is the sum of own times', () => {
  fc.assert(
    fc.property(arbitraryTrace, (spans) => {
      const columns = columnsOf(spans);
      const { parent, left, width, self, count, rows } = mergedFlame(columns);
      assert.equal(rows.reduce((sum, n) => sum + n, 0), columns.count);
      for (let i = 0; i < count; i++) {
        const children = [...parent.keys()].filter((c) => parent[c] === i).sort((a, b) => left[a]! - left[b]!);
        let at = left[i]!;
        for (const child of children) {
          assert.equal(left[child], at);
          at += width[child]!;
        }
        assert.equal(at - left[i]! + self[i]!, width[i]);
      }
    }),
    BOUNDED,
  );
});

for (const shape of ['wide', 'deep', '8-ary'] as const) {
  test(`100,000 spans ${shape} have both flame graphs`, () => {
    const columns = bigColumns(shape);
    assert.equal(timeFlame(columns).levels, { wide: 2, deep: 100_000, '8-ary': 7 }[shape]);
    assert.equal(mergedFlame(columns).width[0], columns.self.reduce((sum, nano) => sum + nano, 0));
  });
}

test('100,000 spans that all run at once come to lie below each other', () => {
  const count = 100_000;
  const columns = { count, parent: Int32Array.from({ length: count }, (_, i) => (i === 0 ? -1 : 0)), start: Float64Array.from({ length: count }, (_, i) => i), duration: new Float64Array(count).fill(1e9) };
  assert.equal(timeFlame(columns).levels, count);
});
