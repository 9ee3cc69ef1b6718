import type { Segment } from '#server/traces/segment/segment.ts';
import type { FieldExpression, MetricsStage } from '../ast.ts';
import { type Mask, numbersOf } from '../evaluate/column.ts';
import { evaluateColumn } from '../evaluate/condition.ts';
import { SegmentFields } from '../evaluate/fields.ts';
import { printField } from '../print.ts';
import { INTRINSIC_TYPES } from '../words.ts';
import { bucketOf, LOWEST } from './buckets.ts';
import { compareSides } from './compare-sides.ts';
import { bestRows, exemplarOf, fewExamples } from './exemplars.ts';
import { groupByAll, groupRows } from '../evaluate/group-rows.ts';
import { type BucketCounts, type Exemplar, type MeasuredPart, NOTHING, type SeriesPart } from './series-part.ts';
import { OUTSIDE, type StartBounds, stepIndexes } from './step-indexes.ts';
import type { MetricsWindow, StepRange } from './window.ts';

/** Most pairs of a series and a time that are counted of a segment. */
const MOST_CELLS = 4_000_000;

/** The rows of a segment that are measured, and when they start. */
export interface MeasuredRows extends StepRange {
  readonly fields: SegmentFields;
  /** For each row the index of its time, or OUTSIDE. */
  readonly at: Int32Array;
  readonly exemplars: boolean;
}

/** Measures the spans of a mask (1: counts) that start in the window. `bounds`: of their starts, where they are known. */
export function measureSegment(mask: Mask, stage: MetricsStage, segment: Segment, window: MetricsWindow, bounds?: StartBounds): MeasuredPart {
  if (!mask.includes(1)) return NOTHING;
  const steps = stepIndexes(segment, window, bounds);
  if (steps === undefined) return NOTHING;
  const { at } = steps;
  for (let row = 0; row < at.length; row++) if (mask[row] !== 1) at[row] = OUTSIDE;
  const rows: MeasuredRows = { ...steps, fields: new SegmentFields(segment), exemplars: window.exemplars > 0 };
  return stage.function === 'compare' ? compareSides(stage, rows) : measureGroups(stage, rows);
}

/** Is this expression measured in time? Such values are given in seconds. */
export function isDuration(node: FieldExpression | undefined): boolean {
  switch (node?.kind) {
    case 'static':
      return node.value.type === 'duration';
    case 'intrinsic':
      return INTRINSIC_TYPES[node.name] === 'duration';
    case 'unary':
      return isDuration(node.of);
    case 'binary':
      // A time by a time is a plain number.
      return node.operator === '/' ? isDuration(node.left) && !isDuration(node.right) : isDuration(node.left) || isDuration(node.right);
    default:
      return false;
  }
}

