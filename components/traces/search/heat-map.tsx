'use client';

import { memo, useMemo, useState, type KeyboardEvent } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { formatMoment } from '#components/time/time-window.ts';
import { cx } from '#components/ui/class-names.ts';
import type { HeatmapAnswer } from '#server/traces/trace-questions.ts';
import { cellAt, heatPaths } from './heat-cells.ts';
import { LatencyPlot, PLOT_MARGIN } from './latency-plot.tsx';
import { scaleOfEdges } from './latency-scale.ts';
import type { Region } from './region.ts';

export interface HeatMapProps {
  readonly answer: HeatmapAnswer;
  readonly of: 'traces' | 'spans';
  readonly width: number;
  readonly height: number;
  readonly region: Region | null;
  readonly onRegion: (region: Region | null) => void;
}

interface CellIndex {
  readonly time: number;
  readonly duration: number;
}

/** Latency over time of all matches: darker is more, red is the part that failed. Arrows walk the cells, Shift marks, Enter takes. */
export function HeatMap({ answer, of, width, height, region, onRegion }: HeatMapProps) {
  const { timeEdges, durationEdges, cells } = answer;
  const scale = useMemo(() => scaleOfEdges(durationEdges), [durationEdges]);
  const timesMs = useMemo(() => timeEdges.map((edge) => Number(BigInt(edge) / 1000n) / 1000), [timeEdges]);
  const [pointed, setPointed] = useState<CellIndex>();
  const [cursor, setCursor] = useState<{ readonly from: CellIndex; readonly to: CellIndex }>();
  const [columns, rows] = [timeEdges.length - 1, durationEdges.length - 1];
  const [fromMs = 0, toMs = 1] = [timesMs[0], timesMs.at(-1)];
  const inner = { width: Math.max(1, width - PLOT_MARGIN.left - PLOT_MARGIN.right), height: Math.max(1, height - PLOT_MARGIN.top - PLOT_MARGIN.bottom) };
  const regionOf = (a: CellIndex, b: CellIndex): Region => ({
    fromMs: timesMs[Math.min(a.time, b.time)] ?? fromMs,
    toMs: timesMs[Math.max(a.time, b.time) + 1] ?? toMs,
    minNano: durationEdges[Math.min(a.duration, b.duration)] ?? 0,
    maxNano: durationEdges[Math.max(a.duration, b.duration) + 1] ?? 0,
  });
  const clamp = ({ time, duration }: CellIndex): CellIndex => ({ time: Math.min(columns - 1, Math.max(0, time)), duration: Math.min(rows - 1, Math.max(0, duration)) });
  const cellOf = (timeShare: number, durationShare: number): CellIndex => clamp({ time: Math.floor(timeShare * columns), duration: Math.floor(durationShare * rows) });
  // What is drawn is fitted to whole cells: they are what was counted.
  const fit = (drawn: Region | null): void => {
    if (drawn === null) return onRegion(null);
    const share = (ms: number): number => (ms - fromMs) / (toMs - fromMs);
    onRegion(regionOf(cellOf(share(drawn.fromMs), scale.shareOf(drawn.minNano)), cellOf(share(drawn.toMs) - 1e-9, scale.shareOf(drawn.maxNano) - 1e-9)));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const now = cursor?.to ?? fullest(cells) ?? { time: columns - 1, duration: 0 };
      const to = cursor === undefined ? now : clamp({ time: now.time + step.time, duration: now.duration + step.duration });
      setCursor({ from: event.shiftKey && cursor !== undefined ? cursor.from : to, to });
    } else if (event.key === 'Enter' && cursor !== undefined) {
      event.preventDefault();
      onRegion(regionOf(cursor.from, cursor.to));
    } else if (event.key === 'Escape' && (cursor !== undefined || region !== null)) {
      event.preventDefault();
      setCursor(undefined);
      onRegion(null);
    }
  };
  const shown = pointed ?? cursor?.to;
  return (
    <LatencyPlot
      label={`Heat map of ${formatNumber(answer.total, 'count')} ${of} by duration over time. Arrow keys move over its cells, Shift marks several, Enter takes what is marked. The table has the same counts.`}
      {...{ width, height, fromMs, toMs, scale, region }}
      onRegion={fit}
      onPress={({ timeShare, durationShare }) => {
        const cell = cellOf(timeShare, durationShare);
        onRegion(cellAt(cells, cell.time, cell.duration) === undefined ? null : regionOf(cell, cell));
      }}
      onPoint={(point) => setPointed(point === undefined ? undefined : cellOf(point.timeShare, point.durationShare))}
      onKeyDown={onKeyDown}
      onBlur={() => setCursor(undefined)}
      over={
        <>
          {cursor !== undefined && <CursorBox from={cursor.from} to={cursor.to} columns={columns} rows={rows} />}
          {shown !== undefined && <CellNote cell={shown} region={regionOf(shown, shown)} found={cellAt(cells, shown.time, shown.duration)} of={of} columns={columns} rows={rows} />}
        </>
      }
    >
      <Cells answer={answer} width={inner.width} height={inner.height} />
    </LatencyPlot>
  );
}

