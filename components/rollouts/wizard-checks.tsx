'use client';

import { formatNumber } from '#components/charts/format-number.ts';
import { Field } from '#components/ui/input.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { Select } from '#components/ui/select.tsx';
import { Switch } from '#components/ui/switch.tsx';
import { NumberField } from './number-field.tsx';
import { DURATION_EDGES_MS, type RolloutForm } from './rollout-form.ts';
import type { FormStepProps } from './wizard-steps.tsx';

type NumberKey = { [K in keyof RolloutForm]: RolloutForm[K] extends number ? K : never }[keyof RolloutForm];

/** Third step: what counts as worse, how sure the judge must be, and what to do without a verdict. */
export function ChecksStep({ form, issues, onForm, preview }: FormStepProps) {
  const number = (key: NumberKey, label: string, suffix: string | undefined, hint: string) => {
    const error = issues.find((issue) => issue.field === key)?.message;
    return (
      <Field label={label} htmlFor={`rollout-${key}`} hint={hint} error={error}>
        <NumberField id={`rollout-${key}`} value={form[key]} onValueChange={(value) => onForm({ ...form, [key]: value })} invalid={error !== undefined} {...(suffix === undefined ? {} : { suffix })} />
      </Field>
    );
  };
  const now = preview?.stableErrorRatio;
  return (
    <>
      <Panel title="Failed requests" note={now === undefined || now === null ? 'answers of 5xx, and requests that never arrived' : `stable fails ${formatNumber(now, 'ratio')} now`}>
        <div className="grid gap-4 md:grid-cols-2">
          {number('errorMaxRatio', 'At most this many times stable’s share', '×', 'The canary is compared with the stable version at the same time, not with a fixed limit.')}
          {number('errorFloorPercent', 'Never taken back at or below', '%', 'A share of failures that harms nobody, from your objective.')}
        </div>
      </Panel>
      <Panel title="Slow requests" actions={<Switch checked={form.checkLatency} onCheckedChange={(checkLatency) => onForm({ ...form, checkLatency })} label="Check latency" />}>
        {form.checkLatency ? (
          <div className="grid gap-4 md:grid-cols-3">
            <Field label="Slow means slower than" htmlFor="rollout-slower" hint="A bucket edge of the duration histogram.">
              <Select id="rollout-slower" value={String(form.slowerThanMs)} onValueChange={(edge) => onForm({ ...form, slowerThanMs: Number(edge) })} options={DURATION_EDGES_MS.map((edge) => ({ value: String(edge), label: formatNumber(edge, 'ms') }))} className="w-full" />
            </Field>
            {number('slowMaxRatio', 'At most this many times stable’s share', '×', 'Of requests that are slow.')}
            {number('slowFloorPercent', 'Never taken back at or below', '%', 'A share of slow answers that harms nobody.')}
          </div>
        ) : (
          <p className="text-label text-fg-secondary">Latency is not judged.</p>
        )}
      </Panel>
      <Panel title="The judge">
        <div className="grid gap-4 md:grid-cols-2 lg:grid-cols-4">
          {number('falseAlarmPercent', 'Chance to take back a good canary', '%', 'Over the whole rollout, however often it looks.')}
          {number('missPercent', 'Chance to pass a bad one', '%', 'At each step.')}
          {number('intervalSeconds', 'Looks every', 's', 'How often the evidence is weighed.')}
          <Field label="No verdict in ten times the step’s time" htmlFor="rollout-inconclusive" hint="When traffic is too little to tell.">
            <Select id="rollout-inconclusive" value={form.onInconclusive} onValueChange={(onInconclusive) => onForm({ ...form, onInconclusive })} options={[{ value: 'hold', label: 'Hold and wait for a person' }, { value: 'promote', label: 'Go on' }, { value: 'abort', label: 'Take it back' }]} className="w-full" />
          </Field>
        </div>
      </Panel>
    </>
  );
}
