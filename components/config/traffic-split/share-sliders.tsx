'use client';

import { Lock, LockOpen } from 'lucide-react';
import { useRef, useState } from 'react';
import { seriesColor } from '#components/charts/chart-series.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { Badge } from '#components/ui/badge.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Input } from '#components/ui/input.tsx';
import { Slider } from '#components/ui/slider.tsx';
import { versionName } from './describe-split.ts';
import { moveShare } from './linked-shares.ts';
import type { MeasuredShares } from './measured-shares.ts';
import type { SplitVersion } from './traffic-split-model.ts';

export interface ShareSlidersProps {
  readonly versions: readonly SplitVersion[];
  readonly onShares: (shares: readonly number[]) => void;
  readonly measured: MeasuredShares | undefined;
  readonly disabled: boolean;
}

/** One slider for each version, linked: they always sum to 100. */
export function ShareSliders({ versions, onShares, measured, disabled }: ShareSlidersProps) {
  const [locked, setLocked] = useState<ReadonlySet<string>>(new Set());
  // Shares when the hand took hold: the others keep their proportion for as long as it holds.
  const start = useRef<{ readonly index: number; readonly shares: readonly number[] }>(undefined);
  const shares = versions.map(({ share }) => share);
  const move = (index: number, value: number): void => {
    if (start.current?.index !== index) start.current = { index, shares };
    onShares(moveShare({ shares, index, value, locked: versions.map(({ subset }) => locked.has(subset)), proportions: start.current.shares }));
  };
  const toggle = (subset: string): void => setLocked(locked.has(subset) ? new Set([...locked].filter((other) => other !== subset)) : new Set([...locked, subset]));
  return (
    <ul className="flex flex-col">
      {versions.map((version, index) => {
        const { subset, from, share, labels } = version;
        const name = versionName(subset);
        const isLocked = locked.has(subset);
        const frozen = disabled || isLocked || versions.filter((other) => !locked.has(other.subset)).length < 2;
        return (
          <li key={subset} className="grid grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-3 gap-y-0 border-b border-line-subtle py-2 last:border-0">
            <div className="flex min-w-0 items-center gap-2">
              <span className="size-2.5 shrink-0 rounded-sm" style={{ background: seriesColor(index) }} aria-hidden />
              <span className="truncate text-body font-medium">{name}</span>
              {from === 'workloads' && <Badge title="Running, but no DestinationRule names it yet; it is added when it gets a share.">new subset</Badge>}
              {from === 'route' && subset !== '' && <Badge title="No DestinationRule defines this subset: requests to it get 503.">not defined</Badge>}
              <span className="hidden truncate font-mono text-axis text-fg-tertiary md:inline">{Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(' ')}</span>
            </div>
            <div className="w-44 text-right text-label text-fg-secondary tabular-nums">{measured === undefined ? '' : <Measured measured={measured} version={version} />}</div>
            <div className="flex items-center gap-1">
              <PercentInput label={`Share of ${name}, typed`} value={share} disabled={frozen} onValue={(value) => move(index, value)} onDone={() => (start.current = undefined)} />
              <IconButton label={isLocked ? `Unlock ${name}` : `Lock ${name}`} icon={isLocked ? <Lock /> : <LockOpen />} pressed={isLocked} disabled={disabled} onClick={() => toggle(subset)} className="[&_svg]:size-3.5" />
            </div>
            <div className="col-span-3">
              <Slider label={`Share of ${name} (percent)`} value={share} disabled={frozen} color={seriesColor(index)} onValueChange={(value) => move(index, value)} onValueCommitted={() => (start.current = undefined)} />
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Measured({ measured, version }: { readonly measured: MeasuredShares; readonly version: SplitVersion }) {
  const rate = measured.rateOf(version);
  if (measured.total === 0) return <>no traffic</>;
  return (
    <>
      measured {formatNumber(rate / measured.total, 'ratio')} · {formatNumber(rate, 'rps')}
    </>
  );
}

function PercentInput({ label, value, disabled, onValue, onDone }: { readonly label: string; readonly value: number; readonly disabled: boolean; readonly onValue: (value: number) => void; readonly onDone: () => void }) {
  // A half-typed number is not one yet.
  const [text, setText] = useState<string>();
  return (
    <span className="relative inline-flex w-16 items-center">
      <Input
        aria-label={label}
        inputMode="numeric"
        disabled={disabled}
        value={text ?? String(value)}
        onChange={(event) => {
          const next = event.target.value.replaceAll(/\D/g, '').slice(0, 3);
          setText(next);
          if (next !== '') onValue(Math.min(100, Number(next)));
        }}
        onBlur={() => {
          setText(undefined);
          onDone();
        }}
        className="pr-6 text-right tabular-nums"
      />
      <span className="pointer-events-none absolute right-2 text-label text-fg-tertiary" aria-hidden>
        %
      </span>
    </span>
  );
}
