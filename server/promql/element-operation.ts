import { addHistograms, divideHistogram, scaleHistogram, subtractHistograms } from '#server/histogram/arithmetic.ts';
import { compactHistogram } from '#server/histogram/compact-histogram.ts';
import { equalHistograms } from '#server/histogram/equal-histograms.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { trimHistogram } from '#server/histogram/trim-histogram.ts';
import type { Annotations } from './annotations.ts';
import type { BinaryOp, Span } from './ast.ts';
import { arithmeticOf, comparisonOf } from './operators.ts';

export type Element = number | FloatHistogram;
/** What an operation on two elements gives: a value (and whether a comparison keeps it), perhaps with a note. */
export interface ElementResult {
  readonly value: Element;
  readonly keep: boolean;
  readonly note?: (annotations: Annotations) => void;
}
/** The elements have no result; the note says why. */
export interface Refusal {
  readonly refused: true;
  readonly note: (annotations: Annotations) => void;
}
export type ElementOperation = (left: Element, right: Element) => ElementResult | Refusal;

export function isRefusal(result: ElementResult | Refusal): result is Refusal {
  return 'refused' in result;
}

/** The operator for elements that may be histograms. `span` is where notes point to. Source: promql/engine.go vectorElemBinop. */
export function elementOperation(op: BinaryOp, span: Span): ElementOperation {
  const arithmetic = arithmeticOf(op);
  const comparison = comparisonOf(op);
  const incompatible = (left: string, right: string): Refusal => ({
    refused: true,
    note: (annotations) => annotations.info(`incompatible sample types encountered for binary operator "${op}": ${left} ${op} ${right}`, span),
  });
  return (left, right) => {
    if (typeof left === 'number') {
      if (typeof right === 'number') {
        if (arithmetic !== undefined) return { value: arithmetic(left, right), keep: true };
        return comparison === undefined ? incompatible('float', 'float') : { value: left, keep: comparison(left, right) };
      }
      return op === '*' ? { value: compactHistogram(scaleHistogram(right, left), 0), keep: true } : incompatible('float', 'histogram');
    }
    if (typeof right === 'number') return withScalar(op, left, right) ?? incompatible('histogram', 'float');
    return ofHistograms(op, left, right, span) ?? incompatible('histogram', 'histogram');
  };
}

function withScalar(op: BinaryOp, histogram: FloatHistogram, scalar: number): ElementResult | undefined {
  switch (op) {
    case '*':
      return { value: compactHistogram(scaleHistogram(histogram, scalar), 0), keep: true };
    case '/':
      return { value: compactHistogram(divideHistogram(histogram, scalar), 0), keep: true };
    case '</':
      return { value: trimHistogram(histogram, scalar, 'upper'), keep: true };
    case '>/':
      return { value: trimHistogram(histogram, scalar, 'lower'), keep: true };
    default:
      return undefined;
  }
}

function ofHistograms(op: BinaryOp, left: FloatHistogram, right: FloatHistogram, span: Span): ElementResult | Refusal | undefined {
  if (op === '==' || op === '!=') return { value: left, keep: equalHistograms(left, right) === (op === '==') };
  if (op !== '+' && op !== '-') return undefined;
  const combined = op === '+' ? addHistograms(left, right) : subtractHistograms(left, right);
  if (combined.kind === 'incompatible') {
    return { refused: true, note: (annotations) => annotations.warn(`incompatible bucket layout encountered for binary operator ${op}`, span) };
  }
  const operation = op === '+' ? 'addition' : 'subtraction';
  if (combined.counterResetCollision) return { refused: true, note: (annotations) => annotations.resetCollision(operation, span) };
  const histogram = compactHistogram(op === '+' ? combined.histogram : { ...combined.histogram, counterResetHint: 'gauge' }, 0);
  const result = { value: histogram, keep: true };
  return combined.nhcbBoundsReconciled ? { ...result, note: (annotations) => annotations.mismatchedBuckets(operation, span) } : result;
}
