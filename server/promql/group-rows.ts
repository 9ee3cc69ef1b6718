import type { Grouping } from './group-labels.ts';
import { StepMatrix } from './step-matrix.ts';

/** One value for each group and step; `counts` tells where there is one. */
export interface GroupCells {
  readonly values: Float64Array;
  readonly counts: Float64Array;
}

/** Makes rows of the groups; those without any value are left out. */
export function toGroups(input: StepMatrix, grouping: Grouping, { values, counts: seen }: GroupCells): StepMatrix {
  const { steps } = input;
  const out = new StepMatrix(steps, grouping.labels.length);
  const dropName = groupsWithoutName(input, grouping);
  grouping.labels.forEach((labels, group) => {
    const row = out.addRow(labels, dropName[group] === true);
    let found = false;
    for (let step = 0; step < steps; step++) {
      const at = group * steps + step;
      if (seen[at] === 0) continue;
      out.set(row, step, values[at] ?? NaN);
      found = true;
    }
    if (!found) out.dropLastRow();
  });
  return out;
}

/** A group loses its name when one of its series is to lose it, as of the last step at which the group has a value. */
export function groupsWithoutName(input: StepMatrix, grouping: Grouping): boolean[] {
  const drop: boolean[] = grouping.labels.map(() => false);
  if (!input.dropName.includes(true)) return drop;
  const lastSeen = grouping.labels.map(() => -1);
  for (let row = 0; row < input.rows; row++) {
    let last = input.steps - 1;
    while (last >= 0 && !input.has(row, last)) last--;
    const group = grouping.groupOf[row] ?? 0;
    if (last < 0 || last < (lastSeen[group] ?? -1)) continue;
    if (last > (lastSeen[group] ?? -1)) drop[group] = false;
    lastSeen[group] = last;
    if (input.dropName[row] === true) drop[group] = true;
  }
  return drop;
}
