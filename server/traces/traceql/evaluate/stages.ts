import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Aggregate, FieldExpression, GroupBy, Pipeline, ScalarExpression, ScalarFilter, SpansetExpression, SpansetOperation } from '../ast.ts';
import { printCondition, printScalar } from '../print.ts';
import { type Column, numbersOf, valueAt } from './column.ts';
import { evaluateColumn, evaluateCondition } from './condition.ts';
import type { SegmentFields } from './fields.ts';
import { keepRows, keepSets, members, mergeSets, sizes, type Spansets } from './spansets.ts';
import { related, relationOf } from './structure.ts';
import { attributeValueOf, comparison, goDuration, onFloats, valueKey } from './values.ts';

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
function operation({ operator, left, right }: SpansetOperation, fields: SegmentFields, sets: Spansets): Spansets {
  const leftSets = within(spansetExpression(left, fields, sets), sets);
  const rightSets = within(spansetExpression(right, fields, sets), sets);
  const sides = { left: members(leftSets), right: members(rightSets), spanset: sets.of, spansets: sets.trace.length };
  const relation = relationOf(operator);
  if (relation === undefined) {
    const either = keepRows(sets, sides.left.map((bit, row) => bit | (sides.right[row] ?? 0)));
    if (operator === '||') return either;
    const leftSizes = sizes(leftSets);
    const rightSizes = sizes(rightSets);
    return keepSets(either, Uint8Array.from(leftSizes, (size, set) => (size > 0 && (rightSizes[set] ?? 0) > 0 ? 1 : 0)));
  }
  const { parentRow } = fields.segment;
  const found = related(relation.relation, sides, parentRow, () => fields.tree);
  if (relation.negated) return keepRows(sets, found.map((bit, row) => (1 - bit) & (sides.right[row] ?? 0)));
  if (!relation.union) return keepRows(sets, found);
  const others = related(relation.inverse, { ...sides, left: sides.right, right: sides.left }, parentRow, () => fields.tree);
  return keepRows(sets, found.map((bit, row) => bit | (others[row] ?? 0)));
}

/** The rows that are left, in the sets they had before. */
function within(result: Spansets, input: Spansets): Spansets {
  return result.trace === input.trace ? result : keepRows(input, members(result));
}

/** Divides each set by a value; rows without one are a set too. */
function groupBy({ expression }: GroupBy, fields: SegmentFields, sets: Spansets): Spansets {
  const column = evaluateColumn(expression, fields);
  const idOf = distinctIds(column);
  const made = new Map<number, number>();
  const trace: number[] = [];
  const from: number[] = [];
  const firstRow: number[] = [];
  const of = new Int32Array(sets.of.length).fill(-1);
  for (let row = 0; row < of.length; row++) {
    const set = sets.of[row] ?? -1;
    if (set < 0) continue;
    // There are no more ids than rows: two such numbers are one exact number.
    const key = set * (of.length + 1) + idOf(row);
    let group = made.get(key);
    if (group === undefined) {
      group = trace.push(sets.trace[set] ?? 0) - 1;
      from.push(set);
      firstRow.push(row);
      made.set(key, group);
    }
    of[row] = group;
  }
  return {
    of,
    trace: Int32Array.from(trace),
    notes: [...sets.notes.map(({ name, values }) => ({ name, values: from.map((set) => values[set] ?? null) })), { name: `by(${printCondition(expression)})`, values: firstRow.map((row) => attributeValueOf(valueAt(column, row))) }],
  };
}

/** Gives the rows of a column numbers, from 0, that are equal where the values are. */
function distinctIds(column: Column): (row: number) => number {
  const ids = new Map<string | number, number>();
  const number = (key: string | number): number => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, ids.size);
    return ids.size - 1;
  };
  if (column.kind === 'numbers') return (row) => number(column.values[row] ?? Number.NaN);
  if (column.kind !== 'codes') return (row) => number(valueKey(valueAt(column, row)));
  // By the value, not by the code: two codes may have one value. Each value is looked at when it first comes.
  const byCode = new Map<number, number>();
  return (row) => {
    const code = column.codes[row] ?? 0;
    let id = byCode.get(code);
    if (id === undefined) byCode.set(code, (id = number(valueKey(valueAt(column, row)))));
    return id;
  };
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
  const matches = comparison(operator, () => false);
  const keep = Uint8Array.from(counts, (count, set) => {
    const a = leftScalar.values[set] ?? Number.NaN;
    const b = rightScalar.values[set] ?? Number.NaN;
    return count > 0 && !Number.isNaN(a) && !Number.isNaN(b) && matches({ type: 'float', value: a }, { type: 'float', value: b }) ? 1 : 0;
  });
  const noted = [[left, leftScalar] as const, [right, rightScalar] as const].filter(([node]) => node.kind !== 'static');
  const notes = noted.map(([node, { values, type }]) => ({ name: printScalar(node), values: Array.from(values, (value): AttributeValue => (Number.isNaN(value) ? null : type === 'duration' ? goDuration(BigInt(Math.trunc(value))) : value)) }));
  const kept = keepSets(sets, keep);
  return { ...kept, notes: [...kept.notes.filter((n) => notes.every((m) => m.name !== n.name)), ...notes] };
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
