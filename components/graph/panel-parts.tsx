'use client';

import type { ReactNode } from 'react';
import { codeClassColor } from '#components/charts/chart-series.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { ShareMeter } from '#components/charts/share-meter.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Tooltip } from '#components/ui/tooltip.tsx';
import type { GraphConfigRef, ProtocolRates } from '#server/graph/core/graph-model.ts';
import { describeResponseFlags } from '#server/traces/core/response-flags.ts';
import { errorText } from './edge-label.ts';
import { configHref } from './graph-links.ts';

/** A part of the side panel. */
export function Section({ title, note, children }: { readonly title: string; readonly note?: ReactNode; readonly children: ReactNode }) {
  return (
    <section className="border-b border-line px-3 py-3 last:border-b-0">
      <header className="mb-1.5 flex items-baseline gap-2">
        <h3 className="text-label font-semibold">{title}</h3>
        {note !== undefined && <span className="ml-auto text-label text-fg-tertiary">{note}</span>}
      </header>
      {children}
    </section>
  );
}

/** Names and values in two columns. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[minmax(96px,auto)_1fr] gap-x-3 gap-y-1 text-label">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-fg-secondary">{name}</dt>
          <dd className="min-w-0 text-right break-words tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Rate and errors by protocol, for each direction there is. */
export function TrafficTable({ rows }: { readonly rows: readonly { readonly direction: string; readonly rates: readonly ProtocolRates[] }[] }) {
  const lines = rows.flatMap(({ direction, rates }) => rates.map((rate) => ({ direction, rate })));
  if (lines.length === 0) return <p className="text-label text-fg-secondary">No traffic in this window.</p>;
  return (
    <table className="w-full text-label">
      <thead className="text-fg-tertiary">
        <tr>
          <th scope="col" className="py-0.5 text-left font-medium">
            Traffic
          </th>
          <th scope="col" className="py-0.5 text-right font-medium">
            Rate
          </th>
          <th scope="col" className="py-0.5 text-right font-medium">
            Errors
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ direction, rate }) => (
          <tr key={`${direction}${rate.protocol}`} className="border-t border-line-subtle">
            <th scope="row" className="py-1 text-left font-normal">
              {direction} <span className="text-fg-tertiary">{rate.protocol.toUpperCase()}</span>
            </th>
            <td className="py-1 text-right">{formatNumber(rate.rate, rate.protocol === 'tcp' ? 'bytesPerSecond' : 'rps')}</td>
            <td className="py-1 text-right">{rate.protocol === 'tcp' ? '—' : rate.errorRatio === 0 ? 'none' : errorText(rate.errorRatio)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Response codes as shares of a bar and in numbers, then the proxy's flags in words. */
export function CodesAndFlags({ rates }: { readonly rates: readonly ProtocolRates[] }) {
  const requests = rates.filter((rate) => rate.protocol !== 'tcp');
  const codes = sum(requests.map((rate) => rate.codes));
  const flags = sum(rates.map((rate) => rate.flags)).filter(([flag]) => flag !== '-');
  return (
    <div className="flex flex-col gap-2">
      {codes.length > 0 && <ShareMeter label="Response codes" legend segments={codes.map(([code, value]) => ({ label: code === '-' ? 'no response' : code, value, color: codeClassColor(code) }))} />}
      {flags.length > 0 && (
        <ul className="flex flex-col gap-1" aria-label="Response flags">
          {flags.map(([flag, rate]) => (
            <li key={flag} className="flex items-baseline gap-2 text-label">
              <Tooltip content={describeResponseFlags(flag).map((words) => words.meaning).join(' ')}>
                <span tabIndex={0} className="shrink-0 rounded-sm border border-line bg-sunken px-1 font-mono text-axis">
                  {flag}
                </span>
              </Tooltip>
              <span className="min-w-0 flex-1 text-fg-secondary">{describeResponseFlags(flag).map((words) => words.title).join(', ')}</span>
              <span className="tabular-nums">{formatNumber(rate, 'rps')}</span>
            </li>
          ))}
        </ul>
      )}
      {codes.length === 0 && flags.length === 0 && <p className="text-label text-fg-secondary">None in this window.</p>}
    </div>
  );
}

/** Objects that shape the traffic, each a link to where it is edited. */
export function ConfigList({ config }: { readonly config: readonly GraphConfigRef[] }) {
  if (config.length === 0) return <p className="text-label text-fg-secondary">Nothing applies: mesh defaults.</p>;
  return (
    <ul className="-mx-1.5 flex flex-col">
      {config.map((ref) => (
        <li key={`${ref.kind}/${ref.namespace ?? ''}/${ref.name}`}>
          <AppLink href={configHref(ref)} className="focus-inset flex min-h-6 items-baseline gap-2 rounded-control px-1.5 py-0.5 text-label hover:bg-hover">
            <span className="min-w-0 flex-1 truncate font-mono">{ref.name}</span>
            <span className="shrink-0 text-fg-tertiary">{ref.kind}</span>
          </AppLink>
        </li>
      ))}
    </ul>
  );
}

/** Links that look like buttons, in a row that wraps. */
export function LinkRow({ links }: { readonly links: readonly { readonly label: string; readonly href: string | undefined }[] }) {
  return (
    <div className="flex flex-wrap gap-1.5">
      {links.map(({ label, href }) => href !== undefined && (
        <AppLink key={label} href={href} className={buttonClass()}>
          {label}
        </AppLink>
      ))}
    </div>
  );
}

function sum(parts: readonly Readonly<Record<string, number>>[]): (readonly [string, number])[] {
  const totals = new Map<string, number>();
  for (const part of parts) for (const [key, value] of Object.entries(part)) totals.set(key, (totals.get(key) ?? 0) + value);
  return [...totals].filter(([, value]) => value > 0).sort(([a], [b]) => (a < b ? -1 : 1));
}
