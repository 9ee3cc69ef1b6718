'use client';

import { useRef, useState, type PointerEvent } from 'react';
import { AppLink } from '#components/shell/app-link.tsx';
import { formatMoment } from '#components/time/time-window.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Tooltip } from '#components/ui/tooltip.tsx';
import { useChartMarkers, type ChartMarker } from './chart-markers.tsx';
import { stepOf, valueAt, type ChartSeries } from './chart-series.ts';
import { useCrosshair, useSetCrosshair } from './crosshair.tsx';
import { formatNumber, type Unit } from './format-number.ts';

export interface ChartOverlayProps {
  readonly series: readonly (ChartSeries & { readonly color: string })[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit: Unit;
  /** The plot inside the chart, px from each side. */
  readonly inset: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  /** A horizontal line at this share of the plot's height, from the bottom. */
  readonly threshold?: { readonly share: number; readonly label: string };
}

/** A drag shorter than this is a click. */
const MIN_DRAG_PX = 6;
const MAX_TOOLTIP_ROWS = 10;

/** Everything that moves over a chart: crosshair, tooltip, the zoom being dragged, markers. Positions are shares of the width. */
export function ChartOverlay({ series, fromMs, toMs, unit, inset, threshold }: ChartOverlayProps) {
  const plot = useRef<HTMLDivElement>(null);
  const setCrosshair = useSetCrosshair();
  const { zoomTo } = useTimeRange();
  const [hovered, setHovered] = useState(false);
  const [drag, setDrag] = useState<{ readonly startX: number; readonly x: number; readonly width: number }>();
  const span = toMs - fromMs;

  const locate = (event: PointerEvent): { x: number; width: number } => {
    const box = plot.current?.getBoundingClientRect();
    const width = box?.width ?? 1;
    return { x: Math.min(width, Math.max(0, event.clientX - (box?.left ?? 0))), width };
  };
  const onPointerMove = (event: PointerEvent): void => {
    const { x, width } = locate(event);
    setHovered(true);
    setCrosshair(snap(series, fromMs + (x / width) * span));
    if (drag !== undefined) setDrag({ ...drag, x });
  };
  const onPointerUp = (): void => {
    if (drag !== undefined && Math.abs(drag.x - drag.startX) >= MIN_DRAG_PX) {
      const [a, b] = [drag.startX, drag.x].sort((l, r) => l - r);
      zoomTo(fromMs + ((a ?? 0) / drag.width) * span, fromMs + ((b ?? 0) / drag.width) * span);
    }
    setDrag(undefined);
  };
  return (
    <div
      ref={plot}
      className="absolute touch-pan-y cursor-crosshair select-none"
      style={{ left: inset.left, right: inset.right, top: inset.top, bottom: inset.bottom }}
      onPointerMove={onPointerMove}
      onPointerLeave={() => {
        setHovered(false);
        setCrosshair(undefined);
      }}
      onPointerDown={(event) => {
        if (event.button !== 0 || event.pointerType === 'touch' || event.target !== event.currentTarget) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const { x, width } = locate(event);
        setDrag({ startX: x, x, width });
      }}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setDrag(undefined)}
    >
      {threshold !== undefined && threshold.share >= 0 && threshold.share <= 1 && (
        <div className="pointer-events-none absolute inset-x-0 border-t border-dashed border-failing" style={{ bottom: `${threshold.share * 100}%` }}>
          <span className="absolute right-0 bottom-0 px-1 text-axis text-fg-secondary">{threshold.label}</span>
        </div>
      )}
      <Markers fromMs={fromMs} toMs={toMs} />
      {drag !== undefined && <div className="pointer-events-none absolute inset-y-0 border-x border-accent bg-selected" style={{ left: Math.min(drag.startX, drag.x), width: Math.abs(drag.x - drag.startX) }} />}
      <Cursor series={series} fromMs={fromMs} toMs={toMs} unit={unit} tooltip={hovered && drag === undefined} />
    </div>
  );
}

