/** One query of the page. */
export interface QueryRow {
  readonly expr: string;
  /** Template of the series' names, such as `{{code}} of {{app}}`; empty: named by the labels that differ. */
  readonly legend: string;
  /** Kept, but not asked. */
  readonly disabled: boolean;
}

/** The rows as the URL has them: queries in order, their legends (shorter when the last have none), letters of those switched off. */
export interface RowParams {
  readonly q: readonly string[];
  readonly legend: readonly string[];
  readonly off: string;
}

/** More queries than this are not read from a URL. */
export const MAX_QUERIES = 26;

/** The letter of the n-th query, from 0: A, B, … */
export function letterOf(index: number): string {
  return String.fromCodePoint(65 + (index % MAX_QUERIES));
}

/** Rows from the URL. Letters that name no query are ignored. */
export function rowsFromParams({ q, legend, off }: RowParams): readonly QueryRow[] {
  return q.slice(0, MAX_QUERIES).map((expr, index) => ({ expr, legend: legend[index] ?? '', disabled: off.includes(letterOf(index)) }));
}

/** Rows for the URL; reads back as the same rows. */
export function paramsFromRows(rows: readonly QueryRow[]): RowParams {
  const kept = rows.slice(0, MAX_QUERIES);
  const last = kept.findLastIndex((row) => row.legend !== '');
  return {
    q: kept.map((row) => row.expr),
    legend: kept.slice(0, last + 1).map((row) => row.legend),
    off: kept.map((row, index) => (row.disabled ? letterOf(index) : '')).join(''),
  };
}

/** A query that is asked, with its place among all rows. */
export interface ActiveQuery extends QueryRow {
  readonly index: number;
  readonly letter: string;
}

/** The rows that are asked: switched on and not empty. */
export function activeQueries(rows: readonly QueryRow[]): readonly ActiveQuery[] {
  return rows.flatMap((row, index) => (row.disabled || row.expr.trim() === '' ? [] : [{ ...row, index, letter: letterOf(index) }]));
}

/** Takes a query into the page: in the place of the one being edited, or beside the others. */
export type UseExpr = (expr: string, how: 'replace' | 'add') => void;
