'use client';

import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { paths } from '#components/api/paths.ts';
import { BarMeter } from '#components/charts/share-meter.tsx';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { useMay } from '#components/session/queries.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { rolloutStatus } from '#components/status/status.ts';
import { buttonClass } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { CanaryRollout } from '#mesh-core/domain/resources/canary-rollout.ts';
import { CANARY_COLOR } from './arm-queries.ts';
import { rolloutsQuery } from './queries.ts';

const hrefOf = ({ metadata }: CanaryRollout): string => paths.rollout(metadata.namespace ?? '', metadata.name);

const COLUMNS: readonly Column<CanaryRollout>[] = [
  { id: 'name', header: 'Rollout', cell: (r) => <AppLink href={hrefOf(r)} className="font-medium hover:underline">{r.metadata.name}</AppLink>, sortValue: (r) => r.metadata.name },
  { id: 'phase', header: 'Phase', width: 130, cell: (r) => <StatusLabel {...rolloutStatus(r.status?.phase)} />, sortValue: (r) => r.status?.phase ?? 'Pending' },
  { id: 'service', header: 'Service', width: 180, cell: (r) => `${r.metadata.namespace ?? ''}/${r.spec?.host ?? ''}`, sortValue: (r) => r.spec?.host ?? '', from: 'md' },
  { id: 'versions', header: 'Versions', width: 110, cell: (r) => <span className="font-mono">{`${r.spec?.stable.subset ?? '?'} → ${r.spec?.canary.subset ?? '?'}`}</span> },
  { id: 'weight', header: 'Canary', width: 170, cell: (r) => <BarMeter label={`Canary share of ${r.metadata.name}`} value={r.status?.weight ?? 0} max={100} text={`${r.status?.weight ?? 0} %`} color={CANARY_COLOR} />, sortValue: (r) => r.status?.weight ?? 0 },
  { id: 'message', header: 'Last word', cell: (r) => <span className="block truncate text-fg-secondary" title={r.status?.message}>{r.status?.message ?? 'Not looked at yet.'}</span>, from: 'lg' },
  { id: 'started', header: 'Created', width: 110, align: 'right', cell: (r) => <RelativeTime at={r.metadata.creationTimestamp} />, sortValue: (r) => r.metadata.creationTimestamp ?? '' },
];

/** `/rollouts`: every canary rollout, those that run first. */
export function RolloutListPage() {
  const query = useQuery(rolloutsQuery);
  const mayEdit = useMay('edit');
  const newLink = (
    <AppLink href={paths.rolloutNew()} className={buttonClass('primary')}>
      <Plus aria-hidden className="size-3.5" />
      New rollout
    </AppLink>
  );
  return (
    <Page crumbs={[{ label: 'Rollouts' }]} actions={mayEdit && (query.data?.rollouts.length ?? 0) > 0 ? newLink : undefined} time={false} namespaces={false} fill>
      <DataState
        query={query}
        skeleton={<TableSkeleton />}
        className="h-full min-h-0"
        empty={({ rollouts }) =>
          rollouts.length > 0
            ? undefined
            : { title: 'No rollouts yet', hint: 'A rollout moves traffic from one version of a service to the next, step by step, and takes it back by itself when the new version answers worse than the old one.', ...(mayEdit ? { action: newLink } : {}) }
        }
      >
        {({ rollouts }) => <DataTable fill label="Rollouts" rows={rollouts} columns={COLUMNS} rowKey={(r) => `${r.metadata.namespace ?? ''}/${r.metadata.name}`} hrefOf={hrefOf} filterText={(r) => `${r.metadata.name} ${r.spec?.host ?? ''} ${r.status?.phase ?? ''}`} />}
      </DataState>
    </Page>
  );
}
