import { createParser } from 'nuqs';

export interface SortOrder {
  readonly column: string;
  readonly descending: boolean;
}
/** A cell's place in an order. `null` (no data) is always last, whichever way the order goes. */
export type SortValue = string | number | null | undefined;

/** `-rate` ↔ by rate, greatest first. */
export const sortParser = createParser<SortOrder>({
  parse: (text) => {
    const column = text.replace(/^-/, '');
    return column === '' || column.startsWith('-') ? null : { column, descending: text.startsWith('-') };
  },
  serialize: ({ column, descending }) => `${descending ? '-' : ''}${column}`,
  eq: (a, b) => a.column === b.column && a.descending === b.descending,
});

/** Rows in order; equal rows keep theirs. Text compares as people read: case-blind, `v2` before `v10`. */
export function sortRows<Row>(rows: readonly Row[], valueOf: (row: Row) => SortValue, descending: boolean): readonly Row[] {
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  const compare = (a: string | number, b: string | number): number => (typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b)));
  return rows
    .map((row) => ({ row, value: emptyToNull(valueOf(row)) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return a.value === b.value ? 0 : a.value === null ? 1 : -1;
      return descending ? compare(b.value, a.value) : compare(a.value, b.value);
    })
    .map(({ row }) => row);
}

/** Rows whose text has every word of `filter`; a word after `-` must not be there. */
export function filterRows<Row>(rows: readonly Row[], textOf: (row: Row) => string, filter: string): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== '' && word !== '-');
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = textOf(row).toLowerCase();
    return words.every((word) => (word.startsWith('-') ? !text.includes(word.slice(1)) : text.includes(word)));
  });
}

function emptyToNull(value: SortValue): string | number | null {
  return value === undefined || value === '' || (typeof value === 'number' && Number.isNaN(value)) ? null : value;
}
