'use client';

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { paths } from '#components/api/paths.ts';
import { TimeSeriesChart } from '#components/charts/time-series-chart.tsx';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import { shortOperation } from '#components/traces/search/result-rows.ts';
import type { OperationRow, RedSeriesAnswer } from '#server/traces/derived/schemas.ts';
import { redSeriesQuery } from './queries.ts';
import { impactColumn, redColumns } from './red-columns.tsx';
import { tracesOf } from './trace-query-links.ts';

const COLUMNS: readonly Column<OperationRow>[] = [
  { id: 'name', header: 'Operation', sortValue: (row) => row.name, cell: (row) => <span title={row.name}>{shortOperation(row.name)}</span> },
  { id: 'kind', header: 'Kind', width: 72, from: 'md', sortValue: (row) => row.kind, cell: (row) => <span className="text-fg-secondary">{row.kind}</span> },
  ...redColumns<OperationRow>().filter((column) => column.id !== 'p99'),
  { ...impactColumn<OperationRow>(), from: 'lg' },
];

export interface OperationsPanelProps {
  readonly service: string;
  readonly operations: readonly OperationRow[];
  /** `kind name`. */
  readonly chosen: string | null;
  readonly onChoose: (key: string | null) => void;
  readonly onClose: () => void;
}

/** One service: its figures over time, and its operations. Choosing an operation draws that one. */
export function OperationsPanel({ service, operations, chosen, onChoose, onClose }: OperationsPanelProps) {
  const { window } = useTimeRange();
  const operation = operations.find((row) => keyOf(row) === chosen);
  const series = useQuery(redSeriesQuery(window, { service, name: operation?.name, kind: operation?.kind }));
  const of = { service, name: operation?.name, kind: operation?.kind };
  const samples = [['Slowest trace', operation?.slowestTrace], ['Slowest that failed', operation?.failedTrace]] as const;
  return (
    <SidePanel label="Service" title={service} subtitle={operation === undefined ? 'all that comes in' : `${operation.kind} ${shortOperation(operation.name)}`} onClose={onClose}>
      <div className="flex flex-col gap-4 p-3">
        <p className="flex flex-wrap gap-x-4 gap-y-1 text-label">
          <AppLink href={tracesOf(of)} className="text-accent hover:underline">Its traces</AppLink>
          <AppLink href={tracesOf({ ...of, failed: true })} className="text-accent hover:underline">Failed ones</AppLink>
          {samples.map(([label, id]) => id !== undefined && <AppLink key={label} href={paths.trace(id)} className="text-accent hover:underline">{label}</AppLink>)}
          {operation !== undefined && <button type="button" onClick={() => onChoose(null)} className="text-fg-secondary hover:underline">Whole service</button>}
        </p>
        <DataState query={series} className="min-h-64">
          {(data) => <Charts data={data} endMs={window.toMs} />}
        </DataState>
        <DataTable compact label="Operations" rows={operations} columns={COLUMNS} rowKey={keyOf} onOpen={(row) => onChoose(keyOf(row) === chosen ? null : keyOf(row))} {...(chosen === null ? {} : { selectedKey: chosen })} filterText={(row) => `${row.kind} ${row.name}`} defaultSort={{ column: 'impact', descending: true }} urlKey="op" />
      </div>
    </SidePanel>
  );
}

function Charts({ data, endMs }: { readonly data: RedSeriesAnswer; readonly endMs: number }) {
  const { stepMs } = data;
  const points = useMemo(() => wholePoints(data, endMs), [data, endMs]);
  const drawn = useMemo(() => {
    const line = (id: string, label: string, valueOf: (point: (typeof points)[number]) => number | null, color?: string) => ({ id, label, points: points.map((point) => ({ t: point.fromMs, v: valueOf(point) })), ...(color === undefined ? {} : { color }) });
    const perSecond = 1000 / stepMs;
    const ms = (nano: number | null): number | null => (nano === null ? null : nano / 1e6);
    return {
      rate: [line('ok', 'Succeeded', (p) => (p.calls - p.errors) * perSecond), line('failed', 'Failed', (p) => p.errors * perSecond, 'var(--status-failing-fg)')],
      latency: [line('p50', 'p50', (p) => ms(p.p50Nano)), line('p95', 'p95', (p) => ms(p.p95Nano)), line('p99', 'p99', (p) => ms(p.p99Nano))],
    };
  }, [points, stepMs]);
  return (
    <div className="flex flex-col gap-1">
      <h3 className="text-label font-medium text-fg-secondary">Requests</h3>
      <TimeSeriesChart label="Rate" series={drawn.rate} fromMs={data.fromMs} toMs={data.toMs} unit="rps" kind="stacked-area" height={110} />
      <h3 className="mt-2 text-label font-medium text-fg-secondary">Latency</h3>
      <TimeSeriesChart label="Latency" series={drawn.latency} fromMs={data.fromMs} toMs={data.toMs} unit="ms" height={110} />
    </div>
  );
}

/** Without the last stretch while it is not over: as a rate it would look like a fall. */
function wholePoints({ points, stepMs }: RedSeriesAnswer, endMs: number): RedSeriesAnswer['points'] {
  const whole = points.filter(({ fromMs }) => fromMs + stepMs <= endMs);
  return whole.length === 0 ? points : whole;
}

function keyOf({ kind, name }: OperationRow): string {
  return `${kind} ${name}`;
}
