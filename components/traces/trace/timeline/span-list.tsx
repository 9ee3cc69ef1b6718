'use client';

import { useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type Ref } from 'react';
import { useDarkTheme, usePreferences } from '#components/shell/preferences.ts';
import type { SiblingFold } from '#server/traces/core/sibling-folds.ts';
import type { VisibleRows } from '#server/traces/core/visible-rows.ts';
import type { TraceModel } from '../model/trace-model.ts';
import type { HopRow } from '../rows/grouped-rows.ts';
import { foldOfItem, itemAt } from '../rows/lines.ts';
import { paintBars } from './paint-bars.ts';
import type { NanoRange, PathByRow, SpanTimes } from './bar-pieces.ts';
import { prepareCanvas, readPalette } from './palette.ts';
import { SpanRow } from './span-row.tsx';
import { StickyRows } from './sticky-rows.tsx';
import { useEventTimes } from './use-event-times.ts';
import { useScrollWindow } from './use-scroll-window.ts';
import { RunCache } from './pixel-runs.ts';
import { useZoomWheel } from './use-zoom-wheel.ts';

export interface SpanListProps {
  readonly model: TraceModel;
  readonly version: string | undefined;
  readonly rows: VisibleRows;
  readonly collapsed: Uint8Array;
  readonly openFolds: ReadonlySet<number>;
  readonly folds: readonly SiblingFold[];
  readonly hopOf: ReadonlyMap<number, HopRow>;
  readonly times: SpanTimes;
  readonly storedTimes: SpanTimes | undefined;
  readonly path: PathByRow | undefined;
  readonly range: NanoRange;
  readonly ticks: readonly number[];
  /** The row whose details are open; −1 for none. */
  readonly selected: number;
  /** The item that keys act on. */
  readonly cursor: number | undefined;
  readonly matches: Uint8Array | undefined;
  readonly late: Uint8Array | undefined;
  readonly onToggle: (item: number) => void;
  readonly onChoose: (item: number) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  /** Zooms by a factor about a share of the time shown. */
  readonly onZoom: (factor: number, at: number) => void;
  readonly ref: Ref<SpanListHandle>;
}
export interface SpanListHandle {
  /** Brings a place into view, away from the edges. */
  readonly show: (place: number) => void;
  readonly focus: () => void;
  /** How many rows fit. */
  readonly page: () => number;
}

const MOST_INDENT = 18;
const INDENT_STEP = 6;

