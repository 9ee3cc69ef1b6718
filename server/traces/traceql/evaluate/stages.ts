import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Aggregate, FieldExpression, GroupBy, Pipeline, ScalarExpression, ScalarFilter, SpansetExpression, SpansetOperation } from '../ast.ts';
import { printCondition, printScalar } from '../print.ts';
import { type Mask, numbersOf } from './column.ts';
import { evaluateColumn, evaluateCondition } from './condition.ts';
import type { SegmentFields } from './fields.ts';
import { groupRows } from './group-rows.ts';
import { isOneEach, keepRows, keepSets, members, mergeSets, sizes, type Spansets } from './spansets.ts';
import { related, relationOf } from './structure.ts';
import { goDuration, onFloats, ordered } from './values.ts';

/** Runs a pipeline over every trace of a segment. */
export function evaluateStages(pipeline: Pipeline, fields: SegmentFields): Spansets {
  return runPipeline(pipeline, fields, { of: fields.traceOf, trace: Int32Array.from({ length: fields.segment.traceCount }, (_, trace) => trace), notes: [] });
}

/** Runs the stages of a pipeline over spansets. */
function runPipeline(pipeline: Pipeline, fields: SegmentFields, input: Spansets): Spansets {
  let sets = input;
  for (const stage of pipeline.stages) {
    if (stage.kind === 'scalar-filter') sets = scalarFilter(stage, fields, sets);
    else if (stage.kind === 'by') sets = groupBy(stage, fields, sets);
    else if (stage.kind === 'coalesce') sets = mergeSets(sets);
    else if (stage.kind !== 'select') sets = spansetExpression(stage, fields, sets);
  }
  return sets;
}

function spansetExpression(node: SpansetExpression, fields: SegmentFields, sets: Spansets): Spansets {
  if (node.kind === 'pipeline') return runPipeline(node, fields, sets);
  if (node.kind === 'filter') return node.condition === undefined ? sets : keepRows(sets, evaluateCondition(node.condition, fields));
  return operation(node, fields, sets);
}

/** Of each set of the input, the rows that the operator takes; sides that are pipelines count by the rows they leave. */
function operation({ operator, left: leftNode, right: rightNode }: SpansetOperation, fields: SegmentFields, sets: Spansets): Spansets {
  const left = side(leftNode, fields, sets);
  const right = side(rightNode, fields, sets);
  const relation = relationOf(operator);
  if (relation === undefined) {
    const either = keepRows(sets, eitherOf(left, right));
    if (operator === '||') return either;
    const both = new Uint8Array(sets.trace.length);
    for (const [bit, mask] of [[1, left], [2, right]] as const) {
      for (let row = 0; row < mask.length; row++) {
        const set = sets.of[row] ?? -1;
        if (mask[row] === 1 && set >= 0) both[set] = (both[set] ?? 0) | bit;
      }
    }
    return keepSets(either, both.map((bits) => (bits === 3 ? 1 : 0)));
  }
  const { parentRow } = fields.segment;
  const sides = { left, right, spanset: sets.of, spansets: sets.trace.length, single: isOneEach(sets) };
  const found = related(relation.relation, sides, parentRow, () => fields.tree);
  if (relation.negated) {
    for (let row = 0; row < found.length; row++) found[row] = (1 - (found[row] ?? 0)) & (right[row] ?? 0);
    return keepRows(sets, found);
  }
  if (!relation.union) return keepRows(sets, found);
  const others = related(relation.inverse, { ...sides, left: right, right: left }, parentRow, () => fields.tree);
  return keepRows(sets, eitherOf(found, others));
}

/** 1 for rows that one side of an operator leaves of the sets. */
function side(node: SpansetExpression, fields: SegmentFields, sets: Spansets): Mask {
  if (node.kind !== 'filter' || sets.of !== fields.traceOf) return members(spansetExpression(node, fields, sets));
  return node.condition === undefined ? new Uint8Array(sets.of.length).fill(1) : evaluateCondition(node.condition, fields);
}

function eitherOf(a: Mask, b: Mask): Mask {
  const mask = new Uint8Array(a.length);
  for (let row = 0; row < mask.length; row++) mask[row] = (a[row] ?? 0) | (b[row] ?? 0);
  return mask;
}

/** Divides each set by a value; rows without one are a set too. */
function groupBy({ expression }: GroupBy, fields: SegmentFields, sets: Spansets): Spansets {
  const { ids, values } = groupRows(evaluateColumn(expression, fields), sets.of);
  const groupOf = groupNumbers(sets.of, values.length);
  const trace: number[] = [];
  const from: number[] = [];
  const idOf: number[] = [];
  const of = new Int32Array(sets.of.length).fill(-1);
  for (let row = 0; row < of.length; row++) {
    const set = sets.of[row] ?? -1;
    if (set < 0) continue;
    const id = ids[row] ?? 0;
    const group = groupOf(set, id, trace.length);
    if (group === trace.length) {
      trace.push(sets.trace[set] ?? 0);
      from.push(set);
      idOf.push(id);
    }
    of[row] = group;
  }
  return {
    of,
    trace: Int32Array.from(trace),
    notes: [...sets.notes.map(({ name, valueOf }) => ({ name, valueOf: (group: number) => valueOf(from[group] ?? 0) })), { name: `by(${printCondition(expression)})`, valueOf: (group) => values[idOf[group] ?? 0]?.value ?? null }],
  };
}

