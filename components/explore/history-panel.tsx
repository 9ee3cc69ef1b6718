'use client';

import { Star, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { filterRows } from '#components/data-table/table-state.ts';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { SearchInput } from '#components/ui/input.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { QueryHistory } from './query-history.ts';

/** The last queries of this browser, favourites first. A press takes one into the page. */
export function HistoryPanel({ history, onTake }: { readonly history: QueryHistory; readonly onTake: (expr: string) => void }) {
  const entries = history.use();
  const [filter, setFilter] = useState('');
  if (entries.length === 0) return <EmptyState title="No queries yet" hint="Every query that you run is kept here, in this browser only. Star those that you need again." />;
  const shown = filterRows(entries, (entry) => entry.expr, filter);
  const groups = [
    { title: 'Favourites', rows: shown.filter((entry) => entry.starred) },
    { title: 'Last queries', rows: shown.filter((entry) => !entry.starred) },
  ];
  return (
    <div className="flex flex-col">
      <div className="flex items-center gap-1 px-3 py-2">
        <SearchInput value={filter} onChange={(event) => setFilter(event.target.value)} placeholder="Filter" aria-label="Filter the history" className="flex-1" />
        <IconButton label="Forget all but the favourites" icon={<Trash2 />} onClick={history.clear} />
      </div>
      {shown.length === 0 && <p className="px-3 py-2 text-label text-fg-secondary">No query matches.</p>}
      {groups.map(
        ({ title, rows }) =>
          rows.length > 0 && (
            <section key={title} aria-label={title}>
              <h3 className="px-3 pt-2 pb-1 text-axis font-medium text-fg-tertiary">{title}</h3>
              <ul>
                {rows.map((entry) => (
                  <li key={entry.expr} className="flex items-start border-b border-line-subtle hover:bg-hover">
                    <button type="button" onClick={() => onTake(entry.expr)} title={entry.expr} className="focus-inset min-w-0 flex-1 px-3 py-1.5 text-left">
                      <span className="line-clamp-3 font-mono text-label break-words">{entry.expr}</span>
                      <span className="text-axis text-fg-tertiary">
                        <RelativeTime at={entry.at} />
                        {entry.ms !== undefined && `, took ${formatNumber(entry.ms, 'ms')}`}
                      </span>
                    </button>
                    <IconButton label={entry.starred ? 'No favourite any more' : 'Keep as a favourite'} pressed={entry.starred} icon={<Star className={cx(entry.starred && 'fill-current text-accent')} />} onClick={() => history.star(entry.expr, !entry.starred)} className="mt-1 mr-1.5 text-fg-tertiary [&_svg]:size-3.5" />
                  </li>
                ))}
              </ul>
            </section>
          ),
      )}
    </div>
  );
}
