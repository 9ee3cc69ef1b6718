import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { aSpan, spanId } from '#server/traces/testing/a-span.ts';
import { arbitraryTrace } from '#server/traces/testing/arbitrary-trace.ts';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { bigColumns } from '#server/traces/testing/big-columns.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { withAncestors } from './child-rows.ts';
import { collapseFromLevel, collapseToPaths, errorMask, maskOf } from './row-masks.ts';
import { foldSiblings } from './sibling-folds.ts';
import { lineFor, stickyLines, visibleRows, type RowChoice, type VisibleRows } from './visible-rows.ts';

/** root(0) > a(1) > a1(2), b(3) > b1(4) > b2(5, error) */
const TREE = columnsOf(
  [
    ['root', 0, 0],
    ['a', 1, 10],
    ['a1', 2, 11],
    ['b', 1, 20],
    ['b1', 4, 21],
    ['b2', 5, 22],
  ].map(([name, parent, start], i) => aSpan({ spanId: spanId(i + 1), ...(parent === 0 ? {} : { parentSpanId: spanId(Number(parent)) }), name: String(name), service: String(name)[0]!, start: Number(start), duration: 5, ...(name === 'b2' ? { status: { code: 'error' as const } } : {}) })),
);

function lines(columns: TraceColumns, visible: VisibleRows): string[] {
  return Array.from({ length: visible.count }, (_, i) => `${'·'.repeat(visible.depth[i]!)}${visible.fold[i] === -1 ? '' : '×'}${columns.names[columns.name[visible.row[i]!]!]}${visible.hiddenErrors[i] === 0 ? '' : `!${visible.hiddenErrors[i]}`}`);
}

const CASES: readonly [rule: string, choice: RowChoice, expected: string][] = [
  ['all rows', {}, 'root ·a ··a1 ·b ··b1 ···b2'],
  ['a collapsed row speaks for the errors it hides', { collapsed: maskOf([3], 6) }, 'root ·a ··a1 ·b!1'],
  ['all collapsed', { collapsed: collapseFromLevel(TREE, 0) }, 'root!1'],
  ['collapsed from a level on', { collapsed: collapseFromLevel(TREE, 1) }, 'root ·a ·b!1'],
  ['only what leads to errors is open', { collapsed: collapseToPaths(TREE, errorMask(TREE)) }, 'root ·a ·b ··b1 ···b2'],
  ['only matches and what is above them', { shown: Uint8Array.from(withAncestors(TREE.parent, maskOf([2], 6)), (m) => (m === 0 ? 0 : 1)) }, 'root ·a ··a1'],
  ['rows left out give their place to what is below', { omitted: maskOf([3, 4], 6) }, 'root ·a ··a1 ·b2'],
  ['a subtree as root', { root: 3 }, 'b ·b1 ··b2'],
  ['a subtree that is collapsed', { root: 3, collapsed: maskOf([3], 6) }, 'b!1'],
];
for (const [rule, choice, expected] of CASES) test(`rows: ${rule}`, () => assert.equal(lines(TREE, visibleRows(TREE, choice)).join(' '), expected));

/** A root with redis, sql, redis, redis (error), sql; the second redis has a child. */
const REPEATED = columnsOf([
  aSpan({ spanId: spanId(1), name: 'root', start: 0, duration: 100 }),
  ...['redis', 'sql', 'redis', 'redis', 'sql'].map((name, i) => aSpan({ spanId: spanId(i + 2), parentSpanId: spanId(1), name, start: 10 + i, duration: 1 + i, ...(i === 3 ? { status: { code: 'error' as const } } : {}) })),
  aSpan({ parentSpanId: spanId(4), name: 'child', start: 13 }),
]);

test('siblings that do the same are one line, which opens to all of them', () => {
  const folds = foldSiblings(REPEATED, { least: 3 });
  const { parent, rows, errors, totalNano, minNano, maxNano, p95Nano } = folds.folds[0]!;
  assert.deepEqual([folds.folds.length, parent, [...rows], errors, totalNano, minNano, maxNano, p95Nano], [1, 0, [1, 3, 5], 1, 8, 1, 4, 4]);
  assert.equal(lines(REPEATED, visibleRows(REPEATED, { folds })).join(' '), 'root ·×redis!1 ·sql ·sql');
  const open = visibleRows(REPEATED, { folds, expanded: new Set([0]) });
  assert.equal(lines(REPEATED, open).join(' '), 'root ·×redis ··redis ··redis ···child ··redis ·sql ·sql');
  assert.deepEqual(stickyLines(open, REPEATED.parent, 4, 9), [0, 3]);
});

test('with two to fold there are two folds, and fewer than five siblings are left alone unless told', () => {
  assert.equal(lines(REPEATED, visibleRows(REPEATED, { folds: foldSiblings(REPEATED, { least: 2 }) })).join(' '), 'root ·×redis!1 ·×sql');
  assert.equal(foldSiblings(REPEATED).folds.length, 0);
  assert.equal(foldSiblings(REPEATED, { least: 3, shown: maskOf([0, 1, 2, 3, 6], 7) }).folds.length, 0, 'rows that are not shown do not count');
});

