'use client';

import { useMemo, useState, type KeyboardEvent } from 'react';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { STATUS } from '#components/status/status.ts';
import { formatMoment } from '#components/time/time-window.ts';
import { axisFormatter, formatNumber, type Unit } from './format-number.ts';
import { logTicks, placePoints, type ScatterPoint } from './scatter-scale.ts';
import { niceTicks, timeTicks, timeTickText } from './ticks.ts';

export interface ScatterPlotProps {
  readonly label: string;
  readonly points: readonly ScatterPoint[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit?: Unit;
  /** Logarithmic height: durations span orders of magnitude. */
  readonly log?: boolean;
  readonly height?: number;
  readonly selectedId?: string | undefined;
  readonly onOpen: (point: ScatterPoint) => void;
}

const LEFT = 56;

/** Dots over time that open something: traces by duration. Arrows walk the dots in time order, Enter opens. */
export function ScatterPlot({ label, points, fromMs, toMs, unit = 'ms', log = false, height = 180, selectedId, onOpen }: ScatterPlotProps) {
  const [activeId, setActiveId] = useState<string>();
  const placed = useMemo(() => placePoints(points, { fromMs, toMs, log }), [points, fromMs, toMs, log]);
  const active = placed.dots.find((dot) => dot.point.id === activeId);
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = placed.dots.findIndex((dot) => dot.point.id === activeId);
    if (event.key === 'Enter' && active !== undefined) onOpen(active.point);
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      event.preventDefault();
      const next = event.key === 'ArrowRight' ? index + 1 : index <= 0 ? placed.dots.length - 1 : index - 1;
      setActiveId(placed.dots[next % placed.dots.length]?.point.id);
    }
  };
  const ticks = log ? logTicks(placed.min, placed.max) : niceTicks(0, placed.max, 4);
  const format = log ? (value: number): string => formatNumber(value, unit) : axisFormatter(placed.max, unit);
  const times = timeTicks(fromMs, toMs, 6, -new Date(toMs).getTimezoneOffset() * 60_000);
  return (
    <div className="relative" style={{ height }}>
      <div className="absolute inset-x-0 top-2 bottom-5">
        {ticks.map((tick) => {
          const share = placed.shareOf(tick);
          return share < -0.001 || share > 1.001 ? null : (
            <div key={tick} className="absolute right-3 border-t border-[var(--chart-grid)]" style={{ bottom: `${share * 100}%`, left: LEFT }}>
              <span className="absolute right-full -translate-y-1/2 pr-1.5 text-axis whitespace-nowrap text-fg-tertiary tabular-nums">{format(tick)}</span>
            </div>
          );
        })}
        <div
          role="application"
          aria-label={`${label}: ${points.length} dots. Arrow keys move between them, Enter opens one. The list has the same.`}
          tabIndex={0}
          onKeyDown={onKeyDown}
          onBlur={() => setActiveId(undefined)}
          className="absolute inset-y-0 right-3 rounded-control"
          style={{ left: LEFT }}
        >
          {placed.dots.map(({ point, x, y, radius }) => {
            const failing = point.status === 'failing';
            const emphasised = point.id === activeId || point.id === selectedId;
            return (
              <span
                key={point.id}
                onPointerEnter={() => setActiveId(point.id)}
                onPointerLeave={() => setActiveId(undefined)}
                onClick={() => onOpen(point)}
                className="absolute cursor-pointer rounded-full border transition-transform hover:scale-125"
                style={{
                  left: `calc(${x * 100}% - ${radius}px)`,
                  bottom: `calc(${y * 100}% - ${radius}px)`,
                  width: radius * 2,
                  height: radius * 2,
                  borderColor: point.status === undefined || point.status === 'healthy' ? 'var(--series-1)' : STATUS[point.status].color,
                  background: failing ? 'var(--status-failing-fg)' : 'color-mix(in oklab, var(--series-1) 28%, transparent)',
                  clipPath: failing ? 'polygon(30% 0, 70% 0, 100% 30%, 100% 70%, 70% 100%, 30% 100%, 0 70%, 0 30%)' : undefined,
                  outline: emphasised ? '2px solid var(--focus-ring)' : undefined,
                  outlineOffset: 1,
                  zIndex: emphasised ? 3 : failing ? 2 : 1,
                }}
              />
            );
          })}
          {active !== undefined && (
            <div role="status" className="pointer-events-none absolute z-20 w-max max-w-72 rounded-control border border-line bg-overlay px-2 py-1.5 text-label shadow-overlay" style={{ ...(active.x > 0.55 ? { right: `calc(${(1 - active.x) * 100}% + 12px)` } : { left: `calc(${active.x * 100}% + 12px)` }), ...(active.y > 0.6 ? { top: 0 } : { bottom: 0 }) }}>
              <div className="flex items-center gap-1.5 font-medium">
                {active.point.status !== undefined && <StatusGlyph status={active.point.status} size={12} />}
                {active.point.label}
              </div>
              <div className="text-fg-secondary tabular-nums">
                {formatNumber(active.point.y, unit)} · {formatMoment(active.point.t)}
              </div>
            </div>
          )}
        </div>
      </div>
      <div className="absolute right-3 bottom-0 h-5 border-t border-line" style={{ left: LEFT }}>
        {times.map((t) => (
          <span key={t} className="absolute top-0.5 -translate-x-1/2 text-axis text-fg-tertiary tabular-nums" style={{ left: `${((t - fromMs) / (toMs - fromMs)) * 100}%` }}>
            {timeTickText(t, toMs - fromMs)}
          </span>
        ))}
      </div>
    </div>
  );
}
