import { labelsKey } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Aggregate, Span } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { executionError, type EvalContext } from './eval-context.ts';
import { formatGoG } from './go-number.ts';
import type { Grouping } from './group-labels.ts';
import { StepMatrix } from './step-matrix.ts';

interface Entry {
  readonly row: number;
  readonly value: number;
}

const MAX_INT64 = 2 ** 63;

/** topk, bottomk, limitk and limit_ratio: some of the input's series, unchanged. Source: promql/engine.go aggregationK. */
export function selectSeries(expr: Aggregate, input: StepMatrix, param: StepMatrix | undefined, grouping: Grouping, context: EvalContext): StepMatrix {
  const { steps } = input;
  const params = Array.from({ length: steps }, (_, step) => param?.get(0, step) ?? NaN);
  const span = expr.param === undefined ? expr.span : unwrapParens(expr.param).span;
  if (!checkParams(expr, params, context, span)) return new StepMatrix(steps, 1);
  const chosen: (readonly Entry[])[] = [];
  for (let step = 0; step < steps; step++) chosen.push(chooseAt(expr, input, params[step] ?? NaN, grouping, step));

  const out = new StepMatrix(steps, input.rows);
  const rowOf = new Map<number, number>();
  chosen.forEach((entries, step) => {
    for (const { row, value } of entries) {
      let target = rowOf.get(row);
      if (target === undefined) rowOf.set(row, (target = out.addRow(input.labels[row] ?? {}, input.dropName[row] === true)));
      out.set(target, step, value);
    }
  });
  return out;
}

/** False when nothing at all is to be chosen. */
function checkParams(expr: Aggregate, params: readonly number[], { scope }: EvalContext, span: Span): boolean {
  const real = params.filter((value) => !Number.isNaN(value));
  const max = Math.max(...real);
  const min = Math.min(...real);
  const anyNaN = real.length < params.length;
  if (expr.op === 'limit_ratio') {
    if (max === 0 && min === 0 && !anyNaN) return false;
    if (anyNaN) throw executionError('Ratio value is NaN');
    if (max > 1) scope.annotations.warn(`ratio value should be between -1 and 1, got ${formatGoG(max)}, capping to 1`, span);
    if (min < -1) scope.annotations.warn(`ratio value should be between -1 and 1, got ${formatGoG(min)}, capping to -1`, span);
    return true;
  }
  if (!anyNaN && max < 1) return false;
  if (anyNaN) throw executionError('Parameter value is NaN');
  if (min <= -MAX_INT64) throw executionError(`Scalar value ${formatGoG(min)} underflows int64`);
  if (max >= MAX_INT64) throw executionError(`Scalar value ${formatGoG(max)} overflows int64`);
  return true;
}

function chooseAt(expr: Aggregate, input: StepMatrix, param: number, grouping: Grouping, step: number): Entry[] {
  const groups = new Map<number, Entry[]>();
  for (let row = 0; row < input.rows; row++) {
    if (!input.has(row, step)) continue;
    const group = grouping.groupOf[row] ?? 0;
    const entries = groups.get(group);
    const entry = { row, value: input.get(row, step) };
    if (entries === undefined) groups.set(group, [entry]);
    else entries.push(entry);
  }
  return [...groups.values()].flatMap((entries) => chooseIn(expr, entries, param, input));
}

function chooseIn(expr: Aggregate, entries: Entry[], param: number, input: StepMatrix): Entry[] {
  if (expr.op === 'limit_ratio') {
    const ratio = Math.max(-1, Math.min(1, param));
    return entries.filter(({ row }) => withinRatio(input.labels[row] ?? {}, ratio));
  }
  const k = Math.trunc(param);
  if (k < 1) return [];
  if (expr.op === 'limitk') return entries.slice(0, k);
  const direction = expr.op === 'topk' ? -1 : 1;
  // NaN comes last either way: it is only chosen when there is nothing better.
  return entries
    .toSorted((a, b) => (Number.isNaN(a.value) ? 1 : 0) - (Number.isNaN(b.value) ? 1 : 0) || direction * (a.value - b.value) || 0)
    .slice(0, k);
}

/**
 * Whether a series falls into a share of all series: the same series always does, and `r` and `r - 1` complement each
 * other. The share is taken from a hash of the labels (not Prometheus' xxHash, so single series may differ from it).
 */
function withinRatio(labels: Labels, ratio: number): boolean {
  let hash = 0x811c9dc5;
  const key = labelsKey(labels);
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  // FNV leaves neighbours close together; this spreads them (murmur3's finalizer).
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  const offset = (hash >>> 0) / 2 ** 32;
  return ratio >= 0 ? offset < ratio : offset >= 1 + ratio;
}
