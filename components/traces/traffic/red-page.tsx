'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryStates } from 'nuqs';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { Page } from '#components/shell/page.tsx';
import { paths } from '#components/api/paths.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { Notice } from '#components/ui/states.tsx';
import type { ServiceRow } from '#server/traces/derived/schemas.ts';
import { OperationsPanel } from './operations-panel.tsx';
import { redQuery } from './queries.ts';
import { impactColumn, redColumns } from './red-columns.tsx';
import { TracesTabs } from './traces-tabs.tsx';

const COLUMNS: readonly Column<ServiceRow>[] = [
  { id: 'service', header: 'Service', sortValue: (row) => row.service, cell: (row) => <span className="font-medium" title={row.incoming ? undefined : 'Nothing calls it: these are the calls that it makes'}>{row.service}</span> },
  { id: 'operations', header: 'Operations', width: 96, align: 'right', from: 'lg', sortValue: (row) => row.operations, cell: (row) => row.operations },
  ...redColumns<ServiceRow>(),
  impactColumn<ServiceRow>(),
];

/** `/traces/services`: rate, errors and latency of every service and operation, read out of the spans. */
export function RedPage() {
  const { window } = useTimeRange();
  const [{ service, operation }, setState] = useQueryStates({ service: parseAsString, operation: parseAsString }, { history: 'push' });
  const query = useQuery(redQuery(window, service));
  return (
    <Page crumbs={[{ label: 'Traces', href: paths.traces() }]} badge={<TracesTabs />} namespaces={false} fill>
      <DataState
        query={query}
        skeleton={<TableSkeleton />}
        className="flex h-full min-h-0 flex-col"
        empty={({ services }) => (services.length > 0 ? undefined : { title: 'No spans in this range', hint: 'Choose a longer range, or send a request through the gateway.' })}
      >
        {(data) => (
          <>
            {data.notes.map((note) => <Notice key={note} status="degraded" title="Not from all spans." message={note} />)}
            <SplitLayout sideWidth={560} side={service === null ? undefined : <OperationsPanel service={service} operations={data.operations} chosen={operation} onChoose={(next) => void setState({ operation: next })} onClose={() => void setState({ service: null, operation: null })} />}>
              <DataTable fill label="Services" rows={data.services} columns={COLUMNS} rowKey={(row) => row.service} onOpen={(row) => void setState({ service: row.service, operation: null })} {...(service === null ? {} : { selectedKey: service })} filterText={(row) => row.service} defaultSort={{ column: 'impact', descending: true }} urlKey="s" />
            </SplitLayout>
          </>
        )}
      </DataState>
    </Page>
  );
}
