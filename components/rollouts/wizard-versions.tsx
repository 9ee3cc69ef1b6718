'use client';

import { formatNumber } from '#components/charts/format-number.ts';
import { Badge } from '#components/ui/badge.tsx';
import { cx } from '#components/ui/class-names.ts';
import { Field, Input } from '#components/ui/input.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { Select } from '#components/ui/select.tsx';
import { Notice } from '#components/ui/states.tsx';
import type { RolloutCandidate } from '#server/rollouts/schemas.ts';
import { newestFirst, withVersions, type FormIssue, type RolloutForm } from './rollout-form.ts';

export interface VersionsStepProps {
  readonly candidates: readonly RolloutCandidate[];
  readonly candidate: RolloutCandidate | undefined;
  readonly form: RolloutForm | undefined;
  readonly issues: readonly FormIssue[];
  readonly taken: ReadonlySet<string>;
  readonly onService: (candidate: RolloutCandidate) => void;
  readonly onForm: (form: RolloutForm) => void;
}

/** First step: the service, the version that serves now, and the one to move to. */
export function VersionsStep({ candidates, candidate, form, issues, taken, onService, onForm }: VersionsStepProps) {
  const error = (field: string): string | undefined => issues.find((issue) => issue.field === field)?.message;
  return (
    <>
      <Panel title="Service" note="services with at least two versions">
        <div role="radiogroup" aria-label="Service" className="grid gap-2 md:grid-cols-2 lg:grid-cols-3">
          {candidates.map((one) => (
            <ServiceChoice key={`${one.namespace}/${one.service}`} candidate={one} selected={one === candidate} onSelect={() => onService(one)} />
          ))}
        </div>
      </Panel>
      {candidate !== undefined && form !== undefined && (
        <Panel title="Versions">
          {candidate.activeRollout !== undefined && <Notice status="degraded" title="A rollout of this service is running." message={`Wait for ${candidate.activeRollout}, promote it or abort it.`} />}
          <div className="grid gap-4 md:grid-cols-2">
            <Field label="Stable: serves now" htmlFor="rollout-stable" hint={<Facts candidate={candidate} version={form.stable} />}>
              <Select id="rollout-stable" value={form.stable} onValueChange={(stable) => onForm(withVersions(form, candidate, { stable, canary: form.canary }, taken))} options={versionOptions(candidate)} className="w-full" />
            </Field>
            <Field label="Canary: to move to" htmlFor="rollout-canary" error={error('canary')} hint={<Facts candidate={candidate} version={form.canary} />}>
              <Select id="rollout-canary" value={form.canary} onValueChange={(canary) => onForm(withVersions(form, candidate, { stable: form.stable, canary }, taken))} options={versionOptions(candidate)} className="w-full" />
            </Field>
            {candidate.routes.length > 1 && (
              <Field label="Route to steer" htmlFor="rollout-route" hint="Only this route's weights change; all others stay as they are.">
                <Select id="rollout-route" value={String(form.route)} onValueChange={(route) => onForm({ ...form, route: Number(route) })} options={candidate.routes.map((route, index) => ({ value: String(index), label: `${route.name ?? `route ${route.index + 1}`}${route.hasMatch ? ' (some requests)' : ' (all other requests)'}` }))} className="w-full" />
              </Field>
            )}
            <Field label="Name of the rollout" htmlFor="rollout-name" error={error('name')} hint="The CanaryRollout object in this namespace.">
              <Input id="rollout-name" mono value={form.name} onChange={(event) => onForm({ ...form, name: event.target.value })} aria-invalid={error('name') !== undefined} aria-describedby="rollout-name-note" spellCheck={false} autoComplete="off" />
            </Field>
          </div>
        </Panel>
      )}
    </>
  );
}

function versionOptions(candidate: RolloutCandidate): { value: string; label: string }[] {
  return newestFirst(candidate.versions.map((v) => v.version)).map((value) => ({ value, label: value }));
}

function Facts({ candidate, version }: { readonly candidate: RolloutCandidate; readonly version: string }) {
  const found = candidate.versions.find((v) => v.version === version);
  if (found === undefined) return null;
  return <span className="tabular-nums">{`${found.ready} of ${found.instances} ready · ${formatNumber(found.weight, 'percent')} of the route · ${formatNumber(found.requestsPerSecond, 'rps')} · errors ${formatNumber(found.errorRatio, 'ratio')} · p95 ${formatNumber(found.p95Ms, 'ms')}`}</span>;
}

function ServiceChoice({ candidate, selected, onSelect }: { readonly candidate: RolloutCandidate; readonly selected: boolean; readonly onSelect: () => void }) {
  const rate = candidate.versions.reduce((sum, v) => sum + (v.requestsPerSecond ?? 0), 0);
  return (
    <button type="button" role="radio" aria-checked={selected} onClick={onSelect} className={cx('flex flex-col gap-1 rounded-control border px-3 py-2 text-left transition-colors hover:bg-hover', selected ? 'border-accent bg-active' : 'border-line-control')}>
      <span className="flex items-center gap-2">
        <span className="text-body font-medium">{candidate.service}</span>
        <span className="text-label text-fg-tertiary">{candidate.namespace}</span>
      </span>
      <span className="flex flex-wrap items-center gap-1 text-label text-fg-secondary">
        {candidate.versions.map((v) => (
          <Badge key={v.version} mono>{`${v.version} ${v.weight === undefined ? '' : `${v.weight} %`}`}</Badge>
        ))}
        <span className="tabular-nums">{formatNumber(rate, 'rps')}</span>
      </span>
    </button>
  );
}
