import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { childRows } from './child-rows.ts';
import type { RowMask } from './row-masks.ts';

/** Siblings that do the same: same parent, service, name and kind. Nanoseconds. */
export interface SiblingFold {
  /** -1: they are roots. */
  readonly parent: number;
  /** By start. */
  readonly rows: Uint32Array;
  /** Of the siblings themselves. */
  readonly errors: number;
  readonly totalNano: number;
  readonly minNano: number;
  readonly maxNano: number;
  /** Of 100 siblings, 95 take no longer. */
  readonly p95Nano: number;
}
export interface SiblingFolds {
  readonly folds: readonly SiblingFold[];
  /** For each row the fold it is in, -1 for none. */
  readonly foldOf: Int32Array;
}

const ERROR = SPAN_STATUSES.indexOf('error');

/** Folds where `least` (2 or more) siblings or more do the same; `shown` 0 leaves rows out of account. Linear but for sorting durations. */
export function foldSiblings(columns: TraceColumns, { least = 5, shown }: { readonly least?: number; readonly shown?: RowMask } = {}): SiblingFolds {
  const { parent, source, sources, name, kind, names, count } = columns;
  const foldOf = new Int32Array(count).fill(-1);
  const folds: SiblingFold[] = [];
  const same = new Map<number, number[]>();
  const foldAll = (above: number, siblings: Iterable<number>): void => {
    same.clear();
    for (const row of siblings) {
      if (shown?.[row] === 0) continue;
      const key = ((sources[source[row] ?? 0]?.service ?? 0) * names.length + (name[row] ?? 0)) * SPAN_KINDS.length + (kind[row] ?? 0);
      const rows = same.get(key);
      if (rows === undefined) same.set(key, [row]);
      else rows.push(row);
    }
    for (const rows of same.values()) {
      if (rows.length < Math.max(2, least)) continue;
      for (const row of rows) foldOf[row] = folds.length;
      folds.push(foldOfRows(columns, above, rows));
    }
  };
  const roots: number[] = [];
  for (let row = 0; row < count; row++) if ((parent[row] ?? -1) < 0) roots.push(row);
  foldAll(-1, roots);
  const { first, child } = childRows(parent);
  for (let row = 0; row < count; row++) {
    const from = first[row] ?? 0;
    const to = first[row + 1] ?? 0;
    if (to - from >= least) foldAll(row, child.subarray(from, to));
  }
  return { folds, foldOf };
}

function foldOfRows({ duration, status }: TraceColumns, parent: number, rows: readonly number[]): SiblingFold {
  const durations = Float64Array.from(rows, (row) => duration[row] ?? 0).sort();
  return {
    parent,
    rows: Uint32Array.from(rows),
    errors: rows.reduce((sum, row) => sum + (status[row] === ERROR ? 1 : 0), 0),
    totalNano: durations.reduce((sum, d) => sum + d, 0),
    minNano: durations[0] ?? 0,
    maxNano: durations.at(-1) ?? 0,
    p95Nano: durations[Math.ceil(durations.length * 0.95) - 1] ?? 0,
  };
}
