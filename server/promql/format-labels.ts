import { labelValue, sortedNames } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { isPlainLabelName, quote } from './go-string.ts';

/** A label set as Prometheus prints it: `{__name__="up", job="x"}`. */
export function formatLabels(labels: Labels): string {
  const pairs = sortedNames(labels).map((name) => `${isPlainLabelName(name) ? name : quote(name)}=${quote(labelValue(labels, name))}`);
  return `{${pairs.join(', ')}}`;
}
