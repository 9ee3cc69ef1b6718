'use client';

import { useQuery } from '@tanstack/react-query';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { DataState } from '#components/ui/data-state.tsx';
import type { WorkloadRow } from '#server/inventory/schemas.ts';
import { workloadsQuery } from './queries.ts';
import { WorkloadTable } from './workload-table.tsx';

/** `/workloads`: every program that has joined, by the workload it is an instance of. */
export function WorkloadsPage() {
  const { endSeconds } = useTimeRange();
  const { selected } = useNamespaces();
  const query = useQuery(workloadsQuery(endSeconds));
  const inScope = (rows: readonly WorkloadRow[]): readonly WorkloadRow[] => (selected.length === 0 ? rows : rows.filter(({ namespace }) => selected.includes(namespace)));
  return (
    <Page crumbs={[{ label: 'Workloads' }]} fill>
      <DataState
        query={query}
        skeleton={<TableSkeleton />}
        className="h-full min-h-0"
        empty={({ workloads }) =>
          inScope(workloads).length > 0
            ? undefined
            : {
                title: selected.length > 0 ? `No workload in ${selected.join(', ')}` : 'No program has joined yet',
                hint: (
                  <>
                    One joins with <code>npm run mesh -- run --service NAME --version V --port P -- COMMAND</code>
                  </>
                ),
              }
        }
      >
        {({ workloads }) => <WorkloadTable main rows={inScope(workloads)} />}
      </DataState>
    </Page>
  );
}
