'use client';

import { memo, useId, useMemo } from 'react';
import { formatNumber, type Unit } from '#components/charts/format-number.ts';
import { Axes, useWidth } from './chart-axes.tsx';
import { areaPath, linePath, stackSeries, valueExtent, valueTicks, type Scales } from './chart-geometry.ts';
import { MARGIN } from './chart-margin.ts';
import { ChartHover } from './chart-hover.tsx';
import type { DrawnSeries } from './drawn-series.ts';
import { ExemplarDots } from './exemplar-dots.tsx';
import type { ExemplarPoint } from './queries.ts';

export interface ExploreChartProps {
  readonly series: readonly DrawnSeries[];
  /** Unix ms */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly unit: Unit;
  readonly stacked: boolean;
  readonly fromZero: boolean;
  readonly exemplars: readonly ExemplarPoint[];
  /** The series that is pointed at in the legend. */
  readonly pointed: string | undefined;
  readonly height?: number;
}



/**
 * Lines or a stack over time, for hundreds of series: paths drawn here, because the boards' charting library takes
 * seconds for as many. Same axes, colours and zoom as theirs.
 */
export function ExploreChart({ series, fromMs, toMs, stepMs, unit, stacked, fromZero, exemplars, pointed, height = 320 }: ExploreChartProps) {
  const { host, width } = useWidth();
  const clip = useId();
  const layers = useMemo(() => (stacked ? stackSeries(series.map(({ points }) => points)) : undefined), [series, stacked]);
  const { min, max } = useMemo(() => valueExtent(layers === undefined ? series.map(({ points }) => points) : layers.map((layer) => layer.map(({ t, high }) => ({ t, v: high })))), [series, layers]);
  // A stack stands on zero, whatever is chosen: its areas would lie otherwise.
  const ticks = useMemo(() => valueTicks(min, max, fromZero || stacked, unit.startsWith('bytes')), [min, max, fromZero, stacked, unit]);
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const scales = useMemo<Scales>(() => {
    const [plotWidth, plotHeight] = [Math.max(1, width - MARGIN.left - MARGIN.right), height - MARGIN.top - MARGIN.bottom];
    return { x: (t) => MARGIN.left + ((t - fromMs) / (toMs - fromMs)) * plotWidth, y: (v) => MARGIN.top + (1 - (v - low) / (high - low)) * plotHeight };
  }, [width, height, fromMs, toMs, low, high]);
  const paths = useMemo(() => series.map(({ id, color, points }, index) => ({ id, color, d: layers === undefined ? linePath(points, stepMs, scales) : areaPath(layers[index] ?? [], stepMs, scales) })), [series, layers, stepMs, scales]);
  return (
    <figure ref={host} className="relative m-0 min-w-0" style={{ height }} aria-label={`Graph of ${series.length} series${series.length === 0 ? '' : `, up to ${formatNumber(max, unit)}`}. The list below has their values.`}>
      {width > 0 && (
        <>
          {/* A layer of its own: what moves over it does not paint thousands of lines again. */}
          <svg width={width} height={height} className="block will-change-transform" aria-hidden>
            <Axes ticks={ticks} scales={scales} width={width} height={height} fromMs={fromMs} toMs={toMs} unit={unit} />
            <clipPath id={clip}>
              <rect x={MARGIN.left} y={0} width={Math.max(0, width - MARGIN.left - MARGIN.right)} height={height - MARGIN.bottom + 2} />
            </clipPath>
            <g clipPath={`url(#${clip})`}>
              <Paths paths={paths} filled={stacked} dim={pointed !== undefined} />
              {pointed !== undefined && <Paths paths={paths.filter(({ id }) => id === pointed)} filled={stacked} strong />}
            </g>
          </svg>
          <ChartHover series={series} layers={layers} scales={scales} width={width} height={height} fromMs={fromMs} toMs={toMs} stepMs={stepMs} unit={unit}>
            <ExemplarDots exemplars={exemplars} scales={scales} low={low} high={high} fromMs={fromMs} toMs={toMs} unit={unit} />
          </ChartHover>
        </>
      )}
    </figure>
  );
}

/** Memoised: pointing moves the layer above only. */
const Paths = memo(function Paths({ paths, filled, dim = false, strong = false }: { readonly paths: readonly { readonly id: string; readonly color: string; readonly d: string }[]; readonly filled: boolean; readonly dim?: boolean; readonly strong?: boolean }) {
  return (
    <g opacity={dim ? 0.25 : 1}>
      {paths.map(({ id, color, d }) => (filled ? <path key={id} d={d} fill={color} fillOpacity={strong ? 0.9 : 0.6} /> : <path key={id} d={d} fill="none" stroke={color} strokeWidth={strong ? 2.5 : 1.5} strokeLinejoin="round" strokeLinecap="round" />))}
    </g>
  );
});
