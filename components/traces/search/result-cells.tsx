'use client';

import { paths, withParams } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { BarMeter } from '#components/charts/share-meter.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { cx } from '#components/ui/class-names.ts';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { SpanHit, TraceHit } from '#server/traces/trace-questions.ts';
import { valueText } from './conditions.ts';
import { columnValues, servicesShown, servicesBeside, shortOperation, shortService, type ResultRow } from './result-rows.ts';

export interface ResultCellsProps {
  readonly row: ResultRow;
  readonly columns: readonly string[];
  /** Of the longest trace on the page, nanoseconds: the length of a whole bar. */
  readonly longest: number;
  readonly picked: boolean;
  readonly onPick: (traceId: string, picked: boolean) => void;
}

/** The cells of one line of the results. */
export function ResultCells({ row, ...rest }: ResultCellsProps) {
  switch (row.kind) {
    case 'trace':
      return <TraceCells trace={row.trace} {...rest} />;
    case 'span':
      return <SpanCells trace={row.trace} span={row.span} {...rest} />;
    case 'set':
      return (
        <>
          <td />
          <td colSpan={4 + rest.columns.length}>
            <span className="pl-4 text-fg-secondary">
              {Object.entries(row.set.attributes).map(([name, value]) => (
                <span key={name} className="mr-3 font-mono">
                  <span className="text-fg-tertiary">{name} = </span>
                  {valueText(value)}
                </span>
              ))}
              <span className="text-fg-tertiary">
                {row.set.matched} {row.set.matched === 1 ? 'span' : 'spans'}
              </span>
            </span>
          </td>
          <Rest columns={rest.columns} />
        </>
      );
    case 'more':
      return (
        <>
          <td />
          <td colSpan={4 + rest.columns.length} className="text-fg-tertiary">
            <span className="pl-4">
              {formatNumber(row.hidden, 'count')} more matching {row.hidden === 1 ? 'span' : 'spans'} in this trace
            </span>
          </td>
          <Rest columns={rest.columns} />
        </>
      );
  }
}

/** The cells after a wide one: it must not reach over the services, which are hidden where there is no room for them. */
function Rest({ columns }: Pick<ResultCellsProps, 'columns'>) {
  return (
    <>
      <td className={servicesShown(columns)} />
      <td />
    </>
  );
}

type CellsProps = Omit<ResultCellsProps, 'row'> & { readonly trace: TraceHit };

