import { formatGoG } from '#server/promql/go-number.ts';
import { formatGoFloat } from '#server/promql/go-number.ts';
import { quote } from '#server/promql/go-string.ts';
import { exactExponential, exactFixed, formatSignificant } from './go-float.ts';
import { GoDuration, GoHistogram, GoInt, GoStruct, GoTime, printValue, typeName, type TemplateValue } from './template-value.ts';

const DIRECTIVE = /%([-+# 0]*)(\*|\d+)?(?:\.(\d*))?([\s\S])?/gu;
/** Wider is nobody's wish, and a string of any length is a way to use up memory. */
const MAX_WIDTH = 10_000;

/** fmt.Sprintf for the values of templates, with Go's own words for verbs that do not fit. Source: Go's fmt/print.go. */
export function goPrintf(format: string, args: readonly TemplateValue[]): string {
  let used = 0;
  let out = format.replaceAll(DIRECTIVE, (_, flags: string, width: string | undefined, precision: string | undefined, verb: string | undefined) => {
    if (verb === undefined) return '%!(NOVERB)';
    if (verb === '%') return '%';
    let size = width;
    if (width === '*') {
      const star = args[used++];
      if (!(star instanceof GoInt)) return '%!(BADWIDTH)';
      size = String(star.value);
    }
    if (used >= args.length) return `%!${verb}(MISSING)`;
    const digits = precision === undefined ? undefined : Math.min(100, Number(precision === '' ? 0 : precision));
    return pad(formatOne(args[used++], verb, flags, digits), flags, Math.min(MAX_WIDTH, Number(size ?? 0)));
  });
  if (used < args.length) out += `%!(EXTRA ${args.slice(used).map((value) => (value === undefined ? '<nil>' : `${typeName(value)}=${printValue(value)}`)).join(', ')})`;
  return out;
}

/** fmt.Sprint: a blank between two operands when neither is a string. */
export function goPrint(args: readonly TemplateValue[]): string {
  return args.map((value, i) => `${i > 0 && typeof value !== 'string' && typeof args[i - 1] !== 'string' ? ' ' : ''}${value === undefined ? '<nil>' : printValue(value)}`).join('');
}

function formatOne(value: TemplateValue, verb: string, flags: string, precision: number | undefined): string {
  const bad = `%!${verb}(${value === undefined ? '<nil>' : `${typeName(value)}=${printValue(value)}`})`;
  if (verb === 'T') return typeName(value);
  if (value === undefined) return verb === 'v' ? '<nil>' : bad;
  if (verb === 'v') return typeof value === 'number' || value instanceof GoInt ? formatNumber(value, 'v', flags, precision) ?? bad : cut(flags.includes('#') && typeof value === 'string' ? quote(value) : printValue(value), precision, value);
  if (typeof value === 'number' || value instanceof GoInt) return formatNumber(value, verb, flags, precision) ?? bad;
  if (typeof value === 'boolean') return verb === 't' ? String(value) : bad;
  if (typeof value === 'string' || value instanceof GoTime || value instanceof GoDuration || value instanceof GoHistogram) {
    const text = printValue(value);
    if (verb === 's') return cut(text, precision, text);
    if (verb === 'q') return flags.includes('#') && !text.includes('`') ? `\`${text}\`` : quote(text);
    if (verb === 'x' || verb === 'X') {
      const hex = [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return verb === 'x' ? hex : hex.toUpperCase();
    }
    return bad;
  }
  // Lists, maps and structs of strings.
  return verb === 's' && !(value instanceof GoStruct) ? printValue(value) : bad;
}

function cut(text: string, precision: number | undefined, value: TemplateValue): string {
  return precision === undefined || typeof value !== 'string' ? text : Array.from(text).slice(0, precision).join('');
}

function formatNumber(number: number | GoInt, verb: string, flags: string, precision: number | undefined): string | undefined {
  const text = typeof number === 'number' ? formatFloat(number, verb, precision) : formatInt(number.value, verb);
  if (text === undefined) return undefined;
  if (/^[+-]/.test(text)) return text.startsWith('+') && !flags.includes('+') && !text.startsWith('+Inf') ? text.slice(1) : text;
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
}

function formatFloat(value: number, verb: string, precision: number | undefined): string | undefined {
  if (!Number.isFinite(value)) return 'vfFeEgG'.includes(verb) ? formatGoFloat(value) : undefined;
  switch (verb) {
    case 'v':
    case 'g':
      return precision === undefined ? formatGoG(value) : formatSignificant(value, precision);
    case 'G':
      return (precision === undefined ? formatGoG(value) : formatSignificant(value, precision)).toUpperCase();
    case 'f':
    case 'F':
      return exactFixed(value, precision ?? 6);
    case 'e':
      return exactExponential(value, precision ?? 6);
    case 'E':
      return exactExponential(value, precision ?? 6).toUpperCase();
    default:
      return undefined;
  }
}

function formatInt(value: number, verb: string): string | undefined {
  switch (verb) {
    case 'v':
    case 'd':
      return String(value);
    case 'x':
      return value.toString(16);
    case 'X':
      return value.toString(16).toUpperCase();
    case 'o':
      return value.toString(8);
    case 'b':
      return value.toString(2);
    case 'U':
      return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
    case 'c':
      return value >= 0 && value <= 0x10ffff ? String.fromCodePoint(value) : '\ufffd';
    case 'q':
      return value >= 0 && value <= 0x10ffff ? `'${String.fromCodePoint(value)}'` : undefined;
    default:
      return undefined;
  }
}

function pad(text: string, flags: string, width: number): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0') || !/^[+-]?\d/.test(text)) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.test(text) ? text.slice(0, 1) : '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}
