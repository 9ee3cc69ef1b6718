'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { cx } from '#components/ui/class-names.ts';
import { servicesShown } from './result-rows.ts';
import type { SearchState } from './search-params.ts';

export interface ResultsHeadProps {
  readonly columns: readonly string[];
  readonly sort: SearchState['sort'];
  readonly onSort: (sort: SearchState['sort']) => void;
  readonly all: boolean;
  readonly some: boolean;
  readonly onPickAll: (picked: boolean) => void;
}

/** Header of the results. A press on a name orders ALL matches by it, a second one the other way round. */
export function ResultsHead({ columns, sort, onSort, all, some, onPickAll }: ResultsHeadProps) {
  const header = 'h-8 border-b border-line px-2 text-left font-medium text-fg-tertiary';
  return (
    <thead className="sticky top-0 z-10 bg-panel">
      <tr>
        <th scope="col" className={cx(header, 'w-9 !pl-3')}>
          <Checkbox checked={all} indeterminate={some && !all} onCheckedChange={onPickAll} label={<span className="sr-only">Choose all on this page</span>} />
        </th>
        <th scope="col" className={header} aria-sort={ariaSort(sort, 'name', 'name')}>
          <Sorter label="Trace" sort={sort} first="name" second="name" onSort={onSort} />
        </th>
        <th scope="col" className={cx(header, 'w-36')} aria-sort={ariaSort(sort, 'shortest', 'longest')}>
          <Sorter label="Duration" sort={sort} first="longest" second="shortest" onSort={onSort} />
        </th>
        <th scope="col" className={cx(header, 'w-14 text-right')} aria-sort={ariaSort(sort, 'fewest-spans', 'most-spans')}>
          <Sorter label="Spans" sort={sort} first="most-spans" second="fewest-spans" onSort={onSort} />
        </th>
        <th scope="col" className={cx(header, 'w-14')} aria-sort={ariaSort(sort, 'fewest-errors', 'most-errors')}>
          <Sorter label="Errors" sort={sort} first="most-errors" second="fewest-errors" onSort={onSort} />
        </th>
        {columns.map((column) => (
          <th key={column} scope="col" className={cx(header, 'w-32 truncate')} title={column}>
            {column.replace(/^(?:span|resource|event|link|instrumentation)[.:]/, '')}
          </th>
        ))}
        <th scope="col" className={cx(header, 'w-48', servicesShown(columns))}>
          Services
        </th>
        <th scope="col" className={cx(header, 'w-[88px] !pr-3 text-right')} aria-sort={ariaSort(sort, 'oldest', 'newest')}>
          <Sorter label="Started" sort={sort} first="newest" second="oldest" onSort={onSort} />
        </th>
      </tr>
    </thead>
  );
}

type Order = SearchState['sort'];

function Sorter({ label, sort, first, second, onSort }: { readonly label: string; readonly sort: Order; readonly first: Order; readonly second: Order; readonly onSort: (sort: Order) => void }) {
  const on = sort === first || sort === second;
  const Arrow = sort === 'shortest' || sort === 'oldest' || sort === 'fewest-spans' || sort === 'fewest-errors' || sort === 'name' ? ArrowUp : ArrowDown;
  return (
    <button type="button" onClick={() => onSort(sort === first ? second : first)} className={cx('-mx-1 inline-flex h-6 items-center gap-1 rounded-control px-1 hover:text-fg', on && 'text-fg')}>
      {label}
      {on && <Arrow className="size-3" aria-hidden />}
    </button>
  );
}

function ariaSort(sort: Order, ascending: Order, descending: Order): 'ascending' | 'descending' | undefined {
  return sort === ascending ? 'ascending' : sort === descending ? 'descending' : undefined;
}
