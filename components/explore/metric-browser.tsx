'use client';

import { useQuery } from '@tanstack/react-query';
import { ArrowLeft } from 'lucide-react';
import { useMemo, useRef, useState, type UIEvent } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { rowWindow } from '#components/data-table/row-window.ts';
import { filterRows } from '#components/data-table/table-state.ts';
import { Badge } from '#components/ui/badge.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { SearchInput } from '#components/ui/input.tsx';
import { MetricDetail } from './metric-detail.tsx';
import type { UseExpr } from './query-rows.ts';
import { metricsQuery, type MetricInfo } from './queries.ts';

export interface MetricBrowserProps {
  /** End of the page's range, Unix seconds. */
  readonly at: number;
  /** Puts a query into the page, beside the others or in the place of the one that is being edited. */
  readonly onUse: UseExpr;
}

const ROW_HEIGHT = 48;

/** All metrics with type, help and number of series; one of them with its labels, to pick a selector from. */
export function MetricBrowser({ at, onUse }: MetricBrowserProps) {
  const metrics = useQuery(metricsQuery(at));
  const [open, setOpen] = useState<string>();
  const [filter, setFilter] = useState('');
  const chosen = metrics.data?.find(({ name }) => name === open);
  if (chosen !== undefined) {
    return (
      <div className="flex h-full min-h-0 flex-col">
        <div className="flex items-center gap-1 border-b border-line px-1.5 py-1.5">
          <IconButton label="Back to all metrics" icon={<ArrowLeft />} onClick={() => setOpen(undefined)} autoFocus />
          <span className="min-w-0 truncate font-mono text-label font-medium" title={chosen.name}>
            {chosen.name}
          </span>
        </div>
        <MetricDetail key={chosen.name} metric={chosen} at={at} onUse={onUse} />
      </div>
    );
  }
  return (
    <DataState query={metrics} className="flex h-full min-h-0 flex-col" empty={(all) => (all.length === 0 ? { title: 'No metrics at this time', hint: 'Nothing was scraped in the five minutes before the end of the range. The targets page says what is scraped.' } : undefined)}>
      {(all) => (
        <>
          <div className="px-3 py-2">
            <SearchInput value={filter} onChange={(event) => setFilter(event.target.value)} placeholder={`Search ${all.length} metrics`} aria-label="Search metrics by name, type and help" className="w-full max-w-none" />
          </div>
          <MetricList metrics={all} filter={filter} onOpen={setOpen} />
        </>
      )}
    </DataState>
  );
}

/** Rows of one height, drawn where they are seen: a mesh has a thousand metrics. */
function MetricList({ metrics, filter, onOpen }: { readonly metrics: readonly MetricInfo[]; readonly filter: string; readonly onOpen: (name: string) => void }) {
  const shown = useMemo(() => filterRows(metrics, (metric) => `${metric.name} ${metric.type ?? ''} ${metric.help ?? ''}`, filter), [metrics, filter]);
  const [view, setView] = useState({ top: 0, height: 900 });
  const list = useRef<HTMLUListElement>(null);
  const { first, last } = rowWindow({ ...view, rowHeight: ROW_HEIGHT, count: shown.length });
  const onScroll = (event: UIEvent<HTMLUListElement>): void => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight });
  if (shown.length === 0) return <p className="px-3 py-2 text-label text-fg-secondary">No metric matches “{filter}”.</p>;
  return (
    <ul ref={list} onScroll={onScroll} aria-label="Metrics" className="min-h-0 flex-1 overflow-y-auto" style={{ paddingTop: first * ROW_HEIGHT, paddingBottom: (shown.length - 1 - last) * ROW_HEIGHT }}>
      {shown.slice(first, last + 1).map((metric) => (
        <li key={metric.name} style={{ height: ROW_HEIGHT }}>
          <button type="button" onClick={() => onOpen(metric.name)} title={metric.help} className="focus-inset flex h-full w-full flex-col justify-center border-b border-line-subtle px-3 text-left hover:bg-hover">
            <span className="flex w-full min-w-0 items-center gap-2">
              <span className="min-w-0 flex-1 truncate font-mono text-label">{metric.name}</span>
              {metric.type !== undefined && metric.type !== 'unknown' && <Badge>{metric.type}</Badge>}
              <span className="shrink-0 text-label text-fg-secondary tabular-nums" title="series">
                {formatNumber(metric.series, 'count')}
              </span>
            </span>
            <span className="w-full truncate text-axis text-fg-tertiary">{metric.help ?? 'No help was given.'}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
