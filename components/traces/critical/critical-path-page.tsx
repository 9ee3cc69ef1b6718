'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState, type SubmitEvent } from 'react';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { BarMeter } from '#components/charts/share-meter.tsx';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { placeRows } from '#components/traces/compare/place-rows.ts';
import { SourceNotes } from '#components/traces/search/source-notes.tsx';
import { shortOperation } from '#components/traces/search/result-rows.ts';
import { tracesOf } from '#components/traces/traffic/trace-query-links.ts';
import { TracesTabs } from '#components/traces/traffic/traces-tabs.tsx';
import { Button } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Input } from '#components/ui/input.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import type { CriticalPathResponse } from '#server/traces/compare/schemas.ts';
import { criticalPathQuery } from './queries.ts';

const BY = ['services', 'operations', 'places'] as const;
const parsers = { q: parseAsString.withDefault('{ }'), by: parseAsStringLiteral(BY).withDefault('services') };
type Row = CriticalPathResponse['places'][number] & { readonly key: string };

/** `/traces/critical-path`: over all traces that a search finds, where the time goes that their callers wait; usual and slow ones apart. */
export function CriticalPathPage() {
  const { window } = useTimeRange();
  const [{ q, by }, setState] = useQueryStates(parsers, { history: 'push' });
  const query = useQuery(criticalPathQuery({ q, from: Math.floor(window.fromMs), to: Math.ceil(window.toMs) }));
  return (
    <Page
      crumbs={[{ label: 'Traces', href: paths.traces() }]}
      badge={<TracesTabs />}
      namespaces={false}
      fill
      toolbar={
        <>
          <QueryField key={q} q={q} onQuery={(next) => void setState({ q: next })} />
          <SegmentedControl label="By" value={by} onValueChange={(next) => void setState({ by: next })} options={[{ value: 'services', label: 'Services' }, { value: 'operations', label: 'Operations' }, { value: 'places', label: 'Call tree' }]} />
        </>
      }
    >
      <DataState query={query} asked={q} className="flex h-full min-h-0 flex-col" empty={({ traces }) => (traces > 0 ? undefined : { title: 'No trace matches in this range', hint: 'Choose a longer range, or another search.' })}>
        {(data) => (
          <>
            <p className="flex min-h-9 shrink-0 items-center gap-1 border-b border-line px-4 py-1 text-label text-fg-secondary tabular-nums">
              {data.reach.used === data.reach.total ? `${data.traces} traces` : `${data.reach.used} of ${formatNumber(data.reach.total, 'count')} traces, a fair sample`}: half take up to {formatNumber(data.p50 / 1e6, 'ms')} ({data.usualTraces} usual), the slowest from {formatNumber(data.p99 / 1e6, 'ms')} ({data.slowTraces} slow).
              <SourceNotes exact={data.reach.exact} notes={data.reach.notes} />
            </p>
            <DataTable fill label="Critical path" rows={rowsOf(data, by)} columns={by === 'services' ? columnsOf(by).filter(({ id }) => id !== 'name') : columnsOf(by)} rowKey={(row) => row.key} filterText={(row) => `${row.service} ${row.name}`} {...(by === 'places' ? {} : { defaultSort: { column: 'share', descending: true } })} urlKey={by} />
          </>
        )}
      </DataState>
    </Page>
  );
}

function QueryField({ q, onQuery }: { readonly q: string; readonly onQuery: (q: string) => void }) {
  const [text, setText] = useState(q);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    onQuery(text.trim() === '' ? '{ }' : text.trim());
  };
  return (
    <form onSubmit={submit} className="flex min-w-52 flex-1 gap-2">
      <Input mono value={text} onChange={(event) => setText(event.target.value)} aria-label="Traces to look at, in TraceQL" placeholder='{ resource.service.name = "catalog.shop" }' spellCheck={false} autoComplete="off" />
      <Button type="submit" variant="primary">Look</Button>
    </form>
  );
}

function rowsOf(data: CriticalPathResponse, by: (typeof BY)[number]): readonly Row[] {
  if (by === 'places') {
    // As a tree is read: what is below a place comes right after it.
    return placeRows(data.places, new Set()).flatMap(({ place: at }) => {
      const place = data.places[at];
      return place === undefined ? [] : [{ ...place, key: String(at) }];
    });
  }
  if (by === 'operations') return data.operations.map((row) => ({ ...row, parent: -1, depth: 0, key: `${row.kind} ${row.service} ${row.name}` }));
  return data.services.map((row) => ({ ...row, parent: -1, depth: 0, name: '', kind: 'unspecified', key: row.service }));
}

function columnsOf(by: (typeof BY)[number]): readonly Column<Row>[] {
  const sortable = <T,>(value: T): T | undefined => (by === 'places' ? undefined : value);
  const share = (id: string, header: string, hint: string, valueOf: (row: Row) => number, from?: 'md' | 'lg'): Column<Row> => {
    const sortValue = sortable(valueOf);
    return { id, header, hint, width: 132, ...(from === undefined ? {} : { from }), ...(sortValue === undefined ? {} : { sortValue }), cell: (row) => <BarMeter label={header} value={valueOf(row)} max={1} text={formatNumber(valueOf(row), 'ratio')} {...(id === 'slow' ? { color: 'var(--status-degraded-fg)' } : {})} /> };
  };
  return [
    {
      id: 'service',
      header: by === 'places' ? 'Place' : 'Service',
      cell: (row) => (
        <span className="flex min-w-0 gap-1.5" style={{ paddingLeft: Math.min(20, row.depth) * 12 }}>
          <AppLink href={tracesOf({ service: row.service, ...(row.name === '' ? {} : { name: row.name }) })} className="truncate font-medium hover:underline">{row.service}</AppLink>
          {by === 'places' && <span className="truncate text-fg-secondary">{shortOperation(row.name)}</span>}
        </span>
      ),
    },
    ...(by === 'operations' ? [{ id: 'name', header: 'Operation', sortValue: (row: Row) => row.name, cell: (row: Row) => <span title={`${row.kind} ${row.name}`}>{shortOperation(row.name)}</span> } satisfies Column<Row>] : []),
    share('share', 'Of all time', 'Share of the time of all these traces that is spent waiting for it alone', (row) => row.share),
    share('usual', 'Usual traces', 'The same of those up to the median', (row) => row.usualShare, 'md'),
    share('slow', 'Slow traces', 'The same of the slowest hundredth', (row) => row.slowShare),
    { id: 'mean', header: 'Per trace', hint: 'Mean time of a trace that has it', width: 96, align: 'right', from: 'lg', cell: (row) => formatNumber(row.mean / 1e6, 'ms') },
    { id: 'traces', header: 'Traces', width: 76, align: 'right', from: 'lg', cell: (row) => row.traces },
    { id: 'inferred', header: 'Inferred', hint: 'Share that rests on the order of siblings alone: nothing says that one waited for the other', width: 84, align: 'right', from: 'lg', cell: (row) => (row.inferred === 0 ? <span className="text-fg-tertiary">—</span> : formatNumber(row.inferred, 'ratio')) },
  ];
}
