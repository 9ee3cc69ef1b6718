'use client';

import { useQueryClient } from '@tanstack/react-query';
import { History, Play } from 'lucide-react';
import { useCallback, useId, useMemo, useState } from 'react';
import { HistoryPanel } from '#components/explore/history-panel.tsx';
import type { EditorMark } from '#components/explore/editor-marks.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Button } from '#components/ui/button.tsx';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Popover } from '#components/ui/popover.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { QueryForm, SEARCH_FORM } from './query-form.tsx';
import { QueryHelp } from './query-help.tsx';
import { readQuery } from './query-text.ts';
import { searchHistory } from './search-history.ts';
import { traceqlCompletion } from './traceql-completion.ts';
import { TraceqlEditor } from './traceql-editor.tsx';
import type { Search } from './use-search.ts';

/** The query, as a form or as TraceQL: two faces of one text in the URL. */
export function QueryBar({ search }: { readonly search: Search }) {
  const { state, set, run } = search;
  const [history, setHistory] = useState(false);
  // What cannot be read has no form.
  const editing = state.edit === 'query' || search.query === undefined;
  return (
    <div className="flex min-w-0 flex-1 items-start gap-2">
      <SegmentedControl label="Search by" value={editing ? 'query' : 'form'} onValueChange={(edit) => set({ edit })} options={[{ value: 'form', label: 'Form' }, { value: 'query', label: 'TraceQL' }]} />
      <div className="min-w-0 flex-1">{editing || search.query === undefined ? <Editor key="editor" search={search} /> : <QueryForm query={search.query} edit={search.edit} onEditor={() => set({ edit: 'query' })} />}</div>
      <span className="flex shrink-0 items-center">
        {!editing && (
          <Button type="submit" form={SEARCH_FORM} variant="primary" className="mr-1">
            Search
          </Button>
        )}
        <Popover label="Searches so far" align="end" open={history} onOpenChange={setHistory} className="max-h-[60vh] w-96 p-0" trigger={<IconButton label="Searches so far" icon={<History />} />}>
          <HistoryPanel
            history={searchHistory}
            onTake={(q) => {
              setHistory(false);
              run(q);
            }}
          />
        </Popover>
        <QueryHelp
          onTake={(q) => {
            set({ edit: 'query' });
            run(q);
          }}
        />
      </span>
    </div>
  );
}

function Editor({ search }: { readonly search: Search }) {
  const noteId = useId();
  const cache = useQueryClient();
  const { q } = search.state;
  // Kept here until run; another query (a facet, back, a link) replaces it.
  const [draft, setDraft] = useState({ of: q, text: q });
  const text = draft.of === q ? draft.text : q;
  const fault = useMemo(() => {
    const read = readQuery(text);
    return read.ok ? undefined : read.fault;
  }, [text]);
  const marks = useMemo<readonly EditorMark[]>(() => (fault === undefined ? [] : [{ from: Math.max(0, Math.min(fault.from, text.length - 1)), to: Math.max(fault.to, fault.from + 1) > text.length ? text.length : Math.max(fault.to, fault.from + 1), kind: 'error' }]), [fault, text]);
  const complete = useMemo(() => traceqlCompletion(cache, () => search.selection), [cache, search.selection]);
  const run = useCallback((): void => search.run(text), [search, text]);
  const changed = text.trim() !== q.trim();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex min-w-0 items-start gap-1.5">
        <div className={cx('flex min-w-0 flex-1 items-start rounded-control border bg-panel focus-within:border-accent focus-within:outline focus-within:outline-accent', fault === undefined ? 'border-line-control' : 'border-failing')}>
          <TraceqlEditor value={text} onChange={(next) => setDraft({ of: q, text: next })} onRun={run} complete={complete} marks={marks} label="Query" describedBy={noteId} autoFocus={search.state.edit === 'query' && q === ''} />
        </div>
        <Button variant="primary" icon={<Play />} onClick={run}>
          Search
        </Button>
      </div>
      <p id={noteId} className="flex items-start gap-1.5 text-label empty:hidden" aria-live="polite">
        {fault !== undefined ? (
          <>
            <StatusGlyph status="failing" size={12} />
            <span className="min-w-0 break-words">{fault.message}</span>
          </>
        ) : changed ? (
          <span className="text-fg-tertiary">Changed: Enter searches.</span>
        ) : null}
      </p>
    </div>
  );
}
