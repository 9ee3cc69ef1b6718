import type { Binary } from './ast.ts';
import type { EvalContext } from './eval-context.ts';
import { arithmeticOf, comparisonOf } from './operators.ts';
import { scalarMatrix, StepMatrix } from './step-matrix.ts';

/** `scalar op scalar`: comparisons give 1 or 0. */
export function scalarBinary(expr: Binary, left: StepMatrix, right: StepMatrix): StepMatrix {
  const arithmetic = arithmeticOf(expr.op);
  const comparison = comparisonOf(expr.op);
  return scalarMatrix(left.steps, (step) => {
    const a = left.get(0, step);
    const b = right.get(0, step);
    if (arithmetic !== undefined) return arithmetic(a, b);
    return comparison?.(a, b) === true ? 1 : 0;
  });
}

/** `vector op scalar`, or the other way round with `swapped`. Comparisons keep the vector's value. */
export function vectorScalarBinary(expr: Binary, vector: StepMatrix, scalar: StepMatrix, swapped: boolean, context: EvalContext): StepMatrix {
  const arithmetic = arithmeticOf(expr.op);
  if (arithmetic !== undefined) {
    return vector.map((value, step) => (swapped ? arithmetic(scalar.get(0, step), value) : arithmetic(value, scalar.get(0, step))), true);
  }
  const comparison = comparisonOf(expr.op);
  if (comparison === undefined) {
    context.scope.annotations.info(`incompatible sample types encountered for binary operator "${expr.op}": float ${expr.op} float`, expr.span);
    return new StepMatrix(vector.steps, 1);
  }
  const out = new StepMatrix(vector.steps, vector.rows);
  for (let row = 0; row < vector.rows; row++) {
    const target = out.addRow(vector.labels[row] ?? {}, expr.returnBool || vector.dropName[row] === true);
    let found = false;
    for (let step = 0; step < vector.steps; step++) {
      if (!vector.has(row, step)) continue;
      const value = vector.get(row, step);
      const keep = swapped ? comparison(scalar.get(0, step), value) : comparison(value, scalar.get(0, step));
      if (!expr.returnBool && !keep) continue;
      out.set(target, step, expr.returnBool ? (keep ? 1 : 0) : value);
      found = true;
    }
    if (!found) out.dropLastRow();
  }
  return out;
}
