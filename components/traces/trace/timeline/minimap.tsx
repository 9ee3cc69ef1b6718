'use client';

import { useEffect, useRef, useState, type PointerEvent } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { useDarkTheme } from '#components/shell/preferences.ts';
import type { TraceModel } from '../model/trace-model.ts';
import type { NanoRange, SpanTimes } from './bar-pieces.ts';
import { paintMap } from './paint-map.ts';
import { prepareCanvas, readPalette } from './palette.ts';

export interface MinimapProps {
  readonly model: TraceModel;
  readonly times: SpanTimes;
  readonly totalNano: number;
  /** `undefined`: the whole trace. */
  readonly range: NanoRange | undefined;
  readonly onRange: (range: NanoRange | undefined) => void;
}

const HEIGHT = 60;
/** A drag narrower than this share is a click: it shows the whole trace. */
const LEAST_SHARE = 0.004;
const HANDLE_PX = 6;

/** What a press on the map moves: one end, the whole window, or a new window drawn from where it began. */
type Drag = { readonly kind: 'draw' | 'from' | 'to'; readonly a: number; readonly b: number } | { readonly kind: 'move'; readonly a: number; readonly b: number; readonly grip: number };

/** The whole trace at a glance. A drag chooses the time shown below; its ends and its middle can be moved. Drawn once per trace, size or theme. */
export function Minimap({ model, times, totalNano, range, onRange }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<Drag>();
  const dark = useDarkTheme();
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const draw = (): void => {
      const context = prepareCanvas(element, element.clientWidth, element.clientHeight);
      if (context !== undefined) paintMap(context, { model, times, totalNano, width: element.clientWidth, height: element.clientHeight, palette: readPalette(element, model.services.map((service) => service.color)) });
    };
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    return () => resized.disconnect();
  }, [model, times, totalNano, dark]);
  const shareAt = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const now = range === undefined ? { a: 0, b: 1 } : { a: range.from / totalNano, b: range.to / totalNano };
  const shown = drag === undefined ? now : { a: Math.min(drag.a, drag.b), b: Math.max(drag.a, drag.b) };
  const begin = (event: PointerEvent): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = shareAt(event);
    const near = HANDLE_PX / event.currentTarget.getBoundingClientRect().width;
    if (range !== undefined && Math.abs(at - now.a) < near) setDrag({ kind: 'from', ...now });
    else if (range !== undefined && Math.abs(at - now.b) < near) setDrag({ kind: 'to', ...now });
    else if (range !== undefined && at > now.a && at < now.b && event.shiftKey) setDrag({ kind: 'move', ...now, grip: at - now.a });
    else setDrag({ kind: 'draw', a: at, b: at });
  };
  const move = (event: PointerEvent): void => {
    if (drag === undefined) return;
    const at = shareAt(event);
    if (drag.kind === 'from') setDrag({ ...drag, a: at });
    else if (drag.kind === 'move') {
      const length = drag.b - drag.a;
      const a = Math.min(1 - length, Math.max(0, at - drag.grip));
      setDrag({ ...drag, a, b: a + length });
    } else setDrag({ ...drag, b: at });
  };
  const finish = (): void => {
    if (drag === undefined) return;
    setDrag(undefined);
    onRange(shown.b - shown.a < LEAST_SHARE ? undefined : { from: shown.a * totalNano, to: shown.b * totalNano });
  };
  const text = range === undefined ? 'all of it' : `${formatNumber(range.from / 1e6, 'ms')} to ${formatNumber(range.to / 1e6, 'ms')}`;
  return (
    <div className="relative shrink-0 cursor-crosshair touch-none border-b border-line bg-sunken select-none" style={{ height: HEIGHT }} role="img" aria-label={`Map of the trace, ${formatNumber(totalNano / 1e6, 'ms')}. Shown: ${text}.`} title="Drag to zoom, drag an end to move it, hold Shift to move the window, click to see all" onPointerDown={begin} onPointerMove={move} onPointerUp={finish} onPointerCancel={() => setDrag(undefined)}>
      <canvas ref={canvas} className="absolute inset-0 size-full" />
      <span className="absolute inset-y-0 left-0 bg-scrim opacity-40" style={{ width: `${shown.a * 100}%` }} />
      <span className="absolute inset-y-0 right-0 bg-scrim opacity-40" style={{ width: `${(1 - shown.b) * 100}%` }} />
      {(range !== undefined || drag !== undefined) && (
        <>
          <Handle at={shown.a} />
          <Handle at={shown.b} />
        </>
      )}
    </div>
  );
}

function Handle({ at }: { readonly at: number }) {
  return (
    <span className="absolute inset-y-0 w-px cursor-ew-resize bg-accent" style={{ left: `${at * 100}%` }}>
      <span className="absolute top-1/2 -left-[3px] h-6 w-[7px] -translate-y-1/2 rounded-sm border border-canvas bg-accent" />
    </span>
  );
}
