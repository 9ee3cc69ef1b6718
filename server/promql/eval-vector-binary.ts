import { formatLabels } from './format-labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Binary } from './ast.ts';
import { keyOfLabels } from './derived-labels.ts';
import { executionError, SAME_LABELSET, type EvalContext } from './eval-context.ts';
import { matchGroups, matchLabels, resultLabels } from './match-signature.ts';
import { elementOperation, isRefusal, type Element, type ElementOperation } from './element-operation.ts';
import { StepNotes } from './eval-scalar-binary.ts';
import { StepMatrix } from './step-matrix.ts';

/**
 * `vector op vector` for arithmetic and comparison with on/ignoring, group_left/group_right, bool and fill. Groups are
 * found once for all steps; each pair of rows is then worked through step by step. Source: promql/engine.go VectorBinop.
 */
export function vectorBinary(expr: Binary, left: StepMatrix, right: StepMatrix, context: EvalContext): StepMatrix {
  return new VectorOperation(expr, left, right, context).run();
}

function elementAt(matrix: StepMatrix, row: number, step: number): Element {
  return matrix.histogramAt(row, step) ?? matrix.get(row, step);
}

class VectorOperation {
  readonly #expr: Binary;
  readonly #context: EvalContext;
  readonly #swapped: boolean;
  readonly #many: StepMatrix;
  readonly #one: StepMatrix;
  readonly #manyGroups: Int32Array;
  readonly #oneGroups: Int32Array;
  readonly #rowsOfGroup: number[][];
  readonly #out: StepMatrix;
  readonly #outRows = new Map<string, number>();
  readonly #operation: ElementOperation;
  readonly #notes: StepNotes;
  /** Per group and step: whether anything was matched there already. */
  readonly #matched: Uint8Array;
  /** Per row of the result and step: the group that was matched there, from 1 on. */
  readonly #matchedRows: Int32Array[] = [];

  constructor(expr: Binary, left: StepMatrix, right: StepMatrix, context: EvalContext) {
    const groups = matchGroups(left, right, expr.matching);
    this.#expr = expr;
    this.#context = context;
    this.#swapped = expr.matching.card === 'one-to-many';
    this.#many = this.#swapped ? right : left;
    this.#one = this.#swapped ? left : right;
    this.#manyGroups = this.#swapped ? groups.right : groups.left;
    this.#oneGroups = this.#swapped ? groups.left : groups.right;
    this.#rowsOfGroup = Array.from({ length: groups.groups }, () => []);
    this.#oneGroups.forEach((group, row) => this.#rowsOfGroup[group]?.push(row));
    this.#out = new StepMatrix(left.steps, this.#many.rows);
    this.#operation = elementOperation(expr.op, expr.span);
    this.#notes = new StepNotes(context, left.steps);
    this.#matched = new Uint8Array(groups.groups * left.steps);
  }

  run(): StepMatrix {
    const { fillLeft, fillRight } = this.#expr.matching;
    this.#checkOneSide();
    for (let row = 0; row < this.#many.rows; row++) {
      this.#context.scope.checkpoint();
      const partners = this.#rowsOfGroup[this.#manyGroups[row] ?? 0] ?? [];
      for (const partner of partners) this.#pair(row, partner);
      if (fillRight !== undefined) this.#fillOne(row, partners, fillRight);
    }
    if (fillLeft !== undefined) this.#fillMany(fillLeft);
    this.#notes.tell();
    return this.#out;
  }

  #pair(row: number, partner: number): void {
    const group = this.#manyGroups[row] ?? 0;
    let target: number | undefined;
    for (let step = 0; step < this.#out.steps; step++) {
      if (!this.#many.has(row, step) || !this.#one.has(partner, step)) continue;
      target ??= this.#targetRow(this.#many.labels[row] ?? {}, this.#one.labels[partner] ?? {});
      this.#apply(target, group, step, elementAt(this.#many, row, step), elementAt(this.#one, partner, step));
    }
  }

  #fillOne(row: number, partners: readonly number[], fill: number): void {
    const labels = this.#many.labels[row] ?? {};
    for (let step = 0; step < this.#out.steps; step++) {
      if (!this.#many.has(row, step) || partners.some((partner) => this.#one.has(partner, step))) continue;
      const target = this.#targetRow(labels, matchLabels(labels, this.#expr.matching));
      this.#apply(target, this.#manyGroups[row] ?? 0, step, elementAt(this.#many, row, step), fill);
    }
  }

  #fillMany(fill: number): void {
    for (let partner = 0; partner < this.#one.rows; partner++) {
      const labels = this.#one.labels[partner] ?? {};
      const group = this.#oneGroups[partner] ?? 0;
      for (let step = 0; step < this.#out.steps; step++) {
        if (!this.#one.has(partner, step) || this.#matched[group * this.#out.steps + step] === 1) continue;
        this.#apply(this.#targetRow(matchLabels(labels, this.#expr.matching), labels), group, step, fill, elementAt(this.#one, partner, step));
      }
    }
  }

  #apply(target: number, group: number, step: number, many: Element, one: Element): void {
    const { returnBool } = this.#expr;
    const result = this.#swapped ? this.#operation(one, many) : this.#operation(many, one);
    if (result.note !== undefined) this.#notes.keep(step, result.note);
    if (isRefusal(result)) return;
    this.#match(target, group, step);
    if (!result.keep && !returnBool) return;
    if (this.#out.has(target, step)) throw executionError(SAME_LABELSET);
    this.#out.put(target, step, returnBool ? (result.keep ? 1 : 0) : result.value);
  }

  /** Each group may be matched once; with grouping once for each set of labels of the result. */
  #match(target: number, group: number, step: number): void {
    const at = group * this.#out.steps + step;
    if (this.#expr.matching.card === 'one-to-one') {
      if (this.#matched[at] === 1) throw executionError('multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)');
    } else {
      const matched = (this.#matchedRows[target] ??= new Int32Array(this.#out.steps));
      if (matched[step] === group + 1) throw executionError('multiple matches for labels: grouping labels must ensure unique matches');
      matched[step] = group + 1;
    }
    this.#matched[at] = 1;
  }

  /** What the operands were to lose of their names is forgotten here, as in the reference. */
  #targetRow(many: Labels, one: Labels): number {
    const { op, matching, returnBool } = this.#expr;
    const labels = resultLabels(many, one, op, matching, returnBool && !this.#context.scope.delayedNameRemoval);
    const key = keyOfLabels(labels);
    let row = this.#outRows.get(key);
    if (row === undefined) this.#outRows.set(key, (row = this.#out.addRow(labels, returnBool)));
    return row;
  }

  /** Two series of a group on the "one" side at the same step make the match many-to-many. */
  #checkOneSide(): void {
    const { fillLeft, fillRight } = this.#expr.matching;
    const filled = fillLeft !== undefined || fillRight !== undefined;
    for (const rows of this.#rowsOfGroup) {
      if (rows.length < 2) continue;
      for (let step = 0; step < this.#out.steps; step++) {
        const present = rows.filter((row) => this.#one.has(row, step));
        const [first, second] = present;
        if (first === undefined || second === undefined || !(filled || this.#many.anyAt(step))) continue;
        const labels = this.#one.labels[first] ?? {};
        const pair = [formatLabels(labels), formatLabels(this.#one.labels[second] ?? {})].sort();
        throw executionError(
          `found duplicate series for the match group ${formatLabels(matchLabels(labels, this.#expr.matching))} on the ${this.#swapped ? 'left' : 'right'} hand-side of the operation: [${pair.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`,
        );
      }
    }
  }
}
