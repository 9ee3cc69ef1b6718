import { SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import type { RowMask } from './row-masks.ts';
import type { SiblingFolds } from './sibling-folds.ts';

/** What a reader chose to see of a trace. */
export interface RowChoice {
  /** 1: what is below is not shown. */
  readonly collapsed?: RowMask;
  /** 0: left out, with all below. Rows above one that is shown must be shown (child-rows.ts withAncestors). */
  readonly shown?: RowMask;
  /** 1: left out itself; what is below takes its place (mesh-hops.ts hopMembers). */
  readonly omitted?: RowMask;
  /** Siblings that are one line until they are in `expanded` (indexes of folds). Made with the same `shown`. */
  readonly folds?: SiblingFolds;
  readonly expanded?: ReadonlySet<number>;
  /** Only this row and what is below it. */
  readonly root?: number;
}

/** The lines to draw, from top to bottom. */
export interface VisibleRows {
  readonly count: number;
  /** The row a line shows; of a fold its first. */
  readonly row: Uint32Array;
  /** The fold a line stands for, -1 when it is a single row. */
  readonly fold: Int32Array;
  /** Steps of indentation. */
  readonly depth: Uint32Array;
  /** Errors that a line hides: below a collapsed row, or in a fold that is not expanded. */
  readonly hiddenErrors: Uint32Array;
  /** For each row of the trace its line; of a folded row the fold's; -1 when it is not shown. */
  readonly lineOf: Int32Array;
}

const ERROR = SPAN_STATUSES.indexOf('error');

/** The lines for a choice. One pass over what is shown, with no recursion: linear in rows whatever is chosen. */
export function visibleRows(columns: Pick<TraceColumns, 'count' | 'parent' | 'descendants' | 'status'>, choice: RowChoice = {}): VisibleRows {
  return new Lines(columns, choice).all();
}

/** The line that stands for a row: its own, or that of the nearest row above that is shown; -1 when none is. */
export function lineFor({ lineOf }: Pick<VisibleRows, 'lineOf'>, parent: Int32Array, row: number): number {
  let at = row;
  while (at >= 0 && (lineOf[at] ?? -1) < 0) at = parent[at] ?? -1;
  return at < 0 ? -1 : (lineOf[at] ?? -1);
}

/** Lines of the rows above the one that `line` shows, the nearest `limit` of them, outermost first: what stays in sight while their subtree scrolls by. */
export function stickyLines(visible: VisibleRows, parent: Int32Array, line: number, limit: number): number[] {
  const lines: number[] = [];
  let depth = visible.depth[line] ?? 0;
  for (let row = parent[visible.row[line] ?? 0] ?? -1; row >= 0 && lines.length < limit && depth > 0; row = parent[row] ?? -1) {
    const above = visible.lineOf[row] ?? -1;
    if (above < 0 || above >= line || (visible.depth[above] ?? 0) >= depth) continue;
    depth = visible.depth[above] ?? 0;
    lines.push(above);
  }
  return lines.reverse();
}

/** Rows to be gone through one after another, or the rows of an expanded fold. */
type Frame = { next: number; readonly end: number } | { member: number; readonly fold: number; readonly indent: number };

class Lines {
  readonly #columns: Pick<TraceColumns, 'count' | 'parent' | 'descendants' | 'status'>;
  readonly #choice: RowChoice;
  #count = 0;
  readonly #row: Uint32Array;
  readonly #fold: Int32Array;
  readonly #depth: Uint32Array;
  readonly #hiddenErrors: Uint32Array;
  readonly #lineOf: Int32Array;
  /** Indentation that a row gives those below it. */
  readonly #below: Uint32Array;
  /** Errors in the rows before each. */
  readonly #errorsBefore: Uint32Array;

  constructor(columns: Pick<TraceColumns, 'count' | 'parent' | 'descendants' | 'status'>, choice: RowChoice) {
    const { count, status } = columns;
    this.#columns = columns;
    this.#choice = choice;
    // A fold has a line of its own beside those of its rows, and has two rows at least.
    const most = count + (choice.folds?.folds.length ?? 0);
    this.#row = new Uint32Array(most);
    this.#fold = new Int32Array(most).fill(-1);
    this.#depth = new Uint32Array(most);
    this.#hiddenErrors = new Uint32Array(most);
    this.#lineOf = new Int32Array(count).fill(-1);
    this.#below = new Uint32Array(count);
    this.#errorsBefore = new Uint32Array(count + 1);
    for (let row = 0; row < count; row++) this.#errorsBefore[row + 1] = (this.#errorsBefore[row] ?? 0) + (status[row] === ERROR ? 1 : 0);
  }

  all(): VisibleRows {
    const { count, descendants } = this.#columns;
    const { root } = this.#choice;
    const frames: Frame[] = [root === undefined || root >= count ? { next: 0, end: count } : { next: root, end: root + 1 + (descendants[root] ?? 0) }];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const opened = 'next' in frame ? this.#range(frame) : this.#members(frame);
      if (opened === undefined) frames.pop();
      else frames.push(opened);
    }
    const lines = this.#count;
    return { count: lines, row: this.#row.slice(0, lines), fold: this.#fold.slice(0, lines), depth: this.#depth.slice(0, lines), hiddenErrors: this.#hiddenErrors.slice(0, lines), lineOf: this.#lineOf };
  }

  /** Goes on until a fold opens, or to the end. */
  #range(frame: { next: number; readonly end: number }): Frame | undefined {
    const { parent, descendants } = this.#columns;
    const { shown, folds } = this.#choice;
    while (frame.next < frame.end) {
      const row = frame.next;
      const after = row + 1 + (descendants[row] ?? 0);
      if (shown?.[row] === 0) {
        frame.next = after;
        continue;
      }
      const above = parent[row] ?? -1;
      const indent = above < 0 || row === this.#choice.root ? 0 : (this.#below[above] ?? 0);
      const fold = row === this.#choice.root ? -1 : (folds?.foldOf[row] ?? -1);
      if (fold < 0) {
        frame.next = this.#show(row, indent) ? row + 1 : after;
        continue;
      }
      frame.next = after;
      if (folds?.folds[fold]?.rows[0] !== row) continue;
      if (this.#showFold(fold, indent)) return { member: 0, fold, indent: indent + 1 };
    }
    return undefined;
  }

  #members(frame: { member: number; readonly fold: number; readonly indent: number }): Frame | undefined {
    const rows = this.#choice.folds?.folds[frame.fold]?.rows;
    for (let row = rows?.[frame.member]; row !== undefined; row = rows?.[frame.member]) {
      frame.member += 1;
      const open = this.#show(row, frame.indent);
      const below = this.#columns.descendants[row] ?? 0;
      if (open && below > 0) return { next: row + 1, end: row + 1 + below };
    }
    return undefined;
  }

  /** Adds a row's line. Is what is below it to be shown? */
  #show(row: number, indent: number): boolean {
    if (this.#choice.omitted?.[row] === 1) {
      this.#below[row] = indent;
      return true;
    }
    this.#below[row] = indent + 1;
    const collapsed = this.#choice.collapsed?.[row] === 1;
    this.#lineOf[row] = this.#count;
    this.#add(row, -1, indent, collapsed ? this.#errorsIn(row + 1, row + 1 + (this.#columns.descendants[row] ?? 0)) : 0);
    return !collapsed;
  }

  /** Adds a fold's line. Are its rows to be shown? */
  #showFold(fold: number, indent: number): boolean {
    const rows = this.#choice.folds?.folds[fold]?.rows ?? new Uint32Array();
    const open = this.#choice.expanded?.has(fold) === true;
    let errors = 0;
    if (!open) {
      for (const row of rows) {
        this.#lineOf[row] = this.#count;
        errors += this.#errorsIn(row, row + 1 + (this.#columns.descendants[row] ?? 0));
      }
    }
    this.#add(rows[0] ?? 0, fold, indent, errors);
    return open;
  }

  #add(row: number, fold: number, indent: number, hiddenErrors: number): void {
    this.#row[this.#count] = row;
    this.#fold[this.#count] = fold;
    this.#depth[this.#count] = indent;
    this.#hiddenErrors[this.#count] = hiddenErrors;
    this.#count += 1;
  }

  #errorsIn(from: number, to: number): number {
    return (this.#errorsBefore[to] ?? 0) - (this.#errorsBefore[from] ?? 0);
  }
}