function TraceCells({ trace, columns, longest, picked, onPick }: CellsProps) {
  const nano = Number(trace.durationNano);
  const name = `${trace.rootService} ${trace.rootName}`.trim();
  return (
    <>
      <td className="!pl-3">
        <Checkbox checked={picked} onCheckedChange={(next) => onPick(trace.traceId, next)} label={<span className="sr-only">Choose {name === '' ? trace.traceId : name}</span>} />
      </td>
      <td title={`${name} ${trace.traceId}`}>
        <AppLink href={paths.trace(trace.traceId)} className="font-medium hover:underline">
          {trace.rootService === '' ? 'No root span' : shortService(trace.rootService)}
        </AppLink>{' '}
        <span className="text-fg-secondary">{shortOperation(trace.rootName)}</span> <span className="font-mono text-axis text-fg-tertiary">{trace.traceId.slice(0, 7)}</span> {trace.incomplete && <Badge title="A span's parent is not stored: it was not sampled, or is still to come.">Incomplete</Badge>}
      </td>
      <td>
        <BarMeter label={`Duration of ${name}`} value={nano} max={longest} text={formatNumber(nano / 1e6, 'ms')} color={trace.errorCount > 0 ? 'var(--status-failing-fg)' : 'var(--series-1)'} />
      </td>
      <td className="text-right tabular-nums" title={`${trace.matched} of ${trace.spanCount} spans match`}>
        {trace.matched < trace.spanCount && trace.matched > 0 && <span className="text-fg-tertiary">{trace.matched}/</span>}
        {trace.spanCount}
      </td>
      <td>
        {trace.errorCount > 0 ? (
          <span className="inline-flex items-center gap-1 tabular-nums" title={`${trace.errorCount} spans with errors`}>
            <StatusGlyph status="failing" size={12} />
            {trace.errorCount}
          </span>
        ) : (
          <span className="text-fg-tertiary">—</span>
        )}
      </td>
      {columns.map((column) => (
        <Values key={column} values={columnValues(trace, column).map(valueText)} />
      ))}
      <td className={servicesShown(columns)}>
        {/* The root's service is the name of the row. What has no room fades out. */}
        <span className="flex items-center gap-1 overflow-hidden [mask-image:linear-gradient(to_right,black_88%,transparent)]" title={trace.services.map(({ name: service, spanCount, errorCount }) => `${service}: ${spanCount} spans${errorCount > 0 ? `, ${errorCount} with errors` : ''}`).join('\n')}>
          {servicesBeside(trace).map(({ name: service, spanCount, errorCount }) => (
            <span key={service} className="inline-flex h-[18px] shrink-0 items-center gap-1 rounded-sm border border-line bg-sunken px-1 text-axis text-fg-secondary">
              {errorCount > 0 && <StatusGlyph status="failing" size={10} />}
              {shortService(service)}
              <span className="text-fg-tertiary tabular-nums">{spanCount}</span>
            </span>
          ))}
        </span>
      </td>
      <td className="!pr-3 text-right">
        <RelativeTime at={Number(BigInt(trace.startUnixNano) / 1_000_000n)} />
      </td>
    </>
  );
}

function SpanCells({ trace, span, columns, longest }: CellsProps & { readonly span: SpanHit }) {
  const nano = Number(span.durationNano);
  // What the query selected but is no column of the table stands beside the name.
  const extra = Object.entries(span.attributes).filter(([name]) => !columns.includes(name));
  return (
    <>
      <td />
      <td title={`${span.service} ${span.name} ${span.spanId}`}>
        <span className="inline-block w-4 text-fg-tertiary" aria-hidden>
          └
        </span>
        <AppLink href={withParams(paths.trace(trace.traceId), { span: span.spanId })} className="font-medium hover:underline">
          {shortService(span.service)}
        </AppLink>{' '}
        <span className="text-fg-secondary">{shortOperation(span.name)}</span> <span className="text-axis text-fg-tertiary">{span.kind}</span>
        {extra.map(([name, value]) => (
          <span key={name} className="ml-2 font-mono text-axis">
            <span className="text-fg-tertiary">{name}=</span>
            {valueText(value)}
          </span>
        ))}
      </td>
      <td>
        <BarMeter label={`Duration of ${span.name}`} value={nano} max={longest} text={formatNumber(nano / 1e6, 'ms')} color={span.status === 'error' ? 'var(--status-failing-fg)' : 'var(--series-12)'} />
      </td>
      <td />
      <td>
        {span.status === 'error' && (
          <span className="inline-flex items-center gap-1">
            <StatusGlyph status="failing" size={12} />
            <span className="sr-only">error</span>
          </span>
        )}
      </td>
      {columns.map((column) => (
        <Values key={column} values={span.attributes[column] === undefined ? [] : [valueText(span.attributes[column])]} />
      ))}
      <td className={servicesShown(columns)} />
      <td className="!pr-3 text-right text-fg-tertiary tabular-nums">+{formatNumber(Number(BigInt(span.startUnixNano) - BigInt(trace.startUnixNano)) / 1e6, 'ms')}</td>
    </>
  );
}

function Values({ values }: { readonly values: readonly string[] }) {
  return (
    <td className={cx('font-mono', values.length === 0 && 'text-fg-tertiary')} title={values.join('\n')}>
      {values.length === 0 ? '—' : values.slice(0, 2).join(', ')}
      {values.length > 2 && <span className="text-fg-tertiary"> +{values.length - 2}</span>}
    </td>
  );
}
