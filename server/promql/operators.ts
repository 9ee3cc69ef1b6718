import type { ArithmeticOp, BinaryOp, ComparisonOp } from './ast.ts';

const ARITHMETIC: Readonly<Record<ArithmeticOp, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
};
const COMPARISON: Readonly<Record<ComparisonOp, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

/** The arithmetic an operator does; undefined for the others. */
export function arithmeticOf(op: BinaryOp): ((a: number, b: number) => number) | undefined {
  return Object.hasOwn(ARITHMETIC, op) ? ARITHMETIC[op as ArithmeticOp] : undefined;
}

/** The comparison an operator does; undefined for the others. */
export function comparisonOf(op: BinaryOp): ((a: number, b: number) => boolean) | undefined {
  return Object.hasOwn(COMPARISON, op) ? COMPARISON[op as ComparisonOp] : undefined;
}

/** Go's math.Pow: unlike in JavaScript 1^x and (-1)^±Inf are 1 even for NaN and infinities. */
function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}
