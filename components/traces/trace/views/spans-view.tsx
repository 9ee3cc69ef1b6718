'use client';

import { useMemo } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { ERROR_CODE, operationText, serviceName, spanKey, spanKind, spanStatus, spanText, type TraceModel } from '../model/trace-model.ts';
import { ServiceMark } from './service-mark.tsx';

export interface SpansViewProps {
  readonly model: TraceModel;
  readonly selected: number;
  readonly onSelect: (row: number) => void;
}

/** Every span as a line of a table that sorts and filters: the trace for those who do not want bars. */
export function SpansView({ model, selected, onSelect }: SpansViewProps) {
  const { columns } = model;
  const rows = useMemo(() => Array.from({ length: columns.count }, (_, row) => row), [columns]);
  const shown = useMemo(() => spanColumns(model), [model]);
  return (
    <DataTable
      label="Spans"
      rows={rows}
      columns={shown}
      rowKey={(row) => spanKey(columns, row)}
      onOpen={onSelect}
      selectedKey={selected === -1 ? undefined : spanKey(columns, selected)}
      filterText={(row) => `${serviceName(model, row)} ${operationText(columns, row)} ${spanKind(columns, row)} ${spanStatus(columns, row)} ${spanText(columns, 'httpStatus', row) ?? ''} ${spanText(columns, 'responseFlags', row) ?? ''}`}
      defaultSort={{ column: 'start', descending: false }}
      urlKey="spans-"
      compact
      fill
    />
  );
}

function spanColumns(model: TraceModel): Column<number>[] {
  const { columns } = model;
  const ms = (nano: number | undefined): string => formatNumber((nano ?? 0) / 1e6, 'ms');
  return [
    { id: 'service', header: 'Service', cell: (row) => <ServiceMark model={model} row={row} />, sortValue: (row) => serviceName(model, row) },
    { id: 'operation', header: 'Operation', cell: (row) => operationText(columns, row), sortValue: (row) => operationText(columns, row) },
    { id: 'kind', header: 'Kind', cell: (row) => spanKind(columns, row), sortValue: (row) => spanKind(columns, row), width: 90, from: 'lg' },
    {
      id: 'status',
      header: 'Status',
      cell: (row) => (
        <span className="inline-flex items-center gap-1">
          {columns.status[row] === ERROR_CODE && <StatusGlyph status="failing" size={12} />}
          {`${spanStatus(columns, row)}${httpText(model, row)}`}
        </span>
      ),
      sortValue: (row) => columns.status[row] ?? 0,
      width: 110,
    },
    { id: 'start', header: 'Start', cell: (row) => `+${ms(columns.start[row])}`, sortValue: (row) => columns.start[row] ?? 0, align: 'right', width: 100 },
    { id: 'duration', header: 'Duration', cell: (row) => ms(columns.duration[row]), sortValue: (row) => columns.duration[row] ?? 0, align: 'right', width: 100 },
    { id: 'self', header: 'Own time', hint: 'Time in which none of its calls ran', cell: (row) => ms(columns.self[row]), sortValue: (row) => columns.self[row] ?? 0, align: 'right', width: 100, from: 'md' },
    { id: 'calls', header: 'Calls', hint: 'Spans directly below', cell: (row) => model.childCount[row] ?? 0, sortValue: (row) => model.childCount[row] ?? 0, align: 'right', width: 80, from: 'xl' },
    { id: 'depth', header: 'Depth', cell: (row) => (columns.depth[row] ?? 0) + 1, sortValue: (row) => columns.depth[row] ?? 0, align: 'right', width: 80, from: 'xl' },
  ];
}

function httpText({ columns }: TraceModel, row: number): string {
  const status = spanText(columns, 'httpStatus', row);
  return status === undefined ? '' : ` · ${status}`;
}
