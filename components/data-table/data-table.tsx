'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';
import { parseAsString, useQueryState } from 'nuqs';
import { useMemo, useState, type KeyboardEvent, type MouseEvent, type ReactNode, type UIEvent } from 'react';
import { usePreferences } from '#components/shell/preferences.ts';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { cx } from '#components/ui/class-names.ts';
import { SearchInput } from '#components/ui/input.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import { rowWindow } from './row-window.ts';
import { filterRows, sortParser, sortRows, type SortOrder, type SortValue } from './table-state.ts';

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable. */
  readonly sortValue?: (row: Row) => SortValue;
  /** Numbers go right. */
  readonly align?: 'left' | 'right';
  /** Pixels; columns without share the rest. */
  readonly width?: number;
  /** Not shown when the table has less room than it has in a window of this size. */
  readonly from?: 'md' | 'lg' | 'xl';
  /** Explains the number in the header's tooltip. */
  readonly hint?: string;
}
export interface DataTableProps<Row> {
  /** Names the table for screen readers. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Where a row leads: click, Enter. Put an `AppLink` in the first cell too, for the middle button. */
  readonly hrefOf?: (row: Row) => string | undefined;
  /** Instead of `hrefOf`, for rows that select. */
  readonly onOpen?: (row: Row) => void;
  readonly selectedKey?: string | undefined;
  /** Text a row is filtered by; without it there is no filter box. */
  readonly filterText?: (row: Row) => string;
  /** Right of the filter box. */
  readonly toolbar?: ReactNode;
  readonly defaultSort?: SortOrder;
  /** Prefix of the URL keys `sort` and `q`, for a second table on a page. */
  readonly urlKey?: string;
  readonly compact?: boolean;
  /** Fill the parent's height and scroll inside. */
  readonly fill?: boolean;
}

/** From this many rows on, only those in view are in the document. */
const VIRTUAL_FROM = 200;
/** By the room the table has, not the window: a side panel narrows it too. About what md, lg and xl windows leave. */
const SHOWN_FROM = { md: '@max-[560px]:hidden', lg: '@max-[780px]:hidden', xl: '@max-[1000px]:hidden' } as const;

/** A table that is the page begins and ends where the page's header does. */
const PAGE_EDGE = 'first:pl-4 last:pr-4';

