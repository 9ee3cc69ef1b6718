'use client';

import { useQueryStates, type inferParserType } from 'nuqs';
import { useCallback, useMemo, useState } from 'react';
import { MAX_QUERIES, paramsFromRows, rowsFromParams, type QueryRow } from './query-rows.ts';
import { optionParsers, rowParsers } from './search-params.ts';

export type ExploreOptions = inferParserType<typeof optionParsers>;

/** A row as it is being edited. */
export interface DraftRow extends QueryRow {
  readonly id: number;
}
export interface ExploreRows {
  /** As typed; what was run is in `ran`. */
  readonly drafts: readonly DraftRow[];
  readonly ran: readonly QueryRow[];
  /** Changes what is typed; nothing is asked yet. */
  edit(id: number, change: Partial<QueryRow>): void;
  /** Puts every draft into the URL, which asks them. `change` is made on the way. */
  run(change?: (rows: readonly DraftRow[]) => readonly DraftRow[]): readonly QueryRow[];
  /** A row for `run`'s change. */
  newRow(row?: Partial<QueryRow>): DraftRow;
}

interface Drafts {
  /** The URL that these drafts began from: another URL (back, a link) takes their place. */
  readonly urlKey: string;
  readonly rows: readonly DraftRow[];
}

let lastId = 0;
const EMPTY: QueryRow = { expr: '', legend: '', disabled: false };

/** The queries: in the URL as they were run, here as they are typed. There is always one row to type in. */
export function useExploreRows(): ExploreRows {
  const [params, setParams] = useQueryStates(rowParsers, { history: 'push' });
  const urlKey = JSON.stringify(params);
  // The key is the value: nuqs may give new arrays for the same URL.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const ran = useMemo(() => rowsFromParams(params), [urlKey]);
  const [drafts, setDrafts] = useState<Drafts>(() => ({ urlKey, rows: identified(ran, []) }));
  const shown = drafts.urlKey === urlKey ? drafts : { urlKey, rows: identified(ran, drafts.rows) };
  if (shown !== drafts) setDrafts(shown);

  const edit = useCallback((id: number, change: Partial<QueryRow>) => setDrafts((now) => ({ ...now, rows: now.rows.map((row) => (row.id === id ? { ...row, ...change } : row)) })), []);
  const run = (change?: (rows: readonly DraftRow[]) => readonly DraftRow[]): readonly QueryRow[] => {
    const changed = (change?.(shown.rows) ?? shown.rows).slice(0, MAX_QUERIES);
    const rows = changed.length === 0 ? [newRow()] : changed;
    const blank = rows.every((row) => row.expr.trim() === '');
    const next = blank ? { q: [], legend: [], off: '' } : paramsFromRows(rows);
    setDrafts({ urlKey: JSON.stringify({ q: next.q, legend: next.legend, off: next.off }), rows });
    void setParams({ q: [...next.q], legend: [...next.legend], off: next.off });
    return rows;
  };
  return { drafts: shown.rows, ran, edit, run, newRow };
}

/** How the answers are shown, in the URL. */
export function useExploreOptions(): readonly [ExploreOptions, (change: Partial<ExploreOptions>) => void] {
  const [options, set] = useQueryStates(optionParsers, { history: 'push' });
  const change = useCallback((next: Partial<ExploreOptions>) => void set(next), [set]);
  return [options, change];
}

function newRow(row: Partial<QueryRow> = {}): DraftRow {
  lastId += 1;
  return { ...EMPTY, ...row, id: lastId };
}

/** Rows of a URL keep the ids of those shown in their place, so that editors stay. */
function identified(rows: readonly QueryRow[], before: readonly DraftRow[]): readonly DraftRow[] {
  const all = rows.length === 0 ? [EMPTY] : rows;
  return all.map((row, index) => {
    const id = before[index]?.id;
    return id === undefined ? newRow(row) : { ...row, id };
  });
}
