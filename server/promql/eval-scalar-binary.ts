import type { Binary } from './ast.ts';
import { executionError, type EvalContext } from './eval-context.ts';
import { elementOperation, isRefusal } from './element-operation.ts';
import { arithmeticOf, comparisonOf } from './operators.ts';
import { scalarMatrix, StepMatrix } from './step-matrix.ts';

/** `scalar op scalar`: comparisons give 1 or 0. Throws for operators that need a histogram. */
export function scalarBinary(expr: Binary, left: StepMatrix, right: StepMatrix): StepMatrix {
  const arithmetic = arithmeticOf(expr.op);
  const comparison = comparisonOf(expr.op);
  if (arithmetic === undefined && comparison === undefined) throw executionError(`operator "${expr.op}" not allowed for Scalar operations`);
  return scalarMatrix(left.steps, (step) => {
    const a = left.get(0, step);
    const b = right.get(0, step);
    if (arithmetic !== undefined) return arithmetic(a, b);
    return comparison?.(a, b) === true ? 1 : 0;
  });
}

/** `vector op scalar`, or the other way round with `swapped`. Comparisons keep the vector's value. Source: promql/engine.go VectorscalarBinop. */
export function vectorScalarBinary(expr: Binary, vector: StepMatrix, scalar: StepMatrix, swapped: boolean, context: EvalContext): StepMatrix {
  const arithmetic = arithmeticOf(expr.op);
  if (arithmetic !== undefined && !vector.hasHistograms) {
    return vector.map((value, step) => (swapped ? arithmetic(scalar.get(0, step), value) : arithmetic(value, scalar.get(0, step))), true);
  }
  const operation = elementOperation(expr.op, expr.span);
  const compares = comparisonOf(expr.op) !== undefined;
  const notes = new StepNotes(context, vector.steps);
  const out = new StepMatrix(vector.steps, vector.rows);
  for (let row = 0; row < vector.rows; row++) {
    const target = out.addRow(vector.labels[row] ?? {}, expr.returnBool || arithmetic !== undefined || vector.dropName[row] === true);
    let found = false;
    for (let step = 0; step < vector.steps; step++) {
      if (!vector.has(row, step)) continue;
      const value = vector.histogramAt(row, step) ?? vector.get(row, step);
      const result = swapped ? operation(scalar.get(0, step), value) : operation(value, scalar.get(0, step));
      if (isRefusal(result)) {
        notes.keep(step, result.note);
        continue;
      }
      if (!expr.returnBool && !result.keep) continue;
      out.put(target, step, expr.returnBool ? (result.keep ? 1 : 0) : compares ? value : result.value);
      found = true;
    }
    if (!found) out.dropLastRow();
  }
  notes.tell();
  return out;
}

/** Notes that an operation makes at each step; the reference tells only the last of a step. */
export class StepNotes {
  readonly #context: EvalContext;
  readonly #last: (((annotations: EvalContext['scope']['annotations']) => void) | undefined)[];
  constructor(context: EvalContext, steps: number) {
    this.#context = context;
    this.#last = Array.from({ length: steps });
  }
  keep(step: number, note: (annotations: EvalContext['scope']['annotations']) => void): void {
    this.#last[step] = note;
  }
  tell(): void {
    for (const note of this.#last) note?.(this.#context.scope.annotations);
  }
}
