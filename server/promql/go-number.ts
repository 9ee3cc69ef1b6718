/** Numbers as Go's strconv and fmt read and write them, which is what Prometheus' texts are made of. */

const DECIMAL = /^[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?$/;

/** strconv.ParseFloat; undefined when the text is not a number. */
export function parseGoFloat(text: string): number | undefined {
  const lower = text.toLowerCase();
  const bare = lower.startsWith('+') || lower.startsWith('-') ? lower.slice(1) : lower;
  if (bare === 'inf' || bare === 'infinity') return lower.startsWith('-') ? -Infinity : Infinity;
  if (bare === 'nan') return NaN;
  if (/^0x[\da-f]+$/.test(bare)) return (lower.startsWith('-') ? -1 : 1) * Number(bare);
  if (!DECIMAL.test(text) || text.includes('_')) return undefined;
  return Number(text);
}

/** A PromQL number: an integer with Go's base prefixes (a leading 0 is octal), else a float. Underscores may group digits. */
export function parsePromNumber(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  const sign = plain.startsWith('-') ? -1 : 1;
  const digits = /^[+-]/.test(plain) ? plain.slice(1) : plain;
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  if (/^0[xob][\da-f]+$/i.test(digits)) {
    const value = Number(digits);
    return Number.isNaN(value) ? undefined : sign * value;
  }
  return parseGoFloat(plain);
}

/** strconv.FormatFloat(v, 'f', -1, 64): the shortest decimal that reads back, never with an exponent. */
export function formatGoFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const e = text.indexOf('e');
  if (e < 0) return text;
  const negative = text.startsWith('-');
  const mantissa = text.slice(negative ? 1 : 0, e);
  const exponent = Number(text.slice(e + 1));
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const plain = point <= 0 ? `0.${'0'.repeat(-point)}${digits}` : digits.padEnd(point, '0');
  return negative ? `-${plain}` : plain;
}

/** A value as Prometheus' HTTP API writes it: like `formatGoFloat`, but with an exponent below 1e-6 and from 1e21 on. */
export function formatApiFloat(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value) || (size >= 1e-6 && size < 1e21)) return formatGoFloat(value);
  return goExponent(value.toExponential());
}

/** fmt's %g and %v: the shortest form, with an exponent below 1e-4 and from 1e6 on. */
export function formatGoG(value: number): string {
  if (!Number.isFinite(value)) return formatGoFloat(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e6) ? goExponent(value.toExponential()) : formatGoFloat(value);
}

/** A float as OpenMetrics writes it in labels (`le`, `quantile`): as %g, and whole numbers with `.0`. Source: model/labels `FormatOpenMetricsFloat`. */
export function formatOpenMetricsFloat(value: number): string {
  const text = formatGoG(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** fmt's %.2g: two significant digits. */
export function formatGoG2(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatGoFloat(value);
  const exponential = value.toExponential(1);
  const exponent = Number(exponential.slice(exponential.indexOf('e') + 1));
  return exponent < -4 || exponent >= 2 ? goExponent(Number(exponential).toExponential()) : formatGoFloat(Number(exponential));
}

/** A number in JavaScript's exponential form with the exponent as Go writes it: at least two digits. */
export function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
