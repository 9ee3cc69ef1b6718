import { hexOf } from '#server/traces/segment/span-at.ts';
import type { Codes } from '#server/traces/segment/segment.ts';
import { FALSE, isNumber, NIL, TRUE, type Value } from './values.ts';

/** The values of an expression over rows (spans, events or links), in the form that is cheapest to compare. */
export type Column =
  | { readonly kind: 'constant'; readonly value: Value }
  /** `values[codes[row]]`: what is done with a value is done once for all rows that have it. */
  | { readonly kind: 'codes'; readonly codes: Codes; readonly values: readonly Value[] }
  /** NaN is nil. `exact` has the few that a number does not hold. */
  | { readonly kind: 'numbers'; readonly type: 'int' | 'float' | 'duration'; readonly values: Float64Array; readonly exact?: ReadonlyMap<number, bigint> }
  /** Ids of `width` bytes; all zero is nil; the id of a row is `at[row]`, or the row. */
  | { readonly kind: 'ids'; readonly bytes: Uint8Array; readonly width: 8 | 16; readonly at?: Int32Array }
  /** True or false, 1 or 0. */
  | { readonly kind: 'mask'; readonly mask: Mask };

/** One byte for each row: 1 where something holds, else 0. */
export type Mask = Uint8Array;

/** The value of a row. */
export function valueAt(column: Column, row: number): Value {
  switch (column.kind) {
    case 'constant':
      return column.value;
    case 'codes':
      return column.values[column.codes[row] ?? 0] ?? NIL;
    case 'mask':
      return column.mask[row] === 1 ? TRUE : FALSE;
    case 'ids': {
      const id = hexOf(column.bytes, (column.at === undefined ? row : (column.at[row] ?? 0)) * column.width, column.width);
      return /^0*$/.test(id) ? NIL : { type: 'string', value: id };
    }
    case 'numbers': {
      const exact = column.exact?.get(row);
      const value = column.values[row] ?? Number.NaN;
      if (exact !== undefined && column.type !== 'float') return { type: column.type, value: exact };
      if (Number.isNaN(value)) return NIL;
      return column.type === 'float' || !Number.isFinite(value) ? { type: 'float', value } : { type: column.type, value: BigInt(Math.trunc(value)) };
    }
  }
}

/** Where a column is true. */
export function maskOf(column: Column, rows: number): Mask {
  if (column.kind === 'mask') return column.mask;
  const mask = new Uint8Array(rows);
  if (column.kind === 'constant') return isTrue(column.value) ? mask.fill(1) : mask;
  if (column.kind !== 'codes') return mask;
  return maskOfCodes(column.codes, column.values.map(isTrue), rows);
}

/** 1 where the row's code is wanted. */
export function maskOfCodes(codes: Codes, wanted: readonly boolean[], rows: number): Mask {
  const mask = new Uint8Array(rows);
  if (!wanted.includes(true)) return mask;
  if (!wanted.includes(false)) return mask.fill(1);
  const table = Uint8Array.from(wanted, Number);
  for (let row = 0; row < rows; row++) mask[row] = table[codes[row] ?? 0] ?? 0;
  return mask;
}

/** The column as rows elsewhere see it: `at[i]` is the row that row i takes its value from, negative for none. */
export function gather(column: Column, at: Int32Array): Column {
  switch (column.kind) {
    case 'constant': {
      if (!at.some((row) => row < 0)) return column;
      return { kind: 'codes', codes: Uint8Array.from(at, (row) => (row < 0 ? 0 : 1)), values: [NIL, column.value] };
    }
    case 'codes': {
      const none = column.values.length;
      return { kind: 'codes', codes: Uint32Array.from(at, (row) => (row < 0 ? none : (column.codes[row] ?? none))), values: [...column.values, NIL] };
    }
    case 'mask':
      return { kind: 'codes', codes: Uint8Array.from(at, (row) => (row < 0 ? 2 : (column.mask[row] ?? 0))), values: [FALSE, TRUE, NIL] };
    case 'ids': {
      const from = column.at;
      // An id that is all zero stands for none: one is put behind the others.
      const bytes = new Uint8Array(column.bytes.length + column.width);
      bytes.set(column.bytes);
      const none = column.bytes.length / column.width;
      return { kind: 'ids', bytes, width: column.width, at: at.map((row) => (row < 0 ? none : from === undefined ? row : (from[row] ?? none))) };
    }
    case 'numbers': {
      const { exact } = column;
      const moved = exact === undefined || exact.size === 0 ? undefined : new Map([...at].flatMap((row, i) => { const e = exact.get(row); return e === undefined ? [] : [[i, e] as const]; }));
      return { kind: 'numbers', type: column.type, values: Float64Array.from(at, (row) => (row < 0 ? Number.NaN : (column.values[row] ?? Number.NaN))), ...(moved === undefined ? {} : { exact: moved }) };
    }
  }
}

/** The numbers of a column row by row, NaN where there is none, and what they are together. */
export function numbersOf(column: Column, rows: number): { readonly values: Float64Array; readonly type: 'int' | 'float' | 'duration' } {
  if (column.kind === 'numbers') return column;
  const values = new Float64Array(rows).fill(Number.NaN);
  if (column.kind === 'constant' && isNumber(column.value)) return { values: values.fill(Number(column.value.value)), type: column.value.type };
  if (column.kind !== 'codes') return { values, type: 'float' };
  const table = Float64Array.from(column.values, (v) => (isNumber(v) ? Number(v.value) : Number.NaN));
  for (let row = 0; row < rows; row++) values[row] = table[column.codes[row] ?? 0] ?? Number.NaN;
  const types = new Set(column.values.flatMap((v) => (isNumber(v) ? [v.type] : [])));
  const [only] = types;
  return { values, type: types.size === 1 && only !== undefined ? only : 'float' };
}

/** A column of the values that a function gives for pairs of rows of two others: each pair of codes is asked once. */
export function combine(left: Column, right: Column, rows: number, of: (left: Value, right: Value) => Value): Column {
  if (left.kind === 'constant' && right.kind === 'constant') return { kind: 'constant', value: of(left.value, right.value) };
  if (left.kind === 'codes' && right.kind === 'constant') return { kind: 'codes', codes: left.codes, values: left.values.map((v) => of(v, right.value)) };
  if (left.kind === 'constant' && right.kind === 'codes') return { kind: 'codes', codes: right.codes, values: right.values.map((v) => of(left.value, v)) };
  const codes = new Uint32Array(rows);
  const values: Value[] = [];
  const made = (row: number): number => values.push(of(valueAt(left, row), valueAt(right, row))) - 1;
  if (left.kind !== 'codes' || right.kind !== 'codes') {
    for (let row = 0; row < rows; row++) codes[row] = made(row);
    return { kind: 'codes', codes, values };
  }
  const width = right.values.length;
  const size = left.values.length * width;
  const table = size <= MOST_PAIRS ? new Int32Array(size).fill(-1) : undefined;
  const pairs = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const pair = (left.codes[row] ?? 0) * width + (right.codes[row] ?? 0);
    let code = table === undefined ? (pairs.get(pair) ?? -1) : (table[pair] ?? -1);
    if (code < 0) {
      code = made(row);
      if (table === undefined) pairs.set(pair, code);
      else table[pair] = code;
    }
    codes[row] = code;
  }
  return { kind: 'codes', codes, values };
}
/** A table for so many pairs of codes is quicker than a Map. */
const MOST_PAIRS = 1 << 18;

function isTrue(value: Value): boolean {
  return value.type === 'bool' && value.value;
}
