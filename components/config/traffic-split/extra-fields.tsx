'use client';

import { useId } from 'react';
import { Field, Input } from '#components/ui/input.tsx';
import { Select } from '#components/ui/select.tsx';
import { Slider } from '#components/ui/slider.tsx';
import { Switch } from '#components/ui/switch.tsx';
import { versionName } from './describe-split.ts';
import type { TrafficSplit } from './traffic-split-model.ts';

export interface ExtraFieldsProps {
  readonly split: TrafficSplit;
  readonly edit: (change: (split: TrafficSplit) => TrafficSplit) => void;
  readonly disabled: boolean;
}

/** Copies of requests to one version, whose answers nobody sees. */
export function MirrorFields({ split, edit, disabled }: ExtraFieldsProps) {
  const { mirror, versions } = split;
  const targets = versions.filter(({ subset }) => subset !== '');
  if (split.foreignMirror !== undefined) return <p className="text-label text-fg-secondary">This route has {split.foreignMirror}. It is kept as it is; edit it as YAML.</p>;
  return (
    <div className="flex flex-col gap-2">
      <Switch label="Copy requests to a version; its answers are thrown away" checked={mirror !== null} disabled={disabled || targets.length === 0} onCheckedChange={(on) => edit((old) => ({ ...old, mirror: on ? { subset: targets.at(-1)?.subset ?? '', percent: 100 } : null }))} />
      {mirror !== null && (
        <div className="flex flex-wrap items-center gap-3">
          <Select label="Mirror to" value={mirror.subset} disabled={disabled} onValueChange={(subset) => edit((old) => ({ ...old, mirror: { subset, percent: mirror.percent } }))} options={targets.map(({ subset }) => ({ value: subset, label: versionName(subset) }))} className="min-w-28" />
          <div className="min-w-40 flex-1">
            <Slider label="Mirrored requests (percent)" value={mirror.percent} disabled={disabled} onValueChange={(percent) => edit((old) => ({ ...old, mirror: { subset: mirror.subset, percent } }))} />
          </div>
          <span className="w-12 text-right text-body tabular-nums">{mirror.percent} %</span>
        </div>
      )}
    </div>
  );
}

/** Timeout and retries of the default route. */
export function ReliabilityFields({ split, edit, disabled, problem }: ExtraFieldsProps & { readonly problem: string | undefined }) {
  const id = useId();
  const { retries } = split;
  return (
    <div className="grid grid-cols-1 gap-3 md:grid-cols-2">
      <Field label="Timeout" htmlFor={`${id}-timeout`} hint="Empty: none. E.g. 2s or 500ms." error={problem}>
        <Input id={`${id}-timeout`} mono disabled={disabled} value={split.timeout} placeholder="none" aria-invalid={problem !== undefined} aria-describedby={`${id}-timeout-note`} onChange={(event) => edit((old) => ({ ...old, timeout: event.target.value.trim() }))} />
      </Field>
      <div className="flex flex-col gap-2">
        <Switch label="Set retries" checked={retries !== null} disabled={disabled} onCheckedChange={(on) => edit((old) => ({ ...old, retries: on ? { attempts: 2, perTryTimeout: '', retryOn: 'connect-failure,refused-stream,503' } : null }))} />
        {retries === null && <p className="text-label text-fg-tertiary">Without, Istio’s default holds: 2 attempts.</p>}
      </div>
      {retries !== null && (
        <>
          <Field label="Attempts" htmlFor={`${id}-attempts`} hint="0 switches retries off.">
            <Input id={`${id}-attempts`} type="number" min={0} max={20} disabled={disabled} value={retries.attempts} onChange={(event) => edit((old) => ({ ...old, retries: { ...retries, attempts: Math.max(0, Math.round(Number(event.target.value))) } }))} />
          </Field>
          <Field label="Time for each try" htmlFor={`${id}-per-try`} hint="Empty: the timeout above.">
            <Input id={`${id}-per-try`} mono disabled={disabled} value={retries.perTryTimeout} placeholder="none" onChange={(event) => edit((old) => ({ ...old, retries: { ...retries, perTryTimeout: event.target.value.trim() } }))} />
          </Field>
          <Field label="Retry on" htmlFor={`${id}-retry-on`} className="md:col-span-2">
            <Input id={`${id}-retry-on`} mono disabled={disabled} value={retries.retryOn} onChange={(event) => edit((old) => ({ ...old, retries: { ...retries, retryOn: event.target.value.trim() } }))} />
          </Field>
        </>
      )}
    </div>
  );
}
