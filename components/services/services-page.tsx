'use client';

import { useQuery } from '@tanstack/react-query';
import { paths } from '#components/api/paths.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Badge } from '#components/ui/badge.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import type { ServiceRow } from '#server/inventory/schemas.ts';
import { servicesQuery } from './queries.ts';
import { healthColumn, trafficColumns } from '#components/board/traffic-columns.tsx';

const COLUMNS: readonly Column<ServiceRow>[] = [
  healthColumn,
  {
    id: 'name',
    header: 'Service',
    sortValue: (row) => row.name,
    cell: (row) => (
      <AppLink href={paths.service(row.namespace, row.name)} className="font-medium hover:underline">
        {row.name}
      </AppLink>
    ),
  },
  { id: 'namespace', header: 'Namespace', width: 120, from: 'md', sortValue: (row) => row.namespace, cell: (row) => row.namespace },
  { id: 'workloads', header: 'Workloads', from: 'lg', sortValue: (row) => row.workloads.join(), cell: (row) => (row.external ? <Badge title="Known by a ServiceEntry">outside the mesh</Badge> : row.workloads.length === 0 ? <span className="text-fg-tertiary">none</span> : <span className="text-fg-secondary">{row.workloads.join(', ')}</span>) },
  { id: 'ports', header: 'Ports', width: 96, from: 'xl', cell: (row) => <span className="text-fg-secondary">{row.ports.join(', ')}</span> },
  { id: 'config', header: 'Config', hint: 'Objects that shape or guard its traffic', width: 80, align: 'right', from: 'lg', sortValue: (row) => row.config.length, cell: (row) => (row.config.length === 0 ? <span className="text-fg-tertiary">—</span> : <span title={row.config.join('\n')}>{row.config.length}</span>) },
  ...trafficColumns,
];

/** `/services`: every service of the mesh and those outside that it knows. */
export function ServicesPage() {
  const { endSeconds } = useTimeRange();
  const { selected } = useNamespaces();
  const query = useQuery(servicesQuery(endSeconds));
  return (
    <Page crumbs={[{ label: 'Services' }]} fill>
      <DataState
        query={query}
        skeleton={<TableSkeleton />}
        className="h-full min-h-0"
        empty={({ services }) =>
          inScope(services, selected).length > 0
            ? undefined
            : selected.length > 0
              ? { title: `No service in ${selected.join(', ')}`, hint: 'Choose other namespaces.' }
              : {
                  title: 'No service is registered yet',
                  hint: (
                    <>
                      Any program joins with <code>npm run mesh -- run --service NAME --version V --port P -- COMMAND</code>
                    </>
                  ),
                }
        }
      >
        {({ services }) => (
          <DataTable fill label="Services" rows={inScope(services, selected)} columns={COLUMNS} rowKey={(row) => `${row.namespace}/${row.name}`} hrefOf={(row) => paths.service(row.namespace, row.name)} filterText={(row) => [row.name, row.namespace, row.host, ...row.workloads, row.external ? 'outside' : ''].join(' ')} defaultSort={{ column: 'health', descending: false }} />
        )}
      </DataState>
    </Page>
  );
}

function inScope(services: readonly ServiceRow[], namespaces: readonly string[]): readonly ServiceRow[] {
  return namespaces.length === 0 ? services : services.filter(({ namespace }) => namespaces.includes(namespace));
}
