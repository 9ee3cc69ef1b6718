'use client';

import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import { YamlDiff } from '#components/code/yaml-diff.tsx';
import { actorText, detailText, verbText } from '#components/change/describe-entry.ts';
import { useMay } from '#components/session/queries.ts';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { AuditEntry } from '#server/audit/audit-log.ts';
import type { AppliedObject } from '#server/config/schemas.ts';
import { manifestText } from '#components/change/manifest-text.ts';
import { useUndo } from '#components/change/use-undo.ts';

export interface HistoryListProps {
  readonly entries: readonly AuditEntry[];
  readonly onUndone: (written: readonly AppliedObject[]) => void;
}

/** Every write of an object, newest first, each with its difference. The newest can be undone here. */
export function HistoryList({ entries, onUndone }: HistoryListProps) {
  const undo = useUndo(onUndone);
  const mayEdit = useMay('edit');
  const [open, setOpen] = useState<string | undefined>(entries[0]?.id);
  if (entries.length === 0) return <EmptyState title="No writes through this console yet" hint="Changes made here, by rollouts and by kubectl are recorded from the moment the console runs." />;
  return (
    <ol className="flex flex-col gap-2">
      {entries.map((entry, index) => (
        <li key={entry.id} className="overflow-hidden rounded-panel border border-line bg-panel">
          <div className="flex min-h-10 items-center gap-2 px-3 py-1.5">
            <button type="button" aria-expanded={open === entry.id} onClick={() => setOpen(open === entry.id ? undefined : entry.id)} className="flex min-w-0 flex-1 items-center gap-2 rounded-sm text-left">
              <Badge>{verbText(entry.action)}</Badge>
              <span className="min-w-0 truncate text-body">{actorText(entry.actor)}</span>
              <span className="shrink-0 text-label text-fg-secondary">
                <RelativeTime at={entry.time} />
              </span>
              {detailText(entry) !== undefined && <span className="min-w-0 truncate text-label text-fg-tertiary">{detailText(entry)}</span>}
            </button>
            {index === 0 && mayEdit && (entry.before !== undefined || entry.after !== undefined) && (
              <Button icon={<Undo2 />} pending={undo.isPending} onClick={() => undo.mutate([entry.id])}>
                Undo
              </Button>
            )}
          </div>
          {open === entry.id && (entry.before !== undefined || entry.after !== undefined) && (
            <div className="border-t border-line">
              <YamlDiff label={`Changes by ${actorText(entry.actor)}`} before={entry.before === undefined ? '' : manifestText([entry.before])} after={entry.after === undefined ? '' : manifestText([entry.after])} />
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}
