import { parseGoFloat } from '#server/promql/go-number.ts';
import { formatSignificant } from './go-float.ts';
import { GoDuration, GoInt, printTime, typeName, type TemplateValue } from './template-value.ts';

const LARGE = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SMALL = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const BINARY = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
const MAX_INT64 = 2 ** 63;

/** A number from what templates pass for one: a number, a text of one, a duration in seconds. Throws Error. Source: common/helpers/templates. */
export function toFloat(value: TemplateValue): number {
  if (typeof value === 'number') return value;
  if (value instanceof GoInt) return value.value;
  if (value instanceof GoDuration) return value.seconds;
  if (typeof value !== 'string') throw new Error(`can't convert ${typeName(value)} to float`);
  const parsed = parseGoFloat(value);
  if (parsed === undefined) throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
  return parsed;
}

/** `1.234k`, `12.3m`: four digits with an SI prefix. Source: template/template.go. */
export function humanize(value: TemplateValue): string {
  let v = toFloat(value);
  if (v === 0 || !Number.isFinite(v)) return four(v);
  let prefix = '';
  if (Math.abs(v) >= 1) {
    for (const next of LARGE) {
      if (Math.abs(v) < 1000) break;
      prefix = next;
      v /= 1000;
    }
    return four(v) + prefix;
  }
  return small(v, '');
}

/** `1.5Mi`: four digits with a binary prefix. */
export function humanize1024(value: TemplateValue): string {
  let v = toFloat(value);
  if (Math.abs(v) <= 1 || !Number.isFinite(v)) return four(v);
  let prefix = '';
  for (const next of BINARY) {
    if (Math.abs(v) < 1024) break;
    prefix = next;
    v /= 1024;
  }
  return four(v) + prefix;
}

/** Seconds as `1d 2h 3m 4s`, below a minute with four digits, below a second with an SI prefix. */
export function humanizeDuration(value: TemplateValue): string {
  const v = toFloat(value);
  if (!Number.isFinite(v)) return four(v);
  if (v === 0) return `${four(v)}s`;
  if (Math.abs(v) < 1) return small(v, 's');
  const sign = v < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(v));
  const [days, hours, minutes, seconds] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  if (days !== 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours !== 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes !== 0) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${four(Math.abs(v))}s`;
}

/** A ratio as `12.34%`. */
export function humanizePercentage(value: TemplateValue): string {
  return `${four(toFloat(value) * 100)}%`;
}

/** Unix seconds as `2006-01-02 15:04:05.999 +0000 UTC`. */
export function humanizeTimestamp(value: TemplateValue): string {
  const v = toFloat(value);
  return Number.isFinite(v) ? printTime(secondsToMs(v)) : four(v);
}

/** Unix seconds as milliseconds. Throws Error for what Go's 64-bit nanoseconds cannot hold. */
export function secondsToMs(seconds: number): number {
  if (!Number.isFinite(seconds)) throw new Error('value is NaN or Inf');
  if (Math.abs(seconds * 1e9) > MAX_INT64) throw new Error(`${formatSignificant(seconds, 17)} cannot be represented as a nanoseconds timestamp since it overflows int64`);
  return Math.floor(seconds * 1000);
}

function small(value: number, unit: string): string {
  let v = value;
  let prefix = '';
  for (const next of SMALL) {
    if (Math.abs(v) >= 1) break;
    prefix = next;
    v *= 1000;
  }
  return four(v) + prefix + unit;
}

function four(value: number): string {
  return formatSignificant(value, 4);
}
