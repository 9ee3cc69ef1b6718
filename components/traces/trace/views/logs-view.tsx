'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { usePreferences } from '#components/shell/preferences.ts';
import { Button } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { MAX_DETAIL_ROWS } from '#server/traces/view/schemas.ts';
import { hasMark, operationText, serviceName, unixMs, type TraceModel } from '../model/trace-model.ts';
import { momentText } from '../moment-text.tsx';
import { detailPagesQuery } from '../queries.ts';
import { ServiceMark } from './service-mark.tsx';

export interface LogsViewProps {
  readonly model: TraceModel;
  readonly version: string | undefined;
  readonly selected: number;
  readonly onSelect: (row: number) => void;
}

interface LogLine {
  readonly key: string;
  readonly row: number;
  readonly offsetNano: number;
  readonly name: string;
  readonly text: string;
}

/** Events of all spans in the order they happened. Spans of which there are many are read in pages. */
export function LogsView({ model, version, selected, onSelect }: LogsViewProps) {
  const { columns } = model;
  const { zone } = usePreferences();
  const rows = useMemo(() => Array.from({ length: columns.count }, (_, row) => row).filter((row) => hasMark(columns, row, 'hasEvents')), [columns]);
  const query = useInfiniteQuery(detailPagesQuery(columns.traceId, version, rows));
  const lines = useMemo(() => (query.data?.pages ?? []).flatMap((spans) => spans.flatMap((span) => span.events.map((event, index): LogLine => ({ key: `${span.row}.${index}`, row: span.row, offsetNano: Number(BigInt(event.timeUnixNano) - BigInt(columns.startUnixNano)), name: event.name, text: textOf(event.attributes) })))), [query.data, columns]);
  const shown = useMemo(() => logColumns(model, zone), [model, zone]);
  const read = Math.min(rows.length, (query.data?.pages.length ?? 0) * MAX_DETAIL_ROWS);
  return (
    <DataState query={{ ...query, data: rows.length === 0 ? lines : query.data === undefined ? undefined : lines, isPlaceholderData: false }} empty={() => (rows.length > 0 ? undefined : { title: 'No span of this trace has events', hint: 'Events are log lines and exceptions that a program records on its spans.' })} className="h-full min-h-0">
      {(events) => (
        <DataTable
          label="Events"
          rows={events}
          columns={shown}
          rowKey={(line) => line.key}
          onOpen={(line) => onSelect(line.row)}
          selectedKey={events.find((line) => line.row === selected)?.key}
          filterText={(line) => `${line.name} ${line.text} ${serviceName(model, line.row)}`}
          toolbar={
            query.hasNextPage ? (
              <span className="flex items-center gap-2 text-label text-fg-secondary">
                {`Of ${formatNumber(read)} of ${formatNumber(rows.length)} spans with events`}
                <Button pending={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  More
                </Button>
              </span>
            ) : undefined
          }
          defaultSort={{ column: 'time', descending: false }}
          urlKey="logs-"
          compact
          fill
        />
      )}
    </DataState>
  );
}

function logColumns(model: TraceModel, zone: 'local' | 'utc'): Column<LogLine>[] {
  return [
    { id: 'time', header: 'Time', cell: (line) => <span title={momentText(unixMs(model.columns, line.offsetNano), zone, true)}>{`+${formatNumber(line.offsetNano / 1e6, 'ms')}`}</span>, sortValue: (line) => line.offsetNano, width: 110 },
    { id: 'event', header: 'Event', cell: (line) => <span className="font-medium">{line.name}</span>, sortValue: (line) => line.name, width: 180 },
    { id: 'attributes', header: 'Attributes', cell: (line) => <span className="font-mono">{line.text}</span> },
    { id: 'service', header: 'Service', cell: (line) => <ServiceMark model={model} row={line.row} />, sortValue: (line) => serviceName(model, line.row), width: 180, from: 'md' },
    { id: 'operation', header: 'Operation', cell: (line) => operationText(model.columns, line.row), sortValue: (line) => operationText(model.columns, line.row), width: 200, from: 'lg' },
  ];
}

function textOf(attributes: Readonly<Record<string, unknown>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
    .slice(0, 1000);
}
