import { compactHistogram } from '#server/histogram/compact-histogram.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Aggregate } from './ast.ts';
import { unwrapParens } from './ast.ts';
import { groupsWithoutName } from './group-rows.ts';
import { WorkMeter, type EvalContext } from './eval-context.ts';
import type { Grouping } from './group-labels.ts';
import { HistogramTotal } from './histogram-sums.ts';
import { FLOAT, HISTOGRAM, StepMatrix } from './step-matrix.ts';

/** What a group has seen at a step. */
const HAS_FLOAT = 1;
const HAS_HISTOGRAM = 2;
const INCOMPATIBLE = 4;

/**
 * sum and avg, of floats with Neumaier's compensation and of native histograms. A group that mixes the two, or histograms
 * that do not fit together, has no value. Source: promql/engine.go aggregation.
 */
export function sumOrAverage(expr: Aggregate, input: StepMatrix, grouping: Grouping, context: EvalContext): StepMatrix {
  return new Sums(expr, input, grouping, context).run();
}

/** Adds a row of plain floats to the sums of its group, cell by cell; the same as `addToSum` does, in one loop. */
function addFloats(kinds: Uint8Array, values: Float64Array, base: number, steps: number, seen: Uint8Array, sums: Float64Array, compensations: Float64Array, target: number): void {
  for (let step = 0; step < steps; step++) {
    if (kinds[base + step] !== FLOAT) continue;
    const at = target + step;
    const value = values[base + step] ?? NaN;
    if (seen[at] === 0) {
      seen[at] = HAS_FLOAT;
      sums[at] = value;
      continue;
    }
    const sum = sums[at] ?? 0;
    const total = sum + value;
    sums[at] = total;
    if (total === Infinity || total === -Infinity) compensations[at] = 0;
    else compensations[at] = (compensations[at] ?? 0) + (Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum);
  }
}

class Sums {
  readonly #expr: Aggregate;
  readonly #input: StepMatrix;
  readonly #grouping: Grouping;
  readonly #context: EvalContext;
  readonly #seen: Uint8Array;
  readonly #sums: Float64Array;
  readonly #compensations: Float64Array;
  /** How many values an average has; negative when it turned to an incremental mean because the sum would overflow. */
  readonly #counts: Float64Array | undefined;
  readonly #histograms = new Map<number, HistogramTotal>();

  constructor(expr: Aggregate, input: StepMatrix, grouping: Grouping, context: EvalContext) {
    const cells = grouping.labels.length * input.steps;
    this.#expr = expr;
    this.#input = input;
    this.#grouping = grouping;
    this.#context = context;
    this.#seen = new Uint8Array(cells);
    this.#sums = new Float64Array(cells);
    this.#compensations = new Float64Array(cells);
    this.#counts = expr.op === 'avg' ? new Float64Array(cells) : undefined;
  }

