'use client';

import { useQueryStates } from 'nuqs';
import { useEffect, useMemo } from 'react';
import { useTimeRange } from '#components/time/use-time-range.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import type { TraceQlFault } from '#server/traces/traceql/cursor.ts';
import { staticOf, type Field } from './conditions.ts';
import { oldLinkParsers, queryOfOldLink } from './old-link.ts';
import { selectionOf, type Selection } from './queries.ts';
import { choiceOf, toggleChoice, type FieldChoice } from './query-edits.ts';
import { readQuery, writeQuery } from './query-text.ts';
import { useHeldWindow } from './use-held-window.ts';
import { searchParsers, type SearchState, type SetSearch } from './search-params.ts';
import { searchHistory } from './search-history.ts';

/** The search as it stands in the URL, and how to change it. */
export interface Search {
  readonly state: SearchState;
  /** What `state.q` means; `undefined` while it cannot be read. */
  readonly query: TraceQl | undefined;
  readonly fault: TraceQlFault | undefined;
  readonly selection: Selection;
  /** Words for the time range. */
  readonly range: string;
  readonly set: SetSearch;
  /** Searches for this text. */
  readonly run: (q: string) => void;
  /** Changes the query; nothing happens while it cannot be read. */
  readonly edit: (change: (query: TraceQl) => TraceQl) => void;
  readonly choiceOf: (field: Field) => FieldChoice;
  /** Takes a value of a field in or out, or back. */
  readonly choose: (field: Field, value: AttributeValue, how: 'include' | 'exclude') => void;
}

const NO_CHOICE: FieldChoice = { included: [], excluded: [] };

/** The page's search. An old link (service, tags, status …) becomes a query when it is opened. */
export function useSearch(): Search {
  const [state, setState] = useQueryStates(searchParsers, { history: 'push' });
  const { label } = useTimeRange();
  const window = useHeldWindow();
  useOldLink(state.q, (q) => void setState({ q }, { history: 'replace' }));
  const read = useMemo(() => readQuery(state.q), [state.q]);
  const query = read.ok ? read.query : undefined;
  const selection = useMemo(() => selectionOf(state.q.trim() === '' ? '{ }' : state.q, { fromMs: window.fromMs, toMs: window.toMs }), [state.q, window.fromMs, window.toMs]);
  return useMemo(() => {
    const set: SetSearch = (next) => void setState(next);
    const run = (q: string): void => {
      const text = q.trim() === '{ }' || q.trim() === '{}' ? '' : q.trim();
      if (text !== '') searchHistory.note(text, Date.now());
      void setState({ q: text, page: 0, region: null });
    };
    const edit = (change: (query: TraceQl) => TraceQl): void => {
      if (query !== undefined && query.metrics?.kind !== 'metrics-arithmetic') run(writeQuery(change(query)));
    };
    return {
      state,
      query,
      fault: read.ok ? undefined : read.fault,
      selection,
      range: label,
      set,
      run,
      edit,
      choiceOf: (field) => (query === undefined ? NO_CHOICE : choiceOf(query, field)),
      choose: (field, value, how) => {
        const asked = staticOf(field, value);
        if (asked !== undefined) edit((now) => toggleChoice(now, field, asked, how));
      },
    };
  }, [state, query, read, selection, label, setState]);
}

/** Words of an old link leave the URL for the query they mean. */
function useOldLink(q: string, onQuery: (q: string) => void): void {
  const [old, setOld] = useQueryStates(oldLinkParsers, { history: 'replace' });
  const key = JSON.stringify(old);
  useEffect(() => {
    const query = queryOfOldLink(JSON.parse(key) as typeof old);
    if (query === undefined) return;
    void setOld({ service: null, operation: null, tags: null, status: null, min: null, max: null });
    if (q === '') onQuery(writeQuery(query));
    // Only what the link says matters: `onQuery` is made anew at each rendering.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, q]);
}
