'use client';

import { useMemo } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { Badge } from '#components/ui/badge.tsx';
import type { DependenciesAnswer } from '#server/traces/derived/schemas.ts';
import { connectionText } from './dependency-panel.tsx';
import { redColumns } from './red-columns.tsx';
import type { RedFigures } from './red-figures.ts';

type Row = RedFigures & { readonly id: string; readonly client: string; readonly server: string; readonly type: string | undefined; readonly meshRatePerSecond: number | undefined };

const COLUMNS: readonly Column<Row>[] = [
  { id: 'client', header: 'From', sortValue: (row) => row.client, cell: (row) => row.client },
  { id: 'server', header: 'To', sortValue: (row) => row.server, cell: (row) => row.server },
  { id: 'type', header: 'By', width: 120, from: 'lg', sortValue: (row) => row.type, cell: (row) => (row.type === undefined ? <Badge title="The mesh’s metrics have this edge, and no trace shows it">not traced</Badge> : <span className="text-fg-secondary">{connectionText(row.type)}</span>) },
  ...redColumns<Row>(),
  { id: 'mesh', header: 'Mesh', hint: 'Requests per second that the mesh’s metrics count between the two', width: 92, align: 'right', from: 'md', sortValue: (row) => row.meshRatePerSecond, cell: (row) => formatNumber(row.meshRatePerSecond, 'rps') },
  { id: 'traced', header: 'Traced', hint: 'Share of the requests that the metrics count which traces show', width: 84, align: 'right', from: 'md', sortValue: tracedShare, cell: (row) => formatNumber(tracedShare(row), 'ratio') },
];

/** The edges as a table, with those that only the metrics know. */
export function DependencyTable({ data, find, chosen, onChoose }: { readonly data: DependenciesAnswer; readonly find: string; readonly chosen: string | undefined; readonly onChoose: (id: string) => void }) {
  const rows = useMemo(() => {
    const wanted = find.trim().toLowerCase();
    const none = { calls: 0, errors: 0, ratePerSecond: 0, p50Nano: null, p75Nano: null, p95Nano: null, p99Nano: null };
    const all: Row[] = [
      ...data.edges.map((edge) => ({ ...edge, id: `${edge.client}→${edge.server}→${edge.type}`, meshRatePerSecond: edge.meshRatePerSecond })),
      ...data.untraced.map((edge) => ({ ...edge, ...none, id: `${edge.client}→${edge.server}→`, type: undefined })),
    ];
    return wanted === '' ? all : all.filter((row) => `${row.client} ${row.server}`.toLowerCase().includes(wanted));
  }, [data, find]);
  return <DataTable fill label="Dependencies" rows={rows} columns={COLUMNS} rowKey={(row) => row.id} onOpen={(row) => onChoose(row.id)} selectedKey={chosen} defaultSort={{ column: 'rate', descending: true }} urlKey="d" />;
}

function tracedShare({ ratePerSecond, meshRatePerSecond }: Row): number | null {
  return meshRatePerSecond === undefined || meshRatePerSecond === 0 ? null : ratePerSecond / meshRatePerSecond;
}
