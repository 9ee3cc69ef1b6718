'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs';
import { useMemo } from 'react';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import type { AuditEntry } from '#server/audit/audit-log.ts';
import { actorText, changeText, detailText } from '#components/change/describe-entry.ts';
import { EntryPanel } from './entry-panel.tsx';
import { HISTORY_LIMIT, historyQuery } from './queries.ts';

const KINDS = ['changes', 'rollouts', 'access', 'all'] as const;

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: 'time', header: 'When', width: 108, sortValue: (entry) => Date.parse(entry.time), cell: (entry) => <RelativeTime at={entry.time} /> },
  { id: 'change', header: 'What', sortValue: changeText, cell: (entry) => <span className="font-medium">{changeText(entry)}</span> },
  { id: 'namespace', header: 'Namespace', width: 120, from: 'lg', sortValue: (entry) => entry.object?.namespace, cell: (entry) => <span className="text-fg-secondary">{entry.object?.namespace ?? '—'}</span> },
  { id: 'actor', header: 'Who', width: 224, from: 'md', sortValue: (entry) => actorText(entry.actor), cell: (entry) => <span className="text-fg-secondary" title={entry.actor}>{actorText(entry.actor)}</span> },
  { id: 'detail', header: 'Detail', from: 'xl', cell: (entry) => <span className="text-fg-secondary" title={detailText(entry)}>{detailText(entry) ?? ''}</span> },
];

/** `/history`: every audited write, what it changed, and undo. */
export function HistoryPage() {
  const query = useQuery(historyQuery({}));
  const { selected: namespaces } = useNamespaces();
  const [chosen, setChosen] = useQueryState('entry', parseAsString.withOptions({ history: 'push' }));
  const [kind, setKind] = useQueryState('kind', parseAsStringLiteral(KINDS).withDefault('changes').withOptions({ history: 'push' }));
  const open = query.data?.entries.find(({ id }) => id === chosen);
  const shown = useMemo(() => (query.data?.entries ?? []).filter((entry) => isOf(entry, kind) && (namespaces.length === 0 || entry.object === undefined || namespaces.includes(entry.object.namespace ?? ''))), [query.data, kind, namespaces]);
  return (
    <Page crumbs={[{ label: 'History' }]} time={false} fill>
      <SplitLayout sideWidth={560} side={open === undefined ? undefined : <EntryPanel key={open.id} entry={open} onClose={() => void setChosen(null)} />}>
        <DataState
          query={query}
        skeleton={<TableSkeleton />}
          className="h-full min-h-0"
          partial={({ entries }) => (entries.length < HISTORY_LIMIT ? undefined : `Only the newest ${HISTORY_LIMIT} writes are shown; all are in the audit file.`)}
          empty={({ entries }) => (entries.length === 0 ? { title: 'Nothing was written yet', hint: 'Every write is recorded here with who made it, what was there before, and what after.' } : undefined)}
        >
          {() => (
            <DataTable
              fill
              label="History"
              rows={shown}
              columns={COLUMNS}
              rowKey={({ id }) => id}
              onOpen={({ id }) => void setChosen(id === chosen ? null : id)}
              selectedKey={chosen ?? undefined}
              defaultSort={{ column: 'time', descending: true }}
              filterText={(entry) => [changeText(entry), entry.object?.namespace, entry.actor, entry.detail].join(' ')}
              toolbar={
                <SegmentedControl
                  label="Kind of change"
                  value={kind}
                  onValueChange={(next) => void setKind(next)}
                  options={[
                    { value: 'changes', label: 'Changes', description: 'Every write to the mesh' },
                    { value: 'rollouts', label: 'Rollouts' },
                    { value: 'access', label: 'Access', description: 'Sign-ins and tokens' },
                    { value: 'all', label: 'All' },
                  ]}
                />
              }
            />
          )}
        </DataState>
      </SplitLayout>
    </Page>
  );
}

function isOf({ object, actor }: AuditEntry, kind: (typeof KINDS)[number]): boolean {
  switch (kind) {
    case 'all':
      return true;
    case 'access':
      return object === undefined;
    case 'rollouts':
      return actor.startsWith('rollout:') || object?.kind === 'CanaryRollout';
    case 'changes':
      return object !== undefined;
  }
}
