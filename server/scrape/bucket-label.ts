import { parseFloatText } from './exposition/read-number.ts';

/** The label that holds a number by the type of its family: bounds of histograms, quantiles of summaries. */
export function numberLabelOf(type: string): 'le' | 'quantile' | undefined {
  if (type === 'histogram') return 'le';
  return type === 'summary' ? 'quantile' : undefined;
}

/**
 * The value of such a label in one spelling, so that `1`, `1.0` and `1e0` are one series. What is no number stays as it is.
 * Source: Prometheus model/textparse normalizeFloatsInLabelValues, model/labels/float.go.
 */
export function canonicalNumberLabel(text: string): string {
  const value = parseFloatText(text);
  if (value === undefined) return text;
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  // Go's shortest form: with an exponent below 1e-4 and from 1e6 on.
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  const plain = Object.is(value, -0) ? '-0' : String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}
