import { labelsFromEntries, labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';

export type ReceivedLabels = { readonly ok: true; readonly labels: Labels } | { readonly ok: false; readonly message: string };
/** A name or value is undefined where its bytes are not UTF-8. */
export type ReceivedLabel = readonly [name: string | undefined, value: string | undefined];

/**
 * The labels of a series, if they can name one: with a metric name, no name twice, all UTF-8. Source: Prometheus
 * storage/remote/write_handler.go.
 */
export function checkedLabels(received: readonly ReceivedLabel[]): ReceivedLabels {
  const entries: [string, string][] = [];
  const names = new Set<string>();
  for (const [name, value] of received) {
    if (name === undefined || value === undefined) return refuse(`a label ${name === undefined ? 'name' : `value (of ${name})`} is not UTF-8`, entries);
    if (name === '') return refuse('a label has no name', entries);
    if (names.has(name)) return refuse(`the label ${name} is there twice`, entries);
    names.add(name);
    entries.push([name, value]);
  }
  const labels = labelsFromEntries(entries);
  return labelValue(labels, METRIC_NAME) === '' ? refuse(`there is no metric name (${METRIC_NAME})`, entries) : { ok: true, labels };
}

function refuse(reason: string, entries: readonly (readonly [string, string])[]): ReceivedLabels {
  const shown = entries.slice(0, 5).map(([name, value]) => `${name}=${JSON.stringify(value.slice(0, 40))}`);
  return { ok: false, message: `${reason}: {${shown.join(', ')}${entries.length > 5 ? ', …' : ''}}` };
}
