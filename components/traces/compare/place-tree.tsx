'use client';

import { ChevronDown, ChevronRight } from 'lucide-react';
import { useMemo, useState, type KeyboardEvent, type ReactNode } from 'react';
import { rowWindow } from '#components/data-table/row-window.ts';
import { Badge } from '#components/ui/badge.tsx';
import { cx } from '#components/ui/class-names.ts';
import { shortOperation, shortService } from '#components/traces/search/result-rows.ts';
import { placeRows, type Place } from './place-rows.ts';

export interface NamedPlace extends Place {
  readonly service: string;
  readonly name: string;
  readonly kind: string;
}
export interface PlaceColumn {
  readonly id: string;
  readonly header: ReactNode;
  readonly hint?: string;
  /** Pixels; one without takes what is left. */
  readonly width?: number;
  readonly align?: 'left' | 'right';
  readonly cell: (place: number) => ReactNode;
}
export interface PlaceTreeProps {
  readonly label: string;
  readonly places: readonly NamedPlace[];
  readonly columns: readonly PlaceColumn[];
  /** Only these, with what lies above them. */
  readonly kept?: (place: number) => boolean;
  /** Beside a place's name: that it is new, or gone. */
  readonly badge: (place: number) => ReactNode;
  readonly selected: number | undefined;
  readonly onSelect: (place: number) => void;
}

const ROW_HEIGHT = 32;
const VIRTUAL_FROM = 200;

/** The call tree of what is compared, with columns beside it. Arrows walk and fold it, Enter chooses a place. */
export function PlaceTree({ label, places, columns, kept, badge, selected, onSelect }: PlaceTreeProps) {
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 800 });
  const [stop, setStop] = useState(0);
  const rows = useMemo(() => placeRows(places, folded, kept), [places, folded, kept]);
  const virtual = rows.length > VIRTUAL_FROM;
  const window = virtual ? rowWindow({ ...scroll, rowHeight: ROW_HEIGHT, count: rows.length }) : { first: 0, last: rows.length - 1 };
  const toggle = (place: number): void =>
    setFolded((now) => {
      const next = new Set(now);
      if (!next.delete(place)) next.add(place);
      return next;
    });
  const focusRow = (index: number): void => {
    const target = Math.max(0, Math.min(rows.length - 1, index));
    setStop(target);
    if (scroller === null) return;
    const top = target * ROW_HEIGHT;
    if (virtual && (top < scroller.scrollTop || top + 2 * ROW_HEIGHT > scroller.scrollTop + scroller.clientHeight)) scroller.scrollTo({ top: Math.max(0, top - scroller.clientHeight / 2) });
    // After the row is in the document.
    requestAnimationFrame(() => requestAnimationFrame(() => scroller.querySelector<HTMLElement>(`[data-row="${target}"]`)?.focus()));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement)) return;
    const index = Number(event.target.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? -1);
    const row = rows[index];
    if (row === undefined) return;
    if (event.key === 'ArrowDown' || event.key === 'j') focusRow(index + 1);
    else if (event.key === 'ArrowUp' || event.key === 'k') focusRow(index - 1);
    else if (event.key === 'ArrowRight' && row.folded) toggle(row.place);
    else if (event.key === 'ArrowLeft' && !row.folded && row.children > 0) toggle(row.place);
    else if (event.key === 'Enter' && event.target.closest('a, button') === null) onSelect(row.place);
    else return;
    event.preventDefault();
  };
  return (
    <div ref={setScroller} onScroll={(event) => virtual && setScroll({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })} className={cx('min-w-0 overflow-auto', virtual && 'max-h-[70vh]')}>
      <table role="treegrid" aria-label={label} aria-rowcount={rows.length + 1} className="w-full table-fixed border-separate border-spacing-0 text-label" style={{ minWidth: 260 + columns.reduce((sum, { width = 120 }) => sum + width, 0) }}>
        <thead className="sticky top-0 z-10 bg-panel">
          <tr>
            <th scope="col" className="h-8 border-b border-line px-3 text-left font-medium text-fg-tertiary">
              Place
            </th>
            {columns.map(({ id, header, hint, width, align }) => (
              <th key={id} scope="col" title={hint} style={width === undefined ? undefined : { width }} className={cx('h-8 border-b border-line px-2 font-medium text-fg-tertiary last:pr-3', align === 'right' ? 'text-right' : 'text-left')}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown}>
          {window.first > 0 && <tr aria-hidden style={{ height: window.first * ROW_HEIGHT }} />}
          {rows.slice(window.first, window.last + 1).map((row, offset) => {
            const index = window.first + offset;
            const place = places[row.place];
            if (place === undefined) return null;
            return (
              <tr
                key={row.place}
                data-row={index}
                aria-level={place.depth + 1}
                aria-expanded={row.children > 0 ? !row.folded : undefined}
                aria-selected={selected === row.place}
                aria-rowindex={index + 2}
                tabIndex={index === Math.min(Math.max(stop, window.first), window.last) ? 0 : -1}
                onFocus={() => setStop(index)}
                onClick={() => onSelect(row.place)}
                style={{ height: ROW_HEIGHT }}
                className={cx('focus-inset cursor-pointer hover:bg-hover [&>td]:overflow-hidden [&>td]:border-b [&>td]:border-line-subtle [&>td]:px-2 [&>td]:text-ellipsis [&>td]:whitespace-nowrap', selected === row.place && 'bg-selected')}
              >
                <td className="!px-3" title={`${place.service} ${place.name}`}>
                  <span className="flex min-w-0 items-center gap-1" style={{ paddingLeft: Math.min(place.depth, 24) * 12 }}>
                    {row.children > 0 ? (
                      <button
                        type="button"
                        tabIndex={-1}
                        aria-label={row.folded ? 'Unfold' : 'Fold'}
                        onClick={(event) => {
                          event.stopPropagation();
                          toggle(row.place);
                        }}
                        className="flex size-5 shrink-0 items-center justify-center rounded-control text-fg-tertiary hover:bg-active"
                      >
                        {row.folded ? <ChevronRight className="size-3.5" /> : <ChevronDown className="size-3.5" />}
                      </button>
                    ) : (
                      <span className="w-5 shrink-0" />
                    )}
                    <span className="shrink-0 font-medium">{shortService(place.service)}</span>
                    <span className="min-w-0 truncate text-fg-secondary">{shortOperation(place.name)}</span>
                    {place.kind !== 'unspecified' && place.kind !== 'internal' && <span className="shrink-0 text-axis text-fg-tertiary">{place.kind}</span>}
                    <span className="shrink-0">{badge(row.place)}</span>
                  </span>
                </td>
                {columns.map(({ id, align, cell }) => (
                  <td key={id} className={cx('last:pr-3', align === 'right' && 'text-right')}>
                    {cell(row.place)}
                  </td>
                ))}
              </tr>
            );
          })}
          {virtual && <tr aria-hidden style={{ height: (rows.length - 1 - window.last) * ROW_HEIGHT }} />}
        </tbody>
      </table>
    </div>
  );
}

/** A place that only one side has. */
export function ChangeBadge({ change }: { readonly change: 'added' | 'removed' }) {
  return <Badge tone="accent">{change === 'added' ? 'only in B' : 'only in A'}</Badge>;
}
