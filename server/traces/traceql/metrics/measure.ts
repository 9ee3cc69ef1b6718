import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf, timesAt, traceOfRow } from '#server/traces/segment/span-at.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Attribute, FieldExpression, Intrinsic, MetricsStage, Pipeline } from '../ast.ts';
import { type Column, numbersOf, valueAt } from '../evaluate/column.ts';
import { evaluateColumn, evaluateCondition } from '../evaluate/condition.ts';
import { SegmentFields } from '../evaluate/fields.ts';
import { evaluateStages } from '../evaluate/stages.ts';
import { attributeValueOf, valueKey } from '../evaluate/values.ts';
import { printField } from '../print.ts';
import { INTRINSIC_TYPES } from '../words.ts';
import { bucketOf } from './buckets.ts';
import { type MeasuredPart, offerExemplar, type SeriesPart } from './series-part.ts';
import { type MetricsWindow, metricsTimes } from './window.ts';

/** Values of one attribute that `compare` tells apart in a share of the spans; further ones are left out. */
const MAX_COMPARED_VALUES = 5_000;
/** Spans whose time is none of the answer's. */
const OUTSIDE = -1;

/** Measures the spans that a pipeline leaves of a segment and that start in the window. Rows of `skippedTraces` (indexes, rising) do not count. */
export function measureSegment(pipeline: Pipeline, stage: MetricsStage, segment: Segment, window: MetricsWindow, skippedTraces: Uint32Array): MeasuredPart {
  const fields = new SegmentFields(segment);
  const times = timeIndexes(segment, window);
  const { of } = evaluateStages(pipeline, fields);
  for (let row = 0; row < times.length; row++) if ((of[row] ?? -1) < 0) times[row] = OUTSIDE;
  for (const trace of skippedTraces) times.fill(OUTSIDE, segment.firstRow[trace], segment.firstRow[trace + 1]);
  if (times.every((time) => time === OUTSIDE)) return { series: new Map(), cut: new Set() };
  const shared: Shared = { fields, times, window, count: metricsTimes(window).count };
  return stage.function === 'compare' ? compareSides(stage, shared) : measureGroups(stage, shared);
}

