'use client';

import { Plus, X } from 'lucide-react';
import { formatNumber } from '#components/charts/format-number.ts';
import { formatDuration } from '#components/time/time-boundary.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import { Button } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import type { RolloutPreview } from '#server/rollouts/schemas.ts';
import { NumberField } from './number-field.tsx';
import { PLANS, type FormIssue, type RolloutForm, type StepForm } from './rollout-form.ts';

export interface FormStepProps {
  readonly form: RolloutForm;
  readonly issues: readonly FormIssue[];
  readonly onForm: (form: RolloutForm) => void;
  readonly preview: RolloutPreview | undefined;
}

/** Second step: shares and least times, with what each step can prove from today's traffic. */
export function StepsStep({ form, issues, onForm, preview }: FormStepProps) {
  const plan = PLANS.find((p) => JSON.stringify(p.steps) === JSON.stringify(form.steps));
  const setSteps = (steps: readonly StepForm[]): void => onForm({ ...form, steps });
  const general = issues.find((issue) => issue.field === 'steps')?.message;
  const total = form.steps.reduce((sum, step) => sum + (step.minSeconds || 0), 0);
  return (
    <Panel title="Steps" note={`${formatDuration(total * 1000)} at least`} actions={<SegmentedControl label="Plan" value={plan?.id ?? 'own'} onValueChange={(id) => setSteps(PLANS.find((p) => p.id === id)?.steps ?? form.steps)} options={[...PLANS.map(({ id, label, hint }) => ({ value: id, label, description: hint })), ...(plan === undefined ? [{ value: 'own', label: 'Own' }] : [])]} />}>
      <div className="overflow-x-auto">
        <table className="w-full text-label">
          <thead className="text-left text-fg-tertiary">
            <tr className="[&>th]:px-1 [&>th]:pb-1 [&>th]:font-medium">
              <th scope="col">Step</th>
              <th scope="col">Share of the canary</th>
              <th scope="col">At least</th>
              <th scope="col" className="text-right">Cleared after</th>
              <th scope="col" className="text-right">Caught after</th>
              <th scope="col" className="!pl-6">At today&apos;s traffic</th>
              <th scope="col">
                <span className="sr-only">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {form.steps.map((step, index) => (
              <StepRow key={index} index={index} step={step} issues={issues} power={preview?.power.find((p) => p.weight === step.weight)} onChange={(changed) => setSteps(form.steps.with(index, changed))} onRemove={() => setSteps(form.steps.filter((_, i) => i !== index))} />
            ))}
          </tbody>
        </table>
      </div>
      {general !== undefined && (
        <p role="alert" className="mt-2 text-label font-medium">
          {general}
        </p>
      )}
      <Button className="mt-2" icon={<Plus />} onClick={() => setSteps([...form.steps, { weight: Math.min(100, (form.steps.at(-1)?.weight ?? 0) + 10), minSeconds: form.steps.at(-1)?.minSeconds ?? 60 }])}>
        Add a step
      </Button>
      <p className="mt-3 max-w-[80ch] text-label text-fg-tertiary">
        “Cleared after” is how long a faultless canary must serve to be proved fine; “caught after” is how long one with three times the allowed errors can go on. Both follow from the request rate: small shares of little traffic take long.
      </p>
    </Panel>
  );
}

function StepRow({ index, step, issues, power, onChange, onRemove }: { readonly index: number; readonly step: StepForm; readonly issues: readonly FormIssue[]; readonly power: RolloutPreview['power'][number] | undefined; readonly onChange: (step: StepForm) => void; readonly onRemove: () => void }) {
  const error = (field: string): string | undefined => issues.find((issue) => issue.field === `steps.${index}.${field}`)?.message;
  const problem = error('weight') ?? error('minSeconds');
  return (
    <>
      <tr className="[&>td]:px-1 [&>td]:py-1">
        <td className="tabular-nums text-fg-tertiary">{index + 1}</td>
        <td className="w-32">
          <NumberField id={`step-${index}-weight`} label={`Share of step ${index + 1} (percent)`} value={step.weight} onValueChange={(weight) => onChange({ ...step, weight })} invalid={error('weight') !== undefined} suffix="%" />
        </td>
        <td className="w-32">
          <NumberField id={`step-${index}-seconds`} label={`Least time of step ${index + 1} (seconds)`} value={step.minSeconds} onValueChange={(minSeconds) => onChange({ ...step, minSeconds })} invalid={error('minSeconds') !== undefined} suffix="s" />
        </td>
        <td className="text-right whitespace-nowrap tabular-nums">{secondsText(power?.secondsToClear)}</td>
        <td className="text-right whitespace-nowrap tabular-nums" title={power?.badAnswersUntilCaught == null ? undefined : `About ${formatNumber(power.badAnswersUntilCaught)} bad answers until then`}>
          {secondsText(power?.secondsToCatch)}
        </td>
        <td className="!pl-6">{power === undefined ? null : <Enough power={power} />}</td>
        <td className="w-8">
          <IconButton label={`Remove step ${index + 1}`} icon={<X />} onClick={onRemove} />
        </td>
      </tr>
      {problem !== undefined && (
        <tr>
          <td />
          <td colSpan={6} id={`step-${index}-weight-note`} role="alert" className="px-1 pb-1 font-medium">
            {problem}
          </td>
        </tr>
      )}
    </>
  );
}

function Enough({ power }: { readonly power: RolloutPreview['power'][number] }) {
  if (power.weight >= 100) return <span className="text-fg-tertiary">nothing left to compare with</span>;
  if (power.secondsToClear === null) return <StatusLabel status="unknown" label="No traffic" />;
  return power.enoughInMinSeconds ? <StatusLabel status="healthy" label="Enough traffic" quiet /> : <StatusLabel status="degraded" label="Waits for more traffic" />;
}

function secondsText(seconds: number | null | undefined): string {
  return seconds === null || seconds === undefined ? '—' : formatDuration(Math.ceil(seconds) * 1000);
}
