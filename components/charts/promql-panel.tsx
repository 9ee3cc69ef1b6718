'use client';

import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { promqlRangeQuery, type Labels, type RangeAnswer } from '#components/api/prometheus.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { QueryLink } from '#components/ui/query-link.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import type { ChartSeries } from './chart-series.ts';
import type { Unit } from './format-number.ts';
import { TimeSeriesChart, type ChartKind } from './time-series-chart.tsx';

export interface PanelQuery {
  readonly promql: string;
  /** Name of a series from its labels: text, or a function. Default: all labels. */
  readonly legend?: string | ((labels: Labels) => string);
  readonly color?: string | ((labels: Labels) => string);
  readonly dashed?: boolean;
}
export interface PromqlPanelProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly queries: readonly PanelQuery[];
  readonly unit?: Unit;
  readonly kind?: ChartKind;
  readonly height?: number;
  readonly threshold?: { readonly value: number; readonly label: string };
  /** Why there may be nothing, when that is known. */
  readonly emptyHint?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string;
}

/** A panel with the answer of one or more range queries over the page's time range. One failing query never hides the others. */
export function PromqlPanel({ title, note, queries, unit = 'none', kind = 'line', height = 180, threshold, emptyHint, actions, className }: PromqlPanelProps) {
  const { window, promRange, label } = useTimeRange();
  const result = useQueries({
    queries: queries.map((query) => ({ ...promqlRangeQuery(query.promql, promRange), placeholderData: keepPreviousData })),
    combine: (answers) => ({
      answers: answers.map((answer) => answer.data),
      error: answers.find((answer) => answer.error !== null)?.error ?? null,
      isFetching: answers.some((answer) => answer.isFetching),
      isPlaceholderData: answers.some((answer) => answer.isPlaceholderData),
      refetch: () => Promise.all(answers.map((answer) => answer.refetch())),
      dataUpdatedAt: Math.min(...answers.map((answer) => answer.dataUpdatedAt)),
    }),
  });
  const data = useMemo(() => (result.answers.some((answer) => answer !== undefined) ? toSeries(queries, result.answers) : undefined), [queries, result.answers]);
  const query = queries.map((one) => one.promql).join('\n');
  return (
    <Panel title={title} note={note} flush {...(className === undefined ? {} : { className })} actions={<>{actions}<QueryLink query={queries.map((one) => one.promql)} /></>}>
      <DataState
        query={{ ...result, data, isPending: data === undefined && result.error === null }}
        skeleton={<ChartSkeleton height={height} />}
        asked={query}
        partial={(found) => found.warnings[0]}
        empty={(found) => (found.series.length === 0 ? { title: emptyHint === undefined ? 'No data in this range' : 'None in this range', hint: emptyHint ?? `Nothing was recorded for this query in: ${label.toLowerCase()}.` } : undefined)}
        className="px-1 pb-2"
      >
        {(found) => <TimeSeriesChart label={title} series={found.series} fromMs={window.fromMs} toMs={window.toMs} unit={unit} kind={kind} height={height} {...(threshold === undefined ? {} : { threshold })} />}
      </DataState>
    </Panel>
  );
}

/** The shape of a chart before its data. */
export function ChartSkeleton({ height = 180 }: { readonly height?: number }) {
  return (
    <div className="flex flex-col gap-2 px-3" aria-hidden>
      <Skeleton className="w-full opacity-60" />
      <div className="flex items-end gap-3 border-b border-line-subtle" style={{ height: height - 20 }}>
        {[40, 62, 48, 70, 58, 80, 66, 74].map((share, index) => (
          <span key={index} className="flex-1 animate-shimmer rounded-t-control bg-active" style={{ height: `${share}%` }} />
        ))}
      </div>
      <Skeleton className="h-3 w-40" />
    </div>
  );
}

interface Found {
  readonly series: readonly ChartSeries[];
  readonly warnings: readonly string[];
}

function toSeries(queries: readonly PanelQuery[], answers: readonly (RangeAnswer | undefined)[]): Found {
  const series = answers.flatMap((answer, index) => {
    const query = queries[index];
    if (answer === undefined || query === undefined) return [];
    return answer.series.map(({ labels, points }): ChartSeries => {
      const name = typeof query.legend === 'function' ? query.legend(labels) : (query.legend ?? labelText(labels));
      const color = typeof query.color === 'function' ? query.color(labels) : query.color;
      return { id: `${index}${JSON.stringify(labels)}`, label: name, points, ...(color === undefined ? {} : { color }), ...(query.dashed === undefined ? {} : { dashed: query.dashed }) };
    });
  });
  return { series, warnings: answers.flatMap((answer) => answer?.warnings ?? []) };
}

/** `{app="ui", code="200"}` → `ui, 200`; the metric's own name when nothing else is left. */
function labelText(labels: Labels): string {
  const { __name__: name, ...rest } = labels;
  const values = Object.values(rest);
  return values.length === 0 ? (name ?? 'value') : values.join(', ');
}
