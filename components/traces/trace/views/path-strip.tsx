'use client';

import { useEffect, useRef, useState, type MouseEvent } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { useDarkTheme } from '#components/shell/preferences.ts';
import type { CriticalPath } from '#server/traces/core/critical-path.ts';
import { operationText, serviceName, type TraceModel } from '../model/trace-model.ts';
import { prepareCanvas, readPalette } from '../timeline/palette.ts';

const HEIGHT = 36;

/** The critical path over time, coloured by service; what is inferred is pale. Pressing a section opens its span. */
export function PathStrip({ model, path, selected, onSelect }: { readonly model: TraceModel; readonly path: CriticalPath; readonly selected: number; readonly onSelect: (row: number) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hint, setHint] = useState<string>();
  const dark = useDarkTheme();
  const total = Math.max(1, model.columns.durationNano);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const draw = (): void => {
      const width = element.clientWidth;
      const context = prepareCanvas(element, width, HEIGHT);
      if (context === undefined) return;
      const palette = readPalette(element, model.services.map((service) => service.color));
      let reached = -1;
      // Of sections narrower than a pixel the first is drawn.
      for (let i = 0; i < path.count; i++) {
        const x = ((path.start[i] ?? 0) / total) * width;
        const wide = Math.max(1, (((path.end[i] ?? 0) - (path.start[i] ?? 0)) / total) * width);
        if (x + wide <= reached + 0.5) continue;
        const row = path.row[i] ?? 0;
        context.globalAlpha = path.inferred[i] === 1 ? 0.55 : 1;
        context.fillStyle = palette.services[model.serviceOf[row] ?? 0] ?? palette.text;
        context.fillRect(x, 6, wide, HEIGHT - 12);
        if (row === selected) {
          context.globalAlpha = 1;
          context.fillStyle = palette.text;
          context.fillRect(x, HEIGHT - 4, wide, 2);
        }
        reached = x + wide;
      }
    };
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    return () => resized.disconnect();
  }, [model, path, selected, total, dark]);
  const at = (event: MouseEvent): number | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    return sectionAt(path, ((event.clientX - box.left) / box.width) * total);
  };
  return (
    <div className="relative shrink-0 border-b border-line bg-sunken">
      <canvas
        ref={canvas}
        className="block w-full cursor-pointer"
        style={{ height: HEIGHT }}
        role="img"
        aria-label={`Critical path over ${formatNumber(total / 1e6, 'ms')} in ${path.count} sections; the table below has the same.`}
        title={hint}
        onMouseMove={(event) => {
          const i = at(event);
          setHint(i === undefined ? undefined : `${serviceName(model, path.row[i] ?? 0)} ${operationText(model.columns, path.row[i] ?? 0)}: ${formatNumber(((path.end[i] ?? 0) - (path.start[i] ?? 0)) / 1e6, 'ms')}${path.inferred[i] === 1 ? ', inferred' : ''}`);
        }}
        onClick={(event) => {
          const i = at(event);
          if (i !== undefined) onSelect(path.row[i] ?? 0);
        }}
      />
    </div>
  );
}

/** The section at a time; of several roots at once, the one drawn last. */
function sectionAt(path: CriticalPath, nano: number): number | undefined {
  for (let i = path.count - 1; i >= 0; i--) if ((path.start[i] ?? 0) <= nano && nano <= (path.end[i] ?? 0)) return i;
  return undefined;
}
