'use client';

import { ZoomOut } from 'lucide-react';
import { useQueryState } from 'nuqs';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { useDarkTheme } from '#components/shell/preferences.ts';
import { Button } from '#components/ui/button.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import type { TraceModel } from '../model/trace-model.ts';
import { prepareCanvas, readPalette } from '../timeline/palette.ts';
import { boxAt, boxesInTime, boxesMerged, type FlameBoxes } from './flame-boxes.ts';
import { FLAME_ROW, paintFlame } from './paint-flame.ts';
import { viewParsers } from './view-params.ts';

export interface FlameViewProps {
  readonly model: TraceModel;
  readonly selected: number;
  readonly onSelect: (row: number) => void;
}

const WHOLE = { from: 0, to: 1 };

/** The trace as flames: by time, or with equal paths as one. Pressing a box opens its span, pressing it twice zooms to it. */
export function FlameView({ model, selected, onSelect }: FlameViewProps) {
  const [order, setOrder] = useQueryState('flame', viewParsers.flame);
  const boxes = useMemo(() => (order === 'time' ? boxesInTime(model) : boxesMerged(model)), [model, order]);
  const [zoom, setZoom] = useState(WHOLE);
  const [pointed, setPointed] = useState(-1);
  const chosen = useMemo(() => (selected === -1 ? -1 : order === 'time' ? selected : boxes.row.indexOf(selected)), [boxes, order, selected]);
  const shown = pointed === -1 ? chosen : pointed;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex min-h-10 flex-wrap items-center gap-2 border-b border-line px-3 py-1 text-label">
        <SegmentedControl
          label="Order"
          value={order}
          onValueChange={(next) => {
            setZoom(WHOLE);
            setPointed(-1);
            void setOrder(next);
          }}
          options={[
            { value: 'time', label: 'By time', description: 'Each span where it happened' },
            { value: 'merged', label: 'Merged', description: 'Spans of one path of calls as one box, as wide as their own times' },
          ]}
        />
        {(zoom.from > 0 || zoom.to < 1) && (
          <Button icon={<ZoomOut />} onClick={() => setZoom(WHOLE)}>
            Whole trace
          </Button>
        )}
        <p className="min-w-0 truncate text-fg-secondary tabular-nums" aria-live="polite">
          {shown === -1 ? `${formatNumber(boxes.count)} boxes on ${formatNumber(boxes.levels)} levels` : boxText(boxes, shown)}
        </p>
        <span className="ml-auto text-axis text-fg-tertiary max-lg:hidden">Arrows walk, Enter zooms, Esc shows all</span>
      </div>
      <FlameCanvas key={order} model={model} boxes={boxes} zoom={zoom} onZoom={setZoom} chosen={chosen} pointed={pointed} onPoint={setPointed} onSelect={onSelect} />
    </div>
  );
}

function boxText(boxes: FlameBoxes, box: number): string {
  const nano = boxes.nanoOf(box);
  return `${boxes.label(box)} · ${formatNumber(nano / 1e6, 'ms')} · ${formatNumber(boxes.wholeNano === 0 ? 0 : nano / boxes.wholeNano, 'ratio')}${boxes.failed(box) ? ' · failed' : ''}`;
}

interface FlameCanvasProps {
  readonly model: TraceModel;
  readonly boxes: FlameBoxes;
  readonly zoom: { readonly from: number; readonly to: number };
  readonly onZoom: (zoom: { readonly from: number; readonly to: number }) => void;
  readonly chosen: number;
  readonly pointed: number;
  readonly onPoint: (box: number) => void;
  readonly onSelect: (row: number) => void;
}

