'use client';

import { useMemo, useState, type KeyboardEvent } from 'react';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { formatMoment } from '#components/time/time-window.ts';
import type { TraceSummary } from '#server/traces/trace-backend.ts';
import { LatencyPlot, PLOT_MARGIN, type PlotPoint } from './latency-plot.tsx';
import { scaleOfExtent } from './latency-scale.ts';
import type { Region } from './region.ts';

export interface TraceDotsProps {
  readonly traces: readonly TraceSummary[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
  readonly height: number;
  readonly region: Region | null;
  readonly onRegion: (region: Region | null) => void;
}

interface Dot {
  readonly trace: TraceSummary;
  readonly startMs: number;
  readonly durationNano: number;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** How near the pointer must be to a dot, px beyond its edge. */
const REACH_PX = 6;

/** Single traces by duration over time, when there are few: larger has more spans, red has errors, a press opens. Arrows walk them in time order. */
export function TraceDots({ traces, fromMs, toMs, width, height, region, onRegion }: TraceDotsProps) {
  const navigate = useAppNavigate();
  const [activeId, setActiveId] = useState<string>();
  const durations = useMemo(() => traces.map(({ durationNano }) => Number(durationNano)), [traces]);
  const scale = useMemo(() => scaleOfExtent(Math.min(...durations), Math.max(...durations)), [durations]);
  const dots = useMemo(() => placeDots(traces, fromMs, toMs, scale.shareOf), [traces, fromMs, toMs, scale]);
  const active = dots.find(({ trace }) => trace.traceId === activeId);
  const open = (dot: Dot): void => navigate(paths.trace(dot.trace.traceId));
  const near = (point: PlotPoint): Dot | undefined => {
    const across = width - PLOT_MARGIN.left - PLOT_MARGIN.right;
    const up = height - PLOT_MARGIN.top - PLOT_MARGIN.bottom;
    const distance = (dot: Dot): number => Math.hypot(dot.x * across - point.x, (1 - dot.y) * up - point.y) - dot.radius;
    const nearest = dots.reduce<Dot | undefined>((best, dot) => (best === undefined || distance(dot) < distance(best) ? dot : best), undefined);
    return nearest !== undefined && distance(nearest) <= REACH_PX ? nearest : undefined;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = dots.findIndex((dot) => dot === active);
    if (event.key === 'Enter' && active !== undefined) open(active);
    else if (event.key === 'Escape' && region !== null) onRegion(null);
    else if ((event.key === 'ArrowRight' || event.key === 'ArrowLeft') && dots.length > 0) {
      event.preventDefault();
      const next = event.key === 'ArrowRight' ? index + 1 : index <= 0 ? dots.length - 1 : index - 1;
      setActiveId(dots[next % dots.length]?.trace.traceId);
    }
  };
  return (
    <LatencyPlot
      label={`${traces.length} traces by duration over time. Left and right move between them, Enter opens one. The list has the same.`}
      {...{ width, height, fromMs, toMs, scale, region, onRegion, onKeyDown }}
      onPoint={(point) => setActiveId(point === undefined ? undefined : near(point)?.trace.traceId)}
      onPress={(point) => {
        const dot = near(point);
        if (dot !== undefined) open(dot);
        else if (region !== null) onRegion(null);
      }}
      onBlur={() => setActiveId(undefined)}
      over={
        <>
          {dots.map((dot) => (
            <span key={dot.trace.traceId} className="pointer-events-none absolute rounded-full border" style={dotStyle(dot, dot === active)} />
          ))}
          {active !== undefined && <DotNote dot={active} />}
        </>
      }
    >
      {null}
    </LatencyPlot>
  );
}

function placeDots(traces: readonly TraceSummary[], fromMs: number, toMs: number, shareOf: (nano: number) => number): readonly Dot[] {
  // Small traces are small dots, whatever the others are.
  const heaviest = Math.max(20, ...traces.map(({ spanCount }) => spanCount));
  return traces
    .map((trace): Dot => {
      const startMs = Number(BigInt(trace.startUnixNano) / 1_000_000n);
      const durationNano = Number(trace.durationNano);
      return { trace, startMs, durationNano, x: Math.min(1, Math.max(0, (startMs - fromMs) / (toMs - fromMs))), y: shareOf(durationNano), radius: 3 + 5 * Math.sqrt(trace.spanCount / heaviest) };
    })
    .toSorted((a, b) => a.startMs - b.startMs);
}

function dotStyle({ trace, x, y, radius }: Dot, active: boolean) {
  const failing = trace.errorCount > 0;
  return {
    left: `calc(${x * 100}% - ${radius}px)`,
    bottom: `calc(${y * 100}% - ${radius}px)`,
    width: radius * 2,
    height: radius * 2,
    borderColor: failing ? 'var(--status-failing-fg)' : 'var(--series-1)',
    background: failing ? 'var(--status-failing-fg)' : 'color-mix(in oklab, var(--series-1) 28%, transparent)',
    // Errors differ by shape too.
    clipPath: failing ? 'polygon(30% 0, 70% 0, 100% 30%, 100% 70%, 70% 100%, 30% 100%, 0 70%, 0 30%)' : undefined,
    outline: active ? '2px solid var(--focus-ring)' : undefined,
    outlineOffset: 1,
    zIndex: active ? 3 : failing ? 2 : 1,
  };
}

function DotNote({ dot: { trace, x, y, startMs, durationNano } }: { readonly dot: Dot }) {
  return (
    <div role="status" className="pointer-events-none absolute z-20 w-max max-w-80 rounded-control border border-line bg-overlay px-2 py-1.5 text-label shadow-overlay" style={{ ...(x > 0.55 ? { right: `calc(${(1 - x) * 100}% + 14px)` } : { left: `calc(${x * 100}% + 14px)` }), ...(y > 0.6 ? { top: `calc(${(1 - y) * 100}% + 10px)` } : { bottom: `calc(${y * 100}% + 10px)` }) }}>
      <div className="flex items-center gap-1.5 font-medium">
        {trace.errorCount > 0 && <StatusGlyph status="failing" size={12} />}
        <span className="truncate">
          {trace.rootService} {trace.rootName}
        </span>
      </div>
      <div className="text-fg-secondary tabular-nums">
        {formatNumber(durationNano / 1e6, 'ms')}, {trace.spanCount} {trace.spanCount === 1 ? 'span' : 'spans'}
        {trace.errorCount > 0 && `, ${trace.errorCount} with errors`}
      </div>
      <div className="text-fg-tertiary tabular-nums">{formatMoment(startMs)}</div>
    </div>
  );
}
