'use client';

import { useEffect, useState } from 'react';
import { stickyLines, type VisibleRows } from '#server/traces/core/visible-rows.ts';
import { operationText, serviceName, type TraceModel } from '../model/trace-model.ts';
import type { HopRow } from '../rows/grouped-rows.ts';

export interface StickyRowsProps {
  readonly model: TraceModel;
  readonly rows: VisibleRows;
  readonly hopOf: ReadonlyMap<number, HopRow>;
  readonly scroller: HTMLElement | null;
  readonly rowHeight: number;
}

const MOST = 4;
const NONE: readonly number[] = [];

/** What the topmost row is part of, kept in sight while it is scrolled away. Pressing one goes there. */
export function StickyRows({ model, rows, hopOf, scroller, rowHeight }: StickyRowsProps) {
  const [places, setPlaces] = useState<readonly number[]>(NONE);
  useEffect(() => {
    if (scroller === null) return undefined;
    const refresh = (): void => setPlaces((old) => {
      const next = stickyPlaces(rows, model.columns.parent, scroller.scrollTop, rowHeight);
      return next.length === old.length && next.every((place, i) => place === old[i]) ? old : next;
    });
    refresh();
    scroller.addEventListener('scroll', refresh, { passive: true });
    return () => scroller.removeEventListener('scroll', refresh);
  }, [rows, model, scroller, rowHeight]);
  if (places.length === 0) return null;
  return (
    <div className="absolute top-0 left-0 z-10 border-b border-line-strong bg-panel" style={{ width: scroller?.clientWidth }} aria-hidden>
      {places.map((place) => {
        const row = rows.row[place] ?? 0;
        const hop = hopOf.get(row);
        const service = model.services[hop?.service ?? model.serviceOf[row] ?? 0];
        return (
          <button key={place} type="button" tabIndex={-1} onClick={() => scroller?.scrollTo({ top: Math.max(0, (place - stickyLines(rows, model.columns.parent, place, MOST).length) * rowHeight) })} className="flex w-full items-center gap-1.5 px-2 text-left text-label hover:bg-hover" style={{ height: rowHeight }}>
            <span className="w-8 shrink-0 text-right text-axis text-fg-tertiary tabular-nums">{rows.depth[place]}</span>
            <span className="h-3.5 w-1 shrink-0 rounded-sm" style={{ background: service?.color }} />
            <span className="truncate">
              <span className="font-medium">{hop === undefined ? serviceName(model, row) : service?.name}</span> <span className="text-fg-secondary">{operationText(model.columns, hop?.app ?? hop?.servers.at(-1) ?? row)}</span>
            </span>
          </button>
        );
      })}
    </div>
  );
}

/** Places of rows above the first row that the sticky ones leave free; none while they are in view themselves. */
export function stickyPlaces(rows: VisibleRows, parent: Int32Array, scrollTop: number, rowHeight: number): readonly number[] {
  const top = Math.floor(scrollTop / rowHeight);
  for (let lines = 0; lines <= MOST; lines++) {
    const above = stickyLines(rows, parent, Math.min(top + lines, rows.count - 1), MOST).filter((place) => place < top + lines);
    if (above.length <= lines) return above.some((place) => place < scrollTop / rowHeight) ? above : NONE;
  }
  return NONE;
}