function measureGroups(stage: MetricsStage, { fields, at, firstStep, count, exemplars }: MeasuredRows): MeasuredPart {
  const { segment } = fields;
  const values = stage.of === undefined ? undefined : numbersOf(evaluateColumn(stage.of, fields), at.length).values;
  const by = stage.by.map((field) => groupRows(fields.column(field, 'span'), at));
  const { ids, groups, cut } = groupByAll(by, at, Math.max(1, Math.floor(MOST_CELLS / count)));
  const size = groups.length * count;
  const counts = new Float64Array(size);
  // Group and time of each row in one number, in the place of its time, which is not needed any more.
  const cells = at;
  for (let row = 0; row < cells.length; row++) {
    const time = at[row] ?? OUTSIDE;
    if (time < 0) continue;
    const group = ids[row] ?? -1;
    if (group < 0 || (values !== undefined && Number.isNaN(values[row]))) {
      cells[row] = OUTSIDE;
      continue;
    }
    const cell = group * count + time;
    cells[row] = cell;
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  // Durations are measured in seconds, as Tempo gives them.
  const scale = isDuration(stage.of) ? 1e-9 : 1;
  const measured = values === undefined ? undefined : measureValues(stage, cells, values, size, scale);
  const buckets = values === undefined || (stage.function !== 'quantile_over_time' && stage.function !== 'histogram_over_time') ? undefined : bucketCells(cells, values, groups.length, count, stage.function === 'quantile_over_time');
  const best = exemplars ? bestRows(segment, cells, size, values) : undefined;
  const isExample = fewExamples(segment, best);
  const series = new Map<string, SeriesPart>();
  const names = stage.by.map(printField);
  for (const [group, labels] of groups.entries()) {
    const from = group * count;
    const own = counts.slice(from, from + count);
    if (own.every((n) => n === 0)) continue;
    const part = (column: Float64Array): Float64Array => column.slice(from, from + count);
    const examples = new Map<number, Exemplar>();
    for (let time = 0; best !== undefined && time < count; time++) {
      const row = best[from + time] ?? -1;
      if (row >= 0 && isExample(row)) examples.set(time, exemplarOf(segment, row, values === undefined ? 1 : (values[row] ?? 0) * scale));
    }
    series.set(labels.map(({ key }, i) => `${names[i]} ${key}`).join('\n'), {
      labels: labels.map(({ value }, i) => [names[i] ?? '', value]),
      counts: own,
      ...(measured === undefined ? {} : { [measured.name]: part(measured.values) }),
      ...(buckets === undefined ? {} : { buckets: buckets[group] ?? NO_BUCKETS }),
      exemplars: examples,
    });
  }
  return { firstStep, count, series, cut: new Set(cut ? names : []) };
}
const NO_BUCKETS: BucketCounts = { at: new Float64Array(), counts: new Float64Array() };

/** Sum, least or greatest of each cell, as the function needs it. */
function measureValues({ function: called }: MetricsStage, cells: Int32Array, values: Float64Array, size: number, scale: number): { readonly name: 'sums' | 'least' | 'most'; readonly values: Float64Array } | undefined {
  const name = called === 'sum_over_time' || called === 'avg_over_time' ? 'sums' : called === 'min_over_time' ? 'least' : called === 'max_over_time' ? 'most' : undefined;
  if (name === undefined) return undefined;
  const into = new Float64Array(size).fill(name === 'sums' ? 0 : name === 'least' ? Infinity : -Infinity);
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row] ?? OUTSIDE;
    if (cell < 0) continue;
    const value = values[row] ?? 0;
    const before = into[cell] ?? 0;
    if (name === 'sums') into[cell] = before + value;
    else if (name === 'least' ? value < before : value > before) into[cell] = value;
  }
  return { name, values: into.map((value) => value * scale) };
}

/** For each group its spans by bucket and time. Buckets are of what is stored: of durations, powers of two of nanoseconds. */
function bucketCells(cells: Int32Array, values: Float64Array, groups: number, count: number, fine: boolean): BucketCounts[] {
  const indexes = new Int32Array(cells.length);
  let [least, most] = [Infinity, -Infinity];
  for (let row = 0; row < cells.length; row++) {
    if ((cells[row] ?? OUTSIDE) < 0) continue;
    const bucket = bucketOf(values[row] ?? 0, fine);
    indexes[row] = bucket;
    if (bucket > most) most = bucket;
    if (bucket !== LOWEST && bucket < least) least = bucket;
  }
  // What is 0 or less is counted in front of the others.
  const width = most < least ? 1 : most - least + 2;
  if (groups * count * width > MOST_CELLS) return fewBuckets(cells, indexes, groups, count);
  const dense = new Float64Array(groups * count * width);
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row] ?? OUTSIDE;
    if (cell < 0) continue;
    const bucket = indexes[row] ?? 0;
    const place = cell * width + (bucket === LOWEST ? 0 : bucket - least + 1);
    dense[place] = (dense[place] ?? 0) + 1;
  }
  return Array.from({ length: groups }, (_, group) => {
    const at: number[] = [];
    const counts: number[] = [];
    for (let i = 0; i < width; i++) {
      const ofBucket = Array.from({ length: count }, (__, time) => dense[(group * count + time) * width + i] ?? 0);
      if (ofBucket.every((n) => n === 0)) continue;
      at.push(i === 0 ? LOWEST : least + i - 1);
      counts.push(...ofBucket);
    }
    return { at: Float64Array.from(at), counts: Float64Array.from(counts) };
  });
}

/** The same where groups, times and buckets are too many for a table of all. */
function fewBuckets(cells: Int32Array, indexes: Int32Array, groups: number, count: number): BucketCounts[] {
  const found = Array.from({ length: groups }, () => new Map<number, Map<number, number>>());
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row] ?? OUTSIDE;
    if (cell < 0) continue;
    const byBucket = found[Math.floor(cell / count)];
    const bucket = indexes[row] ?? 0;
    const byTime = byBucket?.get(bucket) ?? new Map<number, number>();
    byBucket?.set(bucket, byTime.set(cell % count, (byTime.get(cell % count) ?? 0) + 1));
  }
  return found.map((byBucket) => {
    const at = Float64Array.from(byBucket.keys()).sort();
    const counts = new Float64Array(at.length * count);
    for (const [i, bucket] of at.entries()) for (const [time, n] of byBucket.get(bucket) ?? []) counts[i * count + time] = n;
    return { at, counts };
  });
}
