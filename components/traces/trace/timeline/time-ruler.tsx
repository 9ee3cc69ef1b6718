import { useState, type PointerEvent } from 'react';
import { axisFormatter } from '#components/charts/format-number.ts';
import type { NanoRange } from './bar-pieces.ts';

/** A drag narrower than this share of the ruler is a click, which does nothing. */
const LEAST_SHARE = 0.01;

/** Time since the trace's start, over the bars; its texts share a unit. Dragging along it zooms to that time. */
export function TimeRuler({ range, ticks, onRange }: { readonly range: NanoRange; readonly ticks: readonly number[]; readonly onRange: (range: NanoRange) => void }) {
  const [drag, setDrag] = useState<{ readonly a: number; readonly b: number }>();
  const length = Math.max(1, range.to - range.from);
  const exact = axisFormatter(range.to / 1e6, 'ms');
  const shareAt = (event: PointerEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const [from, to] = drag === undefined ? [0, 0] : [Math.min(drag.a, drag.b), Math.max(drag.a, drag.b)];
  return (
    <div
      className="relative min-w-0 flex-1 cursor-crosshair touch-none overflow-hidden select-none"
      aria-hidden
      title="Drag to zoom"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = shareAt(event);
        setDrag({ a: at, b: at });
      }}
      onPointerMove={(event) => drag !== undefined && setDrag({ ...drag, b: shareAt(event) })}
      onPointerUp={() => {
        setDrag(undefined);
        if (to - from >= LEAST_SHARE) onRange({ from: range.from + from * length, to: range.from + to * length });
      }}
      onPointerCancel={() => setDrag(undefined)}
    >
      {ticks.map((tick) => {
        const share = (tick - range.from) / length;
        // A text that the right edge would cut is left out.
        if (share > 0.93) return null;
        return (
          <span key={tick} className="absolute top-1 border-l border-line pl-1 whitespace-nowrap" style={{ left: `${share * 100}%` }}>
            {exact(tick / 1e6)}
          </span>
        );
      })}
      {drag !== undefined && <span className="absolute inset-y-0 bg-selected" style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }} />}
    </div>
  );
}
