import { formatGoG } from '#server/promql/go-number.ts';
import type { FloatHistogram } from '#server/histogram/float-histogram.ts';

/**
 * The values of a template: a JavaScript number is a Go float64, integers have a type of their own because Go prints and
 * compares them otherwise. `undefined` is Go's missing value.
 */
export type TemplateValue = undefined | string | boolean | number | GoInt | GoTime | GoDuration | GoStruct | GoHistogram | ReadonlyMap<string, TemplateValue> | readonly TemplateValue[];

export class GoInt {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
/** Go's time.Time in UTC; Unix milliseconds. */
export class GoTime {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}
/** Go's time.Duration. */
export class GoDuration {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
}
/** A native histogram as a value; `text` is how Prometheus prints it. */
export class GoHistogram {
  readonly histogram: FloatHistogram;
  readonly text: string;
  constructor(histogram: FloatHistogram, text: string) {
    this.histogram = histogram;
    this.text = text;
  }
}
/** A struct with its Go type's name. */
export class GoStruct {
  readonly type: string;
  readonly fields: Readonly<Record<string, TemplateValue>>;
  constructor(type: string, fields: GoStruct['fields']) {
    this.type = type;
    this.fields = fields;
  }
}
export const SAMPLE = '*template.sample';

/** The name of a value's Go type, for messages. */
export function typeName(value: TemplateValue): string {
  if (value === undefined) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float64';
  if (value instanceof GoInt) return 'int';
  if (value instanceof GoTime) return '*time.Time';
  if (value instanceof GoDuration) return '*time.Duration';
  if (value instanceof GoHistogram) return '*histogram.FloatHistogram';
  if (value instanceof GoStruct) return value.type;
  if (isMap(value)) return [...value.values()].every((one) => typeof one === 'string') ? 'map[string]string' : 'map[string]interface {}';
  return 'template.queryResult';
}

/** Whether a value is a map; the other collection is a list. */
export function isMap(value: TemplateValue): value is ReadonlyMap<string, TemplateValue> {
  return value instanceof Map;
}

/** Go's truth: not the zero of its type. */
export function isTrue(value: TemplateValue): boolean {
  if (value === undefined) return false;
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (value instanceof GoInt) return value.value !== 0;
  if (value instanceof GoDuration || value instanceof GoTime || value instanceof GoStruct || value instanceof GoHistogram) return true;
  return isMap(value) ? value.size > 0 : value.length > 0;
}

/** A value as Go's fmt prints it with %v. */
export function printValue(value: TemplateValue): string {
  if (value === undefined) return '<no value>';
  return printInner(value);
}

function printInner(value: TemplateValue): string {
  if (value === undefined) return '<nil>';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return formatGoG(value);
  if (value instanceof GoInt) return String(value.value);
  if (value instanceof GoTime) return printTime(value.ms);
  if (value instanceof GoDuration) return printDuration(value.seconds);
  if (value instanceof GoHistogram) return value.text;
  if (value instanceof GoStruct) return `${value.type.startsWith('*') ? '&' : ''}{${Object.values(value.fields).map(printInner).join(' ')}}`;
  if (isMap(value)) return `map[${sortedEntries(value).map(([key, item]) => `${key}:${printInner(item)}`).join(' ')}]`;
  return `[${value.map(printInner).join(' ')}]`;
}

/** Entries of a map by key, as Go's templates go through them. */
export function sortedEntries(map: ReadonlyMap<string, TemplateValue>): (readonly [string, TemplateValue])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** time.Time.String in UTC: `2006-01-02 15:04:05.999 +0000 UTC`. */
export function printTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return `${ms}`;
  const [day = '', rest = ''] = date.toISOString().split('T');
  return `${day} ${rest.replace('Z', '').replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros)).replace(/(\.\d*?)0+$/, '$1')} +0000 UTC`;
}

/** time.Duration.String: `1h2m3.5s`, `1.5ms`, `0s`. */
export function printDuration(seconds: number): string {
  const ns = Math.trunc(Math.abs(seconds) * 1e9);
  const sign = seconds < 0 && ns > 0 ? '-' : '';
  if (ns === 0) return '0s';
  if (ns < 1000) return `${sign}${ns}ns`;
  if (ns < 1e6) return `${sign}${ns / 1e3}µs`;
  if (ns < 1e9) return `${sign}${ns / 1e6}ms`;
  const whole = Math.floor(ns / 1e9);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const fraction = String((ns % 1e9) / 1e9).slice(1);
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${whole % 60}${fraction}s`;
}