/** A table that sorts, filters and is walked by keys (j, k, arrows, Home, End, Enter). Order and filter live in the URL. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, rowKey, hrefOf, onOpen, selectedKey, filterText, toolbar, defaultSort, urlKey = '', fill = false } = props;
  const [urlSort, setSort] = useQueryState(`${urlKey}sort`, sortParser);
  const [filter, setFilter] = useQueryState(`${urlKey}q`, parseAsString.withDefault('').withOptions({ throttleMs: 200 }));
  const sort = urlSort ?? defaultSort;
  const shown = useMemo(() => {
    const matching = filterText === undefined ? rows : filterRows(rows, filterText, filter);
    const valueOf = columns.find((column) => column.id === sort?.column)?.sortValue;
    return valueOf === undefined || sort === undefined ? matching : sortRows(matching, valueOf, sort.descending);
  }, [rows, columns, filterText, filter, sort]);
  const navigate = useAppNavigate();
  const open = (row: Row): void => {
    if (onOpen !== undefined) onOpen(row);
    else {
      const href = hrefOf?.(row);
      if (href !== undefined) navigate(href);
    }
  };
  const { setScroller, onScroll, setTabStop, onKeyDown, ...body } = useBody(shown.length, props.compact === true);
  const opens = onOpen !== undefined || hrefOf !== undefined;
  return (
    <div className={cx('flex min-w-0 flex-col', fill && 'h-full min-h-0')}>
      {(filterText !== undefined || toolbar !== undefined) && (
        <div className={cx('flex min-h-10 shrink-0 flex-wrap items-center gap-2 py-1.5', fill ? 'px-4' : 'px-3')}>
          {filterText !== undefined && <SearchInput value={filter} onChange={(event) => void setFilter(event.target.value === '' ? null : event.target.value)} placeholder="Filter" aria-label={`Filter ${label}`} className="max-w-56 min-w-28 grow basis-28" />}
          {toolbar}
          <span className="ml-auto text-label text-fg-tertiary tabular-nums" aria-live="polite">
            {shown.length === rows.length ? `${rows.length}` : `${shown.length} of ${rows.length}`}
          </span>
        </div>
      )}
      <div ref={setScroller} onScroll={onScroll} className={cx('@container min-w-0 overflow-auto', fill ? 'min-h-0 flex-1' : body.virtual && 'max-h-[70vh]')}>
        <table className="w-full table-fixed border-separate border-spacing-0 text-label" aria-label={label} aria-rowcount={shown.length + 1}>
          <Head columns={columns} sort={sort} onSort={(next) => void setSort(next)} fill={fill} />
          <tbody onKeyDown={(event) => onKeyDown(event, (index) => shown[index] !== undefined && open(shown[index]))}>
            {body.before > 0 && <tr aria-hidden style={{ height: body.before }} />}
            {body.indexes.map((index) => {
              const row = shown[index];
              if (row === undefined) return null;
              const key = rowKey(row);
              return (
                <tr
                  key={key}
                  data-row={index}
                  aria-rowindex={index + 2}
                  aria-selected={selectedKey === undefined ? undefined : selectedKey === key}
                  tabIndex={index === body.tabStop ? 0 : -1}
                  onFocus={() => setTabStop(index)}
                  onClick={(event) => isPlainClick(event) && open(row)}
                  style={{ height: body.rowHeight }}
                  className={cx('focus-inset group', opens && 'cursor-pointer hover:bg-hover', selectedKey === key && 'bg-selected')}
                >
                  {columns.map((column) => (
                    <td key={column.id} className={cx('overflow-hidden border-b border-line-subtle px-3 align-middle text-ellipsis *:align-middle whitespace-nowrap group-last:border-transparent', fill && PAGE_EDGE, column.align === 'right' && 'text-right', column.from !== undefined && SHOWN_FROM[column.from])}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              );
            })}
            {body.after > 0 && <tr aria-hidden style={{ height: body.after }} />}
          </tbody>
        </table>
        {shown.length === 0 && rows.length > 0 && <EmptyState title={`None of ${rows.length} matches “${filter}”`} action={<button type="button" className="text-body font-medium text-accent hover:underline" onClick={() => void setFilter(null)}>Clear the filter</button>} />}
      </div>
    </div>
  );
}

interface HeadProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly sort: SortOrder | undefined;
  readonly onSort: (next: SortOrder) => void;
  readonly fill: boolean;
}

function Head<Row>({ columns, sort, onSort, fill }: HeadProps<Row>) {
  return (
    <thead className={cx('sticky top-0 z-10', fill ? 'bg-canvas' : 'bg-panel')}>
      <tr>
        {columns.map((column) => {
          const sorted = sort?.column === column.id ? sort : undefined;
          const right = column.align === 'right';
          const Arrow = sorted?.descending === true ? ArrowDown : ArrowUp;
          return (
            <th key={column.id} scope="col" title={column.hint} style={column.width === undefined ? undefined : { width: column.width }} aria-sort={sorted === undefined ? undefined : sorted.descending ? 'descending' : 'ascending'} className={cx('h-8 border-b border-line px-3 font-medium text-fg-tertiary', fill && PAGE_EDGE, right ? 'text-right' : 'text-left', column.from !== undefined && SHOWN_FROM[column.from])}>
              {column.sortValue === undefined ? (
                column.header
              ) : (
                // Numbers start with the greatest, names with the first.
                <button type="button" onClick={() => onSort({ column: column.id, descending: sorted === undefined ? right : !sorted.descending })} className={cx('group/sort relative -mx-1 inline-flex h-6 max-w-[calc(100%+8px)] items-center gap-1 rounded-control px-1 hover:text-fg', right && 'flex-row-reverse', sorted !== undefined && 'text-fg')}>
                  <span className="truncate">{column.header}</span>
                  <Arrow className={cx('size-3 shrink-0', sorted === undefined && ['absolute opacity-0 group-hover/sort:opacity-50', right ? 'right-full' : 'left-full'].join(' '))} aria-hidden />
                </button>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

/** Rows in the document, the one that Tab reaches, and how keys move it. */
function useBody(count: number, compact: boolean) {
  const { density } = usePreferences();
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const [stop, setStop] = useState(0);
  const [scroll, setScroll] = useState({ top: 0, height: 800 });
  const rowHeight = compact || density === 'compact' ? 28 : 32;
  const virtual = count > VIRTUAL_FROM;
  const window = virtual ? rowWindow({ ...scroll, rowHeight, count }) : { first: 0, last: count - 1 };
  const indexes = Array.from({ length: Math.max(0, window.last - window.first + 1) }, (_, i) => window.first + i);
  const focusRow = (index: number): void => {
    const target = Math.max(0, Math.min(count - 1, index));
    setStop(target);
    if (scroller === null) return;
    const top = target * rowHeight;
    if (virtual && (top < scroller.scrollTop || top + 2 * rowHeight > scroller.scrollTop + scroller.clientHeight)) scroller.scrollTo({ top: Math.max(0, top - scroller.clientHeight / 2) });
    // After the row is in the document.
    requestAnimationFrame(() => requestAnimationFrame(() => scroller.querySelector<HTMLElement>(`[data-row="${target}"]`)?.focus()));
  };
  const onKeyDown = (event: KeyboardEvent, open: (index: number) => void): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement) || event.target.closest('input, button, [role="combobox"]') !== null) return;
    const index = Number(event.target.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? -1);
    const next = moveOf(event.key, index, count);
    if (next !== undefined) {
      event.preventDefault();
      focusRow(next);
    } else if (event.key === 'Enter' && event.target.closest('a') === null) {
      event.preventDefault();
      open(index);
    }
  };
  return {
    setScroller,
    onScroll: (event: UIEvent<HTMLElement>): void => {
      if (virtual) setScroll({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight });
    },
    virtual,
    rowHeight,
    indexes,
    before: window.first * rowHeight,
    after: virtual ? (count - 1 - window.last) * rowHeight : 0,
    tabStop: stop >= window.first && stop <= window.last ? stop : window.first,
    setTabStop: setStop,
    onKeyDown,
  };
}

function moveOf(key: string, index: number, count: number): number | undefined {
  switch (key) {
    case 'j':
    case 'ArrowDown':
      return index + 1;
    case 'k':
    case 'ArrowUp':
      return index - 1;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

/** Not a link or button inside the row, not a text selection, not "open in a new tab". */
function isPlainClick(event: MouseEvent): boolean {
  const inner = event.target instanceof HTMLElement && event.target.closest('a, button, input, label') !== null;
  return !inner && !event.ctrlKey && !event.metaKey && (window.getSelection()?.isCollapsed ?? true);
}