/** The rows in view as a tree grid. Names are in the document, bars on one canvas that moves with them: scrolling draws nothing until the window moves on. */
export function SpanList(props: SpanListProps) {
  const { model, version, rows, collapsed, openFolds, folds, hopOf, times, storedTimes, path, range, ticks, selected, cursor, matches, late, onToggle, onChoose, onKeyDown, onZoom, ref } = props;
  const { density } = usePreferences();
  const rowHeight = density === 'compact' ? 24 : 28;
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const dark = useDarkTheme();
  const window = useScrollWindow(scroller, rows.count, rowHeight);
  const first = Math.min(window.first, Math.max(0, rows.count - 1));
  const last = Math.min(window.last, rows.count - 1);
  const events = useEventTimes({ model, version, rows, first, last, storedTimes });

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const resized = new ResizeObserver(() => setWidth(element.clientWidth));
    resized.observe(element);
    return () => resized.disconnect();
  }, []);
  const runs = useRunCache(times, range, width, path, folds);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null || width === 0) return;
    const context = prepareCanvas(element, width, Math.max(0, last - first + 1) * rowHeight);
    if (context === undefined) return;
    const palette = readPalette(element, model.services.map((service) => service.color));
    paintBars(context, { model, rows, first, last, rowHeight, width, range, ticks, times, storedTimes, collapsed, folds, hopOf, path, events, lit: matches, palette, runs });
  }, [model, rows, first, last, rowHeight, width, range, ticks, times, storedTimes, collapsed, folds, hopOf, path, events, matches, dark, runs]);

  useZoomWheel(scroller, canvas, onZoom);
  useImperativeHandle(ref, () => ({
    show: (place) => {
      if (scroller === null || place < 0) return;
      const top = place * rowHeight;
      // Rows above the first third are not hidden by the sticky ones.
      if (top < scroller.scrollTop + 4 * rowHeight || top + 2 * rowHeight > scroller.scrollTop + scroller.clientHeight) scroller.scrollTo({ top: Math.max(0, top - scroller.clientHeight / 3) });
    },
    focus: () => scroller?.focus({ preventScroll: true }),
    page: () => Math.max(1, Math.floor((scroller?.clientHeight ?? 0) / rowHeight) - 2),
  }), [scroller, rowHeight]);

  const placeAt = (event: MouseEvent): number => Number((event.target instanceof Element ? event.target.closest<HTMLElement>('[data-place]') : null)?.dataset['place'] ?? -1);
  const onClick = (event: MouseEvent): void => {
    const item = itemAt(rows, placeAt(event));
    if (item === undefined) return;
    const toggles = event.target instanceof Element && event.target.closest('[data-toggle]') !== null;
    if (toggles || foldOfItem(item) >= 0) onToggle(item);
    else onChoose(item);
  };
  const base = leastIndent(rows, first, last);
  const places = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  return (
    <div className="relative min-h-0 flex-1">
      <StickyRows model={model} rows={rows} hopOf={hopOf} scroller={scroller} rowHeight={rowHeight} />
      <div
        ref={setScroller}
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.count}
        aria-colcount={2}
        tabIndex={0}
        aria-activedescendant={cursor === undefined ? undefined : idOf(cursor)}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onDoubleClick={(event) => {
          const item = itemAt(rows, placeAt(event));
          if (item !== undefined && foldOfItem(item) < 0) onToggle(item);
        }}
        className="focus-inset absolute inset-0 overflow-x-hidden overflow-y-auto [overflow-anchor:none]"
        data-testid="span-list"
      >
        <div style={{ height: rows.count * rowHeight }} className="relative" role="rowgroup">
          {places.map((place) => {
            const item = itemAt(rows, place) ?? 0;
            const fold = folds[foldOfItem(item)];
            const row = rows.row[place] ?? 0;
            const hop = fold === undefined ? hopOf.get(row) : undefined;
            const level = rows.depth[place] ?? 0;
            const matched = matches !== undefined && isMatched(matches, row, fold, hop);
            return (
              <SpanRow
                key={item}
                model={model}
                row={row}
                fold={fold}
                hop={hop}
                id={idOf(item)}
                place={place}
                level={level}
                indent={Math.min(level - base, MOST_INDENT)}
                top={place * rowHeight}
                height={rowHeight}
                open={fold === undefined ? ((model.columns.descendants[row] ?? 0) > (hop?.absorbed.length ?? 0) ? collapsed[row] === 0 : undefined) : openFolds.has(foldOfItem(item))}
                selected={fold === undefined && (row === selected || hop?.absorbed.includes(selected) === true)}
                cursor={cursor === item}
                matched={matched}
                dimmed={matches !== undefined && !matched}
                late={late?.[row] === 1}
                durationNano={times.duration[row] ?? 0}
              />
            );
          })}
          <canvas ref={canvas} aria-hidden className="pointer-events-none absolute right-0" style={{ left: 'var(--names)', width: 'calc(100% - var(--names))', top: first * rowHeight, height: Math.max(0, last - first + 1) * rowHeight }} />
        </div>
      </div>
    </div>
  );
}

/** Pixels worked out while the same time is seen at the same width. */
function useRunCache(times: SpanTimes, { from, to }: NanoRange, width: number, path: PathByRow | undefined, folds: readonly SiblingFold[]): RunCache {
  // What is named here is what the pixels are made from.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => new RunCache(), [times, from, to, width, path, folds]);
}

function idOf(item: number): string {
  return item < 0 ? `fold-${-1 - item}` : `span-${item}`;
}

function isMatched(matches: Uint8Array, row: number, fold: SiblingFold | undefined, hop: HopRow | undefined): boolean {
  if (fold !== undefined) return fold.rows.some((member) => matches[member] === 1);
  return matches[row] === 1 || hop?.absorbed.some((absorbed) => matches[absorbed] === 1) === true;
}

/** How far all rows in view may move left: a trace of ten thousand levels is read like one of ten. */
function leastIndent(rows: VisibleRows, first: number, last: number): number {
  let [least, most] = [Infinity, 0];
  for (let place = first; place <= last; place++) {
    least = Math.min(least, rows.depth[place] ?? 0);
    most = Math.max(most, rows.depth[place] ?? 0);
  }
  // In steps, so that rows of a deep trace are not drawn anew for each one that is scrolled.
  return most <= MOST_INDENT || least === Infinity ? 0 : Math.floor(Math.max(0, Math.min(least - 1, most - MOST_INDENT)) / INDENT_STEP) * INDENT_STEP;
}

