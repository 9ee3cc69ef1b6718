'use client';

import { useQuery } from '@tanstack/react-query';
import { formatNumber } from '#components/charts/format-number.ts';
import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { searchTracesQuery } from '#components/traces/queries.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { ProtocolRates } from '#server/graph/core/graph-model.ts';
import { tracesHref } from './graph-links.ts';

export interface FailedTracesProps {
  /** As spans name it: `catalog.shop`. */
  readonly service: string;
  /** Only traces that also went through this one. */
  readonly through?: string | undefined;
  /** A code that only this side calls an error: spans of refused requests (403) are not errors by themselves. */
  readonly code?: string | undefined;
}

const SHOWN = 5;
/** Enough to find some that went through both ends of an edge. */
const ASKED = 40;

/** The newest traces with an error at a service, each a link, and the way to all of them. */
export function FailedTraces({ service, through, code }: FailedTracesProps) {
  const failure = code === undefined ? ({ status: 'error' } as const) : { tags: `http.status_code=${code}` };
  const { window } = useTimeRange();
  const query = useQuery(searchTracesQuery({ service, ...failure, from: String(Math.floor(window.fromMs)), to: String(Math.floor(window.toMs)), sort: 'newest', limit: through === undefined ? SHOWN : ASKED, offset: 0 }));
  return (
    <DataState query={query} empty={({ traces }) => (traces.some((trace) => passes(trace.services, through)) ? undefined : { title: `No ${code === undefined ? 'failed trace' : `trace with ${code}`} in this range`, action: <AppLink href={tracesHref(service)} className="text-body font-medium text-accent hover:underline">All traces</AppLink> })}>
      {({ traces, total }) => (
        <>
          <ul className="-mx-1.5 flex flex-col">
            {traces
              .filter((trace) => passes(trace.services, through))
              .slice(0, SHOWN)
              .map((trace) => (
                <li key={trace.traceId}>
                  <AppLink href={paths.trace(trace.traceId)} className="focus-inset flex min-h-6 items-baseline gap-2 rounded-control px-1.5 py-0.5 text-label hover:bg-hover">
                    <span className="min-w-0 flex-1 truncate" title={`${trace.rootService}: ${trace.rootName}`}>
                      {trace.rootName}
                    </span>
                    <span className="shrink-0 tabular-nums">{formatNumber(Number(trace.durationNano) / 1e6, 'ms')}</span>
                    <span className="w-16 shrink-0 text-right text-fg-tertiary">
                      <RelativeTime at={Number(BigInt(trace.startUnixNano) / 1_000_000n)} />
                    </span>
                  </AppLink>
                </li>
              ))}
          </ul>
          <AppLink href={tracesHref(service, failure)} className="mt-1 inline-block text-label font-medium text-accent hover:underline">
            {`All ${through === undefined ? `${total} ` : ''}${code === undefined ? 'failed traces' : `traces with ${code}`}`}
          </AppLink>
        </>
      )}
    </DataState>
  );
}

/** The code to look for when refusals (4xx) are the greater part of what failed; `undefined`: errors of the span. */
export function codeToTrace(rates: readonly ProtocolRates[]): string | undefined {
  const codes = rates.flatMap((each) => (each.protocol === 'http' ? Object.entries(each.codes) : [])).filter(([code, rate]) => /^[45]/.test(code) && rate > 0);
  const [code] = codes.toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return code?.startsWith('4') === true ? code : undefined;
}

function passes(services: readonly { readonly name: string }[], through: string | undefined): boolean {
  return through === undefined || services.some((service) => service.name === through);
}