/** A canvas as high as what is seen, that stays while the levels scroll: a trace of 100,000 levels has as many pixels as one of ten. */
function FlameCanvas({ model, boxes, zoom, onZoom, chosen, pointed, onPoint, onSelect }: FlameCanvasProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useDarkTheme();
  useEffect(() => {
    const [element, box] = [canvas.current, scroller.current];
    if (element === null || box === null) return undefined;
    const palette = readPalette(element, model.services.map((service) => service.color));
    const draw = (): void => {
      const [width, height] = [box.clientWidth, box.clientHeight];
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
      const context = prepareCanvas(element, width, height);
      if (context === undefined) return;
      const firstLevel = Math.floor(box.scrollTop / FLAME_ROW);
      paintFlame(context, { boxes, ...zoom, firstLevel, offset: firstLevel * FLAME_ROW - box.scrollTop, width, height, chosen, pointed, palette });
    };
    draw();
    box.addEventListener('scroll', draw, { passive: true });
    const resized = new ResizeObserver(draw);
    resized.observe(box);
    return () => {
      box.removeEventListener('scroll', draw);
      resized.disconnect();
    };
  }, [model, boxes, zoom, chosen, pointed, dark]);
  // React listens to wheels passively; zooming must keep the page from zooming.
  useEffect(() => {
    const box = scroller.current;
    if (box === null) return undefined;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const at = (event.clientX - box.getBoundingClientRect().left) / box.clientWidth;
      const length = zoom.to - zoom.from;
      const next = Math.min(1, Math.max(1e-7, length * Math.exp(event.deltaY * 0.003)));
      const from = Math.min(Math.max(0, zoom.from + (length - next) * at), 1 - next);
      onZoom({ from, to: from + next });
    };
    box.addEventListener('wheel', onWheel, { passive: false });
    return () => box.removeEventListener('wheel', onWheel);
  }, [zoom, onZoom]);
  const at = (event: MouseEvent): number => {
    const box = event.currentTarget.getBoundingClientRect();
    const level = Math.floor((event.clientY - box.top + event.currentTarget.scrollTop) / FLAME_ROW);
    // A box of a fraction of a pixel is hit by the pixel it is drawn on.
    const share = zoom.from + ((event.clientX - box.left) / box.width) * (zoom.to - zoom.from);
    return boxAt(boxes, level, share);
  };
  const zoomTo = (box: number): void => {
    const [left, width] = [boxes.left[box] ?? 0, boxes.width[box] ?? 0];
    if (width > 0) onZoom({ from: Math.max(0, left - width * 0.02), to: Math.min(1, left + width * 1.02) });
  };
  const walk = (box: number): void => {
    onPoint(box);
    const y = (boxes.level[box] ?? 0) * FLAME_ROW;
    const element = scroller.current;
    if (element !== null && (y < element.scrollTop || y + FLAME_ROW > element.scrollTop + element.clientHeight)) element.scrollTop = Math.max(0, y - element.clientHeight / 2);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const now = pointed === -1 ? chosen : pointed;
    const next = stepFrom(boxes, now, event.key);
    if (next !== undefined) walk(next);
    else if (event.key === 'Enter' && now !== -1) {
      onSelect(boxes.row[now] ?? 0);
      zoomTo(now);
    } else if (event.key === 'Escape') onZoom(WHOLE);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={scroller}
      tabIndex={0}
      role="application"
      aria-label="Flame graph. Arrow keys walk from box to box; the line above tells the box. The Spans view has the same as a table."
      className="focus-inset relative min-h-0 flex-1 overflow-x-hidden overflow-y-auto"
      onKeyDown={onKeyDown}
      onMouseMove={(event) => onPoint(at(event))}
      onMouseLeave={() => onPoint(-1)}
      onClick={(event) => {
        const box = at(event);
        if (box !== -1) onSelect(boxes.row[box] ?? 0);
      }}
      onDoubleClick={(event) => {
        const box = at(event);
        if (box === -1) onZoom(WHOLE);
        else zoomTo(box);
      }}
    >
      <div style={{ height: boxes.levels * FLAME_ROW + 8 }}>
        <canvas ref={canvas} className="sticky top-0 block" aria-hidden />
      </div>
    </div>
  );
}

/** The neighbour of a box in the direction of an arrow key: parent, first child, the boxes beside it. */
function stepFrom(boxes: FlameBoxes, box: number, key: string): number | undefined {
  if (!key.startsWith('Arrow')) return undefined;
  if (box === -1) return boxes.boxes[0];
  const level = boxes.level[box] ?? 0;
  if (key === 'ArrowUp') return (boxes.parent[box] ?? -1) >= 0 ? boxes.parent[box] : undefined;
  if (key === 'ArrowDown') {
    for (let i = boxes.offsets[level + 1] ?? 0; i < (boxes.offsets[level + 2] ?? 0); i++) if (boxes.parent[boxes.boxes[i] ?? 0] === box) return boxes.boxes[i];
    return undefined;
  }
  const at = boxes.boxes.indexOf(box, boxes.offsets[level] ?? 0);
  const next = at + (key === 'ArrowRight' ? 1 : -1);
  return next >= (boxes.offsets[level] ?? 0) && next < (boxes.offsets[level + 1] ?? 0) ? boxes.boxes[next] : undefined;
}
