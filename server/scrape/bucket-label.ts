import { formatOpenMetricsFloat } from '#server/promql/go-number.ts';
import { parseFloatText } from './exposition/read-number.ts';

/** The label that holds a number by the type of its family: bounds of histograms, quantiles of summaries. */
export function numberLabelOf(type: string): 'le' | 'quantile' | undefined {
  if (type === 'histogram') return 'le';
  return type === 'summary' ? 'quantile' : undefined;
}

/**
 * The value of such a label in one spelling, so that `1`, `1.0` and `1e0` are one series. What is no number stays as it is.
 * Source: Prometheus model/textparse normalizeFloatsInLabelValues, see also model/labels/float.go.
 */
export function canonicalNumberLabel(text: string): string {
  const value = parseFloatText(text);
  return value === undefined ? text : formatOpenMetricsFloat(value);
}
