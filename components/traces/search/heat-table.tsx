'use client';

import { useMemo, useState } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { formatMoment } from '#components/time/time-window.ts';
import { ShowMore } from '#components/ui/show-more.tsx';
import type { HeatmapAnswer } from '#server/traces/trace-questions.ts';
import type { Region } from './region.ts';

const FIRST = 12;

/** The heat map in words: what began in each stretch of time, how long it took. A press marks a line's part of the picture. */
export function HeatTable({ answer, of, onRegion }: { readonly answer: HeatmapAnswer; readonly of: 'traces' | 'spans'; readonly onRegion: (region: Region) => void }) {
  const [all, setAll] = useState(false);
  const rows = useMemo(() => durationRows(answer), [answer]);
  const shown = all ? rows : rows.slice(0, FIRST);
  const [fromMs, toMs] = [Number(BigInt(answer.timeEdges[0] ?? '0') / 1_000_000n), Number(BigInt(answer.timeEdges.at(-1) ?? '0') / 1_000_000n) + 1];
  return (
    <div className="max-h-[320px] overflow-auto">
      <table className="w-full text-label" aria-label={`${of} by duration`}>
        <thead className="text-left text-fg-tertiary">
          <tr className="border-b border-line [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium">
            <th scope="col">Duration</th>
            <th scope="col" className="text-right">
              {of === 'traces' ? 'Traces' : 'Spans'}
            </th>
            <th scope="col" className="text-right">With errors</th>
            <th scope="col">First and last stretch of time</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.minNano} className="border-b border-line-subtle last:border-0 [&>td]:px-3 [&>td]:py-1">
              <td>
                <button type="button" onClick={() => onRegion({ fromMs, toMs, minNano: row.minNano, maxNano: row.maxNano })} className="rounded-control font-medium tabular-nums hover:underline">
                  {formatNumber(row.minNano / 1e6, 'ms')} to {formatNumber(row.maxNano / 1e6, 'ms')}
                </button>
              </td>
              <td className="text-right tabular-nums">{formatNumber(row.count, 'count')}</td>
              <td className="text-right tabular-nums">{row.errors === 0 ? <span className="text-fg-tertiary">—</span> : formatNumber(row.errors, 'count')}</td>
              <td className="text-fg-secondary tabular-nums">
                {formatMoment(row.firstMs)} – {formatMoment(row.lastMs)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ShowMore all={all} hidden={rows.length - FIRST} onToggle={() => setAll(!all)} />
    </div>
  );
}

/** Rows of the map that are not empty, the longest durations first. */
function durationRows({ cells, timeEdges, durationEdges }: HeatmapAnswer) {
  const timeMs = (index: number): number => Number(BigInt(timeEdges[index] ?? '0') / 1_000_000n);
  const byDuration = Map.groupBy(cells, ({ duration }) => duration);
  return [...byDuration]
    .sort(([a], [b]) => b - a)
    .map(([duration, row]) => ({
      minNano: durationEdges[duration] ?? 0,
      maxNano: durationEdges[duration + 1] ?? 0,
      count: row.reduce((sum, { count }) => sum + count, 0),
      errors: row.reduce((sum, { errors }) => sum + errors, 0),
      firstMs: timeMs(Math.min(...row.map(({ time }) => time))),
      lastMs: timeMs(Math.max(...row.map(({ time }) => time)) + 1),
    }));
}
