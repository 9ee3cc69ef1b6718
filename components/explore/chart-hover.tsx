'use client';

import { useMemo, useState, type PointerEvent, type ReactNode } from 'react';
import { Markers } from '#components/charts/chart-overlay.tsx';
import { formatNumber, type Unit } from '#components/charts/format-number.ts';
import { formatMoment } from '#components/time/time-window.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { cx } from '#components/ui/class-names.ts';
import { valueNear, type Scales, type StackedPoint } from './chart-geometry.ts';
import type { DrawnSeries } from './drawn-series.ts';

import { MARGIN } from './chart-margin.ts';

export interface ChartHoverProps {
  readonly series: readonly DrawnSeries[];
  readonly layers: readonly (readonly StackedPoint[])[] | undefined;
  readonly scales: Scales;
  readonly width: number;
  readonly height: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly unit: Unit;
  /** Points on the chart that can be pressed, placed from its corner. */
  readonly children?: ReactNode;
}

const MIN_DRAG_PX = 6;
const MAX_ROWS = 10;

interface Pointer {
  readonly x: number;
  readonly y: number;
}

/** What moves over the graph: the crosshair on the nearest step, exact values with the nearest series first, the zoom that is dragged. */
export function ChartHover(props: ChartHoverProps) {
  const { series, scales, width, height, fromMs, toMs, stepMs } = props;
  const { zoomTo } = useTimeRange();
  const [at, setAt] = useState<Pointer>();
  const [dragFrom, setDragFrom] = useState<number>();
  const times = useTimes(series);
  const plotWidth = Math.max(1, width - MARGIN.left - MARGIN.right);
  const timeOf = (x: number): number => fromMs + (Math.min(plotWidth, Math.max(0, x)) / plotWidth) * (toMs - fromMs);
  const moment = at === undefined ? undefined : nearest(times, timeOf(at.x));
  const locate = (event: PointerEvent): Pointer => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  return (
    <div
      className="absolute touch-pan-y cursor-crosshair will-change-transform select-none"
      style={{ left: MARGIN.left, right: MARGIN.right, top: MARGIN.top, bottom: MARGIN.bottom }}
      data-testid="explore-plot"
      onPointerMove={(event) => setAt(locate(event))}
      onPointerLeave={() => setAt(undefined)}
      onPointerDown={(event) => {
        if (event.button !== 0 || event.pointerType === 'touch' || event.target !== event.currentTarget) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragFrom(locate(event).x);
      }}
      onPointerUp={(event) => {
        const { x } = locate(event);
        if (dragFrom !== undefined && Math.abs(x - dragFrom) >= MIN_DRAG_PX) zoomTo(timeOf(Math.min(x, dragFrom)), timeOf(Math.max(x, dragFrom)));
        setDragFrom(undefined);
      }}
      onPointerCancel={() => setDragFrom(undefined)}
    >
      <div className="absolute" style={{ left: -MARGIN.left, top: -MARGIN.top }}>
        {props.children}
      </div>
      <Markers fromMs={fromMs} toMs={toMs} />
      {dragFrom !== undefined && at !== undefined && <div className="pointer-events-none absolute inset-y-0 border-x border-accent bg-selected" style={{ left: Math.min(dragFrom, at.x), width: Math.abs(at.x - dragFrom) }} />}
      {moment !== undefined && at !== undefined && Math.abs(moment - timeOf(at.x)) <= Math.max(stepMs, ((toMs - fromMs) / plotWidth) * 24) && (
        <div className="pointer-events-none absolute inset-y-0 w-0 border-l border-[var(--chart-cursor)]" style={{ left: scales.x(moment) - MARGIN.left }}>
          {dragFrom === undefined && <Values series={series} layers={props.layers} scales={scales} stepMs={stepMs} unit={props.unit} moment={moment} y={at.y + MARGIN.top} onLeft={at.x > plotWidth * 0.55} room={height - MARGIN.top - MARGIN.bottom} />}
        </div>
      )}
    </div>
  );
}

interface ValuesProps extends Pick<ChartHoverProps, 'series' | 'layers' | 'scales' | 'stepMs' | 'unit'> {
  readonly moment: number;
  /** Pointer, px from the top of the chart. */
  readonly y: number;
  readonly onLeft: boolean;
  readonly room: number;
}

function Values({ series, layers, scales, stepMs, unit, moment, y, onLeft, room }: ValuesProps) {
  const rows = series
    .map((one, index) => {
      const value = valueNear(one.points, moment, stepMs);
      const drawnAt = layers === undefined ? value : (layers[index]?.find(({ t }) => Math.abs(t - moment) <= stepMs / 2)?.high ?? null);
      return { one, value, drawnAt };
    })
    .filter((row): row is typeof row & { value: number } => row.value !== null);
  const closest = rows.reduce<(typeof rows)[number] | undefined>((best, row) => (row.drawnAt !== null && Number.isFinite(row.drawnAt) && (best?.drawnAt == null || Math.abs(scales.y(row.drawnAt) - y) < Math.abs(scales.y(best.drawnAt) - y)) ? row : best), undefined);
  // With many lines the neighbours of the pointed one matter, not the greatest.
  const ordered = rows.toSorted((a, b) => b.value - a.value);
  const start = closest === undefined || ordered.length <= MAX_ROWS ? 0 : Math.min(ordered.length - MAX_ROWS, Math.max(0, ordered.indexOf(closest) - MAX_ROWS / 2));
  const shown = ordered.slice(start, start + MAX_ROWS);
  return (
    <>
      {closest?.drawnAt != null && <span className="absolute size-2 -translate-1/2 rounded-full border border-panel" style={{ top: scales.y(closest.drawnAt) - MARGIN.top, background: closest.one.color }} />}
      <div className={cx('absolute top-0 z-20 flex w-max max-w-96 flex-col overflow-hidden rounded-control border border-line bg-overlay px-2 py-1.5 shadow-overlay', onLeft ? 'right-2' : 'left-2')} style={{ maxHeight: room }}>
        <div className="pb-0.5 text-axis text-fg-tertiary tabular-nums">{formatMoment(moment)}</div>
        {rows.length === 0 && <div className="text-label text-fg-secondary">No value here</div>}
        {shown.map((row) => (
          <div key={row.one.id} className={cx('flex items-center gap-1.5 text-label', row === closest ? 'font-medium text-fg' : 'text-fg-secondary')}>
            <span className="h-0.5 w-2.5 shrink-0 rounded-full" style={{ background: row.one.color }} />
            <span className="min-w-0 flex-1 truncate">{row.one.name}</span>
            <span className="pl-3 text-fg tabular-nums">{formatNumber(row.value, unit)}</span>
          </div>
        ))}
        {rows.length > shown.length && <div className="text-axis text-fg-tertiary">{shown.length} of {rows.length} series around the pointer</div>}
        {closest !== undefined && (
          <div className="mt-1 border-t border-line-subtle pt-1 text-axis text-fg-secondary">
            <div className="line-clamp-3 font-mono break-all">{closest.one.fullName}</div>
            <div className="font-mono text-fg tabular-nums">{String(closest.value)}</div>
          </div>
        )}
      </div>
    </>
  );
}

/** All times at which any series has a point, in order. */
function useTimes(series: readonly DrawnSeries[]): readonly number[] {
  return useMemo(() => [...new Set(series.flatMap(({ points }) => points.map(({ t }) => t)))].sort((a, b) => a - b), [series]);
}

function nearest(times: readonly number[], t: number): number | undefined {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < t) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [times[low - 1], times[low]];
  if (before === undefined || after === undefined) return after ?? before;
  return t - before < after - t ? before : after;
}
