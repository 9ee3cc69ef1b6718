'use client';

import { memo, useEffect, useRef, useState } from 'react';
import { axisFormatter, type Unit } from '#components/charts/format-number.ts';
import { timeTicks, timeTickText } from '#components/charts/ticks.ts';
import type { Scales } from './chart-geometry.ts';
import { MARGIN } from './chart-margin.ts';
import { zoneOffsetMs } from '#components/time/display-zone.ts';

interface AxesProps {
  readonly ticks: readonly number[];
  readonly scales: Scales;
  readonly width: number;
  readonly height: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit: Unit;
}

/** Grid, values on the left, times below. */
export const Axes = memo(function Axes({ ticks, scales, width, height, fromMs, toMs, unit }: AxesProps) {
  const format = axisFormatter(Math.max(Math.abs(ticks[0] ?? 0), Math.abs(ticks.at(-1) ?? 1)), unit);
  const times = timeTicks(fromMs, toMs, Math.max(2, Math.floor(width / 110)), zoneOffsetMs(toMs));
  const bottom = height - MARGIN.bottom;
  return (
    <g fontSize={11} fill="var(--chart-axis)">
      {ticks.map((tick) => (
        <g key={tick}>
          <path d={`M${MARGIN.left} ${scales.y(tick)}H${width - MARGIN.right}`} stroke={tick === 0 ? 'var(--border-default)' : 'var(--chart-grid)'} />
          <text x={MARGIN.left - 8} y={scales.y(tick)} dy="0.32em" textAnchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
      <path d={`M${MARGIN.left} ${bottom}H${width - MARGIN.right}`} stroke="var(--border-default)" />
      {times.map((t) => (
        <text key={t} x={scales.x(t)} y={bottom + 15} textAnchor="middle">
          {timeTickText(t, toMs - fromMs)}
        </text>
      ))}
    </g>
  );
});

/** The width of an element as it changes. */
export function useWidth(): { readonly host: React.RefObject<HTMLElement | null>; readonly width: number } {
  const host = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { host, width };
}
