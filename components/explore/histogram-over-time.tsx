'use client';

import { useMemo, useState } from 'react';
import { seriesColor, summarise } from '#components/charts/chart-series.ts';
import { formatNumber, type Unit } from '#components/charts/format-number.ts';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { Select } from '#components/ui/select.tsx';
import { Axes, useWidth } from './chart-axes.tsx';
import { MARGIN } from './chart-margin.ts';
import type { DrawnSeries } from './drawn-series.ts';
import { ExploreChart } from './explore-chart.tsx';
import { heatColor, heatmapOf, type Heatmap } from './heatmap-cells.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import type { AnswerSeries } from './read-answer.ts';
import { fullName } from './series-name.ts';

export interface HistogramOverTimeProps {
  readonly histograms: readonly { readonly letter: string; readonly series: AnswerSeries }[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly unit: Unit;
  readonly several: boolean;
}

const QUANTILES = [0.5, 0.9, 0.99] as const;
const HEIGHT = 240;

/** Native histograms over time, one series at a time: where the observations lie (heatmap), or lines of quantiles. */
export function HistogramOverTime({ histograms, several, ...rest }: HistogramOverTimeProps) {
  const [chosen, setChosen] = useState<string>();
  const [as, setAs] = useState<'heatmap' | 'quantiles'>('heatmap');
  const rows = histograms.map(({ letter, series }) => ({ id: `${letter}${fullName(series.labels)}`, name: `${several ? `${letter} ` : ''}${fullName(series.labels)}`, series }));
  const shown = rows.find(({ id }) => id === chosen) ?? rows[0];
  if (shown === undefined) return null;
  return (
    <section aria-label="Native histograms" className="flex flex-col gap-2 border-t border-line py-2">
      <div className="flex flex-wrap items-center gap-2 px-3">
        <h3 className="text-label font-medium text-fg-secondary">Native histogram</h3>
        {rows.length === 1 ? <span className="min-w-0 truncate font-mono text-label">{shown.name}</span> : <Select label="Histogram" value={shown.id} onValueChange={setChosen} options={rows.map(({ id, name }) => ({ value: id, label: name }))} className="max-w-md min-w-0" />}
        <span className="ml-auto">
          <SegmentedControl label="Histogram as" value={as} onValueChange={setAs} options={[{ value: 'heatmap', label: 'Heatmap' }, { value: 'quantiles', label: 'Quantiles' }]} />
        </span>
      </div>
      {as === 'heatmap' ? <HeatmapChart series={shown.series} {...rest} /> : <QuantileChart series={shown.series} {...rest} />}
    </section>
  );
}

type ChartProps = Omit<HistogramOverTimeProps, 'histograms' | 'several'> & { readonly series: AnswerSeries };

function QuantileChart({ series, ...rest }: ChartProps) {
  const lines = useMemo(
    () =>
      QUANTILES.map((q, index): DrawnSeries => {
        const points = series.histograms.map(({ t, h }) => ({ t, v: histogramQuantile(h, q) }));
        const name = `p${q * 100}`;
        return { id: name, letter: '', name, fullName: name, labels: {}, color: seriesColor(index), points, ...summarise(points) };
      }),
    [series],
  );
  return (
    <div className="flex flex-col gap-1 px-1">
      <ExploreChart series={lines} {...rest} stacked={false} fromZero exemplars={[]} pointed={undefined} height={HEIGHT} />
      <ul className="flex gap-4 px-2 text-label" aria-label="Quantiles">
        {lines.map((line) => (
          <li key={line.id} className="flex items-center gap-1.5">
            <span className="w-3 border-t-2" style={{ borderColor: line.color }} aria-hidden />
            <span className="text-fg-secondary">{line.name}</span>
            <span className="tabular-nums">{formatNumber(line.last, rest.unit)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function HeatmapChart({ series, fromMs, toMs, stepMs, unit }: ChartProps) {
  const { host, width } = useWidth();
  const map = useMemo(() => heatmapOf(series.histograms), [series]);
  const rows = Math.max(1, map.bounds.length - 1);
  const plotWidth = Math.max(1, width - MARGIN.left - MARGIN.right);
  const plotHeight = HEIGHT - MARGIN.top - MARGIN.bottom;
  const x = (t: number): number => MARGIN.left + ((t - fromMs) / (toMs - fromMs)) * plotWidth;
  const y = (row: number): number => MARGIN.top + (1 - row / rows) * plotHeight;
  const cell = Math.max(1, (stepMs / (toMs - fromMs)) * plotWidth);
  return (
    <figure ref={host} className="m-0 min-w-0 px-1" style={{ height: HEIGHT }} aria-label={heatmapText(map, unit)}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} className="block">
          <Axes ticks={[]} scales={{ x, y }} width={width} height={HEIGHT} fromMs={fromMs} toMs={toMs} unit={unit} />
          {map.cells.map(({ t, row, rows: tall, count, share }) => {
            const left = Math.max(MARGIN.left, x(t) - cell);
            return (
              <rect key={`${t} ${row}`} x={left} y={y(row + tall)} width={Math.max(0.5, x(t) - left - (cell > 4 ? 0.5 : 0))} height={Math.max(1, (plotHeight / rows) * tall - 0.5)} fill={heatColor(share)}>
                <title>{`${formatNumber(map.bounds[row], unit)} to ${formatNumber(map.bounds[row + tall], unit)}: ${formatNumber(count)}`}</title>
              </rect>
            );
          })}
          <g fontSize={11} fill="var(--chart-axis)">
            {boundTicks(map.bounds.length).map((row) => (
              <text key={row} x={MARGIN.left - 8} y={y(row)} dy="0.32em" textAnchor="end">
                {formatNumber(map.bounds[row], unit)}
              </text>
            ))}
          </g>
        </svg>
      )}
    </figure>
  );
}

function heatmapText({ bounds }: Heatmap, unit: Unit): string {
  return bounds.length === 0 ? 'No observations' : `Heatmap of observations from ${formatNumber(bounds[0], unit)} to ${formatNumber(bounds.at(-1), unit)}. The table has the buckets.`;
}

/** About six of the bounds, evenly. */
function boundTicks(count: number): readonly number[] {
  const every = Math.max(1, Math.ceil((count - 1) / 6));
  return Array.from({ length: count }, (_, index) => index).filter((index) => index % every === 0);
}
