'use client';

import { paths } from '#components/api/paths.ts';
import { formatNumber, type Unit } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { formatMoment } from '#components/time/time-window.ts';
import { Tooltip } from '#components/ui/tooltip.tsx';
import type { Scales } from './chart-geometry.ts';
import type { ExemplarPoint } from './queries.ts';

/** More dots than this hide each other: the greatest values are kept. */
const MAX_DOTS = 150;
const TRACE_LABELS = ['trace_id', 'traceID', 'traceId', 'traceid'];

export interface ExemplarDotsProps {
  readonly exemplars: readonly ExemplarPoint[];
  readonly scales: Scales;
  /** Bounds of the value axis: what lies beyond is drawn at its end. */
  readonly low: number;
  readonly high: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit: Unit;
}

/** Single requests among the lines; each leads to its trace. */
export function ExemplarDots({ exemplars, scales, low, high, fromMs, toMs, unit }: ExemplarDotsProps) {
  const shown = exemplars
    .filter(({ t, value }) => t >= fromMs && t <= toMs && Number.isFinite(value))
    .toSorted((a, b) => b.value - a.value)
    .slice(0, MAX_DOTS);
  return shown.map((exemplar) => {
    const trace = TRACE_LABELS.map((name) => exemplar.labels[name]).find((id) => id !== undefined);
    const style = { left: scales.x(exemplar.t), top: scales.y(Math.min(high, Math.max(low, exemplar.value))) };
    const text = `Exemplar of ${formatNumber(exemplar.value, unit)}, ${formatMoment(exemplar.t)}${trace === undefined ? '' : `, trace ${trace.slice(0, 8)}`}`;
    const dot = <span className="block size-1.5 rotate-45 border border-panel bg-fg" />;
    const place = 'absolute z-10 flex size-3 -translate-1/2 items-center justify-center rounded-sm hover:bg-active';
    return (
      <Tooltip key={`${exemplar.t}${JSON.stringify(exemplar.labels)}${exemplar.value}`} side="top" content={text}>
        {trace === undefined ? (
          <span role="img" aria-label={text} tabIndex={0} className={place} style={style}>
            {dot}
          </span>
        ) : (
          <AppLink href={paths.trace(trace)} aria-label={text} className={place} style={style}>
            {dot}
          </AppLink>
        )}
      </Tooltip>
    );
  });
}
