'use client';

import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { timeTicks, timeTickText } from '#components/charts/ticks.ts';
import type { LatencyScale } from './latency-scale.ts';
import type { Region } from './region.ts';
import { zoneOffsetMs } from '#components/time/display-zone.ts';

/** Room for the axes around the plot, px. */
export const PLOT_MARGIN = { left: 60, right: 12, top: 8, bottom: 20 } as const;
const MIN_DRAG_PX = 5;

/** A place in the plot: px from its corner, and shares of its size from the left and the bottom. */
export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  readonly timeShare: number;
  readonly durationShare: number;
}
export interface LatencyPlotProps {
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly scale: LatencyScale;
  /** Words for a tick of the scale; a duration of so many nanoseconds when left out. */
  readonly format?: (tick: number) => string;
  /** What is marked. */
  readonly region: Region | null;
  /** A rectangle was drawn; the caller fits it to its cells. */
  readonly onRegion: (region: Region | null) => void;
  readonly onPoint: (point: PlotPoint | undefined) => void;
  /** A press without a drag. */
  readonly onPress?: (point: PlotPoint) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onBlur?: () => void;
  /** Drawn in the plot, in SVG from its corner. */
  readonly children: ReactNode;
  /** HTML over the plot: tooltips, dots. */
  readonly over?: ReactNode;
}

/** Axes of time and latency around what the caller draws, with a rectangle that is dragged over it. */
export function LatencyPlot(props: LatencyPlotProps) {
  const { width, height, fromMs, toMs, scale, region, onRegion, onPoint } = props;
  const [drag, setDrag] = useState<{ readonly from: PlotPoint; readonly to: PlotPoint }>();
  const plot = useRef<HTMLDivElement>(null);
  const inner = { width: Math.max(1, width - PLOT_MARGIN.left - PLOT_MARGIN.right), height: Math.max(1, height - PLOT_MARGIN.top - PLOT_MARGIN.bottom) };
  const locate = (event: PointerEvent): PlotPoint => {
    const box = plot.current?.getBoundingClientRect();
    const x = Math.min(inner.width, Math.max(0, event.clientX - (box?.left ?? 0)));
    const y = Math.min(inner.height, Math.max(0, event.clientY - (box?.top ?? 0)));
    return { x, y, timeShare: x / inner.width, durationShare: 1 - y / inner.height };
  };
  const timeAt = (share: number): number => fromMs + share * (toMs - fromMs);
  const finish = (to: PlotPoint): void => {
    if (drag === undefined) return;
    setDrag(undefined);
    if (Math.abs(to.x - drag.from.x) < MIN_DRAG_PX && Math.abs(to.y - drag.from.y) < MIN_DRAG_PX) props.onPress?.(to);
    else {
      const [early, late] = [drag.from.timeShare, to.timeShare].sort((a, b) => a - b);
      const [low, high] = [drag.from.durationShare, to.durationShare].sort((a, b) => a - b);
      onRegion({ fromMs: timeAt(early ?? 0), toMs: timeAt(late ?? 1), minNano: scale.nanoAt(low ?? 0), maxNano: scale.nanoAt(high ?? 1) });
    }
  };
  const marked = region === null ? undefined : boxOf(region, { fromMs, toMs, scale, ...inner });
  return (
    <div className="relative" style={{ width, height }}>
      <svg width={width} height={height} className="block" aria-hidden>
        <Axes width={width} inner={inner} scale={scale} format={props.format ?? durationText} fromMs={fromMs} toMs={toMs} />
        <g transform={`translate(${PLOT_MARGIN.left} ${PLOT_MARGIN.top})`}>{props.children}</g>
      </svg>
      <div
        ref={plot}
        role="application"
        aria-label={props.label}
        tabIndex={0}
        data-testid="latency-plot"
        className="absolute touch-pan-y cursor-crosshair rounded-sm select-none"
        style={{ left: PLOT_MARGIN.left, top: PLOT_MARGIN.top, ...inner }}
        onKeyDown={props.onKeyDown}
        onBlur={props.onBlur}
        onPointerMove={(event) => {
          const at = locate(event);
          onPoint(at);
          if (drag !== undefined) setDrag({ ...drag, to: at });
        }}
        onPointerLeave={() => onPoint(undefined)}
        onPointerDown={(event) => {
          if (event.button !== 0 || event.pointerType === 'touch') return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = locate(event);
          setDrag({ from: at, to: at });
        }}
        onPointerUp={(event) => finish(locate(event))}
        onPointerCancel={() => setDrag(undefined)}
      >
        {marked !== undefined && drag === undefined && <div className="pointer-events-none absolute rounded-sm border border-accent bg-[var(--chart-brush)]" style={marked} data-testid="plot-region" />}
        {drag !== undefined && (
          <div
            className="pointer-events-none absolute rounded-sm border border-accent bg-[var(--chart-brush)]"
            style={{ left: Math.min(drag.from.x, drag.to.x), top: Math.min(drag.from.y, drag.to.y), width: Math.abs(drag.to.x - drag.from.x), height: Math.abs(drag.to.y - drag.from.y) }}
          />
        )}
        {props.over}
      </div>
    </div>
  );
}

interface Frame {
  readonly fromMs: number;
  readonly toMs: number;
  readonly scale: LatencyScale;
  readonly width: number;
  readonly height: number;
}

/** The marked rectangle in px; what lies beyond the plot is cut off. */
function boxOf(region: Region, { fromMs, toMs, scale, width, height }: Frame): { left: number; top: number; width: number; height: number } | undefined {
  const share = (ms: number): number => Math.min(1, Math.max(0, (ms - fromMs) / (toMs - fromMs)));
  const [left, right] = [share(region.fromMs) * width, share(region.toMs) * width];
  const [top, bottom] = [(1 - scale.shareOf(region.maxNano)) * height, (1 - scale.shareOf(region.minNano)) * height];
  return region.toMs < fromMs || region.fromMs > toMs ? undefined : { left, top, width: Math.max(2, right - left), height: Math.max(2, bottom - top) };
}

interface AxesProps extends Pick<LatencyPlotProps, 'width' | 'scale' | 'fromMs' | 'toMs'> {
  readonly inner: { readonly width: number; readonly height: number };
  readonly format: (tick: number) => string;
}

function durationText(nano: number): string {
  return formatNumber(nano / 1e6, 'ms');
}

function Axes({ width, inner, scale, format, fromMs, toMs }: AxesProps) {
  const times = timeTicks(fromMs, toMs, Math.max(2, Math.floor(width / 110)), zoneOffsetMs(toMs));
  const bottom = PLOT_MARGIN.top + inner.height;
  return (
    <g fontSize={11} fill="var(--chart-axis)">
      {scale.ticks.map((tick) => {
        const y = PLOT_MARGIN.top + (1 - scale.shareOf(tick)) * inner.height;
        return (
          <g key={tick}>
            <path d={`M${PLOT_MARGIN.left} ${y}h${inner.width}`} stroke="var(--chart-grid)" />
            <text x={PLOT_MARGIN.left - 8} y={y} dy="0.32em" textAnchor="end">
              {format(tick)}
            </text>
          </g>
        );
      })}
      <path d={`M${PLOT_MARGIN.left} ${bottom}h${inner.width}`} stroke="var(--border-default)" />
      {times.map((t) => (
        <text key={t} x={PLOT_MARGIN.left + ((t - fromMs) / (toMs - fromMs)) * inner.width} y={bottom + 15} textAnchor="middle">
          {timeTickText(t, toMs - fromMs)}
        </text>
      ))}
    </g>
  );
}
