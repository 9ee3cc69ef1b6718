import { labelsFromEntries, labelsKey } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Aggregate } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { executionError, type EvalContext } from './eval-context.ts';
import { formatGoFloat } from './go-number.ts';
import { isLabelName, quote } from './go-string.ts';
import { groupLabels, type Grouping } from './group-labels.ts';
import { KahanMean, KahanSum } from './kahan.ts';
import { quantileOf } from './quantile.ts';
import { selectSeries } from './select-series.ts';
import { StepMatrix } from './step-matrix.ts';

/** Gathers the values of one group at one step. */
interface Accumulator {
  add(value: number): void;
  readonly value: number;
}

/**
 * Aggregates series over their groups. `param` is the scalar parameter (k, q or the ratio), evaluated. Source:
 * promql/engine.go rangeEvalAgg, aggregation.
 */
export function evalAggregate(expr: Aggregate, input: StepMatrix, param: StepMatrix | undefined, context: EvalContext): StepMatrix {
  switch (expr.op) {
    case 'topk':
    case 'bottomk':
    case 'limitk':
    case 'limit_ratio':
      return selectSeries(expr, input, param, groupLabels(input.labels, expr), context);
    case 'count_values':
      return countValues(expr, input);
    case 'quantile': {
      noteQuantiles(expr, param, context);
      const values = (step: number): Accumulator => new QuantileOf(param?.get(0, step) ?? NaN);
      return fold(input, groupLabels(input.labels, expr), values);
    }
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
    case 'count':
    case 'group':
    case 'stddev':
    case 'stdvar': {
      const make = ACCUMULATORS[expr.op];
      return fold(input, groupLabels(input.labels, expr), () => make());
    }
  }
}

/** Row by row into one accumulator for each group and step. */
function fold(input: StepMatrix, grouping: Grouping, make: (step: number) => Accumulator): StepMatrix {
  const { steps } = input;
  const cells: (Accumulator | undefined)[] = Array.from({ length: grouping.labels.length * steps });
  const dropName = grouping.labels.map(() => false);
  for (let row = 0; row < input.rows; row++) {
    const group = grouping.groupOf[row] ?? 0;
    for (let step = 0; step < steps; step++) {
      if (!input.has(row, step)) continue;
      const at = group * steps + step;
      const cell = (cells[at] ??= make(step));
      cell.add(input.get(row, step));
      if (input.dropName[row] === true) dropName[group] = true;
    }
  }
  const out = new StepMatrix(steps, grouping.labels.length);
  grouping.labels.forEach((labels, group) => {
    const row = out.addRow(labels, dropName[group] === true);
    let found = false;
    for (let step = 0; step < steps; step++) {
      const cell = cells[group * steps + step];
      if (cell === undefined) continue;
      out.set(row, step, cell.value);
      found = true;
    }
    if (!found) out.dropLastRow();
  });
  return out;
}

class SumOf implements Accumulator {
  readonly #sum = new KahanSum();
  #first = true;
  add(value: number): void {
    // The first value is taken as it is, so that a lone -0 or infinity stays what it was.
    if (this.#first) this.#sum.sum = value;
    else this.#sum.add(value);
    this.#first = false;
  }
  get value(): number {
    return this.#sum.sum + this.#sum.compensation;
  }
}
class MeanOf implements Accumulator {
  #mean: KahanMean | undefined;
  add(value: number): void {
    if (this.#mean === undefined) this.#mean = new KahanMean(value);
    else this.#mean.add(value);
  }
  get value(): number {
    return this.#mean?.value ?? NaN;
  }
}
class ExtremeOf implements Accumulator {
  readonly #beats: (value: number, best: number) => boolean;
  #best = NaN;
  constructor(beats: (value: number, best: number) => boolean) {
    this.#beats = beats;
  }
  add(value: number): void {
    if (Number.isNaN(this.#best) || this.#beats(value, this.#best)) this.#best = value;
  }
  get value(): number {
    return this.#best;
  }
}
class CountOf implements Accumulator {
  value = 0;
  add(): void {
    this.value++;
  }
}
/** Welford's online variance; an infinite or NaN first value spoils it, as in the reference. */
class VarianceOf implements Accumulator {
  readonly #result: (variance: number) => number;
  #count = 0;
  #mean = 0;
  #squares = 0;
  constructor(result: (variance: number) => number) {
    this.#result = result;
  }
  add(value: number): void {
    this.#count++;
    if (this.#count === 1) {
      this.#mean = value;
      this.#squares = Number.isFinite(value) ? 0 : NaN;
      return;
    }
    const delta = value - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (value - this.#mean);
  }
  get value(): number {
    return this.#result(this.#squares / this.#count);
  }
}
class QuantileOf implements Accumulator {
  readonly #q: number;
  readonly #values: number[] = [];
  constructor(q: number) {
    this.#q = q;
  }
  add(value: number): void {
    this.#values.push(value);
  }
  get value(): number {
    return quantileOf(this.#q, this.#values);
  }
}

const ACCUMULATORS = {
  sum: () => new SumOf(),
  avg: () => new MeanOf(),
  min: () => new ExtremeOf((value, best) => value < best),
  max: () => new ExtremeOf((value, best) => value > best),
  count: () => new CountOf(),
  group: () => ({ add: () => undefined, value: 1 }),
  stddev: () => new VarianceOf(Math.sqrt),
  stdvar: () => new VarianceOf((variance) => variance),
} as const;

function noteQuantiles(expr: Aggregate, param: StepMatrix | undefined, { scope }: EvalContext): void {
  if (param === undefined || expr.param === undefined) return;
  const all = Array.from({ length: param.steps }, (_, step) => param.get(0, step));
  const span = unwrapParens(expr.param).span;
  const { min, max } = finiteRange(all);
  if (all.some(Number.isNaN)) scope.annotations.invalidQuantile(NaN, span);
  if (max > 1) scope.annotations.invalidQuantile(max, span);
  if (min < 0) scope.annotations.invalidQuantile(min, span);
}

function finiteRange(values: readonly number[]): { min: number; max: number } {
  const real = values.filter((value) => !Number.isNaN(value));
  return { min: Math.min(...real), max: Math.max(...real) };
}

/** One series for each distinct value in a group, with the value as a label. */
function countValues(expr: Aggregate, input: StepMatrix): StepMatrix {
  const param = expr.param === undefined ? undefined : unwrapParens(expr.param);
  const name = param?.kind === 'string' ? param.value : '';
  if (!isLabelName(name)) throw executionError(`invalid label name ${quote(name)}`);
  const grouping = { without: expr.without, grouping: expr.without ? expr.grouping : [...expr.grouping, name] };
  const out = new StepMatrix(input.steps);
  const rowOf = new Map<string, number>();
  for (let step = 0; step < input.steps; step++) {
    const labels: Labels[] = [];
    for (let row = 0; row < input.rows; row++) {
      if (!input.has(row, step)) continue;
      labels.push(labelsFromEntries([...Object.entries(input.labels[row] ?? {}), [name, formatGoFloat(input.get(row, step))]]));
    }
    const groups = groupLabels(labels, grouping);
    const counts = new Map<number, number>();
    for (const group of groups.groupOf) counts.set(group, (counts.get(group) ?? 0) + 1);
    groups.labels.forEach((one, group) => {
      const key = labelsKey(one);
      let row = rowOf.get(key);
      if (row === undefined) rowOf.set(key, (row = out.addRow(one, false)));
      out.set(row, step, counts.get(group) ?? 0);
    });
  }
  return out;
}
