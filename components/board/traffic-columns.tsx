import { formatNumber } from '#components/charts/format-number.ts';
import type { Column } from '#components/data-table/data-table.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { STATUS } from '#components/status/status.ts';
import type { ServiceRow, TrafficNumbers } from '#server/inventory/schemas.ts';

/** How a service or workload is, worst first; why on hover and focus. */
export const healthColumn: Column<{ readonly health: ServiceRow['health'] }> = {
  id: 'health',
  header: 'Health',
  width: 104,
  sortValue: ({ health }) => -STATUS[health.status].rank,
  cell: ({ health }) => <StatusLabel quiet status={health.status} reason={health.reason} />,
};

/** What counts as an error in the numbers of services and workloads; the graph, which also shows refusals, counts 4xx too. */
export const FIVE_XX_HINT = '5xx and requests that never arrived, of all requests. Refusals (403) and other 4xx are not in it.';

/** Requests, errors and p95 of the last minute. */
export const trafficColumns: readonly Column<TrafficNumbers>[] = [
  { id: 'requests', header: 'Requests', hint: 'Per second, over the last minute', width: 96, align: 'right', sortValue: (row) => row.requestsPerSecond, cell: (row) => formatNumber(row.requestsPerSecond, 'rps') },
  { id: 'errors', header: '5xx errors', hint: FIVE_XX_HINT, width: 96, align: 'right', sortValue: (row) => row.errorRatio, cell: (row) => formatNumber(row.errorRatio, 'ratio') },
  { id: 'p95', header: 'p95', hint: '95 of 100 requests were answered within this time', width: 88, align: 'right', sortValue: (row) => row.p95Ms, cell: (row) => formatNumber(row.p95Ms, 'ms') },
];

/** The same numbers large, above the charts of one subject. */
export const TRAFFIC_STATS: readonly { readonly label: string; readonly unit: 'rps' | 'ratio' | 'ms'; readonly of: (numbers: TrafficNumbers) => number | null }[] = [
  { label: 'Requests', unit: 'rps', of: (numbers) => numbers.requestsPerSecond },
  { label: '5xx errors', unit: 'ratio', of: (numbers) => numbers.errorRatio },
  { label: 'p95 latency', unit: 'ms', of: (numbers) => numbers.p95Ms },
];
