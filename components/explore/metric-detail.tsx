'use client';

import { useQuery } from '@tanstack/react-query';
import { ChevronRight, Plus } from 'lucide-react';
import { useState } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { Button } from '#components/ui/button.tsx';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { cx } from '#components/ui/class-names.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { SkeletonRows } from '#components/ui/skeleton.tsx';
import type { UseExpr } from './query-rows.ts';
import { labelCountsQuery, labelNamesQuery, type MetricInfo } from './queries.ts';
import { selectorText, usualQueries, type LabelChoice } from './selector-text.ts';

const MAX_VALUES = 100;

/** A metric's labels with their values: those that are ticked make the selector. */
export function MetricDetail({ metric, at, onUse }: { readonly metric: MetricInfo; readonly at: number; readonly onUse: UseExpr }) {
  const [choice, setChoice] = useState<LabelChoice>({});
  const labels = useQuery(labelNamesQuery(selectorText(metric.name, {}), at));
  const toggle = (label: string, value: string): void => {
    const now = choice[label] ?? [];
    setChoice({ ...choice, [label]: now.includes(value) ? now.filter((each) => each !== value) : [...now, value] });
  };
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <p className="px-3 py-2 text-label text-fg-secondary">
        {metric.type !== undefined && metric.type !== 'unknown' && <span className="font-medium text-fg">{metric.type}. </span>}
        {metric.help ?? 'No help was given.'} {formatNumber(metric.series, 'count')} series.
      </p>
      <ul className="border-y border-line-subtle">
        {usualQueries(metric.name, metric.type, choice, '1m').map(({ label, expr }) => (
          <li key={label} className="flex items-center gap-1 py-1 pr-1.5 pl-3">
            <span className="min-w-0 flex-1">
              <span className="text-axis text-fg-tertiary">{label}</span>
              <span className="line-clamp-3 font-mono text-label break-words">{expr}</span>
            </span>
            <Button onClick={() => onUse(expr, 'replace')} aria-label={`Use: ${label}`}>
              Use
            </Button>
            <IconButton label={`Add as a query: ${label}`} icon={<Plus />} onClick={() => onUse(expr, 'add')} />
          </li>
        ))}
      </ul>
      <h3 className="px-3 pt-3 pb-1 text-axis font-medium text-fg-tertiary">Labels</h3>
      <DataState query={labels} skeleton={<SkeletonRows />}>
        {(names) => (
          <ul>
            {names
              .filter((name) => name !== '__name__')
              .map((name) => (
                <LabelValues key={name} label={name} metric={metric.name} at={at} choice={choice} onToggle={(value) => toggle(name, value)} />
              ))}
          </ul>
        )}
      </DataState>
    </div>
  );
}

interface LabelValuesProps {
  readonly label: string;
  readonly metric: string;
  readonly at: number;
  readonly choice: LabelChoice;
  readonly onToggle: (value: string) => void;
}

/** One label; opened, its values with what they leave of the series that the other labels' choice selects. */
function LabelValues({ label, metric, at, choice, onToggle }: LabelValuesProps) {
  const [open, setOpen] = useState(false);
  const chosen = choice[label] ?? [];
  const values = useQuery({ ...labelCountsQuery(selectorText(metric, { ...choice, [label]: [] }), label, at), enabled: open });
  return (
    <li className="border-b border-line-subtle">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="focus-inset flex h-8 w-full items-center gap-1.5 px-3 text-left text-label hover:bg-hover">
        <ChevronRight className={cx('size-3.5 shrink-0 text-fg-tertiary transition-transform', open && 'rotate-90')} aria-hidden />
        <span className="min-w-0 truncate font-mono">{label}</span>
        <span className="ml-auto min-w-0 truncate text-fg-secondary">{chosen.join(', ')}</span>
      </button>
      {open && (
        <div className="pr-3 pb-2 pl-8">
          {values.error !== null && <p className="text-label text-fg-secondary">{toApiError(values.error).message}</p>}
          <ul>
            {values.data?.slice(0, MAX_VALUES).map(({ value, series }) => (
              <li key={value} className="flex min-h-7 items-center gap-2">
                <span className="min-w-0 flex-1 [&_label]:min-w-0">
                  <Checkbox checked={chosen.includes(value)} onCheckedChange={() => onToggle(value)} label={<span className="font-mono text-label break-all">{value === '' ? '(empty)' : value}</span>} />
                </span>
                <span className="text-label text-fg-tertiary tabular-nums">{formatNumber(series, 'count')}</span>
              </li>
            ))}
          </ul>
          {(values.data?.length ?? 0) > MAX_VALUES && <p className="text-axis text-fg-tertiary">{MAX_VALUES} of {values.data?.length} values; the editor’s completion knows all.</p>}
        </div>
      )}
    </li>
  );
}
