'use client';

import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Unit } from '#components/charts/format-number.ts';
import { ExploreChart } from '#components/explore/explore-chart.tsx';
import { SeriesLegend } from '#components/explore/series-legend.tsx';
import type { DrawnSeries } from '#components/explore/drawn-series.ts';
import type { ExemplarPoint } from '#components/explore/queries.ts';
import { ChartSkeleton } from '#components/charts/promql-panel.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { stepFor } from '#components/time/time-window.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { ComparisonView } from './comparison-view.tsx';
import { comparisonOf, exemplarPoints, histogramMap, lineSeries, unitOfMetrics } from './metrics-series.ts';
import { MetricsHeat } from './metrics-heat.tsx';
import { traceMetricsQuery } from './queries.ts';
import { SourceNotes } from './source-notes.tsx';
import type { Search } from './use-search.ts';

const EXEMPLARS = 100;

/** A query that measures: its series as a graph and a table, a histogram as a map, a comparison as ranked attributes. */
export function MetricsPanel({ search }: { readonly search: Search }) {
  const { window } = useTimeRange();
  const stepSeconds = stepFor(window, { maxPoints: 120, minSeconds: 1 });
  const query = useQuery(traceMetricsQuery({ ...search.selection, step: `${stepSeconds}s`, exemplars: EXEMPLARS }));
  const stage = search.query?.metrics;
  const name = stage?.kind === 'metrics' ? stage.function : 'arithmetic';
  const unit = unitOfMetrics(stage);
  return (
    <Panel title={TITLES[name] ?? 'Measured'} note={`over ${search.range.toLowerCase()}, a point every ${stepSeconds} s`} flush actions={query.data !== undefined && <SourceNotes exact={query.data.exact} notes={query.data.notes} />}>
      <DataState query={query} asked={search.selection.q} skeleton={<ChartSkeleton height={320} />} empty={({ series }) => (series.length === 0 ? { title: 'No span matches in this range', hint: 'Widen the time range or take conditions away.' } : undefined)}>
        {(answer) => (
          <>
            {name === 'compare' ? (
              <ComparisonView comparison={comparisonOf(answer)} search={search} />
            ) : name === 'histogram_over_time' ? (
              <MetricsHeat map={histogramMap(answer)} unit={unit} />
            ) : (
              <Lines series={lineSeries(answer)} exemplars={exemplarPoints(answer, { onLine: name === 'rate' || name === 'count_over_time' })} fromMs={search.selection.from} toMs={search.selection.to} stepMs={answer.stepMs} unit={unit} />
            )}
          </>
        )}
      </DataState>
    </Panel>
  );
}

const TITLES: Readonly<Record<string, string>> = { rate: 'Rate', count_over_time: 'Count', min_over_time: 'Least', max_over_time: 'Greatest', avg_over_time: 'Average', sum_over_time: 'Sum', quantile_over_time: 'Quantiles', histogram_over_time: 'Histogram', compare: 'Comparison' };

interface LinesProps {
  readonly series: readonly DrawnSeries[];
  readonly exemplars: readonly ExemplarPoint[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly unit: Unit;
}

function Lines({ series, exemplars, unit, ...range }: LinesProps) {
  const [isolated, setIsolated] = useState<string>();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [pointed, setPointed] = useState<string>();
  const drawn = useMemo(() => {
    const alone = series.find(({ id }) => id === isolated);
    return alone === undefined ? series.filter(({ id }) => !hidden.has(id)) : [alone];
  }, [series, isolated, hidden]);
  const drawnIds = useMemo(() => new Set(drawn.map(({ id }) => id)), [drawn]);
  return (
    <>
      <div className="px-1 pt-2">
        <ExploreChart series={drawn} {...range} unit={unit} stacked={false} fromZero exemplars={exemplars} pointed={pointed !== undefined && drawnIds.has(pointed) ? pointed : undefined} />
      </div>
      <SeriesLegend
        series={series}
        unit={unit}
        drawn={drawnIds}
        isolated={isolated}
        onIsolate={setIsolated}
        onToggle={(id) =>
          setHidden((now) => {
            const next = new Set(now);
            if (!next.delete(id)) next.add(id);
            return next;
          })
        }
        onPoint={setPointed}
        letters={false}
      />
    </>
  );
}
