import { scaleHistogram } from '#server/histogram/arithmetic.ts';
import type { Aggregate, Binary, Expr } from './ast.ts';
import { isSetOperator, unwrapParens } from './ast.ts';
import { typeOf } from './check-types.ts';
import { evalAggregate } from './eval-aggregate.ts';
import { evalCall } from './eval-call.ts';
import { executionError, settleNames, type EvalContext } from './eval-context.ts';
import { isRangeFunction } from './eval-range-function.ts';
import { scalarBinary, vectorScalarBinary } from './eval-scalar-binary.ts';
import { evalVectorSelector } from './eval-selector.ts';
import { setOperation } from './eval-set-operator.ts';
import { vectorBinary } from './eval-vector-binary.ts';
import { sampleCount } from './sample-count.ts';
import { StepMatrix, scalarMatrix } from './step-matrix.ts';
import { isStepInvariant } from './step-invariant.ts';

/**
 * Evaluates a vector or scalar expression at every step of a context. What `@` pins is evaluated once and repeated.
 * Throws QueryError. Source: promql/engine.go eval.
 */
export function evaluate(expr: Expr, context: EvalContext): StepMatrix {
  const { scope, steps } = context;
  scope.checkpoint();
  const held = scope.budget.held;
  scope.trace?.enter(expr);
  const once = steps > 1 && expr.kind !== 'number' && isStepInvariant(expr);
  const result = once ? repeat(evaluate(expr, { ...context, steps: 1 }), context) : settleNames(evaluateNode(expr, context), scope, false);
  // What a part gave is held until its parent is done, as Prometheus counts.
  const samples = sampleCount(result);
  // Operators and functions hold what they take and what they give at once.
  if (expr.kind === 'binary' || (expr.kind === 'call' && !isRangeFunction(expr.func))) scope.budget.require(samples);
  scope.budget.settle(held, samples);
  scope.trace?.leave(result.rows, samples);
  return result;
}

function evaluateNode(expr: Expr, context: EvalContext): StepMatrix {
  switch (expr.kind) {
    case 'number':
      context.scope.budget.require(context.steps);
      return scalarMatrix(context.steps, () => expr.value);
    case 'paren':
      return evaluate(expr.expr, context);
    case 'vector-selector':
      return evalVectorSelector(expr, context, 'value');
    case 'unary': {
      const inner = evaluate(expr.expr, context);
      return expr.op === '-' ? negate(inner) : inner;
    }
    case 'binary':
      return evaluateBinary(expr, context);
    case 'aggregate':
      return evaluateAggregate(expr, context);
    case 'call':
      return evalCall(expr, context, evaluate);
    case 'string':
    case 'matrix-selector':
    case 'subquery':
      throw executionError(`a ${typeOf(expr)} cannot be evaluated here`);
  }
}

function negate(input: StepMatrix): StepMatrix {
  const out = input.map((value) => -value, true);
  if (!input.hasHistograms) return out;
  for (let row = 0; row < input.rows; row++) {
    for (let step = 0; step < input.steps; step++) {
      const histogram = input.histogramAt(row, step);
      if (histogram !== undefined) out.setHistogram(row, step, scaleHistogram(histogram, -1));
    }
  }
  return out;
}

function evaluateBinary(expr: Binary, context: EvalContext): StepMatrix {
  const left = evaluate(expr.left, context);
  const right = evaluate(expr.right, context);
  const leftScalar = typeOf(expr.left) === 'scalar';
  const rightScalar = typeOf(expr.right) === 'scalar';
  if (leftScalar && rightScalar) return scalarBinary(expr, left, right);
  if (rightScalar) return vectorScalarBinary(expr, left, right, false, context);
  if (leftScalar) return vectorScalarBinary(expr, right, left, true, context);
  return isSetOperator(expr.op) ? setOperation(expr, left, right) : vectorBinary(expr, left, right, context);
}

function evaluateAggregate(expr: Aggregate, context: EvalContext): StepMatrix {
  const hasScalar = expr.param !== undefined && expr.op !== 'count_values';
  const param = hasScalar && expr.param !== undefined ? evaluate(unwrapParens(expr.param), context) : undefined;
  return evalAggregate(expr, evaluate(unwrapParens(expr.expr), context), param, context);
}

/** The same values at every step. */
function repeat(once: StepMatrix, { steps, scope }: EvalContext): StepMatrix {
  scope.budget.require(sampleCount(once) * (steps - 1));
  const out = new StepMatrix(steps, once.rows);
  for (let row = 0; row < once.rows; row++) {
    const target = out.addRow(once.labels[row] ?? {}, once.dropName[row] === true);
    if (!once.has(row, 0)) continue;
    const value = once.histogramAt(row, 0) ?? once.get(row, 0);
    for (let step = 0; step < steps; step++) out.put(target, step, value);
  }
  return out;
}
