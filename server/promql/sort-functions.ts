import { compareLabels, labelValue } from '#server/timeseries/labels.ts';
import { naturalOrder } from './natural-order.ts';
import type { StepMatrix } from './step-matrix.ts';

/** sort and sort_desc: rows by their float at the only step; NaN last either way. Histograms are left out. */
export function sortByValue(input: StepMatrix, descending: boolean): StepMatrix {
  const rows = rowIndexes(input).filter((row) => input.isFloat(row, 0)).sort((a, b) => {
    const x = input.get(a, 0);
    const y = input.get(b, 0);
    if (Number.isNaN(x) || Number.isNaN(y)) return (Number.isNaN(x) ? 1 : 0) - (Number.isNaN(y) ? 1 : 0);
    return (descending ? y - x : x - y) || 0;
  });
  return input.pick(rows);
}

/** sort_by_label: rows by the given labels in natural order, then by all labels. */
export function sortByLabels(input: StepMatrix, names: readonly string[], descending: boolean): StepMatrix {
  const sign = descending ? -1 : 1;
  const rows = rowIndexes(input).sort((a, b) => {
    const left = input.labels[a] ?? {};
    const right = input.labels[b] ?? {};
    for (const name of names) {
      const order = naturalOrder(labelValue(left, name), labelValue(right, name));
      if (order !== 0) return sign * order;
    }
    return sign * compareLabels(left, right);
  });
  return input.pick(rows);
}

function rowIndexes(matrix: StepMatrix): number[] {
  return Array.from({ length: matrix.rows }, (_, row) => row);
}
