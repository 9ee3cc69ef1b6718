'use client';

import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { StatusBadge } from '#components/status/status-label.tsx';
import { Button } from '#components/ui/button.tsx';
import { Popover } from '#components/ui/popover.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { useClock } from '#components/time/use-clock.ts';
import { serviceName, unixMs, type TraceModel } from './model/trace-model.ts';
import { MomentText } from './moment-text.tsx';
import { STILL_GROWING_MS } from './queries.ts';

/** What the trace is, in one line: root, time, size, and what to be careful with. */
export function TraceHeader({ model, moved, skew, onSkew }: { readonly model: TraceModel; /** Spans that corrected clocks moved. */ readonly moved: number | undefined; readonly skew: boolean; readonly onSkew: (on: boolean) => void }) {
  const { columns, roots, services, levels } = model;
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-1.5 text-label tabular-nums">
      <dl className="contents">
        <Fact name="Root">{serviceName(model, roots[0] ?? 0)}</Fact>
        <Fact name="Began">
          <MomentText ms={unixMs(columns, 0)} date /> <span className="text-fg-tertiary">(<RelativeTime at={unixMs(columns, 0)} />)</span>
        </Fact>
        <Fact name="Duration">{formatNumber(columns.durationNano / 1e6, 'ms')}</Fact>
        <Fact name="Spans">{columns.count.toLocaleString('en')}</Fact>
        <Fact name="Services">{services.length}</Fact>
        <Fact name="Depth">{levels.toLocaleString('en')}</Fact>
      </dl>
      <Incomplete model={model} />
      {moved !== undefined && <p className="text-fg-secondary">{moved === 0 ? 'No clock differs.' : `Clocks corrected: ${formatNumber(moved)} ${moved === 1 ? 'span' : 'spans'} moved.`}</p>}
      <Warnings warnings={columns.warnings} skew={skew} onSkew={onSkew} />
    </div>
  );
}

/** How many spans failed, beside the page's name. */
export function ErrorsBadge({ model }: { readonly model: TraceModel }) {
  const count = model.errors.length;
  return count === 0 ? null : <StatusBadge status="failing" label={`${formatNumber(count)} ${count === 1 ? 'error' : 'errors'}`} />;
}

/** Whether something is missing or may still come. */
function Incomplete({ model: { columns, orphans } }: { readonly model: TraceModel }) {
  const now = useClock();
  const growing = now - columns.newestEndMs < STILL_GROWING_MS;
  if (orphans === 0 && !growing) return null;
  const missing = orphans === 0 ? undefined : `${orphans} ${orphans === 1 ? 'span’s parent is' : 'spans’ parents are'} missing`;
  return (
    <p className="flex items-baseline gap-1.5" aria-live="polite">
      {missing !== undefined && <span className="font-medium">Incomplete: {missing}{growing ? ',' : ''}</span>}
      {growing && (
        <span className="text-fg-secondary">
          last span <RelativeTime at={columns.newestEndMs} />, looking for more
        </span>
      )}
    </p>
  );
}

function Warnings({ warnings, skew, onSkew }: { readonly warnings: readonly string[]; readonly skew: boolean; readonly onSkew: (on: boolean) => void }) {
  if (warnings.length === 0) return null;
  return (
    <Popover
      label="Warnings"
      className="max-h-96 w-[420px] overflow-y-auto p-3"
      trigger={
        <Button icon={<TriangleAlert />}>{`${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`}</Button>
      }
    >
      <ul className="flex list-disc flex-col gap-1 pl-4 text-body">
        {warnings.map((warning, index) => (
          <li key={index}>{warning}</li>
        ))}
      </ul>
      <div className="mt-2 border-t border-line pt-2">
        <Button onClick={() => onSkew(!skew)} aria-pressed={skew}>{skew ? 'Show times as stored' : 'Correct clocks that differ'}</Button>
      </div>
    </Popover>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline gap-1.5">
      <dt className="text-fg-tertiary">{name}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}
