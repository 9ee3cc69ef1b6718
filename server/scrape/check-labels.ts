import { METRIC_NAME, labelValue } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';

/** Bounds of the labels of one series, after relabelling. 0 = none. Lengths in bytes. */
export interface LabelLimits {
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
}
export type NameScheme = 'utf8' | 'legacy';

const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_]\w*$/;

/**
 * Why a series cannot be stored under these labels; undefined when it can. One such series fails the scrape. Source of
 * the rules and words: Prometheus scrape/scrape.go (errNameLabelMandatory, IsValid, verifyLabelLimits).
 */
export function labelsProblem(labels: Labels, limits: LabelLimits, scheme: NameScheme): string | undefined {
  const metric = labelValue(labels, METRIC_NAME);
  if (metric === '') return `missing metric name (${METRIC_NAME} label)`;
  const names = Object.keys(labels);
  if (scheme === 'legacy') {
    const wrong = LEGACY_METRIC.test(metric) ? names.find((name) => !LEGACY_LABEL.test(name)) : metric;
    if (wrong !== undefined) return `invalid metric name or label names: ${JSON.stringify(wrong.slice(0, 50))} (the job's metric_name_validation_scheme is legacy)`;
  }
  const of = `metric: ${metric.slice(0, 50)}`;
  if (limits.labelLimit > 0 && names.length > limits.labelLimit) return `label_limit exceeded (${of}, number of labels: ${names.length}, limit: ${limits.labelLimit})`;
  if (limits.labelNameLengthLimit === 0 && limits.labelValueLengthLimit === 0) return undefined;
  for (const name of names) {
    const nameLength = Buffer.byteLength(name);
    if (limits.labelNameLengthLimit > 0 && nameLength > limits.labelNameLengthLimit) return `label_name_length_limit exceeded (${of}, label name: ${name.slice(0, 50)}, length: ${nameLength}, limit: ${limits.labelNameLengthLimit})`;
    const value = labelValue(labels, name);
    const valueLength = Buffer.byteLength(value);
    if (limits.labelValueLengthLimit > 0 && valueLength > limits.labelValueLengthLimit)
      return `label_value_length_limit exceeded (${of}, label name: ${name.slice(0, 50)}, value: ${JSON.stringify(value.slice(0, 50))}, length: ${valueLength}, limit: ${limits.labelValueLengthLimit})`;
  }
  return undefined;
}