  run(): StepMatrix {
    const { rows, steps, kinds, values } = this.#input;
    const meter = new WorkMeter(this.#context.scope.checkpoint);
    for (let row = 0; row < rows; row++) {
      meter.add(steps);
      const target = (this.#grouping.groupOf[row] ?? 0) * steps;
      const base = row * steps;
      if (this.#counts === undefined && !this.#input.hasHistograms) {
        addFloats(kinds, values, base, steps, this.#seen, this.#sums, this.#compensations, target);
        continue;
      }
      for (let step = 0; step < steps; step++) {
        const kind = kinds[base + step];
        if (kind === FLOAT) {
          if (this.#counts === undefined) this.#addToSum(target + step, values[base + step] ?? NaN);
          else this.#addToMean(target + step, values[base + step] ?? NaN, this.#counts);
        } else if (kind === HISTOGRAM) this.#addHistogram(target + step, row, step);
      }
    }
    return this.#result();
  }

  #addToSum(at: number, value: number): void {
    const seen = this.#seen[at] ?? 0;
    if ((seen & INCOMPATIBLE) !== 0) return;
    this.#seen[at] = seen | HAS_FLOAT;
    if (seen === 0) this.#sums[at] = value;
    else this.#increase(at, value, this.#sums[at] ?? 0, this.#compensations[at] ?? 0);
  }

  #addToMean(at: number, value: number, counts: Float64Array): void {
    const seen = this.#seen[at] ?? 0;
    if ((seen & INCOMPATIBLE) !== 0) return;
    this.#seen[at] = seen | HAS_FLOAT;
    const before = counts[at] ?? 0;
    if (seen === 0) {
      this.#sums[at] = value;
      counts[at] = 1;
      return;
    }
    const sum = this.#sums[at] ?? 0;
    const compensation = this.#compensations[at] ?? 0;
    const count = Math.abs(before) + 1;
    if (before >= 0) {
      counts[at] = count;
      if (Number.isFinite(sum + value) || Number.isNaN(sum + value)) {
        this.#increase(at, value, sum, compensation);
        return;
      }
      this.#sums[at] = sum / (count - 1);
      this.#compensations[at] = compensation / (count - 1);
    }
    counts[at] = -count;
    const weight = (count - 1) / count;
    this.#increase(at, value / count, weight * (this.#sums[at] ?? 0), weight * (this.#compensations[at] ?? 0));
  }

  /** Neumaier's step, see util/kahansum. */
  #increase(at: number, value: number, sum: number, compensation: number): void {
    const total = sum + value;
    this.#sums[at] = total;
    if (total === Infinity || total === -Infinity) this.#compensations[at] = 0;
    else this.#compensations[at] = compensation + (Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum);
  }

  #addHistogram(at: number, row: number, step: number): void {
    const histogram = this.#input.histogramAt(row, step);
    const seen = this.#seen[at] ?? 0;
    if (histogram === undefined || (seen & INCOMPATIBLE) !== 0) return;
    this.#seen[at] = seen | HAS_HISTOGRAM;
    if (this.#counts !== undefined) {
      const before = this.#counts[at] ?? 0;
      this.#counts[at] = before < 0 ? before - 1 : before + 1;
    }
    if (seen === 0) this.#histograms.set(at, new HistogramTotal(this.#expr.op === 'sum' ? 'sum' : 'mean'));
    // Where a float came first the group has no value anyway.
    const total = this.#histograms.get(at);
    if (total === undefined || total.add(histogram)) return;
    this.#seen[at] = seen | HAS_HISTOGRAM | INCOMPATIBLE;
    this.#context.scope.annotations.mixedExponentialCustom(labelValue(this.#input.labels[row] ?? {}, METRIC_NAME), this.#span);
  }

  #result(): StepMatrix {
    const { steps } = this.#input;
    const { labels } = this.#grouping;
    const out = new StepMatrix(steps, labels.length);
    const dropName = groupsWithoutName(this.#input, this.#grouping);
    labels.forEach((one, group) => {
      const row = out.addRow(one, dropName[group] === true);
      let found = false;
      for (let step = 0; step < steps; step++) {
        const value = this.#valueOf(group * steps + step);
        if (value === undefined) continue;
        out.put(row, step, value);
        found = true;
      }
      if (!found) out.dropLastRow();
    });
    return out;
  }

  #valueOf(at: number): number | FloatHistogram | undefined {
    const seen = this.#seen[at] ?? 0;
    if (seen === 0) return undefined;
    if (seen === HAS_FLOAT) return this.#floatValue(at);
    const { annotations } = this.#context.scope;
    const total = this.#histograms.get(at);
    if (total?.boundsReconciled === true) annotations.mismatchedBuckets('aggregation', this.#span);
    if ((seen & HAS_FLOAT) !== 0) {
      annotations.mixedFloatsHistogramsInAggregation(this.#span);
      return undefined;
    }
    if ((seen & INCOMPATIBLE) !== 0 || total === undefined) return undefined;
    if (total.resetCollision) annotations.resetCollision('aggregation', this.#span);
    const result = total.result();
    return result === undefined ? undefined : compactHistogram(result, 0);
  }

  #floatValue(at: number): number {
    const sum = this.#sums[at] ?? NaN;
    const compensation = this.#compensations[at] ?? 0;
    const count = this.#counts?.[at] ?? -1;
    return count < 0 ? sum + compensation : sum / count + compensation / count;
  }

  get #span(): { readonly start: number; readonly end: number } {
    return unwrapParens(this.#expr.expr).span;
  }
}
