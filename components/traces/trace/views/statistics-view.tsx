'use client';

import { useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import { BarMeter } from '#components/charts/share-meter.tsx';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { Combobox, type ComboboxOption } from '#components/ui/combobox.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import type { TraceStatisticsResponse } from '#server/traces/view/schemas.ts';
import type { TraceModel } from '../model/trace-model.ts';
import { traceFieldsQuery, traceStatisticsQuery } from '../queries.ts';
import { traceParsers } from '../trace-params.ts';
import { ColourMark } from './service-mark.tsx';
import { groupQuery } from './group-query.ts';
import { viewParsers } from './view-params.ts';

type Group = TraceStatisticsResponse['groups'][number];
type Line = Omit<Group, 'groups'> & { readonly key: string; readonly within: string | undefined };

const BUILT_IN: readonly ComboboxOption[] = [
  { value: 'service', label: 'Service' },
  { value: 'operation', label: 'Operation' },
  { value: 'service and operation', label: 'Service and operation' },
  { value: 'kind', label: 'Kind' },
  { value: 'status', label: 'Status' },
];

/** Durations and own times by service, operation or any attribute, and by another within. A line leads to its spans. */
export function StatisticsView({ model, version }: { readonly model: TraceModel; readonly version: string | undefined }) {
  const [{ by, within }, setGroups] = useQueryStates({ by: viewParsers.by, within: viewParsers.within });
  const [, setParams] = useQueryStates(traceParsers);
  const fields = useQuery(traceFieldsQuery);
  const query = useQuery(traceStatisticsQuery(model.columns.traceId, version, by, within));
  const options = useMemo(() => [...BUILT_IN, ...(fields.data ?? []).map((field) => ({ value: field, label: field }))], [fields.data]);
  const nameOf = (value: string): string => options.find((option) => option.value === value)?.label ?? value;
  return (
    <DataState query={query} className="h-full min-h-0">
      {(groups) => (
        <DataTable
          label="Statistics"
          rows={linesOf(groups, within !== null)}
          columns={lineColumns(model, nameOf(by), within === null ? undefined : nameOf(within), by)}
          rowKey={(line) => line.key}
          onOpen={(line) => {
            const find = groupQuery([{ by, value: line.within ?? line.value }, ...(line.within === undefined || within === null ? [] : [{ by: within, value: line.value }])]);
            if (find !== undefined) void setParams({ view: 'timeline', find, only: 'matches' });
          }}
          filterText={(line) => `${line.within ?? ''} ${line.value ?? ''}`}
          toolbar={
            <>
              <Combobox label="Group by" value={by} onValueChange={(next) => void setGroups({ by: next })} options={options} className="w-52" />
              <Combobox label="Then by" placeholder="then by…" value={within} onValueChange={(next) => void setGroups({ within: next })} options={options.filter(({ value }) => value !== by)} className="w-52" />
              {within !== null && (
                <button type="button" className="text-label font-medium text-accent hover:underline" onClick={() => void setGroups({ within: null })}>
                  Only one group
                </button>
              )}
            </>
          }
          defaultSort={{ column: 'self', descending: true }}
          urlKey="stats-"
          compact
          fill
        />
      )}
    </DataState>
  );
}

function linesOf(groups: readonly Group[], nested: boolean): Line[] {
  if (!nested) return groups.map((group, i) => ({ ...group, key: String(i), within: undefined }));
  return groups.flatMap((group, i) => group.groups.map((sub, j) => ({ ...sub, key: `${i}.${j}`, within: group.value ?? 'none' })));
}

function lineColumns(model: TraceModel, first: string, second: string | undefined, by: string): Column<Line>[] {
  const colors = new Map(model.services.map((service) => [service.name, service.color]));
  const ms = (nano: number): string => formatNumber(nano / 1e6, 'ms');
  const named = (value: string | undefined, isService: boolean) => (value === undefined ? <span className="text-fg-tertiary">none</span> : isService ? <ColourMark color={colors.get(value)} text={value} /> : value);
  return [
    ...(second === undefined ? [] : [{ id: 'within', header: first, cell: (line: Line) => named(line.within, by === 'service'), sortValue: (line: Line) => line.within }]),
    { id: 'value', header: second ?? first, cell: (line) => named(line.value, second === undefined && by === 'service'), sortValue: (line) => line.value },
    { id: 'count', header: 'Spans', cell: (line) => formatNumber(line.count), sortValue: (line) => line.count, align: 'right', width: 80 },
    { id: 'errors', header: 'Errors', cell: (line) => (line.errors === 0 ? '—' : formatNumber(line.errors)), sortValue: (line) => line.errors, align: 'right', width: 80 },
    { id: 'total', header: 'Total', cell: (line) => ms(line.total), sortValue: (line) => line.total, align: 'right', width: 90, from: 'md' },
    { id: 'avg', header: 'Average', cell: (line) => ms(line.avg), sortValue: (line) => line.avg, align: 'right', width: 90 },
    { id: 'p95', header: 'p95', cell: (line) => ms(line.p95), sortValue: (line) => line.p95, align: 'right', width: 90, from: 'lg' },
    { id: 'max', header: 'Longest', cell: (line) => ms(line.max), sortValue: (line) => line.max, align: 'right', width: 90, from: 'lg' },
    { id: 'critical', header: 'Critical', hint: 'Of the critical path', cell: (line) => ms(line.critical), sortValue: (line) => line.critical, align: 'right', width: 90, from: 'xl' },
    { id: 'self', header: 'Own time', hint: 'Time in which none of their calls ran', cell: (line) => ms(line.selfTotal), sortValue: (line) => line.selfTotal, align: 'right', width: 105 },
    { id: 'share', header: 'Of the trace', hint: 'Own time in the trace’s duration; more than all of it when they ran side by side', cell: (line) => <BarMeter label="Own time in the trace" value={line.selfShare} max={1} text={formatNumber(line.selfShare, 'ratio')} />, sortValue: (line) => line.selfShare, width: 150, from: 'md' },
  ];
}