test('a row that is not shown has the line above that stands for it, and lines keep theirs above in sight', () => {
  const collapsed = visibleRows(TREE, { collapsed: maskOf([3], 6) });
  assert.deepEqual([lineFor(collapsed, TREE.parent, 5), lineFor(collapsed, TREE.parent, 2)], [3, 2]);
  assert.equal(lineFor(visibleRows(TREE, { root: 3 }), TREE.parent, 1), -1);
  const all = visibleRows(TREE);
  assert.deepEqual([stickyLines(all, TREE.parent, 5, 9), stickyLines(all, TREE.parent, 5, 2), stickyLines(all, TREE.parent, 0, 9)], [[0, 3, 4], [3, 4], []]);
});

test('the lines are those that a plain recursive walk gives, for any trace and choice', () => {
  const choices = fc.record({ collapsed: fc.uint8Array({ minLength: 25, maxLength: 25, max: 1 }), omitted: fc.uint8Array({ minLength: 25, maxLength: 25, max: 1 }), wanted: fc.uint8Array({ minLength: 25, maxLength: 25, max: 1 }), filter: fc.boolean(), fold: fc.boolean(), expanded: fc.array(fc.nat(5)), root: fc.option(fc.nat(24), { nil: undefined }) });
  fc.assert(
    fc.property(arbitraryTrace, choices, (spans, { wanted, filter, fold, expanded, root, ...masks }) => {
      const columns = columnsOf(spans);
      const shown = filter ? Uint8Array.from(withAncestors(columns.parent, wanted.subarray(0, columns.count)), (m) => (m === 0 ? 0 : 1)) : undefined;
      const folds = fold ? foldSiblings(columns, { least: 2, ...(shown === undefined ? {} : { shown }) }) : undefined;
      const choice: RowChoice = { ...masks, ...(shown === undefined ? {} : { shown }), ...(folds === undefined ? {} : { folds }), expanded: new Set(expanded), ...(root === undefined || root >= columns.count ? {} : { root }) };
      const visible = visibleRows(columns, choice);
      assert.deepEqual(lines(columns, visible), plainLines(columns, choice));
      for (let row = 0; row < columns.count; row++) {
        const line = visible.lineOf[row]!;
        if (line !== -1 && visible.fold[line] === -1) assert.equal(visible.row[line], row);
      }
    }),
    { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
  );
});

function plainLines(columns: TraceColumns, { collapsed, shown, omitted, folds, expanded, root }: RowChoice): string[] {
  const out: string[] = [];
  const below = (row: number): number[] => [...columns.parent.keys()].filter((r) => columns.parent[r] === row);
  const errors = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + (columns.status[row] === 2 ? 1 : 0) + errors(below(row)), 0);
  const write = (row: number, depth: number, fold: string, hidden: number): void => void out.push(`${'·'.repeat(depth)}${fold}${columns.names[columns.name[row]!]}${hidden === 0 ? '' : `!${hidden}`}`);
  const show = (row: number, depth: number): void => {
    if (omitted?.[row] === 1) return list(below(row), depth);
    write(row, depth, '', collapsed?.[row] === 1 ? errors(below(row)) : 0);
    if (collapsed?.[row] !== 1) list(below(row), depth + 1);
  };
  const list = (rows: readonly number[], depth: number): void => {
    for (const row of rows) {
      if (shown?.[row] === 0) continue;
      const index = folds?.foldOf[row] ?? -1;
      const fold = folds?.folds[index];
      if (fold === undefined) show(row, depth);
      else if (fold.rows[0] === row) {
        const open = expanded?.has(index) === true;
        write(row, depth, '×', open ? 0 : errors([...fold.rows]));
        if (open) for (const member of fold.rows) show(member, depth + 1);
      }
    }
  };
  if (root === undefined) list(below(-1), 0);
  else if (shown?.[root] !== 0) show(root, 0);
  return out;
}

for (const shape of ['wide', 'deep', '8-ary'] as const) {
  test(`100,000 spans ${shape}: every choice ends`, () => {
    const columns = bigColumns(shape);
    const folds = foldSiblings(columns);
    assert.equal(visibleRows(columns).count, 100_000);
    assert.equal(visibleRows(columns, { collapsed: collapseFromLevel(columns, 0) }).count, 1);
    assert.equal(visibleRows(columns, { folds, expanded: new Set(folds.folds.keys()) }).count, 100_000 + folds.folds.length);
    assert.equal(visibleRows(columns, { omitted: maskOf(columns.parent.keys(), 100_000) }).count, 0);
    const open = collapseToPaths(columns, errorMask(columns));
    assert.ok(visibleRows(columns, { collapsed: open, shown: new Uint8Array(100_000).fill(1) }).count > 1);
  });
}
