'use client';

import { useQuery } from '@tanstack/react-query';
import { Hourglass } from 'lucide-react';
import { useState } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { paths } from '#components/api/paths.ts';
import type { PromRange } from '#components/api/prometheus.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Button } from '#components/ui/button.tsx';
import { cx } from '#components/ui/class-names.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import { explainRows, type ExplainRow } from './explain-tree.ts';
import { explainQuery } from './queries.ts';
import { activeQueries, type QueryRow } from './query-rows.ts';

/** A part that is pointed at: which query, and where in it. */
export interface PointedPart {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}
export interface ExplainViewProps {
  readonly rows: readonly QueryRow[];
  readonly range: PromRange;
  readonly onPoint: (part: PointedPart | undefined) => void;
}

/** How a query was evaluated: its tree, and what each part gave and cost. */
export function ExplainView({ rows, range, onPoint }: ExplainViewProps) {
  const active = activeQueries(rows);
  const [chosen, setChosen] = useState<string>();
  const query = active.find(({ letter }) => letter === chosen) ?? active[0];
  // Explaining runs the query: the range stays as it was until it is asked for again.
  const [fixed, setFixed] = useState(range);
  const answer = useQuery({ ...explainQuery(query?.expr ?? '', fixed), enabled: query !== undefined });
  if (query === undefined) return null;
  const error = answer.error === null ? undefined : toApiError(answer.error);
  if (error?.code === 'not-found') return <EmptyState title="This server cannot explain queries" hint="The embedded engine tells what each part of a query gave and cost; the server that these metrics come from does not." />;
  return (
    <div className="flex flex-col">
      <div className="flex flex-wrap items-center gap-2 px-3 py-2 text-label text-fg-secondary">
        {active.length > 1 && <SegmentedControl label="Explained query" value={query.letter} onValueChange={setChosen} options={active.map(({ letter }) => ({ value: letter, label: letter }))} />}
        <span>Time of a part without the parts inside it; point at a row to see it in the query.</span>
        <Button variant="ghost" onClick={() => setFixed(range)} pending={answer.isFetching} className="ml-auto">
          Explain again
        </Button>
      </div>
      <DataState query={answer} asked={query.expr} skeleton={<TableSkeleton />}>
        {({ parts }) => <Tree rows={explainRows(parts)} onPoint={(span) => onPoint(span === undefined ? undefined : { index: query.index, from: span.start, to: span.end })} />}
      </DataState>
    </div>
  );
}

function Tree({ rows, onPoint }: { readonly rows: readonly ExplainRow[]; readonly onPoint: (span: ExplainRow['span'] | undefined) => void }) {
  return (
    <div className="overflow-x-auto" onPointerLeave={() => onPoint(undefined)} onBlur={() => onPoint(undefined)}>
      <table className="w-full min-w-[640px] border-separate border-spacing-0 text-label" aria-label="Parts of the query">
        <thead>
          <tr className="text-fg-tertiary">
            <Head>Part</Head>
            <Head right>Series</Head>
            <Head right>Samples</Head>
            <Head right>Time</Head>
            <Head>Share</Head>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.index} onPointerEnter={() => onPoint(row.span)} onFocus={() => onPoint(row.span)} className="group hover:bg-hover">
              <th scope="row" className="w-full max-w-0 border-b border-line-subtle px-3 py-1.5 text-left font-normal">
                <span className="flex min-w-0 items-center gap-2" style={{ paddingLeft: row.depth * 20 }}>
                  {row.depth > 0 && <span className="-ml-3 h-3 w-2 shrink-0 -translate-y-1 rounded-bl-sm border-b border-l border-line-strong" aria-hidden />}
                  <AppLink href={paths.explore([row.text], 'table')} title={`Run this part alone: ${row.text}`} className="min-w-0 truncate rounded-control font-mono text-fg hover:text-accent hover:underline">
                    {row.text.replaceAll(/\s+/g, ' ')}
                  </AppLink>
                  <span className="shrink-0">
                    <Badge>{row.kind.replaceAll('-', ' ')}</Badge>
                  </span>
                </span>
              </th>
              <Cell>{formatNumber(row.series, 'count')}</Cell>
              <Cell>{formatNumber(row.samples, 'count')}</Cell>
              <Cell>
                <span title={`${row.milliseconds} ms with its own parts`}>{formatNumber(row.ownMilliseconds, 'ms')}</span>
              </Cell>
              <td className="border-b border-line-subtle py-1 pr-3 pl-3">
                <span className="flex w-56 items-center gap-2">
                  <span className="h-2 w-20 shrink-0 overflow-hidden rounded-sm bg-active" aria-hidden>
                    <span className={cx('block h-full', row.slowest ? 'bg-degraded' : 'bg-series-1')} style={{ width: `${row.share * 100}%` }} />
                  </span>
                  <span className="w-12 shrink-0 text-right whitespace-nowrap tabular-nums">{formatNumber(row.share, 'ratio')}</span>
                  {row.slowest && (
                    <span className="flex items-center gap-1 text-fg-secondary">
                      <Hourglass className="size-3" aria-hidden />
                      slowest
                    </span>
                  )}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head({ children, right = false }: { readonly children: string; readonly right?: boolean }) {
  return (
    <th scope="col" className={cx('h-8 border-b border-line px-3 font-medium', right ? 'text-right' : 'text-left')}>
      {children}
    </th>
  );
}

function Cell({ children }: { readonly children: React.ReactNode }) {
  return <td className="border-b border-line-subtle px-3 py-1.5 text-right whitespace-nowrap tabular-nums">{children}</td>;
}
