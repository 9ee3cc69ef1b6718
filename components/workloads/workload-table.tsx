'use client';

import { paths } from '#components/api/paths.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { healthColumn, trafficColumns } from '#components/board/traffic-columns.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import type { WorkloadRow } from '#server/inventory/schemas.ts';

const COLUMNS: readonly Column<WorkloadRow>[] = [
  healthColumn,
  {
    id: 'name',
    header: 'Workload',
    sortValue: (row) => row.name,
    cell: (row) => (
      <AppLink href={paths.workload(row.namespace, row.name)} className="font-medium hover:underline">
        {row.name}
      </AppLink>
    ),
  },
  { id: 'namespace', header: 'Namespace', width: 120, from: 'md', sortValue: (row) => row.namespace, cell: (row) => row.namespace },
  { id: 'app', header: 'App', width: 140, from: 'lg', sortValue: (row) => row.app, cell: (row) => <span className="text-fg-secondary">{row.app}</span> },
  { id: 'version', header: 'Version', width: 88, from: 'lg', sortValue: (row) => row.version, cell: (row) => <span className="text-fg-secondary">{row.version}</span> },
  { id: 'ready', header: 'Ready', hint: 'Instances that pass their health probe, of those registered', width: 72, align: 'right', from: 'md', sortValue: (row) => row.ready - row.instances, cell: (row) => `${row.ready} / ${row.instances}` },
  ...trafficColumns,
];

export interface WorkloadTableProps {
  readonly rows: readonly WorkloadRow[];
  readonly urlKey?: string;
  /** The page's main table: with filter, filling the window. */
  readonly main?: boolean;
}

/** Workloads with their instances and the requests they answered in the last minute. */
export function WorkloadTable({ rows, urlKey = '', main = false }: WorkloadTableProps) {
  return (
    <DataTable
      fill={main}
      label="Workloads"
      urlKey={urlKey}
      rows={rows}
      columns={COLUMNS}
      rowKey={(row) => `${row.namespace}/${row.name}`}
      hrefOf={(row) => paths.workload(row.namespace, row.name)}
      defaultSort={main ? { column: 'health', descending: false } : { column: 'name', descending: false }}
      {...(main ? { filterText: (row: WorkloadRow) => [row.name, row.namespace, row.app, row.version, row.serviceAccount].join(' ') } : {})}
    />
  );
}
