import { labelsFromEntries, labelValue, METRIC_NAME, onlyLabels, withoutLabels } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { BinaryOp, VectorMatching } from './ast.ts';
import { keyOfLabels, withoutMetadata, withoutName } from './derived-labels.ts';
import { arithmeticOf } from './operators.ts';
import type { StepMatrix } from './step-matrix.ts';

/** The labels two series must agree on to be matched. */
export function matchLabels(labels: Labels, matching: VectorMatching): Labels {
  return matching.on ? onlyLabels(labels, matching.labels) : withoutLabels(labels, new Set([...matching.labels, METRIC_NAME]));
}

/** For every row of each matrix the number of its match group; the same number in both means they match. */
export function matchGroups(left: StepMatrix, right: StepMatrix, matching: VectorMatching): { readonly left: Int32Array; readonly right: Int32Array; readonly groups: number } {
  const numbers = new Map<string, number>();
  const ignored = new Set([...matching.labels, METRIC_NAME]);
  const groupOf = (labels: Labels): number => {
    let key = '';
    if (matching.on) for (const name of matching.labels) key += `${labelValue(labels, name)}\u0001`;
    else key = keyOfLabels(ignored.size === 1 ? withoutName(labels) : withoutLabels(labels, ignored));
    let group = numbers.get(key);
    if (group === undefined) numbers.set(key, (group = numbers.size));
    return group;
  };
  const leftGroups = Int32Array.from(left.labels, groupOf);
  const rightGroups = Int32Array.from(right.labels, groupOf);
  return { left: leftGroups, right: rightGroups, groups: numbers.size };
}

/** The labels of an operation's result. Source: promql/engine.go resultMetric. */
export function resultLabels(many: Labels, one: Labels, op: BinaryOp, matching: VectorMatching, dropName: boolean): Labels {
  let labels = dropName || arithmeticOf(op) !== undefined ? withoutMetadata(many) : many;
  if (matching.card === 'one-to-one') labels = matching.on ? onlyLabels(labels, matching.labels) : matching.labels.length === 0 ? labels : withoutLabels(labels, new Set(matching.labels));
  if (matching.include.length === 0) return labels;
  return labelsFromEntries([...Object.entries(labels), ...matching.include.map((name): [string, string] => [name, labelValue(one, name)])]);
}