/** The drawn time nearest to the pointer: the crosshair rests on points, not between them. */
function snap(series: readonly ChartSeries[], ms: number): number {
  let best = ms;
  let distance = Number.POSITIVE_INFINITY;
  for (const { t } of series[0]?.points ?? []) {
    if (Math.abs(t - ms) >= distance) continue;
    distance = Math.abs(t - ms);
    best = t;
  }
  return best;
}

function Cursor({ series, fromMs, toMs, unit, tooltip }: { readonly series: ChartOverlayProps['series']; readonly fromMs: number; readonly toMs: number; readonly unit: Unit; readonly tooltip: boolean }) {
  const moment = useCrosshair();
  if (moment === undefined || moment < fromMs || moment > toMs) return null;
  const share = (moment - fromMs) / (toMs - fromMs);
  return (
    <div className="pointer-events-none absolute inset-y-0 w-0 border-l border-[var(--chart-cursor)]" style={{ left: `${share * 100}%` }}>
      {tooltip && <Values series={series} moment={moment} unit={unit} onLeft={share > 0.55} />}
    </div>
  );
}

function Values({ series, moment, unit, onLeft }: { readonly series: ChartOverlayProps['series']; readonly moment: number; readonly unit: Unit; readonly onLeft: boolean }) {
  const rows = series.map((one) => ({ one, value: valueAt(one.points, moment, stepOf(one) / 2) })).sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
  return (
    <div className={`absolute top-0 z-20 w-max max-w-72 rounded-control border border-line bg-overlay px-2 py-1.5 shadow-overlay ${onLeft ? 'right-2' : 'left-2'}`}>
      <div className="pb-0.5 text-axis text-fg-tertiary tabular-nums">{formatMoment(moment)}</div>
      {rows.slice(0, MAX_TOOLTIP_ROWS).map(({ one, value }) => (
        <div key={one.id} className="flex items-center gap-1.5 text-label">
          <span className="h-0.5 w-2.5 shrink-0 rounded-full" style={{ background: one.color }} />
          <span className="min-w-0 flex-1 truncate text-fg-secondary">{one.label}</span>
          <span className="pl-3 font-medium tabular-nums">{formatNumber(value, unit)}</span>
        </div>
      ))}
      {rows.length > MAX_TOOLTIP_ROWS && <div className="text-axis text-fg-tertiary">and {rows.length - MAX_TOOLTIP_ROWS} more</div>}
    </div>
  );
}

/** Changes of configuration, as lines with a flag. In an element that spans the plot. */
export function Markers({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) {
  const markers = useChartMarkers().filter(({ t }) => t >= fromMs && t <= toMs);
  return markers.map((marker) => (
    <div key={`${marker.t}${marker.label}`} className="absolute inset-y-0 w-0 border-l border-dotted border-[var(--chart-marker)]" style={{ left: `${((marker.t - fromMs) / (toMs - fromMs)) * 100}%` }}>
      <Tooltip side="top" content={`${formatMoment(marker.t)}: ${marker.label}`}>
        <MarkerFlag marker={marker} />
      </Tooltip>
    </div>
  ));
}

function MarkerFlag({ marker, ...rest }: { readonly marker: ChartMarker }) {
  const flag = (
    <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden>
      <path d="M0 0h8L4 7z" fill="var(--chart-marker)" />
    </svg>
  );
  const place = 'absolute -top-2 -left-3 flex h-4 w-6 items-start justify-center rounded-sm';
  return marker.href === undefined ? (
    <span {...rest} tabIndex={0} role="img" aria-label={`Change: ${marker.label}`} className={place}>
      {flag}
    </span>
  ) : (
    <AppLink {...rest} href={marker.href} aria-label={`Change: ${marker.label}`} className={place}>
      {flag}
    </AppLink>
  );
}
