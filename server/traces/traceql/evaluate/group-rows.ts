import type { AttributeValue } from '#server/traces/trace-backend.ts';
import { type Column, valueAt } from './column.ts';
import { attributeValueOf, type Value, valueKey } from './values.ts';

/** Rows by the value of a column: `ids[row]` is the place of its value, where the row counts. */
export interface RowGroups {
  readonly ids: Int32Array;
  readonly values: readonly GroupValue[];
}
export interface GroupValue {
  readonly value: AttributeValue;
  /** Equal for equal values. */
  readonly key: string;
}

/** A table of so many entries is quicker than a Map. */
const MOST_TABLE = 1 << 20;

/** Gives rows numbers that are equal where their values are. Only values of rows with `at[row] >= 0` are looked at, each once. */
export function groupRows(column: Column, at: Int32Array): RowGroups {
  const ids = new Int32Array(at.length);
  const values: GroupValue[] = [];
  const byKey = new Map<string, number>();
  const idOf = (value: Value): number => {
    const key = valueKey(value);
    let id = byKey.get(key);
    if (id === undefined) {
      id = values.push({ value: attributeValueOf(value), key }) - 1;
      byKey.set(key, id);
    }
    return id;
  };
  if (column.kind === 'codes') {
    const table = new Int32Array(column.values.length).fill(-1);
    const { codes } = column;
    for (let row = 0; row < at.length; row++) {
      if ((at[row] ?? -1) < 0) continue;
      const code = codes[row] ?? 0;
      let id = table[code] ?? -1;
      if (id < 0) table[code] = id = idOf(valueAt(column, row));
      ids[row] = id;
    }
    return { ids, values };
  }
  const byNumber = new Map<number, number>();
  for (let row = 0; row < at.length; row++) {
    if ((at[row] ?? -1) < 0) continue;
    const number = column.kind === 'numbers' && column.exact?.has(row) !== true ? (column.values[row] ?? Number.NaN) : undefined;
    let id = number === undefined ? undefined : byNumber.get(number);
    if (id === undefined) {
      id = idOf(valueAt(column, row));
      if (number !== undefined) byNumber.set(number, id);
    }
    ids[row] = id;
  }
  return { ids, values };
}

/** Rows by the values of several columns together, at most `most` of them: further ones get -1. */
export function groupByAll(all: readonly RowGroups[], at: Int32Array, most: number): { readonly ids: Int32Array; readonly groups: readonly (readonly GroupValue[])[]; readonly cut: boolean } {
  const [only] = all;
  if (only === undefined) return { ids: new Int32Array(at.length), groups: [[]], cut: false };
  if (all.length === 1 && only.values.length <= most) return { ids: only.ids, groups: only.values.map((value) => [value]), cut: false };
  const ids = new Int32Array(at.length);
  const groups: (readonly GroupValue[])[] = [];
  let cut = false;
  const product = all.reduce((n, { values }) => n * Math.max(1, values.length), 1);
  const table = product <= MOST_TABLE ? new Int32Array(product).fill(-2) : undefined;
  const known = new Map<number | string, number>();
  const numbered = product <= Number.MAX_SAFE_INTEGER;
  const made = (row: number): number => {
    if (groups.length < most) return groups.push(all.flatMap(({ ids: own, values }) => values[own[row] ?? 0] ?? [])) - 1;
    cut = true;
    return -1;
  };
  for (let row = 0; row < at.length; row++) {
    if ((at[row] ?? -1) < 0) continue;
    let place = 0;
    for (let i = 0; i < all.length; i++) place = place * (all[i]?.values.length ?? 1) + (all[i]?.ids[row] ?? 0);
    if (table !== undefined) {
      let id = table[place] ?? -2;
      if (id === -2) table[place] = id = made(row);
      ids[row] = id;
      continue;
    }
    const key = numbered ? place : all.map(({ ids: own }) => own[row]).join();
    let id = known.get(key);
    if (id === undefined) known.set(key, (id = made(row)));
    ids[row] = id;
  }
  return { ids, groups, cut };
}
