'use client';

import { useEffect, useRef, useState, type PointerEvent } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import type { SpanView } from '#server/traces/schemas.ts';
import type { NanoRange } from './waterfall-rows.ts';

export interface MinimapProps {
  readonly spans: readonly SpanView[];
  readonly colors: ReadonlyMap<string, string>;
  readonly totalNano: number;
  readonly range: NanoRange;
  readonly onRange: (range: NanoRange) => void;
}

const HEIGHT = 56;
/** A drag narrower than this share is a click: it shows the whole trace. */
const LEAST_SHARE = 0.005;

/** The whole trace at a glance; a drag chooses the time shown below. Drawn once per trace, size or theme. */
export function Minimap({ spans, colors, totalNano, range, onRange }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>();
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const draw = (): void => drawSpans(element, spans, colors, totalNano);
    draw();
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
    return () => {
      resized.disconnect();
      themed.disconnect();
    };
  }, [spans, colors, totalNano]);
  const shareAt = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const shown = drag === undefined ? { from: range.from / totalNano, to: range.to / totalNano } : { from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) };
  const finish = (): void => {
    if (drag === undefined) return;
    setDrag(undefined);
    const next = shown.to - shown.from < LEAST_SHARE ? { from: 0, to: totalNano } : { from: shown.from * totalNano, to: shown.to * totalNano };
    onRange(next);
  };
  return (
    <div
      className="relative shrink-0 cursor-crosshair touch-none border-b border-line bg-sunken select-none"
      style={{ height: HEIGHT }}
      role="img"
      aria-label={`Map of the trace. Shown: ${formatNumber(range.from / 1e6, 'ms')} to ${formatNumber(range.to / 1e6, 'ms')} of ${formatNumber(totalNano / 1e6, 'ms')}.`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = shareAt(event);
        setDrag({ from: at, to: at });
      }}
      onPointerMove={(event) => drag !== undefined && setDrag({ from: drag.from, to: shareAt(event) })}
      onPointerUp={finish}
      onPointerCancel={() => setDrag(undefined)}
    >
      <canvas ref={canvas} className="absolute inset-0 size-full" />
      <span className="absolute inset-y-0 left-0 bg-scrim opacity-40" style={{ width: `${shown.from * 100}%` }} />
      <span className="absolute inset-y-0 right-0 bg-scrim opacity-40" style={{ width: `${(1 - shown.to) * 100}%` }} />
      <span className="absolute inset-y-0 border-x border-accent" style={{ left: `${shown.from * 100}%`, right: `${(1 - shown.to) * 100}%` }} />
    </div>
  );
}

function drawSpans(element: HTMLCanvasElement, spans: readonly SpanView[], colors: ReadonlyMap<string, string>, totalNano: number): void {
  const scale = window.devicePixelRatio || 1;
  const { clientWidth, clientHeight } = element;
  element.width = clientWidth * scale;
  element.height = clientHeight * scale;
  const context = element.getContext('2d');
  if (context === null || spans.length === 0) return;
  context.scale(scale, scale);
  const style = getComputedStyle(element);
  // A canvas takes no `var(…)`: tokens are read once per draw.
  const resolved = new Map([...colors].map(([service, color]) => [service, style.getPropertyValue(/--[\w-]+/.exec(color)?.[0] ?? '').trim()]));
  const failing = style.getPropertyValue('--status-failing-fg').trim();
  const rowHeight = Math.min(4, (clientHeight - 4) / spans.length);
  spans.forEach((span, index) => {
    context.fillStyle = span.status === 'error' ? failing : (resolved.get(span.service) ?? failing);
    context.fillRect((span.startOffsetNano / totalNano) * clientWidth, 2 + index * rowHeight, Math.max(1, (span.durationNano / totalNano) * clientWidth), Math.max(0.5, rowHeight - (rowHeight > 2 ? 1 : 0)));
  });
}
