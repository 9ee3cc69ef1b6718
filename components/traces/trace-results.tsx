'use client';

import { useMemo } from 'react';
import { paths } from '#components/api/paths.ts';
import { BarMeter } from '#components/charts/share-meter.tsx';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { TraceSummaryJson } from '#server/traces/schemas.ts';

/** Found traces in the order the server gave: the order is over all matches, so the table does not sort anew. */
export function TraceResults({ traces }: { readonly traces: readonly TraceSummaryJson[] }) {
  const navigate = useAppNavigate();
  const longest = useMemo(() => Math.max(1, ...traces.map((trace) => Number(trace.durationNano))), [traces]);
  return (
    <div className="overflow-x-auto">
      <table className="w-full min-w-[640px] table-fixed text-label" aria-label="Traces">
        <thead className="text-left text-fg-tertiary">
          <tr className="border-b border-line [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium">
            <th scope="col">Trace</th>
            <th scope="col" className="w-44">Duration</th>
            <th scope="col" className="w-16 text-right">Spans</th>
            <th scope="col" className="w-24">Errors</th>
            <th scope="col" className="max-lg:hidden">Services</th>
            <th scope="col" className="w-24 text-right">Started</th>
          </tr>
        </thead>
        <tbody>
          {traces.map((trace) => (
            <tr key={trace.traceId} onClick={() => navigate(paths.trace(trace.traceId))} className="cursor-pointer border-b border-line-subtle last:border-0 hover:bg-hover [&>td]:h-8 [&>td]:px-3">
              <td className="truncate" title={`${trace.rootService} ${trace.rootName} ${trace.traceId}`}>
                <AppLink href={paths.trace(trace.traceId)} onClick={(event) => event.stopPropagation()} className="font-medium hover:underline">
                  {trace.rootService}
                </AppLink>{' '}
                <span className="text-fg-secondary">{trace.rootName}</span> <span className="font-mono text-axis text-fg-tertiary">{trace.traceId.slice(0, 7)}</span>{' '}
                {trace.incomplete && <Badge title="A span's parent is not stored: it was not sampled, or is still to come.">Incomplete</Badge>}
              </td>
              <td>
                <BarMeter label={`Duration of ${trace.rootName}`} value={Number(trace.durationNano)} max={longest} text={formatNumber(Number(trace.durationNano) / 1e6, 'ms')} color={trace.errorCount > 0 ? 'var(--status-failing-fg)' : 'var(--series-1)'} />
              </td>
              <td className="text-right tabular-nums">{trace.spanCount}</td>
              <td>{trace.errorCount > 0 ? <StatusLabel status="failing" label={`${trace.errorCount} ${trace.errorCount === 1 ? 'error' : 'errors'}`} /> : <span className="text-fg-tertiary">none</span>}</td>
              <td className="truncate text-fg-secondary max-lg:hidden" title={trace.services.map((service) => `${service.name}: ${service.spanCount} spans`).join('\n')}>
                {trace.services.map((service) => service.name).join(', ')}
              </td>
              <td className="text-right">
                <RelativeTime at={Number(BigInt(trace.startUnixNano) / 1_000_000n)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