interface Shared {
  readonly fields: SegmentFields;
  /** For each row the index of its time, or OUTSIDE. */
  readonly times: Int32Array;
  readonly window: MetricsWindow;
  readonly count: number;
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

/** For each row the index of the time whose step it starts in. */
function timeIndexes(segment: Segment, window: MetricsWindow): Int32Array {
  const { first } = metricsTimes(window);
  const { start, baseUnixNano, wideTimes, spanCount } = segment;
  const step = Number(window.stepNano);
  const offset = Number(baseUnixNano - first);
  const [from, to] = [Number(window.fromUnixNano - first), Number(window.toUnixNano - first)];
  const indexes = new Int32Array(spanCount).fill(OUTSIDE);
  for (let row = 0; row < spanCount; row++) {
    const at = (start[row] ?? 0) + offset;
    if (at >= from && at <= to) indexes[row] = Math.ceil(at / step);
  }
  for (const row of wideTimes.keys()) {
    const at = timesAt(segment, row).startUnixNano;
    const inside = at >= window.fromUnixNano && at <= window.toUnixNano;
    indexes[row] = inside ? Math.ceil(Number(at - first) / step) : OUTSIDE;
  }
  return indexes;
}

function measureGroups(stage: MetricsStage, shared: Shared): MeasuredPart {
  const { fields, times } = shared;
  const rows = times.length;
  const measured = stage.of === undefined ? undefined : numbersOf(evaluateColumn(stage.of, fields), rows);
  // Durations are measured in seconds, as Tempo gives them.
  const scale = isDuration(stage.of) ? 1e-9 : 1;
  const groups = stage.by.map((field) => ({ name: printField(field), codes: codesOf(fields.column(field, 'span'), rows) }));
  const series = new Map<string, SeriesPart>();
  const byCodes = new Map<number | string, SeriesPart>();
  const [only, ...more] = groups;
  const codesAt = only === undefined ? () => 0 : more.length === 0 ? only.codes.at : (row: number) => groups.map((g) => g.codes.at(row)).join();
  for (let row = 0; row < rows; row++) {
    const time = times[row] ?? OUTSIDE;
    const value = measured?.values[row] ?? 1;
    if (time === OUTSIDE || Number.isNaN(value)) continue;
    const codes = codesAt(row);
    let one = byCodes.get(codes);
    if (one === undefined) {
      one = seriesOf(series, groups.map(({ name, codes: c }) => [name, c.value(row), c.key(row)]), stage, shared.count);
      byCodes.set(codes, one);
    }
    add(one, time, value * scale, value, stage, scale);
    if (shared.window.exemplars > 0) offer(one, time, row, measured === undefined ? 1 : value * scale, fields.segment);
  }
  return { series, cut: new Set() };
}

function add(series: SeriesPart, time: number, value: number, raw: number, stage: MetricsStage, scale: number): void {
  series.counts[time] = (series.counts[time] ?? 0) + 1;
  if (series.sums !== undefined) series.sums[time] = (series.sums[time] ?? 0) + value;
  if (series.least !== undefined) series.least[time] = Math.min(series.least[time] ?? value, value);
  if (series.most !== undefined) series.most[time] = Math.max(series.most[time] ?? value, value);
  if (series.buckets === undefined) return;
  // Buckets of durations are powers of two of nanoseconds.
  const bucket = bucketOf(scale === 1 ? value : raw, stage.function === 'quantile_over_time');
  let counts = series.buckets.get(bucket);
  if (counts === undefined) series.buckets.set(bucket, (counts = new Float64Array(series.counts.length)));
  counts[time] = (counts[time] ?? 0) + 1;
}

function offer(series: SeriesPart, time: number, row: number, value: number, segment: Segment): void {
  const known = series.exemplars.get(time);
  // Most are worse: their texts are not made.
  if (known !== undefined && known.value > value) return;
  const trace = traceOfRow(segment.firstRow, row);
  offerExemplar(series.exemplars, time, { traceId: hexOf(segment.traceIds, trace * 16, 16), spanId: hexOf(segment.spanIds, row * 8, 8), timeUnixNano: String(timesAt(segment, row).startUnixNano), value });
}

function seriesOf(all: Map<string, SeriesPart>, labels: readonly (readonly [string, AttributeValue, string])[], stage: MetricsStage, count: number): SeriesPart {
  const key = labels.map(([name, , k]) => `${name} ${k}`).join('\n');
  let series = all.get(key);
  if (series === undefined) {
    const { function: called } = stage;
    series = {
      labels: labels.map(([name, value]) => [name, value] as const),
      counts: new Float64Array(count),
      ...(called === 'sum_over_time' || called === 'avg_over_time' ? { sums: new Float64Array(count) } : {}),
      ...(called === 'min_over_time' ? { least: new Float64Array(count).fill(Number.POSITIVE_INFINITY) } : {}),
      ...(called === 'max_over_time' ? { most: new Float64Array(count).fill(Number.NEGATIVE_INFINITY) } : {}),
      ...(called === 'quantile_over_time' || called === 'histogram_over_time' ? { buckets: new Map<number, Float64Array>() } : {}),
      exemplars: new Map(),
    };
    all.set(key, series);
  }
  return series;
}

/** A number for each distinct value, so that groups can be told apart by numbers. */
interface Codes {
  at(row: number): number | string;
  value(row: number): AttributeValue;
  key(row: number): string;
}

function codesOf(column: Column, rows: number): Codes {
  const value = (row: number): AttributeValue => attributeValueOf(valueAt(column, row));
  const key = (row: number): string => valueKey(valueAt(column, row));
  if (column.kind === 'codes') return { at: (row) => column.codes[row] ?? 0, value, key };
  if (column.kind === 'numbers') return { at: (row) => column.values[row] ?? 0, value, key };
  return { at: (row) => (row < rows ? key(row) : ''), value, key };
}

/** Fields of every span that `compare` counts beside its attributes. */
const COMPARED: readonly Intrinsic[] = (['span:name', 'span:kind', 'span:status', 'span:statusMessage', 'trace:rootName', 'trace:rootService', 'instrumentation:name'] as const).map((name) => ({ kind: 'intrinsic', name }));

/** Counts every value of every attribute, of the spans in the selection and of the others. */
function compareSides(stage: MetricsStage, shared: Shared): MeasuredPart {
  const { fields, times, count, window } = shared;
  const { segment } = fields;
  const { selection, startUnixNano, endUnixNano } = stage.compare ?? { selection: { kind: 'filter' } };
  const mask = selection.condition === undefined ? new Uint8Array(times.length).fill(1) : evaluateCondition(selection.condition, fields);
  const selected = (row: number): boolean => {
    if (mask[row] !== 1) return false;
    if (startUnixNano === undefined || endUnixNano === undefined) return true;
    const at = timesAt(segment, row).startUnixNano;
    return at >= startUnixNano && at <= endUnixNano;
  };
  const rows = [...times.keys()].filter((row) => times[row] !== OUTSIDE);
  const sides = rows.map((row) => (selected(row) ? 'selection' : 'baseline'));
  const series = new Map<string, SeriesPart>();
  const cut = new Set<string>();
  const attributes = [...segment.attributeKeys('span').map((key): Attribute => ({ kind: 'attribute', scope: 'span', key })), ...resourceKeys(segment).map((key): Attribute => ({ kind: 'attribute', scope: 'resource', key }))];
  for (const field of [...attributes, ...COMPARED]) {
    const name = printField(field);
    const codes = codesOf(fields.column(field, 'span'), times.length);
    const known = { selection: new Map<number | string, SeriesPart>(), baseline: new Map<number | string, SeriesPart>() };
    const totals = { selection: comparedSeries('selection_total', name, null, 'nil', series, stage, count), baseline: comparedSeries('baseline_total', name, null, 'nil', series, stage, count) };
    for (const [i, row] of rows.entries()) {
      const side = sides[i] ?? 'baseline';
      const value = codes.value(row);
      if (value === null) continue;
      const time = times[row] ?? 0;
      totals[side].counts[time] = (totals[side].counts[time] ?? 0) + 1;
      const code = codes.at(row);
      let one = known[side].get(code);
      if (one === undefined) {
        if (known[side].size >= MAX_COMPARED_VALUES) {
          cut.add(name);
          continue;
        }
        one = comparedSeries(side, name, value, codes.key(row), series, stage, count);
        known[side].set(code, one);
      }
      one.counts[time] = (one.counts[time] ?? 0) + 1;
      if (window.exemplars > 0) offer(one, time, row, 1, segment);
    }
  }
  return { series, cut };
}

function comparedSeries(side: string, name: string, value: AttributeValue, key: string, all: Map<string, SeriesPart>, stage: MetricsStage, count: number): SeriesPart {
  return seriesOf(all, [['__meta_type', side, side], [name, value, key]], stage, count);
}

function resourceKeys(segment: Segment): string[] {
  return [...new Set(segment.sources.flatMap((source) => Object.keys(source.resource)))];
}