const STEPS: Readonly<Record<string, CellIndex>> = { ArrowLeft: { time: -1, duration: 0 }, ArrowRight: { time: 1, duration: 0 }, ArrowUp: { time: 0, duration: 1 }, ArrowDown: { time: 0, duration: -1 } };

/** Memoised: pointing moves what lies over it only. */
const Cells = memo(function Cells({ answer, width, height }: { readonly answer: HeatmapAnswer; readonly width: number; readonly height: number }) {
  const { levels, errors } = useMemo(() => heatPaths(answer, width, height), [answer, width, height]);
  return (
    <>
      {levels.map(({ level, d }) => (
        <path key={level} d={d} fill={`var(--heat-${level})`} />
      ))}
      {errors !== '' && <path d={errors} fill="var(--status-failing-fg)" />}
    </>
  );
});

function CursorBox({ from, to, columns, rows }: { readonly from: CellIndex; readonly to: CellIndex; readonly columns: number; readonly rows: number }) {
  const [left, right] = [Math.min(from.time, to.time), Math.max(from.time, to.time) + 1];
  const [low, high] = [Math.min(from.duration, to.duration), Math.max(from.duration, to.duration) + 1];
  return <div className="pointer-events-none absolute border-2 border-focus" style={{ left: `${(left / columns) * 100}%`, width: `${((right - left) / columns) * 100}%`, bottom: `${(low / rows) * 100}%`, height: `${((high - low) / rows) * 100}%` }} />;
}

interface CellNoteProps {
  readonly cell: CellIndex;
  readonly region: Region;
  readonly found: HeatmapAnswer['cells'][number] | undefined;
  readonly of: 'traces' | 'spans';
  readonly columns: number;
  readonly rows: number;
}

function CellNote({ cell, region, found, of, columns, rows }: CellNoteProps) {
  const [x, y] = [(cell.time + 0.5) / columns, (cell.duration + 0.5) / rows];
  return (
    <div role="status" className={cx('pointer-events-none absolute z-20 w-max rounded-control border border-line bg-overlay px-2 py-1.5 text-label shadow-overlay', found === undefined && 'opacity-90')} style={{ ...(x > 0.55 ? { right: `calc(${(1 - x) * 100}% + 14px)` } : { left: `calc(${x * 100}% + 14px)` }), ...(y > 0.55 ? { top: `calc(${(1 - y) * 100}% + 10px)` } : { bottom: `calc(${y * 100}% + 10px)` }) }}>
      <div className="font-medium tabular-nums">{found === undefined ? `No ${of}` : `${formatNumber(found.count, 'count')} ${found.count === 1 ? of.slice(0, -1) : of}${found.errors === 0 ? '' : `, ${formatNumber(found.errors, 'count')} with errors`}`}</div>
      <div className="text-fg-secondary tabular-nums">
        {formatNumber(region.minNano / 1e6, 'ms')} to {formatNumber(region.maxNano / 1e6, 'ms')}
      </div>
      <div className="text-fg-tertiary tabular-nums">
        {formatMoment(region.fromMs)}, {formatNumber((region.toMs - region.fromMs) / 1000, 's')} long
      </div>
    </div>
  );
}

function fullest(cells: HeatmapAnswer['cells']): CellIndex | undefined {
  return cells.reduce<HeatmapAnswer['cells'][number] | undefined>((best, cell) => (best === undefined || cell.count > best.count ? cell : best), undefined);
}
