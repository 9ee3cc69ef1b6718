'use client';

import { paths } from '#components/api/paths.ts';
import { FIVE_XX_HINT } from '#components/board/traffic-columns.tsx';
import { formatNumber } from '#components/charts/format-number.ts';
import { Sparkline } from '#components/charts/sparkline.tsx';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { STATUS } from '#components/status/status.ts';
import type { OverviewService } from '#server/overview/schemas.ts';
import { errorColor, errorPoints, sparklinePoints } from './sparkline-points.ts';

const COLUMNS: readonly Column<OverviewService>[] = [
  { id: 'health', header: 'Health', width: 92, sortValue: (row) => -STATUS[row.health.status].rank, cell: (row) => <StatusLabel quiet status={row.health.status} reason={row.health.reason} /> },
  {
    id: 'name',
    header: 'Service',
    sortValue: (row) => row.name,
    cell: (row) => (
      <>
        <AppLink href={paths.service(row.namespace, row.name)} className="font-medium hover:underline">
          {row.name}
        </AppLink>{' '}
        <span className="text-fg-tertiary">{row.external ? 'outside' : row.namespace}</span>
      </>
    ),
  },
  {
    id: 'requests',
    header: 'Requests',
    width: 136,
    align: 'right',
    sortValue: (row) => row.requestsPerSecond,
    cell: (row) => <Trend value={formatNumber(row.requestsPerSecond, 'rps')} points={sparklinePoints(row.requestsSparkline)} />,
  },
  {
    id: 'errors',
    header: '5xx errors',
    hint: FIVE_XX_HINT,
    width: 122,
    align: 'right',
    sortValue: (row) => row.errorRatio,
    cell: (row) => {
      const points = errorPoints(row.errorsSparkline, row.requestsSparkline);
      return <Trend value={formatNumber(row.errorRatio, 'ratio')} points={points} color={errorColor(points)} />;
    },
  },
  { id: 'p95', header: 'p95', width: 126, align: 'right', sortValue: (row) => row.p95Ms, cell: (row) => <Trend value={formatNumber(row.p95Ms, 'ms')} points={sparklinePoints(row.p95Sparkline)} /> },
];

/** Every service with its three golden signals, in need of a person first. */
export function ServiceTable({ services }: { readonly services: readonly OverviewService[] }) {
  return <DataTable label="Services" rows={services} columns={COLUMNS} rowKey={(row) => `${row.namespace}/${row.name}`} hrefOf={(row) => paths.service(row.namespace, row.name)} defaultSort={{ column: 'health', descending: false }} />;
}

function Trend({ value, points, color }: { readonly value: string; readonly points: Parameters<typeof Sparkline>[0]['points']; readonly color?: string }) {
  return (
    <span className="inline-flex items-center justify-end gap-1.5">
      <span className="max-md:hidden">
        <Sparkline points={points} width={40} height={18} {...(color === undefined ? {} : { color })} />
      </span>
      <span className="min-w-12 tabular-nums">{value}</span>
    </span>
  );
}
