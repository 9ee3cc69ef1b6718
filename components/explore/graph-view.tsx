'use client';

import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { PromRange } from '#components/api/prometheus.ts';
import { markersOf } from '#components/board/change-markers.ts';
import { changesQuery } from '#components/board/queries.ts';
import { ChartMarkers } from '#components/charts/chart-markers.tsx';
import { ChartSkeleton } from '#components/charts/promql-panel.tsx';
import { formatNumber, type Unit } from '#components/charts/format-number.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Button } from '#components/ui/button.tsx';
import { EmptyState, Notice } from '#components/ui/states.tsx';
import { drawnSeries, FIRST_DRAWN, highest, type DrawnSeries } from './drawn-series.ts';
import { ExploreChart } from './explore-chart.tsx';
import { HistogramOverTime } from './histogram-over-time.tsx';
import { NothingAnswered } from './nothing-answered.tsx';
import { SeriesLegend } from './series-legend.tsx';
import { useExemplars, type Answer } from './use-answers.ts';
import type { ExploreOptions } from './use-explore-state.ts';

export interface GraphViewProps {
  readonly answers: readonly Answer[];
  readonly range: PromRange;
  readonly unit: Unit;
  readonly options: ExploreOptions;
}

/** The answers over time: one graph for all queries, its series as a list, native histograms below. */
export function GraphView({ answers, range, unit, options }: GraphViewProps) {
  const { window, label } = useTimeRange();
  const { exemplars, isPending, error } = useExemplars(answers, range, options.exemplars);
  const changes = useQuery(changesQuery);
  const markers = useMemo(() => markersOf(changes.data?.entries ?? [], window.fromMs, window.toMs), [changes.data, window.fromMs, window.toMs]);
  const series = useMemo(() => drawnSeries(answers), [answers]);
  const histograms = useMemo(() => answers.flatMap(({ query, result }) => (result?.series ?? []).filter((one) => one.histograms.length > 0).map((one) => ({ letter: query.letter, series: one }))), [answers]);
  const choice = useDrawn(series);
  if (answers.every(({ result, error: failed }) => result === undefined && failed === undefined)) return <ChartSkeleton height={320} />;
  if (series.length === 0 && histograms.length === 0) {
    if (answers.every(({ result }) => result === undefined)) return <NothingAnswered />;
    return <EmptyState title="No series in this range" hint={`The query is right, but nothing matches it in: ${label.toLowerCase()}. Look the metric up in the list of metrics, or take a longer range.`} />;
  }
  return (
    <ChartMarkers markers={markers}>
      <div className="flex min-w-0 flex-col">
        {choice.left > 0 && (
          <div className="flex items-center gap-2 px-3 pt-2 text-label text-fg-secondary" role="status">
            The {FIRST_DRAWN} of {series.length} series that reach highest are drawn.
            <Button onClick={() => choice.setAll(true)} variant="ghost">
              Show all
            </Button>
          </div>
        )}
        {options.exemplars && !isPending && exemplars.length === 0 && error === undefined && <p className="px-3 pt-2 text-label text-fg-secondary">No series of these queries has exemplars in this range.</p>}
        {error !== undefined && <Notice status="degraded" title="No exemplars." message={error.message} />}
        {series.length > 0 && (
          <>
            <div className="px-1 pt-2">
              <ExploreChart series={choice.drawn} fromMs={window.fromMs} toMs={window.toMs} stepMs={range.step * 1000} unit={unit} stacked={options.draw === 'stacked'} fromZero={options.zero} exemplars={exemplars} pointed={choice.pointed} />
            </div>
            <SeriesLegend series={series} unit={unit} drawn={choice.drawnIds} isolated={choice.isolated} onIsolate={choice.isolate} onToggle={choice.toggle} onPoint={choice.point} letters={answers.length > 1} />
          </>
        )}
        {histograms.length > 0 && <HistogramOverTime histograms={histograms} fromMs={window.fromMs} toMs={window.toMs} stepMs={range.step * 1000} unit={unit} several={answers.length > 1} />}
        <p className="sr-only" aria-live="polite">{`${series.length} series, up to ${formatNumber(Math.max(0, ...series.map(({ max }) => max ?? 0)), unit)}`}</p>
      </div>
    </ChartMarkers>
  );
}

/** Which of the series are drawn: one alone, or the highest, or all; less those that are hidden. */
function useDrawn(series: readonly DrawnSeries[]) {
  const [all, setAll] = useState(false);
  const [isolated, isolate] = useState<string>();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [pointedId, point] = useState<string>();
  const alone = series.find(({ id }) => id === isolated);
  const first = useMemo(() => (all ? series : highest(series, FIRST_DRAWN)), [all, series]);
  const drawn = useMemo(() => (alone === undefined ? first.filter(({ id }) => !hidden.has(id)) : [alone]), [alone, first, hidden]);
  const drawnIds = useMemo(() => new Set(drawn.map(({ id }) => id)), [drawn]);
  const toggle = useCallback(
    (id: string) => {
      // Out of one alone, or beyond the first: pressing the eye means "this one too".
      if (!drawnIds.has(id) && !hidden.has(id)) {
        isolate(undefined);
        setAll(true);
        return;
      }
      setHidden((now) => {
        const next = new Set(now);
        if (!next.delete(id)) next.add(id);
        return next;
      });
    },
    [drawnIds, hidden],
  );
  return { drawn, drawnIds, isolated: alone?.id, isolate, toggle, pointed: pointedId !== undefined && drawnIds.has(pointedId) ? pointedId : undefined, point, setAll, left: alone === undefined ? series.length - first.length : 0 };
}
