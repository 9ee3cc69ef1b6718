'use client';

import { ClipboardCopy, Download } from 'lucide-react';
import { useMemo } from 'react';
import { formatNumber, type Unit } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { formatMoment } from '#components/time/time-window.ts';
import { Button } from '#components/ui/button.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import { showErrorToast, showToast } from '#components/ui/toast.tsx';
import { HistogramCell } from './histogram-bars.tsx';
import { NothingAnswered } from './nothing-answered.tsx';
import { fullName } from './series-name.ts';
import { columnWidth, labelColumns, tableRows, textTable, type TableRow } from './table-rows.ts';
import { toCsv, toTsv } from './table-text.ts';
import type { Answer } from './use-answers.ts';

export interface TableViewProps {
  readonly answers: readonly Answer[];
  readonly unit: Unit;
  /** Unix seconds of the moment that is shown. */
  readonly at: number;
  readonly over: boolean;
  readonly onOverChange: (over: boolean) => void;
}

/** The answers as numbers: at the end of the range, or summed up over it. A column a label; to sort, filter, copy, save. */
export function TableView({ answers, unit, at, over, onOverChange }: TableViewProps) {
  const rows = useMemo(() => tableRows(answers), [answers]);
  const letters = answers.length > 1;
  // The engine's own order means something only when the query asks for one; otherwise it changes from answer to answer.
  const ordered = answers.some(({ query }) => /\b(?:sort\w*|topk|bottomk)\s*[( ]/.test(query.expr));
  const columns = useMemo(() => columnsOf(rows, unit, over, letters), [rows, unit, over, letters]);
  const choice = (
    <SegmentedControl
      label="Values of the table"
      value={over ? 'range' : 'moment'}
      onValueChange={(value) => onOverChange(value === 'range')}
      options={[
        { value: 'moment', label: 'Instant', description: `At ${formatMoment(at * 1000)}` },
        { value: 'range', label: 'Over the range', description: 'Last, mean, least and greatest value of each series' },
      ]}
    />
  );
  if (answers.every(({ result, error }) => result === undefined && error === undefined)) return <TableSkeleton />;
  if (answers.every(({ result }) => result === undefined)) return <NothingAnswered />;
  if (rows.length === 0) {
    return (
      <>
        <div className="px-3 py-2">{choice}</div>
        <EmptyState title="No series" hint={`The query is right, but nothing matches it ${over ? 'in this range' : `at ${formatMoment(at * 1000)}`}. A series counts as gone five minutes after its last sample.`} />
      </>
    );
  }
  const copy = (): void => {
    void navigator.clipboard.writeText(toTsv(textTable(rows, over, letters))).then(
      () => showToast({ title: `Copied ${rows.length} rows`, description: 'Tab-separated: paste them into a spreadsheet.' }),
      (error: unknown) => showErrorToast('The browser refused to copy', error),
    );
  };
  return (
    <DataTable
      label="Result"
      rows={rows}
      columns={columns}
      rowKey={(row) => row.key}
      filterText={(row) => `${row.letter} ${fullName(row.labels)}`}
      urlKey="t"
      {...(ordered ? {} : { defaultSort: { column: over ? '=last' : '=value', descending: true } })}
      compact
      toolbar={
        <>
          {choice}
          <Button variant="ghost" icon={<ClipboardCopy />} onClick={copy}>
            Copy
          </Button>
          <Button variant="ghost" icon={<Download />} onClick={() => download(toCsv(textTable(rows, over, letters)), `query-${new Date(at * 1000).toISOString().slice(0, 19).replaceAll(':', '')}.csv`)}>
            CSV
          </Button>
        </>
      }
    />
  );
}

function columnsOf(rows: readonly TableRow[], unit: Unit, over: boolean, letters: boolean): readonly Column<TableRow>[] {
  const labels = labelColumns(rows).map((name): Column<TableRow> => ({
    id: name,
    header: name === '__name__' ? 'metric' : name,
    width: columnWidth(name, rows),
    sortValue: (row) => row.labels[name],
    cell: (row) => (
      <span className="font-mono" title={row.labels[name]}>
        {row.labels[name] ?? <span className="text-fg-tertiary">—</span>}
      </span>
    ),
  }));
  const number = (key: 'value' | 'last' | 'mean' | 'min' | 'max', header: string): Column<TableRow> => ({
    id: `=${key}`,
    header,
    align: 'right',
    width: key === 'value' ? 180 : 104,
    sortValue: (row) => row.histogram?.count ?? row[key],
    cell: (row) => <ValueCell row={row} value={row[key]} unit={unit} exact={key === 'value'} />,
  });
  const values = over ? [number('last', 'Last'), number('mean', 'Mean'), number('min', 'Min'), number('max', 'Max')] : [number('value', 'Value')];
  const letter: Column<TableRow> = { id: '#', header: '#', width: 48, sortValue: (row) => row.letter, cell: (row) => <span className="font-mono text-fg-secondary">{row.letter}</span> };
  return [...(letters ? [letter] : []), ...labels, ...values];
}

/** The value with its unit, and exactly as it is when that says more. */
function ValueCell({ row, value, unit, exact }: { readonly row: TableRow; readonly value: number | null; readonly unit: Unit; readonly exact: boolean }) {
  if (row.text !== undefined) return <span className="font-mono">{row.text}</span>;
  if (row.histogram !== undefined) return <HistogramCell value={row.histogram} unit={unit} label={fullName(row.labels)} />;
  const plain = value === null ? 'NaN' : String(value);
  return (
    <span title={plain} className="tabular-nums">
      {exact && row.samples > 1 && <span className="mr-2 text-fg-tertiary">{row.samples} samples, last</span>}
      {value === null ? 'NaN' : formatNumber(value, unit)}
    </span>
  );
}

function download(text: string, name: string): void {
  const href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
  URL.revokeObjectURL(href);
}
