'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useMemo, useState } from 'react';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { absoluteTimeText } from '#components/time/relative-time-text.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { Drawer } from '#components/ui/drawer.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { describeResponseFlags } from '#server/traces/core/response-flags.ts';
import { accessLogQuery } from './queries.ts';
import { codeStatus, readLogEntry, type LogLine } from './read-log-entry.ts';

const KINDS = ['all', 'in', 'out', 'failed'] as const;

const COLUMNS: readonly Column<LogLine>[] = [
  { id: 'time', header: 'Time', width: 126, sortValue: (line) => line.t, cell: (line) => <time dateTime={Number.isNaN(line.t) ? undefined : new Date(line.t).toISOString()} title={absoluteTimeText(line.t)} className="font-mono text-fg-secondary">{clock(line.t)}</time> },
  {
    id: 'code',
    header: 'Code',
    width: 84,
    sortValue: (line) => line.code,
    cell: (line) => (
      <span className="inline-flex items-center gap-1.5 tabular-nums">
        <StatusGlyph quiet status={codeStatus(line.code)} />
        {line.code === 0 ? 'none' : line.code}
      </span>
    ),
  },
  { id: 'direction', header: 'Direction', width: 92, from: 'md', sortValue: (line) => line.direction, cell: (line) => (line.direction === 'in' ? 'incoming' : 'outgoing') },
  { id: 'request', header: 'Request', cell: (line) => <span className="font-mono" title={`${line.method} ${line.authority}${line.path}`}><span className="text-fg-secondary">{line.method}</span> {line.direction === 'out' && <span className="text-fg-secondary">{line.authority}</span>}{line.path}</span> },
  { id: 'flags', header: 'Flags', hint: 'Envoy’s response flags: why a proxy answered itself', width: 72, from: 'md', sortValue: (line) => line.flags, cell: (line) => (line.flags === '' ? <span className="text-fg-tertiary">—</span> : <abbr title={describeResponseFlags(line.flags).map((flag) => `${flag.title}: ${flag.meaning}`).join('\n')} className="font-mono no-underline">{line.flags}</abbr>) },
  { id: 'duration', header: 'Duration', width: 96, align: 'right', sortValue: (line) => line.durationMs, cell: (line) => formatNumber(line.durationMs, 'ms') },
  {
    id: 'trace',
    header: 'Trace',
    width: 84,
    from: 'lg',
    cell: (line) =>
      line.traceId === undefined ? (
        <span className="text-fg-tertiary">—</span>
      ) : (
        <AppLink href={paths.trace(line.traceId)} className="font-mono text-accent hover:underline">
          {line.traceId.slice(0, 7)}
        </AppLink>
      ),
  },
];

/** The last requests of a workload's proxies, newest first; a line opens all its fields. */
export function AccessLog({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  const { live } = useTimeRange();
  const query = useQuery(accessLogQuery(namespace, name, live));
  const [kind, setKind] = useQueryState('log', parseAsStringLiteral(KINDS).withDefault('all').withOptions({ history: 'push' }));
  const [open, setOpen] = useState<LogLine>();
  const lines = useMemo(() => query.data?.entries.map(readLogEntry) ?? [], [query.data]);
  const shown = useMemo(() => lines.filter((line) => kind === 'all' || line.direction === kind || (kind === 'failed' && line.code < 200) || (kind === 'failed' && line.code >= 400)), [lines, kind]);
  return (
    <>
      <DataState query={query} partial={({ errors }) => (errors.length === 0 ? undefined : errors.join(' '))} empty={({ entries }) => (entries.length === 0 ? { title: 'Nobody has called this workload yet', hint: 'Its proxies keep their last 1,000 requests; new ones appear by themselves.' } : undefined)}>
        {() => (
          <DataTable
            label="Access log"
            urlKey="log"
            rows={shown}
            columns={COLUMNS}
            rowKey={(line) => line.id}
            onOpen={setOpen}
            selectedKey={open?.id}
            defaultSort={{ column: 'time', descending: true }}
            filterText={(line) => `${line.code} ${line.method} ${line.authority} ${line.path} ${line.flags} ${line.details} ${line.instance} ${line.traceId ?? ''}`}
            toolbar={
              <SegmentedControl
                label="Requests shown"
                value={kind}
                onValueChange={(next) => void setKind(next)}
                options={[
                  { value: 'all', label: 'All' },
                  { value: 'in', label: 'Incoming' },
                  { value: 'out', label: 'Outgoing' },
                  { value: 'failed', label: 'Failed' },
                ]}
              />
            }
          />
        )}
      </DataState>
      <Drawer open={open !== undefined} onOpenChange={(next) => !next && setOpen(undefined)} title={open === undefined ? '' : `${open.method} ${open.path}`}>
        {open !== undefined && <LineDetails line={open} />}
      </Drawer>
    </>
  );
}

function LineDetails({ line }: { readonly line: LogLine }) {
  return (
    <div className="flex flex-col gap-4">
      {describeResponseFlags(line.flags).map((flag) => (
        <p key={flag.flag} className="rounded-control border border-degraded-border bg-degraded-bg px-2 py-1.5 text-body">
          <code className="mr-1.5 font-mono">{flag.flag}</code>
          {flag.meaning}
        </p>
      ))}
      {line.traceId !== undefined && (
        <AppLink href={paths.trace(line.traceId)} className="text-body text-accent hover:underline">
          Open its trace
        </AppLink>
      )}
      <dl className="grid grid-cols-[10rem_minmax(0,1fr)] gap-x-4 gap-y-1 text-label">
        {Object.entries(line.raw).map(([key, value]) => (
          <div key={key} className="contents">
            <dt className="font-mono break-words text-fg-tertiary">{key}</dt>
            <dd className="font-mono break-all">{value === null ? '—' : typeof value === 'object' ? JSON.stringify(value) : String(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function clock(ms: number): string {
  return Number.isNaN(ms) ? '—' : new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' }).format(ms);
}
