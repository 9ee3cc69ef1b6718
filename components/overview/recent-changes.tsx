'use client';

import { useQuery } from '@tanstack/react-query';
import { paths } from '#components/api/paths.ts';
import { actorText, changeText, detailText, entryHref, isOwnStep } from '#components/change/describe-entry.ts';
import { historyQuery } from '#components/history/queries.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { AuditEntry } from '#server/audit/audit-log.ts';

const SHOWN = 8;

/** The last writes to the mesh: the first question when something broke is what changed. */
export function RecentChanges({ namespaces }: { readonly namespaces: readonly string[] }) {
  // Not the overview's own list: sign-ins and tokens would crowd the changes out of it.
  const query = useQuery(historyQuery({}));
  const changesOf = (entries: readonly AuditEntry[]): readonly AuditEntry[] => entries.filter(({ object }) => object !== undefined && (namespaces.length === 0 || namespaces.includes(object.namespace ?? ''))).slice(0, SHOWN);
  return (
    <Panel
      title="Recent changes"
      flush
      actions={
        <AppLink href={paths.history()} className="rounded-sm px-1 text-label text-accent hover:underline">
          History
        </AppLink>
      }
    >
      <DataState query={query} empty={({ entries }) => (changesOf(entries).length === 0 ? { title: 'Nothing was changed yet', hint: 'Writes made here and by rollouts appear as they happen.' } : undefined)}>
        {({ entries }) => (
          <ol>
            {changesOf(entries).map((entry) => (
              <li key={entry.id} className="border-t border-line-subtle">
                <AppLink href={entryHref(entry)} className="focus-inset flex flex-col px-3 py-1.5 hover:bg-hover">
                  <span className="truncate text-body" title={changeText(entry)}>
                    {changeText(entry)}
                  </span>
                  <span className="flex items-baseline gap-2 text-label">
                    <span className="min-w-0 flex-1 truncate text-fg-secondary" title={detailText(entry)}>
                      {[isOwnStep(entry) ? '' : actorText(entry.actor), detailText(entry) ?? ''].filter((text) => text !== '').join(' · ')}
                    </span>
                    <span className="shrink-0 text-fg-tertiary">
                      <RelativeTime at={entry.time} />
                    </span>
                  </span>
                </AppLink>
              </li>
            ))}
          </ol>
        )}
      </DataState>
    </Panel>
  );
}
