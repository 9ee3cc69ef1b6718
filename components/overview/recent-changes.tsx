'use client';

import { paths } from '#components/api/paths.ts';
import { actorText, changeText, entryHref } from '#components/history/describe-entry.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { AuditEntry } from '#server/audit/audit-log.ts';

/** The last writes to the mesh: the first question when something broke is what changed. */
export function RecentChanges({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const changes = entries.filter((entry) => entry.object !== undefined);
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
      {changes.length === 0 ? (
        <EmptyState title="Nothing was changed yet" hint="Writes made here, by rollouts and by kubectl appear as they happen." />
      ) : (
        <ol>
          {changes.map((entry) => (
            <li key={entry.id} className="border-t border-line-subtle">
              <AppLink href={entryHref(entry)} className="focus-inset flex flex-col px-3 py-1.5 hover:bg-hover">
                <span className="flex items-baseline gap-2">
                  <span className="min-w-0 flex-1 truncate text-body">{changeText(entry)}</span>
                  <span className="text-label text-fg-tertiary">
                    <RelativeTime at={entry.time} />
                  </span>
                </span>
                <span className="truncate text-label text-fg-secondary">
                  {actorText(entry.actor)}
                  {entry.detail === undefined ? '' : ` · ${entry.detail}`}
                </span>
              </AppLink>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
