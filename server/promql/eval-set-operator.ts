import type { Binary } from './ast.ts';
import { executionError, SAME_LABELSET } from './eval-context.ts';
import { mergeEqualLabels } from './merge-equal-labels.ts';
import { matchGroups } from './match-signature.ts';
import { StepMatrix } from './step-matrix.ts';

/** and, or, unless: series by the presence of their match group on the other side. Source: promql/engine.go VectorAnd/Or/Unless. */
export function setOperation(expr: Binary, left: StepMatrix, right: StepMatrix): StepMatrix {
  const groups = matchGroups(left, right, expr.matching);
  if (expr.op === 'or') {
    const inLeft = presence(left, groups.left, groups.groups);
    const joined = new StepMatrix(left.steps, left.rows + right.rows);
    for (let row = 0; row < left.rows; row++) left.copyRow(row, joined);
    copyWhere(right, groups.right, joined, (group, step) => !inLeft(group, step));
    // A series may come from the left at some steps and from the right at others: it is one series then.
    if (joined.steps === 1) return joined;
    const merged = mergeEqualLabels(joined.pick(byFirstStep(joined)));
    if (merged === undefined) throw executionError(SAME_LABELSET);
    return merged;
  }
  const inRight = presence(right, groups.right, groups.groups);
  const out = new StepMatrix(left.steps, left.rows);
  copyWhere(left, groups.left, out, (group, step) => inRight(group, step) === (expr.op === 'and'));
  return out;
}

/** A series keeps or loses its name as its first value does, so rows that begin earlier go first. */
function byFirstStep(matrix: StepMatrix): number[] {
  const first = matrix.labels.map((_, row) => matrix.firstStep(row));
  return matrix.labels.map((_, row) => row).sort((a, b) => (first[a] ?? 0) - (first[b] ?? 0) || a - b);
}

function presence(matrix: StepMatrix, groups: Int32Array, count: number): (group: number, step: number) => boolean {
  const present = new Uint8Array(count * matrix.steps);
  for (let row = 0; row < matrix.rows; row++) {
    const base = (groups[row] ?? 0) * matrix.steps;
    for (let step = 0; step < matrix.steps; step++) if (matrix.has(row, step)) present[base + step] = 1;
  }
  return (group, step) => present[group * matrix.steps + step] === 1;
}

function copyWhere(from: StepMatrix, groups: Int32Array, to: StepMatrix, keep: (group: number, step: number) => boolean): void {
  for (let row = 0; row < from.rows; row++) {
    const target = to.addRow(from.labels[row] ?? {}, from.dropName[row] === true);
    const group = groups[row] ?? 0;
    let found = false;
    for (let step = 0; step < from.steps; step++) {
      if (!from.has(row, step) || !keep(group, step)) continue;
      from.copyCell(row, step, to, target);
      found = true;
    }
    if (!found) to.dropLastRow();
  }
}
