import { formatGoFloat, goExponent } from '#server/promql/go-number.ts';

/** Floats as Go's fmt writes them, rounding ties to even (JavaScript rounds them up). Source: Go's strconv/ftoa.go. */

const MOST_DIGITS = 100;

/** %.<precision>g: that many significant digits without trailing zeros; with an exponent below 1e-4 and from 10^precision on. */
export function formatSignificant(value: number, precision: number): string {
  if (!Number.isFinite(value) || value === 0) return formatGoFloat(value);
  const digits = Math.max(1, precision);
  const [mantissa = '', exponent = '0'] = rounded(value, digits - 1);
  const size = Number(exponent);
  if (size < -4 || size >= digits) return goExponent(`${trimZeros(mantissa)}e${exponent}`);
  return trimZeros(exactFixed(value, Math.max(0, digits - 1 - size)));
}

/** %.<digits>e. */
export function exactExponential(value: number, digits: number): string {
  return goExponent(rounded(value, digits).join('e'));
}

/** %.<digits>f. */
export function exactFixed(value: number, digits: number): string {
  // Beyond, toFixed itself turns to exponents; such numbers have no fraction.
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
  const text = value.toFixed(digits);
  const signed = Object.is(value, -0) ? `-${text}` : text;
  const [whole = '', fraction = ''] = value.toFixed(MOST_DIGITS).split('.');
  const kept = whole + fraction.slice(0, digits);
  if (!isTie(fraction.slice(digits)) || !endsEven(kept)) return signed;
  return digits === 0 ? whole : `${whole}.${fraction.slice(0, digits)}`;
}

/** Mantissa and exponent of that many digits after the point. */
function rounded(value: number, digits: number): string[] {
  const [mantissa = '', exponent = ''] = value.toExponential(MOST_DIGITS).split('e');
  const point = mantissa.indexOf('.') + 1;
  const kept = mantissa.slice(0, point + digits);
  if (isTie(mantissa.slice(point + digits)) && endsEven(kept.replace('.', ''))) return [digits === 0 ? kept.slice(0, -1) : kept, exponent];
  return value.toExponential(digits).split('e');
}

function isTie(rest: string): boolean {
  return /^50*$/.test(rest);
}

function endsEven(digits: string): boolean {
  return '02468'.includes(digits.at(-1) ?? '1');
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
