'use client';

import { useMemo, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { paths, withParams } from '#components/api/paths.ts';
import { rowWindow } from '#components/data-table/row-window.ts';
import { usePreferences } from '#components/shell/preferences.ts';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { cx } from '#components/ui/class-names.ts';
import type { TraceHit } from '#server/traces/trace-questions.ts';
import { resultRows, type ResultRow } from './result-rows.ts';
import { ResultCells } from './result-cells.tsx';
import { ResultsHead } from './results-head.tsx';
import type { SearchState } from './search-params.ts';

export interface ResultsTableProps {
  readonly traces: readonly TraceHit[];
  readonly rows: SearchState['rows'];
  readonly sort: SearchState['sort'];
  readonly onSort: (sort: SearchState['sort']) => void;
  readonly columns: readonly string[];
  readonly picked: readonly string[];
  readonly onPick: (traceId: string, picked: boolean) => void;
  readonly onPickAll: (picked: boolean) => void;
  /** Traces that have just come, for the live tail. */
  readonly fresh?: ReadonlySet<string> | undefined;
}

/** From this many rows on, only those in view are in the document. */
const VIRTUAL_FROM = 200;

/** Found traces in the order the server gave: the order is over all matches, so its columns ask the server. j, k, arrows walk; Enter opens; x chooses. */
export function ResultsTable({ traces, rows: as, sort, onSort, columns, picked, onPick, onPickAll, fresh }: ResultsTableProps) {
  const navigate = useAppNavigate();
  const { density } = usePreferences();
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 800 });
  const [stop, setStop] = useState(0);
  const rows = useMemo(() => resultRows(traces, as), [traces, as]);
  const longest = useMemo(() => traces.reduce((most, { durationNano }) => Math.max(most, Number(durationNano)), 1), [traces]);
  const rowHeight = density === 'compact' ? 28 : 32;
  const virtual = rows.length > VIRTUAL_FROM;
  const window = virtual ? rowWindow({ ...scroll, rowHeight, count: rows.length }) : { first: 0, last: rows.length - 1 };
  const focusRow = (index: number): void => {
    const target = Math.max(0, Math.min(rows.length - 1, index));
    setStop(target);
    if (scroller === null) return;
    const top = target * rowHeight;
    if (virtual && (top < scroller.scrollTop || top + 2 * rowHeight > scroller.scrollTop + scroller.clientHeight)) scroller.scrollTo({ top: Math.max(0, top - scroller.clientHeight / 2) });
    // After the row is in the document.
    requestAnimationFrame(() => requestAnimationFrame(() => scroller.querySelector<HTMLElement>(`[data-row="${target}"]`)?.focus()));
  };
  const open = (row: ResultRow | undefined): void => {
    if (row !== undefined) navigate(hrefOf(row));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement) || event.target.closest('input, button:not([role=checkbox])') !== null) return;
    const index = Number(event.target.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? -1);
    const row = rows[index];
    const next = moveOf(event.key, index, rows.length);
    if (next !== undefined) focusRow(next);
    else if (event.key === 'Enter' && event.target.closest('a') === null) open(row);
    else if (event.key === 'x' && row !== undefined) onPick(row.trace.traceId, !picked.includes(row.trace.traceId));
    else return;
    event.preventDefault();
  };
  return (
    <div ref={setScroller} onScroll={(event) => virtual && setScroll({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })} className={cx('@container min-w-0 overflow-auto', virtual && 'max-h-[70vh]')}>
      <table className="w-full table-fixed border-separate border-spacing-0 text-label" style={{ minWidth: 600 + columns.length * 128 }} aria-label="Traces" aria-rowcount={rows.length + 1}>
        <ResultsHead columns={columns} sort={sort} onSort={onSort} all={traces.length > 0 && traces.every(({ traceId }) => picked.includes(traceId))} some={traces.some(({ traceId }) => picked.includes(traceId))} onPickAll={onPickAll} />
        <tbody onKeyDown={onKeyDown}>
          {window.first > 0 && <tr aria-hidden style={{ height: window.first * rowHeight }} />}
          {rows.slice(window.first, window.last + 1).map((row, offset) => {
            const index = window.first + offset;
            const chosen = picked.includes(row.trace.traceId);
            return (
              <tr
                key={row.key}
                data-row={index}
                aria-rowindex={index + 2}
                aria-selected={row.kind === 'trace' ? chosen : undefined}
                tabIndex={index === Math.min(Math.max(stop, window.first), window.last) ? 0 : -1}
                onFocus={() => setStop(index)}
                onClick={(event) => isPlainClick(event) && open(row)}
                style={{ height: rowHeight }}
                className={cx('focus-inset group cursor-pointer hover:bg-hover [&>td]:overflow-hidden [&>td]:border-b [&>td]:border-line-subtle [&>td]:px-2 [&>td]:text-ellipsis [&>td]:whitespace-nowrap', chosen && 'bg-selected', row.kind === 'trace' && fresh?.has(row.trace.traceId) === true && 'animate-fresh')}
              >
                <ResultCells row={row} columns={columns} longest={longest} picked={chosen} onPick={onPick} />
              </tr>
            );
          })}
          {virtual && <tr aria-hidden style={{ height: (rows.length - 1 - window.last) * rowHeight }} />}
        </tbody>
      </table>
    </div>
  );
}

/** A trace, or the span in it that matched. */
function hrefOf(row: ResultRow): string {
  const page = paths.trace(row.trace.traceId);
  return row.kind === 'span' ? withParams(page, { span: row.span.spanId }) : page;
}

function moveOf(key: string, index: number, count: number): number | undefined {
  if (key === 'j' || key === 'ArrowDown') return index + 1;
  if (key === 'k' || key === 'ArrowUp') return index - 1;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : undefined;
}

/** Not a link or control inside the row, not a text selection, not "open in a new tab". */
function isPlainClick(event: MouseEvent): boolean {
  const inner = event.target instanceof HTMLElement && event.target.closest('a, button, input, label') !== null;
  return !inner && !event.ctrlKey && !event.metaKey && (globalThis.getSelection()?.isCollapsed ?? true);
}
