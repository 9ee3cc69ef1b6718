import type { MetricsArithmetic, ScalarExpression, SecondStage } from '../ast.ts';
import { arithmetic, comparison, isNumber, onFloats, type Value } from '../evaluate/values.ts';
import { byLabels, type Series } from './finish.ts';

/** `topk`, `bottomk` and thresholds, one after the other: points that are not taken become null, series without points go. */
export function applySecond(series: readonly Series[], stages: readonly SecondStage[]): Series[] {
  return stages.reduce<Series[]>((all, stage) => (stage.kind === 'threshold' ? all.map((one) => keepPoints(one, (value) => passes(value, stage.operator, stage.value))) : takeBest(all, stage.kind, stage.limit)).filter((one) => one.values.some((value) => value !== null)), [...series]);
}

function passes(value: number, operator: Extract<SecondStage, { kind: 'threshold' }>['operator'], bound: number): boolean {
  return comparison(operator, () => false)({ type: 'float', value }, { type: 'float', value: bound });
}

/** At each time on its own the series with the highest (lowest) values; of equal ones the first by its labels. */
function takeBest(series: readonly Series[], kind: 'topk' | 'bottomk', limit: number): Series[] {
  const inOrder = series.toSorted(byLabels);
  const taken = inOrder.map(() => new Set<number>());
  for (let time = 0; time < (inOrder[0]?.values.length ?? 0); time++) {
    const there = inOrder.flatMap(({ values }, index) => { const value = values[time] ?? null; return value === null ? [] : [{ index, value }]; });
    there.sort((a, b) => (kind === 'topk' ? b.value - a.value : a.value - b.value) || a.index - b.index);
    for (const { index } of there.slice(0, limit)) taken[index]?.add(time);
  }
  return inOrder.map((one, index) => keepPoints(one, (_, time) => taken[index]?.has(time) === true));
}

function keepPoints(series: Series, keep: (value: number, time: number) => boolean): Series {
  return { ...series, values: series.values.map((value, time) => (value !== null && keep(value, time) ? value : null)) };
}

/** What one side of an arithmetic expression is. */
export type Operand = readonly Series[] | number;

/**
 * Two sides by an operator: series with equal labels together; where only one side has labels, its every series with the
 * one of the other; a number with every point. What is missing, and what is not a number (such as division by zero), is null.
 */
export function combineOperands(operator: MetricsArithmetic['operator'], left: Operand, right: Operand): Operand {
  if (typeof left === 'number' && typeof right === 'number') return onFloats(operator, left, right);
  if (typeof left === 'number') return typeof right === 'number' ? right : right.map((b) => withValues(b, b.values.map((v) => point(operator, left, v))));
  if (typeof right === 'number') return left.map((a) => withValues(a, a.values.map((v) => point(operator, v, right))));
  const pair = (a: Series, b: Series, labels: Series): Series => withValues(labels, a.values.map((v, time) => point(operator, v, b.values[time] ?? null)));
  const [onlyLeft, onlyRight] = [withoutLabels(left), withoutLabels(right)];
  if (onlyRight !== undefined) return left.map((a) => pair(a, onlyRight, a));
  if (onlyLeft !== undefined) return right.map((b) => pair(onlyLeft, b, b));
  const byKey = new Map(right.map((b) => [labelsKey(b), b]));
  return left.flatMap((a) => { const b = byKey.get(labelsKey(a)); return b === undefined ? [] : [pair(a, b, a)]; });
}

/** A number of an arithmetic expression: whole numbers among themselves stay whole, `1 / 2` is 0. Undefined for division of a whole number by 0. */
export function constantOf(node: ScalarExpression): number | undefined {
  const value = constantValue(node);
  return value !== undefined && isNumber(value) ? Number(value.value) : undefined;
}

function constantValue(node: ScalarExpression): Value | undefined {
  if (node.kind === 'static') return node.value;
  if (node.kind === 'aggregate') return undefined;
  const [left, right] = [constantValue(node.left), constantValue(node.right)];
  return left === undefined || right === undefined ? undefined : arithmetic(node.operator, left, right);
}

function point(operator: MetricsArithmetic['operator'], a: number | null, b: number | null): number | null {
  if (a === null || b === null || (operator === '/' && b === 0)) return null;
  const value = onFloats(operator, a, b);
  return Number.isFinite(value) ? value : null;
}

function withValues(series: Series, values: readonly (number | null)[]): Series {
  return { ...series, values, exemplars: [] };
}

/** The one series of a query without groups. */
function withoutLabels(series: readonly Series[]): Series | undefined {
  const [only] = series;
  return series.length === 1 && only !== undefined && Object.keys(only.labels).every((name) => name === '__name__') ? only : undefined;
}

function labelsKey({ labels }: Series): string {
  return JSON.stringify(Object.entries(labels).filter(([name]) => name !== '__name__').toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
