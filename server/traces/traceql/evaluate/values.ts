import type { ValueType } from '#server/traces/segment/segment.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { ArithmeticOperator, ComparisonOperator, Static } from '../ast.ts';
import { MAX_INT, MIN_INT } from '../words.ts';

/** A value while a query runs: also a list, and `other`, which is there but compares with nothing (a map, bytes). */
export type Value = Static | { readonly type: 'list'; readonly values: readonly Value[] } | { readonly type: 'other'; readonly value: AttributeValue };

export const NIL: Value = { type: 'nil' };
export const TRUE: Value = { type: 'bool', value: true };
export const FALSE: Value = { type: 'bool', value: false };

/** An attribute's value with its OTLP types (see TypedValue) as a value of the language; null is nil. */
export function valueOf(value: AttributeValue, types?: Readonly<Record<string, ValueType>>, pointer = ''): Value {
  if (value === null) return NIL;
  const type = types?.[pointer];
  if (type === 'bytes') return { type: 'other', value };
  if (type === 'double' || (typeof value === 'number' && !Number.isInteger(value))) return { type: 'float', value: Number(value) };
  if (type === 'int' || typeof value === 'number') return { type: 'int', value: BigInt(value as string | number) };
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return value ? TRUE : FALSE;
  if (Array.isArray(value)) return { type: 'list', values: value.map((item: AttributeValue, i) => valueOf(item, types, `${pointer}/${i}`)) };
  return { type: 'other', value };
}

/** A value as answers carry it: 64-bit numbers as numbers, a duration as Go writes it. */
export function attributeValueOf(value: Value): AttributeValue {
  switch (value.type) {
    case 'nil':
      return null;
    case 'list':
      return value.values.map(attributeValueOf);
    case 'int':
      return Number(value.value);
    case 'duration':
      return goDuration(value.value);
    default:
      return value.value;
  }
}

/** A text that equal values of one type have in common, and no others. */
export function valueKey(value: Value): string {
  return `${value.type} ${JSON.stringify(value.type === 'int' || value.type === 'duration' ? String(value.value) : attributeValueOf(value))}`;
}

/** A duration as Go's time.Duration prints it: `1h30m0s`, `1.5ms`, `0s`. */
export function goDuration(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? '-' : '';
  if (size === 0n) return '0s';
  const small = ([['ns', 1n], ['µs', 1_000n], ['ms', 1_000_000n]] as const).findLast(([, unit]) => size < 1_000_000_000n && size >= unit);
  if (small !== undefined) return `${sign}${decimal(size, small[1])}${small[0]}`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = String(value % unit).padStart(String(unit).length - 1, '0').replace(/0+$/, '');
  return unit === 1n || fraction === '' ? String(value / unit) : `${value / unit}.${fraction}`;
}

/** Decides two values by an operator; `matches` is the right side of `=~` and `!~`. */
export type Comparison = (left: Value, right: Value) => boolean;

/**
 * How an operator compares. What is nil, or of another type, compares with nothing, not even by `!=`; numbers compare by
 * value, whether int, float or duration. A list satisfies an operator when some element does, and `!=` and `!~` when
 * none is equal or matches. Source: the documentation of TraceQL; checked against a running Tempo.
 */
export function comparison(operator: ComparisonOperator, matches: (text: string) => boolean): Comparison {
  const scalar = (left: Value, right: Value): boolean => {
    if (isNumber(left) && isNumber(right)) {
      // A bigint compares with a number exactly.
      const [a, b] = [left.value, right.value];
      return ordered(operator, a == b, a < b, a > b);
    }
    if (left.type === 'string' && right.type === 'string') {
      if (operator === '=~' || operator === '!~') return matches(left.value) === (operator === '=~');
      return ordered(operator, left.value === right.value, left.value < right.value, left.value > right.value);
    }
    if (left.type !== right.type || (left.type !== 'bool' && left.type !== 'status' && left.type !== 'kind')) return false;
    const same = left.value === (right as typeof left).value;
    return operator === '=' ? same : operator === '!=' && !same;
  };
  const negated = operator === '!=' || operator === '!~';
  const compare = (left: Value, right: Value): boolean => {
    if (left.type !== 'list' && right.type !== 'list') return scalar(left, right);
    const lefts = left.type === 'list' ? left.values : [left];
    const rights = right.type === 'list' ? right.values : [right];
    if (!negated) return lefts.some((a) => rights.some((b) => scalar(a, b)));
    const comparable = lefts.flatMap((a) => rights.filter((b) => a.type === b.type || (isNumber(a) && isNumber(b))).map((b) => scalar(a, b)));
    return comparable.every(Boolean) && (comparable.length > 0 || (left.type !== 'nil' && right.type !== 'nil' && (lefts.length === 0 || rights.length === 0)));
  };
  return compare;
}

/** Does an operator hold of two things in this order? */
export function ordered(operator: ComparisonOperator, equal: boolean, less: boolean, more: boolean): boolean {
  switch (operator) {
    case '=':
      return equal;
    case '!=':
      return !equal;
    case '<':
      return less;
    case '<=':
      return less || equal;
    case '>':
      return more;
    case '>=':
      return more || equal;
    default:
      return false;
  }
}

type NumberValue = Extract<Static, { type: 'int' | 'float' | 'duration' }>;

/** Is it an int, a float or a duration? */
export function isNumber(value: Value): value is NumberValue {
  return value.type === 'int' || value.type === 'float' || value.type === 'duration';
}

/** Two numbers by an operator; nil for anything else and for a whole number divided by zero. Whole numbers stay whole (division cuts off) while they fit 64 bits. */
export function arithmetic(operator: ArithmeticOperator, left: Value, right: Value): Value {
  if (!isNumber(left) || !isNumber(right)) return NIL;
  if (left.type === 'float' || right.type === 'float') return { type: 'float', value: onFloats(operator, Number(left.value), Number(right.value)) };
  const type = left.type === 'duration' || right.type === 'duration' ? 'duration' : 'int';
  const [a, b] = [left.value, right.value];
  if ((operator === '/' || operator === '%') && b === 0n) return NIL;
  if (operator === '^') {
    const power = Number(a) ** Number(b);
    return Number.isSafeInteger(power) && b >= 0n ? { type, value: BigInt(power) } : { type: 'float', value: power };
  }
  const whole = operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : operator === '/' ? a / b : a % b;
  return whole > MAX_INT || whole < MIN_INT ? { type: 'float', value: Number(whole) } : { type, value: whole };
}

/** The same on floating point. */
export function onFloats(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '^':
      return a ** b;
  }
}
