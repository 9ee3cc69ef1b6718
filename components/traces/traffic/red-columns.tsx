import { formatNumber } from '#components/charts/format-number.ts';
import { BarMeter } from '#components/charts/share-meter.tsx';
import type { Column } from '#components/data-table/data-table.tsx';
import { cx } from '#components/ui/class-names.ts';
import { errorRatio, type RedFigures } from './red-figures.ts';

/** Rate, errors and latencies. Percentiles are right to about 4 %. */
export function redColumns<Row extends RedFigures>(): readonly Column<Row>[] {
  return [
    { id: 'rate', header: 'Rate', width: 88, align: 'right', sortValue: (row) => row.ratePerSecond, cell: (row) => <span title={`${formatNumber(row.calls, 'count')} calls`}>{formatNumber(row.ratePerSecond, 'rps')}</span> },
    { id: 'errors', header: 'Errors', width: 80, align: 'right', sortValue: errorRatio, cell: (row) => <span className={cx(row.errors > 0 && 'text-failing')} title={`${formatNumber(row.errors, 'count')} of ${formatNumber(row.calls, 'count')}`}>{formatNumber(errorRatio(row), 'ratio')}</span> },
    { id: 'p50', header: 'p50', width: 84, align: 'right', from: 'lg', sortValue: (row) => row.p50Nano, cell: (row) => nano(row.p50Nano) },
    { id: 'p95', header: 'p95', width: 84, align: 'right', sortValue: (row) => row.p95Nano, cell: (row) => nano(row.p95Nano) },
    { id: 'p99', header: 'p99', width: 84, align: 'right', from: 'md', sortValue: (row) => row.p99Nano, cell: (row) => nano(row.p99Nano) },
  ];
}

/** Time spent, beside the row that spent most: what to make faster first. */
export function impactColumn<Row extends { readonly impact: number; readonly totalNano: number }>(): Column<Row> {
  return { id: 'impact', header: 'Impact', hint: 'All time spent in it (rate × latency), beside the row that spent most', width: 148, from: 'md', sortValue: (row) => row.impact, cell: (row) => <BarMeter label="Impact" value={row.impact} max={1} text={formatNumber(row.totalNano / 1e9, 's')} /> };
}

function nano(value: number | null): string {
  return formatNumber(value === null ? null : value / 1e6, 'ms');
}
