'use client';

import { Eye, EyeOff } from 'lucide-react';
import { useMemo } from 'react';
import { formatNumber, type Unit } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import type { DrawnSeries } from './drawn-series.ts';

export interface SeriesLegendProps {
  readonly series: readonly DrawnSeries[];
  readonly unit: Unit;
  /** Drawn now. */
  readonly drawn: ReadonlySet<string>;
  readonly isolated: string | undefined;
  readonly onIsolate: (id: string | undefined) => void;
  readonly onToggle: (id: string) => void;
  readonly onPoint: (id: string | undefined) => void;
  /** Several queries: rows say whose they are. */
  readonly letters: boolean;
}

/** The series of the graph as a table: filter, sort, show alone (click, Enter), hide (the eye). */
export function SeriesLegend({ series, unit, drawn, isolated, onIsolate, onToggle, onPoint, letters }: SeriesLegendProps) {
  const columns = useMemo<readonly Column<DrawnSeries>[]>(() => {
    const number = (id: 'last' | 'mean' | 'min' | 'max', header: string, from?: 'md' | 'lg'): Column<DrawnSeries> => ({
      id,
      header,
      align: 'right',
      width: 96,
      ...(from === undefined ? {} : { from }),
      sortValue: (row) => row[id],
      cell: (row) => <span title={row[id] === null ? 'no value' : String(row[id])}>{formatNumber(row[id], unit)}</span>,
    });
    return [
      {
        id: 'series',
        header: 'Series',
        sortValue: (row) => row.name,
        cell: (row) => (
          <span className="flex min-w-0 items-center gap-2" onPointerEnter={() => onPoint(row.id)} onPointerLeave={() => onPoint(undefined)}>
            <span className={cx('w-3 shrink-0 border-t-2', !drawn.has(row.id) && 'opacity-30')} style={{ borderColor: row.color }} aria-hidden />
            {letters && <span className="shrink-0 font-mono text-fg-tertiary">{row.letter}</span>}
            <span className={cx('min-w-0 truncate', !drawn.has(row.id) && 'text-fg-tertiary')} title={row.fullName}>
              {row.name}
            </span>
          </span>
        ),
      },
      number('last', 'Last'),
      number('mean', 'Mean', 'md'),
      number('min', 'Min', 'lg'),
      number('max', 'Max', 'md'),
      {
        id: 'shown',
        header: 'Show',
        width: 76,
        align: 'right',
        cell: (row) => <IconButton label={drawn.has(row.id) ? `Hide ${row.name}` : `Show ${row.name}`} icon={drawn.has(row.id) ? <Eye /> : <EyeOff />} onClick={() => onToggle(row.id)} className="size-6 text-fg-tertiary [&_svg]:size-3.5" />,
      },
    ];
  }, [unit, drawn, letters, onPoint, onToggle]);
  return (
    <DataTable
      label="Series of the graph"
      rows={series}
      columns={columns}
      rowKey={(row) => row.id}
      filterText={(row) => row.fullName + row.name}
      onOpen={(row) => onIsolate(isolated === row.id ? undefined : row.id)}
      selectedKey={isolated}
      urlKey="s"
      defaultSort={{ column: 'last', descending: true }}
      compact
      toolbar={<span className="text-label text-fg-tertiary max-md:hidden">A row’s click shows it alone, another shows all again.</span>}
    />
  );
}
