'use client';

import { useQuery } from '@tanstack/react-query';
import { Radio } from 'lucide-react';
import { useState } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Button } from '#components/ui/button.tsx';
import { Popover } from '#components/ui/popover.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { IngestSnapshot } from '#server/traces/receiver/ingest-status.ts';
import { ingestMark, ingestRate, notTaken, type IngestMark } from './ingest-rate.ts';
import { ingestQuery } from './queries.ts';

const NAMES: Readonly<Record<IngestSnapshot['protocols'][number]['protocol'], string>> = { 'otlp-http': 'OTLP over HTTP', 'otlp-grpc': 'OTLP over gRPC', zipkin: 'Zipkin', import: 'Files' };
/** Clocks further apart than this are worth a word. */
const SKEW_MS = 1000;

/** How many spans come in a second; behind it by which way, what was not taken and why, and whose clock is off. Nothing for a store elsewhere. */
export function IngestButton() {
  const query = useQuery(ingestQuery);
  const { data, dataUpdatedAt } = query;
  const [marks, setMarks] = useState<{ readonly before: IngestMark | undefined; readonly now: IngestMark } | undefined>();
  if (data === undefined) return null;
  const now = ingestMark(data, dataUpdatedAt);
  if (marks?.now.atMs !== now.atMs) setMarks({ before: marks?.now, now });
  const rate = ingestRate(marks?.now.atMs === now.atMs ? marks.before : marks?.now, now, data.sinceMs);
  const missing = notTaken(data);
  return (
    <Popover
      label="What comes in"
      align="end"
      className="w-[min(460px,calc(100vw-32px))] p-0"
      trigger={
        <Button variant="ghost" icon={missing.length > 0 ? <StatusGlyph status="degraded" size={12} label="Some were not taken" /> : <Radio />} className="tabular-nums">
          <span className="max-lg:sr-only">{formatNumber(rate)} spans/s</span>
        </Button>
      }
    >
      <Protocols snapshot={data} />
      {missing.length > 0 && (
        <section aria-label="Not taken" className="border-t border-line px-3 py-2">
          <h3 className="text-label font-medium">Not taken</h3>
          <ul className="mt-1 flex flex-col gap-0.5 text-label text-fg-secondary">
            {missing.slice(0, 8).map(({ what, reason, count }) => (
              <li key={`${what}${reason}`} className="flex items-baseline gap-2">
                <span className="shrink-0 font-medium text-fg tabular-nums">
                  {formatNumber(count, 'count')} {count === 1 ? what.slice(0, -1) : what}
                </span>
                <span className="min-w-0 break-words">{reason}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Clocks snapshot={data} />
    </Popover>
  );
}

function Protocols({ snapshot }: { readonly snapshot: IngestSnapshot }) {
  return (
    <table className="w-full text-label" aria-label="Ways in">
      <thead className="text-left text-fg-tertiary">
        <tr className="border-b border-line [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium">
          <th scope="col">Way in</th>
          <th scope="col" className="text-right">Spans</th>
          <th scope="col" className="text-right">Size</th>
          <th scope="col" className="text-right">Last</th>
        </tr>
      </thead>
      <tbody>
        {snapshot.protocols.map(({ protocol, address, spans, bytes, lastSpanAtMs, lastRefusal }) => (
          <tr key={protocol} className="border-b border-line-subtle align-top last:border-0 [&>td]:px-3 [&>td]:py-1.5">
            <td>
              <div>{NAMES[protocol]}</div>
              {protocol !== 'import' && <div className="font-mono text-axis text-fg-tertiary">{address ?? 'does not listen'}</div>}
              {lastRefusal !== undefined && (
                <div className="text-fg-secondary">
                  Last refusal <RelativeTime at={lastRefusal.atMs} />: {lastRefusal.message}
                </div>
              )}
            </td>
            <td className="text-right tabular-nums">{formatNumber(spans, 'count')}</td>
            <td className="text-right tabular-nums">{formatNumber(bytes, 'bytes')}</td>
            <td className="text-right">{lastSpanAtMs === undefined ? <span className="text-fg-tertiary">—</span> : <RelativeTime at={lastSpanAtMs} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Clocks({ snapshot }: { readonly snapshot: IngestSnapshot }) {
  const off = snapshot.hosts.filter(({ leastDelayMs }) => leastDelayMs < -SKEW_MS || leastDelayMs > 60_000);
  if (off.length === 0) return null;
  return (
    <section aria-label="Clocks" className="border-t border-line px-3 py-2 text-label">
      <h3 className="font-medium">Clocks that may be off</h3>
      <ul className="mt-1 flex flex-col gap-0.5 text-fg-secondary">
        {off.slice(0, 6).map(({ host, service, leastDelayMs }) => (
          <li key={host}>
            {service} on {host}: spans end {formatNumber(Math.abs(leastDelayMs), 'ms')} {leastDelayMs < 0 ? 'after' : 'before'} they come
          </li>
        ))}
      </ul>
    </section>
  );
}
