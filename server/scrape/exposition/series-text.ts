import { labelValue, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';

const PLAIN_NAME = /^[a-zA-Z_:][\w:]*$/;
const PLAIN_LABEL = /^[a-zA-Z_]\w*$/;

/** A series as the text format writes it, so that readSeries gives the same labels again. */
export function seriesText(labels: Labels): string {
  const name = labelValue(labels, METRIC_NAME);
  const plain = PLAIN_NAME.test(name);
  const pairs = plain ? [] : [quoted(name)];
  for (const [label, value] of Object.entries(labels)) if (label !== METRIC_NAME) pairs.push(`${PLAIN_LABEL.test(label) ? label : quoted(label)}=${quoted(value)}`);
  return `${plain ? name : ''}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