/** Numbers pairs of a set and a value in the order they come: gives what a pair has, or `next` the first time. */
function groupNumbers(of: Int32Array, values: number): (set: number, id: number, next: number) => number {
  if (comeInOrder(of)) {
    // Sets come one after another: of each value it is enough to know the group in the set that it was last in.
    const lastSet = new Int32Array(values).fill(-1);
    const lastGroup = new Int32Array(values);
    return (set, id, next) => {
      if (lastSet[id] === set) return lastGroup[id] ?? 0;
      lastSet[id] = set;
      lastGroup[id] = next;
      return next;
    };
  }
  const known = new Map<number, number>();
  return (set, id, next) => {
    // There are no more values than rows: two such numbers are one exact number.
    const key = set * (of.length + 1) + id;
    const group = known.get(key) ?? next;
    if (group === next) known.set(key, next);
    return group;
  };
}

function comeInOrder(of: Int32Array): boolean {
  let before = -1;
  for (let row = 0; row < of.length; row++) {
    const set = of[row] ?? -1;
    if (set < 0) continue;
    if (set < before) return false;
    before = set;
  }
  return true;
}

/** One number for each set, NaN where there is none. */
interface Scalar {
  readonly values: Float64Array;
  readonly type: 'int' | 'float' | 'duration';
}

function scalarFilter({ operator, left, right }: ScalarFilter, fields: SegmentFields, sets: Spansets): Spansets {
  const counts = sizes(sets);
  const leftScalar = scalar(left, fields, sets, counts);
  const rightScalar = scalar(right, fields, sets, counts);
  const keep = new Uint8Array(counts.length);
  for (let set = 0; set < keep.length; set++) {
    // Beside NaN nothing holds, not even `!=`.
    const [a, b] = [leftScalar.values[set] ?? Number.NaN, rightScalar.values[set] ?? Number.NaN];
    keep[set] = (counts[set] ?? 0) > 0 && !Number.isNaN(a) && !Number.isNaN(b) && ordered(operator, a === b, a < b, a > b) ? 1 : 0;
  }
  const noted = [[left, leftScalar] as const, [right, rightScalar] as const].filter(([node]) => node.kind !== 'static');
  const notes = noted.map(([node, { values, type }]) => ({ name: printScalar(node), valueOf: (set: number) => noteOf(values[set] ?? Number.NaN, type) }));
  const kept = keepSets(sets, keep);
  return { ...kept, notes: [...kept.notes.filter((n) => notes.every((m) => m.name !== n.name)), ...notes] };
}

function noteOf(value: number, type: Scalar['type']): AttributeValue {
  if (Number.isNaN(value)) return null;
  return type === 'duration' ? goDuration(BigInt(Math.trunc(value))) : value;
}

function scalar(node: ScalarExpression, fields: SegmentFields, sets: Spansets, counts: Uint32Array): Scalar {
  if (node.kind === 'static') {
    const { value } = node;
    const number = value.type === 'int' || value.type === 'float' || value.type === 'duration' ? Number(value.value) : Number.NaN;
    return { values: new Float64Array(counts.length).fill(number), type: value.type === 'float' || value.type === 'duration' ? value.type : 'int' };
  }
  if (node.kind === 'aggregate') return aggregate(node, fields, sets, counts);
  const left = scalar(node.left, fields, sets, counts);
  const right = scalar(node.right, fields, sets, counts);
  const type = left.type === 'float' || right.type === 'float' ? 'float' : left.type === 'duration' || right.type === 'duration' ? 'duration' : 'int';
  const { operator } = node;
  const values = left.values.map((a, set) => {
    const result = onFloats(operator, a, right.values[set] ?? Number.NaN);
    if (type === 'float') return result;
    // Whole numbers stay whole, and are not divided by zero.
    return Number.isFinite(result) ? (operator === '/' ? Math.trunc(result) : result) : Number.NaN;
  });
  return { values, type };
}

function aggregate(node: Aggregate, fields: SegmentFields, sets: Spansets, counts: Uint32Array): Scalar {
  if (node.function === 'count' || node.of === undefined) return { values: Float64Array.from(counts), type: 'int' };
  return aggregateBy(node.function, node.of, fields, sets);
}

/** An aggregate of the numbers there are in each set; NaN where there is none. */
function aggregateBy(called: 'min' | 'max' | 'sum' | 'avg', of: FieldExpression, fields: SegmentFields, sets: Spansets): Scalar {
  const { values, type } = numbersOf(evaluateColumn(of, fields), sets.of.length);
  const result = new Float64Array(sets.trace.length).fill(Number.NaN);
  const counted = new Uint32Array(sets.trace.length);
  for (let row = 0; row < sets.of.length; row++) {
    const set = sets.of[row] ?? -1;
    const value = values[row] ?? Number.NaN;
    if (set < 0 || Number.isNaN(value)) continue;
    const before = result[set] ?? 0;
    const first = counted[set] === 0;
    counted[set] = (counted[set] ?? 0) + 1;
    result[set] = first ? value : called === 'min' ? Math.min(before, value) : called === 'max' ? Math.max(before, value) : before + value;
  }
  if (called !== 'avg') return { values: result, type };
  return { values: result.map((sum, set) => sum / (counted[set] ?? 1)), type: type === 'duration' ? 'duration' : 'float' };
}
