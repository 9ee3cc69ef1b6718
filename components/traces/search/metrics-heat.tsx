'use client';

import { useMemo, useState } from 'react';
import { formatNumber, type Unit } from '#components/charts/format-number.ts';
import { useWidth } from '#components/explore/chart-axes.tsx';
import { formatMoment } from '#components/time/time-window.ts';
import type { HeatmapAnswer } from '#server/traces/trace-questions.ts';
import { cellAt, heatPaths } from './heat-cells.ts';
import { LatencyPlot, PLOT_MARGIN } from './latency-plot.tsx';
import type { LatencyScale } from './latency-scale.ts';

const HEIGHT = 260;

/** A histogram over time: rows are buckets, darker has more. */
export function MetricsHeat({ map, unit }: { readonly map: Pick<HeatmapAnswer, 'timeEdges' | 'durationEdges' | 'cells' | 'total'>; readonly unit: Unit }) {
  const { host, width } = useWidth();
  const [pointed, setPointed] = useState<{ readonly time: number; readonly row: number }>();
  const scale = useMemo(() => rowScale(map.durationEdges), [map.durationEdges]);
  const times = map.timeEdges.map((edge) => Number(BigInt(edge) / 1_000_000n));
  const [fromMs = 0, toMs = 1] = [times[0], times.at(-1)];
  const [columns, rows] = [times.length - 1, map.durationEdges.length - 1];
  const inner = { width: Math.max(1, width - PLOT_MARGIN.left - PLOT_MARGIN.right), height: HEIGHT - PLOT_MARGIN.top - PLOT_MARGIN.bottom };
  const paths = useMemo(() => heatPaths(map, inner.width, inner.height), [map, inner.width, inner.height]);
  const cell = pointed === undefined ? undefined : cellAt(map.cells, pointed.time, pointed.row);
  return (
    <div ref={host as React.RefObject<HTMLDivElement | null>} style={{ minHeight: HEIGHT }}>
      {width > 0 && (
        <LatencyPlot
          label={`Histogram of ${formatNumber(map.total, 'count')} spans over time, in ${rows} buckets from ${formatNumber(map.durationEdges[0], unit)} to ${formatNumber(map.durationEdges.at(-1), unit)}.`}
          {...{ width, height: HEIGHT, fromMs, toMs, scale }}
          format={(value) => formatNumber(value, unit)}
          region={null}
          onRegion={() => undefined}
          onPoint={(point) => setPointed(point === undefined ? undefined : { time: Math.min(columns - 1, Math.floor(point.timeShare * columns)), row: Math.min(rows - 1, Math.floor(point.durationShare * rows)) })}
          onKeyDown={() => undefined}
          over={
            pointed !== undefined &&
            cell !== undefined && (
              <div role="status" className="pointer-events-none absolute top-1 right-1 rounded-control border border-line bg-overlay px-2 py-1.5 text-label tabular-nums shadow-overlay">
                <div className="font-medium">{formatNumber(cell.count, 'count')} spans</div>
                <div className="text-fg-secondary">
                  {formatNumber(map.durationEdges[pointed.row], unit)} to {formatNumber(map.durationEdges[pointed.row + 1], unit)}
                </div>
                <div className="text-fg-tertiary">{formatMoment(times[pointed.time] ?? 0)}</div>
              </div>
            )
          }
        >
          {paths.levels.map(({ level, d }) => (
            <path key={level} d={d} fill={`var(--heat-${level})`} />
          ))}
        </LatencyPlot>
      )}
    </div>
  );
}

/** Rows of equal height with their bounds beside them, about eight of them. */
function rowScale(edges: readonly number[]): LatencyScale {
  const rows = Math.max(1, edges.length - 1);
  const every = Math.max(1, Math.ceil(edges.length / 8));
  return {
    shareOf: (value) => Math.max(0, edges.findLastIndex((edge) => edge <= value)) / rows,
    nanoAt: (share) => edges[Math.round(share * rows)] ?? 0,
    ticks: edges.filter((_, index) => index % every === 0),
  };
}
