import { ChevronDown, ChevronRight } from 'lucide-react';
import { memo } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { cx } from '#components/ui/class-names.ts';
import type { SiblingFold } from '#server/traces/core/sibling-folds.ts';
import { ERROR_CODE, operationText, serviceName, spanText, type TraceModel } from '../model/trace-model.ts';
import type { HopRow } from '../rows/grouped-rows.ts';

export const INDENT_PX = 12;

export interface SpanRowProps {
  readonly model: TraceModel;
  /** A row of the trace. */
  readonly row: number;
  /** Set for a row that stands for several like siblings. */
  readonly fold: SiblingFold | undefined;
  readonly hop: HopRow | undefined;
  readonly id: string;
  readonly place: number;
  readonly level: number;
  /** Steps to the right, already cut to the room there is. */
  readonly indent: number;
  readonly top: number;
  readonly height: number;
  /** `undefined` for what has nothing below it. */
  readonly open: boolean | undefined;
  readonly selected: boolean;
  readonly cursor: boolean;
  readonly matched: boolean;
  readonly dimmed: boolean;
  /** Arrived after the page was opened. */
  readonly late: boolean;
  readonly durationNano: number;
}

/** One row: what it is on the left; its bar is drawn by the canvas on the right. Clicks are read from `data-` by the list. */
export const SpanRow = memo(function SpanRow({ model, row, fold, hop, id, place, level, indent, top, height, open, selected, cursor, matched, dimmed, late, durationNano }: SpanRowProps) {
  const { columns } = model;
  const failed = fold === undefined ? columns.status[row] === ERROR_CODE || hop?.failed === true : fold.errors > 0;
  const below = fold === undefined && open === false ? (model.errorsBelow[row] ?? 0) : 0;
  const service = hop === undefined ? serviceName(model, row) : (model.services[hop.service]?.name ?? '');
  const color = model.services[hop?.service ?? model.serviceOf[row] ?? 0]?.color;
  const named = hop === undefined ? row : (hop.app ?? hop.servers.at(-1) ?? row);
  const duration = formatNumber((fold?.totalNano ?? durationNano) / 1e6, 'ms');
  return (
    <div
      id={id}
      role="row"
      data-place={place}
      aria-rowindex={place + 1}
      aria-level={level + 1}
      aria-selected={selected}
      {...(open === undefined ? {} : { 'aria-expanded': open })}
      style={{ top, height }}
      className={cx('absolute inset-x-0 flex cursor-pointer border-b border-line-subtle text-label hover:bg-hover', selected ? 'bg-selected' : matched && 'bg-active', cursor && 'outline-1 -outline-offset-1 outline-focus')}
    >
      <div role="gridcell" className={cx('flex h-full w-(--names) shrink-0 items-center gap-1 overflow-hidden pr-2 pl-2', dimmed && 'opacity-50')}>
        <span aria-hidden className="h-full shrink-0" style={{ width: indent * INDENT_PX, backgroundImage: 'repeating-linear-gradient(to right, transparent 0 7px, var(--border-default) 7px 8px, transparent 8px 12px)' }} />
        {open === undefined ? (
          <span className="w-7 shrink-0" />
        ) : (
          <span data-toggle="" aria-hidden className="-ml-0.5 flex h-5 min-w-7 shrink-0 items-center rounded-sm text-axis text-fg-tertiary tabular-nums hover:bg-active hover:text-fg">
            {open ? <ChevronDown className="size-3.5 shrink-0" /> : <ChevronRight className="size-3.5 shrink-0" />}
            {fold === undefined && (open ? (model.childCount[row] ?? 0) : (columns.descendants[row] ?? 0))}
          </span>
        )}
        <span className="h-3.5 w-1 shrink-0 rounded-sm" style={{ background: color }} aria-hidden />
        {fold !== undefined && <span className="shrink-0 rounded-sm bg-sunken px-1 font-medium tabular-nums">{`× ${fold.rows.length}`}</span>}
        <span className="min-w-0 truncate">
          <span className="font-medium">{service}</span>
          {hop?.servers.length === 0 && <span className="font-medium">{` → ${hop.to.replace(/\.svc(\..*)?$/, '')}`}</span>} <span className="text-fg-secondary">{operationText(columns, named)}</span>
          {fold !== undefined && <span className="text-fg-tertiary">{foldText(fold)}</span>}
        </span>
        <span className="ml-auto flex shrink-0 items-center gap-1 pl-1">
          {late && <Pill tone="accent">late</Pill>}
          {fold === undefined && <Pills columns={columns} row={row} hop={hop} named={named} />}
          {failed && <StatusGlyph status="failing" size={12} label={fold === undefined ? 'Failed' : `${fold.errors} failed`} />}
          {!failed && below > 0 && (
            <span className="flex items-center gap-0.5 text-axis text-fg-secondary tabular-nums opacity-80" title={`${below} failed below`}>
              <StatusGlyph status="failing" size={10} label="Failed below:" />
              {below}
            </span>
          )}
        </span>
      </div>
      <div role="gridcell" className="min-w-0 flex-1" aria-label={`${duration}, starts at ${formatNumber((columns.start[row] ?? 0) / 1e6, 'ms')}, own time ${formatNumber((columns.self[row] ?? 0) / 1e6, 'ms')}`} />
    </div>
  );
});

/** What tells a span at a glance: attempts, response flags, status codes that are not good, what kind of thing was called. */
function Pills({ columns, row, hop, named }: { readonly columns: TraceModel['columns']; readonly row: number; readonly hop: HopRow | undefined; readonly named: number }) {
  const status = spanText(columns, 'httpStatus', row) ?? spanText(columns, 'httpStatus', named);
  const grpc = spanText(columns, 'grpcStatus', row) ?? spanText(columns, 'grpcStatus', named);
  const flags = hop?.responseFlags ?? spanText(columns, 'responseFlags', row);
  const system = spanText(columns, 'dbSystem', row) ?? spanText(columns, 'messagingSystem', row);
  const attempts = hop?.servers.length ?? 0;
  return (
    <>
      {attempts > 1 && <Pill>{`${attempts} attempts`}</Pill>}
      {flags !== undefined && flags !== '-' && <Pill tone="bad">{flags}</Pill>}
      {status !== undefined && !status.startsWith('2') && <Pill tone={status >= '400' ? 'bad' : 'plain'}>{status}</Pill>}
      {grpc !== undefined && grpc !== '0' && <Pill tone="bad">{`gRPC ${grpc}`}</Pill>}
      {system !== undefined && <Pill>{system}</Pill>}
    </>
  );
}

function Pill({ children, tone = 'plain' }: { readonly children: React.ReactNode; readonly tone?: 'plain' | 'bad' | 'accent' }) {
  return <span className={cx('rounded-sm border px-1 text-axis leading-4 tabular-nums', tone === 'bad' ? 'border-failing-border bg-failing-bg text-fg' : tone === 'accent' ? 'border-accent/40 text-accent' : 'border-line text-fg-secondary')}>{children}</span>;
}

function foldText({ errors: failed, p95Nano }: SiblingFold): string {
  const errors = failed === 0 ? '' : ` · ${failed} ${failed === 1 ? 'error' : 'errors'}`;
  return `${errors} · p95 ${formatNumber(p95Nano / 1e6, 'ms')}`;
}
