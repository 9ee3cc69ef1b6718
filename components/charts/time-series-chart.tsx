'use client';

import { memo, useMemo, useState, type ReactElement } from 'react';
import { Area, Bar, CartesianGrid, ComposedChart, Line, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { ChartLegend } from './chart-legend.tsx';
import { ChartOverlay } from './chart-overlay.tsx';
import { extent, seriesColor, toRows, type ChartRow, type ChartSeries } from './chart-series.ts';
import { axisFormatter, formatNumber, type Unit } from './format-number.ts';
import { niceTicks, timeTicks, timeTickText } from './ticks.ts';
import { zoneOffsetMs } from '#components/time/display-zone.ts';

export type ChartKind = 'line' | 'area' | 'stacked-area' | 'stacked-bar';

export interface TimeSeriesChartProps {
  /** Names the chart for screen readers: its panel's title. */
  readonly label: string;
  readonly series: readonly ChartSeries[];
  /** Shown bounds, Unix ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit?: Unit;
  readonly kind?: ChartKind;
  /** Plot height in px, without legend. */
  readonly height?: number;
  readonly legend?: boolean;
  /** A horizontal line, e.g. a threshold. */
  readonly threshold?: { readonly value: number; readonly label: string };
}

/** Room for the value axis; fixed, so that charts above each other share their time axis. */
export const AXIS_WIDTH = 56;
export const RIGHT_MARGIN = 12;
const TOP_MARGIN = 8;
const TIME_AXIS_HEIGHT = 20;
const WHOLE: Partial<Record<Unit, number>> = { ratio: 1, percent: 100 };

/** Lines, areas or bars over time, with the page's shared crosshair, drag to zoom, change markers, and a table twin. */
export function TimeSeriesChart({ label, series, fromMs, toMs, unit = 'none', kind = 'line', height = 180, legend = true, threshold }: TimeSeriesChartProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const coloured = useMemo(() => series.map((one, index) => ({ ...one, color: one.color ?? seriesColor(index) })), [series]);
  const shown = useMemo(() => coloured.filter((one) => !hidden.has(one.id)), [coloured, hidden]);
  const stacked = kind.startsWith('stacked');
  const { min, max } = extent(shown, stacked);
  const most = Math.max(max, threshold?.value ?? 0);
  const whole = WHOLE[unit];
  // A share has a natural end: no room is kept above all of it.
  const ticks = niceTicks(min, most, 4, unit.startsWith('bytes')).filter((tick) => whole === undefined || most > whole || tick <= whole);
  const top = ticks.at(-1) ?? 1;
  return (
    <figure className="m-0 flex min-w-0 flex-col" aria-label={`${label}. ${shown.length} series${max > 0 ? `, up to ${formatNumber(max, unit)}` : ''}. The legend can be shown as a table.`}>
      <div className="relative" style={{ height }}>
        <Plot series={shown} fromMs={fromMs} toMs={toMs} unit={unit} kind={kind} ticks={ticks} />
        <ChartOverlay
          series={shown}
          fromMs={fromMs}
          toMs={toMs}
          unit={unit}
          inset={{ left: AXIS_WIDTH, right: RIGHT_MARGIN, top: TOP_MARGIN, bottom: TIME_AXIS_HEIGHT }}
          {...(threshold === undefined || top <= 0 ? {} : { threshold: { share: threshold.value / top, label: threshold.label } })}
        />
      </div>
      {legend && <ChartLegend label={label} series={coloured} unit={unit} hidden={hidden} onHiddenChange={setHidden} />}
    </figure>
  );
}

interface PlotProps {
  readonly series: readonly (ChartSeries & { readonly color: string })[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit: Unit;
  readonly kind: ChartKind;
  readonly ticks: readonly number[];
}

const tickStyle = { fill: 'var(--chart-axis)', fontSize: 11 } as const;

/** The drawing itself. Memoised: hovering renders the overlay only. */
const Plot = memo(function Plot({ series, fromMs, toMs, unit, kind, ticks }: PlotProps) {
  const rows = toRows(series);
  const top = ticks.at(-1) ?? 1;
  const span = toMs - fromMs;
  const format = axisFormatter(top, unit);
  const times = timeTicks(fromMs, toMs, 6, zoneOffsetMs(toMs));
  return (
    <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 480, height: 180 }}>
      <ComposedChart data={rows} margin={{ top: TOP_MARGIN, right: RIGHT_MARGIN, bottom: 0, left: 0 }} accessibilityLayer={false} barCategoryGap="12%">
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis dataKey="t" type="number" domain={[fromMs, toMs]} allowDataOverflow ticks={[...times]} tickFormatter={(t: number) => timeTickText(t, span)} height={TIME_AXIS_HEIGHT} tickLine={false} axisLine={{ stroke: 'var(--border-default)' }} tick={tickStyle} minTickGap={28} tickMargin={4} />
        <YAxis width={AXIS_WIDTH} domain={[ticks[0] ?? 0, top]} ticks={[...ticks]} tickFormatter={format} tickLine={false} axisLine={false} tick={tickStyle} interval={0} tickMargin={4} />
        {series.map((one, index) => shape(one, `s${index}`, kind, rows))}
      </ComposedChart>
    </ResponsiveContainer>
  );
});

function shape(one: ChartSeries & { readonly color: string }, key: string, kind: ChartKind, rows: readonly ChartRow[]): ReactElement {
  const shared = { dataKey: key, name: one.label, isAnimationActive: false } as const;
  const line = { stroke: one.color, strokeWidth: 1.5, type: 'linear', activeDot: false, connectNulls: false, ...(one.dashed === true ? { strokeDasharray: '4 3' } : {}) } as const;
  switch (kind) {
    case 'stacked-bar':
      return <Bar key={one.id} {...shared} stackId="all" fill={one.color} fillOpacity={0.85} maxBarSize={14} activeBar={false} />;
    case 'stacked-area':
      // No outline: a series at 0 would draw its own along the top of those below it.
      return <Area key={one.id} {...shared} {...line} stroke="none" stackId="all" fill={one.color} fillOpacity={0.6} dot={false} />;
    case 'area':
      return <Area key={one.id} {...shared} {...line} fill={one.color} fillOpacity={0.12} dot={loneDot(key, one.color, rows)} />;
    case 'line':
      return <Line key={one.id} {...shared} {...line} dot={loneDot(key, one.color, rows)} />;
  }
}

/** A value between two gaps has no line to be part of: it alone gets a dot. */
function loneDot(key: string, color: string, rows: readonly ChartRow[]) {
  return function LoneDot({ index = 0, cx, cy }: { index?: number; cx?: number; cy?: number }): ReactElement {
    const alone = (rows[index]?.[key] ?? null) !== null && (rows[index - 1]?.[key] ?? null) === null && (rows[index + 1]?.[key] ?? null) === null;
    return alone && cx !== undefined && cy !== undefined ? <circle key={index} cx={cx} cy={cy} r={1.75} fill={color} /> : <g key={index} />;
  };
}
