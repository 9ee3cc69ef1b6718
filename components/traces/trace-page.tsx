'use client';

import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { parseAsString, useQueryState } from 'nuqs';
import { useMemo } from 'react';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { Page } from '#components/shell/page.tsx';
import { StatusBadge } from '#components/status/status-label.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { Notice } from '#components/ui/states.tsx';
import type { GetTraceResponse, TraceView } from '#server/traces/schemas.ts';
import { traceQuery } from './queries.ts';
import { serviceColors } from './service-colors.ts';
import { SpanPanel } from './span-panel.tsx';
import { Waterfall } from './waterfall.tsx';
import { keyOf } from './waterfall-rows.ts';

/** `/traces/[id]`: one trace as a waterfall, with the chosen span's details beside it (`?span=`). */
export function TracePage({ id }: { readonly id: string }) {
  const query = useQuery(traceQuery(id));
  const { data } = query;
  return (
    <Page
      crumbs={[{ label: 'Traces', href: paths.traces() }, { label: data === undefined ? id.slice(0, 7) : data.trace.summary.rootName }]}
      badge={data === undefined ? undefined : <HeaderBadge data={data} />}
      actions={
        data === undefined ? undefined : (
          <a href={data.otlpUrl} download={`${id}.json`} className={buttonClass('secondary')}>
            <Download aria-hidden className="size-3.5" />
            OTLP
          </a>
        )
      }
      time={false}
      namespaces={false}
      fill
    >
      <DataState query={query} className="flex min-h-0 flex-1 flex-col">
        {({ trace }) => <TraceView_ trace={trace} />}
      </DataState>
    </Page>
  );
}

function HeaderBadge({ data }: { readonly data: GetTraceResponse }) {
  const { summary } = data.trace;
  return (
    <>
      <span className="flex items-center font-mono text-label text-fg-tertiary max-md:hidden">
        {data.trace.traceId.slice(0, 7)}
        <CopyButton text={data.trace.traceId} label="Copy trace id" />
      </span>
      {summary.errorCount > 0 && <StatusBadge status="failing" label={`${summary.errorCount} ${summary.errorCount === 1 ? 'error' : 'errors'}`} />}
    </>
  );
}

function TraceView_({ trace }: { readonly trace: TraceView }) {
  const [selected, setSelected] = useQueryState('span', parseAsString);
  const colors = useMemo(() => serviceColors(trace.spans), [trace.spans]);
  const index = trace.spans.findIndex((span, i) => keyOf(span, i) === selected);
  const { summary } = trace;
  const depth = useMemo(() => trace.spans.reduce((most, span) => Math.max(most, span.depth + 1), 0), [trace.spans]);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-baseline gap-x-5 gap-y-1 border-b border-line px-4 py-2 text-label tabular-nums">
        <dl className="flex flex-wrap items-baseline gap-x-5 gap-y-1">
          <Fact name="Started" value={<RelativeTime at={Number(BigInt(summary.startUnixNano) / 1_000_000n)} />} />
          <Fact name="Duration" value={formatNumber(Number(summary.durationNano) / 1e6, 'ms')} />
          <Fact name="Spans" value={summary.spanCount} />
          <Fact name="Depth" value={depth} />
        </dl>
        <div className="flex flex-wrap items-center gap-x-3">
          {[...colors].map(([service, color]) => (
            <span key={service} className="flex items-center gap-1.5">
              <span className="size-2 rounded-sm" style={{ background: color }} aria-hidden />
              {service}
            </span>
          ))}
        </div>
      </div>
      {trace.warnings.map((warning) => (
        <Notice key={warning} status="degraded" title="Not a whole picture." message={warning} />
      ))}
      <SplitLayout sideWidth={420} side={index === -1 ? undefined : <SpanPanel trace={trace} index={index} color={colors.get(trace.spans[index]?.service ?? '')} onClose={() => void setSelected(null)} onSelect={(key) => void setSelected(key)} />}>
        <Waterfall trace={trace} colors={colors} selectedKey={selected ?? undefined} onSelect={(key) => void setSelected(key)} />
      </SplitLayout>
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: React.ReactNode }) {
  return (
    <div className="flex items-baseline gap-1.5">
      <dt className="text-fg-tertiary">{name}</dt>
      <dd className="font-medium">{value}</dd>
    </div>
  );
}
