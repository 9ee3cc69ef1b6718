'use client';

import { useQuery } from '@tanstack/react-query';
import { formatNumber, significant } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import type { SpanDetails } from '#server/traces/view/schemas.ts';
import { percentileQuery } from '../queries.ts';
import { conditionText, queryHref } from './span-links.ts';

const HOUR_MS = 3_600_000;
/** Among fewer a rank says nothing. */
const FEWEST = 10;

/** Where this span stands among those of its operation around its time. Says nothing when there is nobody to compare with. */
export function PercentileLine({ span, durationNano }: { readonly span: SpanDetails; readonly durationNano: number }) {
  const ms = Number(BigInt(span.startUnixNano) / 1_000_000n);
  // Hours on the hour, so that neighbouring spans share an answer of the store.
  const from = Math.floor(ms / HOUR_MS) * HOUR_MS - HOUR_MS;
  const to = Math.ceil(ms / HOUR_MS) * HOUR_MS;
  const { data } = useQuery(percentileQuery({ service: span.service, operation: span.name, kind: span.kind, duration: durationNano, from, to }));
  if (data === undefined || data === null || data.spans < FEWEST) return null;
  const words = [conditionText({ kind: 'attribute', scope: 'resource', key: 'service.name' }, span.service), conditionText({ kind: 'intrinsic', name: 'span:name' }, span.name)].filter((text) => text !== undefined);
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return (
    <div className="px-3 py-2 text-label">
      <p>
        {data.percentile >= 100 ? <b>The slowest</b> : <>Slower than <b>{`${significant(data.percentile)} %`}</b></>} of {formatNumber(data.spans)} spans of this operation{' '}
        <AppLink href={queryHref(`{ ${words.join(' && ')} }`, range)} className="text-accent underline">
          see them
        </AppLink>
      </p>
      <div className="relative mt-1.5 h-1.5 rounded-sm bg-active" aria-hidden>
        <span className="absolute inset-y-0 left-0 rounded-sm bg-fg-tertiary/40" style={{ width: `${data.percentile}%` }} />
        <span className="absolute -top-0.5 h-2.5 w-0.5 bg-fg" style={{ left: `calc(${Math.min(99.5, data.percentile)}% - 1px)` }} />
      </div>
      <p className="mt-1 text-fg-tertiary tabular-nums">{`p50 ${formatNumber(data.p50Nano / 1e6, 'ms')} · p95 ${formatNumber(data.p95Nano / 1e6, 'ms')} · p99 ${formatNumber(data.p99Nano / 1e6, 'ms')}`}</p>
    </div>
  );
}
