import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { createSpanReader } from '#server/traces/segment/span-at.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { SpansetOperator } from '../ast.ts';
import { createEvaluator, evaluatePipeline } from '../evaluate.ts';
import { parseTraceQl } from '../parse.ts';
import { childCounts, nestedSets, spanTree } from './tree.ts';

/** Forests of a few traces, with orphans and rings of parents among them. */
const spans = fc
  .array(fc.record({ trace: fc.integer({ min: 1, max: 2 }), parent: fc.integer({ min: -1, max: 12 }), l: fc.boolean(), r: fc.boolean(), g: fc.integer({ min: 0, max: 1 }) }), { minLength: 1, maxLength: 12 })
  .map((all) => all.map(({ trace, parent, l, r, g }, i) => aSpan({ traceId: traceId(trace), spanId: spanId(i + 1), ...(parent < 0 ? {} : { parentSpanId: spanId(parent + 1) }), start: i, attributes: { l, r, g } })));

/** By the words of the documentation, span by span, over the parents as the segment has them. */
function slow(operator: SpansetOperator, all: readonly { readonly span: Span; readonly parent: number; readonly group: string }[]): boolean[] {
  const is = (row: number, key: 'l' | 'r'): boolean => all[row]?.span.attributes[key] === true;
  const parentOf = (row: number): number => (all[row]?.parent === row ? -1 : (all[row]?.parent ?? -1));
  const sameGroup = (a: number, b: number): boolean => all[a]?.group === all[b]?.group;
  const isAncestor = (above: number, row: number): boolean => {
    const seen = new Set([row]);
    for (let p = parentOf(row); p >= 0 && !seen.has(p); p = parentOf(p)) {
      if (p === above) return true;
      seen.add(p);
    }
    return false;
  };
  const relations: Readonly<Record<string, (a: number, b: number) => boolean>> = {
    '>': (a, b) => parentOf(b) === a,
    '<': (a, b) => parentOf(a) === b,
    '>>': (a, b) => isAncestor(a, b),
    '<<': (a, b) => isAncestor(b, a),
    '~': (a, b) => a !== b && parentOf(a) >= 0 && parentOf(a) === parentOf(b),
  };
  const relation = relations[operator.replace(/^[!&]/, '')]!;
  const rows = all.map((_, row) => row);
  const onRight = (b: number): boolean => is(b, 'r') && rows.some((a) => is(a, 'l') && a !== b && sameGroup(a, b) && relation(a, b));
  const onLeft = (a: number): boolean => is(a, 'l') && rows.some((b) => is(b, 'r') && a !== b && sameGroup(a, b) && relation(a, b));
  if (operator.startsWith('!')) return rows.map((b) => is(b, 'r') && !onRight(b));
  return rows.map((b) => onRight(b) || (operator.startsWith('&') && onLeft(b)));
}

const OPERATORS: readonly SpansetOperator[] = ['>', '>>', '<', '<<', '~', '!>', '!>>', '!<', '!<<', '!~', '&>', '&>>', '&<', '&<<', '&~'];

function compareWithSlow(input: readonly Span[], operator: SpansetOperator, grouped: boolean, ringless: boolean): void {
  const segment = buildSegment(input);
  const reader = createSpanReader(segment);
  const all = Array.from(segment.parentRow, (parent, row) => {
    const span = reader.spanAt(row);
    return { span, parent, group: `${span.traceId} ${grouped ? String(span.attributes['g']) : ''}` };
  });
  const onRing = all.some((_, row) => {
    let p = row;
    for (let i = 0; i <= all.length && p >= 0; i++) p = all[p]?.parent ?? -1;
    return p >= 0;
  });
  // Where parents go in a ring, one of it counts as the root: what is above what is then a choice.
  if (onRing && ringless) return;
  const parsed = parseTraceQl(`{} ${grouped ? '| by(.g) | {}' : ''}| { .l } ${operator} { .r }`);
  assert.ok(parsed.ok);
  const result = evaluatePipeline(parsed.query.pipeline, segment);
  assert.deepEqual(Array.from(result.spanset, (set) => set >= 0), slow(operator, all), `${operator} ${all.map((a) => a.parent).join()}`);
}

for (const operator of OPERATORS) {
  const reachesFar = operator.includes('>>') || operator.includes('<<');
  test(`${operator} takes the spans that its definition takes`, () => {
    fc.assert(
      fc.property(spans, fc.boolean(), (input, grouped) => compareWithSlow(input, operator, grouped, reachesFar)),
      { numRuns: 300, interruptAfterTimeLimit: 1000 },
    );
  });
}

test('a tree has every row once, parents before children, subtrees in one run', () => {
  fc.assert(
    fc.property(spans, (input) => {
      const segment = buildSegment(input);
      const { order, enter, last, parent, depth } = spanTree(segment);
      assert.deepEqual([...order].sort((a, b) => a - b), [...segment.parentRow.keys()]);
      const nested = nestedSets(segment, { order, enter, last, parent, depth });
      for (const [row, p] of parent.entries()) {
        if (p < 0) continue;
        assert.ok(enter[p]! < enter[row]! && last[row]! <= last[p]! && depth[row] === depth[p]! + 1);
        if (nested.left[row]! > 0) assert.ok(nested.left[p]! < nested.left[row]! && nested.right[row]! < nested.right[p]! && nested.parent[row] === nested.left[p]);
      }
      const numbers = [...nested.left, ...nested.right].filter((n) => n > 0);
      assert.equal(childCounts(segment.parentRow).reduce((a, b) => a + b, 0), segment.parentRow.filter((p, row) => p >= 0 && p !== row).length);
      assert.equal(numbers.length % 2, 0);
    }),
    { numRuns: 500, interruptAfterTimeLimit: 1000 },
  );
});

for (const [shape, parentOf] of [['deep', (i: number) => i - 1], ['wide', () => 0]] as const) {
  test(`a trace 100,000 spans ${shape} is no trouble for any operator`, () => {
    const count = 100_000; // The bound on time only tells linear from quadratic, on a busy machine too.
    const resource = { 'service.name': 'a' };
    const scope = { name: '' };
    const segment = buildSegment(Array.from({ length: count }, (_, i) => aSpan({ spanId: spanId(i + 1), ...(i === 0 ? {} : { parentSpanId: spanId(parentOf(i) + 1) }), start: i, duration: i, resource, scope })));
    const evaluator = createEvaluator(segment);
    const started = performance.now();
    const counted = Object.fromEntries(OPERATORS.map((operator) => {
      const parsed = parseTraceQl(`{ duration < 50us } ${operator} { duration != 7ns }`);
      assert.ok(parsed.ok);
      return [operator, evaluator.pipeline(parsed.query.pipeline).spanset.reduce((n, set) => n + (set >= 0 ? 1 : 0), 0)];
    }));
    const expected = shape === 'deep'
      ? { '>': 49_999, '>>': 99_998, '<': 49_998, '<<': 49_998, '~': 0 }
      : { '>': 99_998, '>>': 99_998, '<': 1, '<<': 1, '~': 99_998 };
    for (const [operator, matched] of Object.entries(expected)) assert.deepEqual([counted[operator], counted[`!${operator}`]], [matched, 99_999 - matched], operator);
    assert.ok(performance.now() - started < 15_000);
  });
}
