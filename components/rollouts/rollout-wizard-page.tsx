'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useMemo, useState } from 'react';
import { paths } from '#components/api/paths.ts';
import { Page } from '#components/shell/page.tsx';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { Button } from '#components/ui/button.tsx';
import { cx } from '#components/ui/class-names.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { showToast } from '#components/ui/toast.tsx';
import { toApiError } from '#components/api/api-error.ts';
import type { RolloutCandidate } from '#server/rollouts/schemas.ts';
import { candidatesQuery, previewQuery, rolloutsQuery, useStartRollout } from './queries.ts';
import { draftOf, formFor, formIssues, type RolloutForm } from './rollout-form.ts';
import { ChecksStep } from './wizard-checks.tsx';
import { ReviewStep } from './wizard-review.tsx';
import { StepsStep } from './wizard-steps.tsx';
import { VersionsStep } from './wizard-versions.tsx';

const STEPS = ['versions', 'steps', 'checks', 'review'] as const;
type WizardStep = (typeof STEPS)[number];
const TITLES: Readonly<Record<WizardStep, string>> = { versions: 'Service and versions', steps: 'Steps', checks: 'Checks', review: 'Review' };

/** `/rollouts/new`: from "which service" to a running rollout in four steps. `?namespace=&service=` preselects. */
export function RolloutWizardPage() {
  const candidates = useQuery(candidatesQuery);
  const rollouts = useQuery(rolloutsQuery);
  return (
    <Page crumbs={[{ label: 'Rollouts', href: paths.rollouts() }, { label: 'New rollout' }]} time={false} namespaces={false}>
      <DataState
        query={candidates}
        empty={({ candidates: list }) =>
          list.length > 0 ? undefined : { title: 'No service has two versions', hint: <>A rollout needs two versions of one service running side by side: start the new one with <code>mesh run --service NAME --version v2 …</code>.</> }
        }
      >
        {({ candidates: list }) => <Wizard candidates={list} names={(rollouts.data?.rollouts ?? []).map((r) => `${r.metadata.namespace ?? ''}/${r.metadata.name}`)} />}
      </DataState>
    </Page>
  );
}

function Wizard({ candidates, names }: { readonly candidates: readonly RolloutCandidate[]; readonly names: readonly string[] }) {
  const [url, setUrl] = useQueryStates({ step: parseAsStringLiteral(STEPS).withDefault('versions'), namespace: parseAsString, service: parseAsString }, { history: 'push' });
  const candidate = candidates.find((c) => c.namespace === url.namespace && c.service === url.service);
  const taken = useMemo(() => new Set(names.filter((n) => n.startsWith(`${candidate?.namespace ?? ''}/`)).map((n) => n.slice(n.indexOf('/') + 1))), [names, candidate?.namespace]);
  const [edited, setEdited] = useState<{ readonly of: string; readonly form: RolloutForm }>();
  const key = candidate === undefined ? '' : `${candidate.namespace}/${candidate.service}`;
  const form = candidate === undefined ? undefined : edited?.of === key ? edited.form : formFor(candidate, taken);
  const setForm = (next: RolloutForm): void => setEdited({ of: key, form: next });
  const issues = form === undefined ? [] : formIssues(form, taken);
  const [tried, setTried] = useState(false);
  const step = candidate === undefined ? 'versions' : url.step;
  const at = STEPS.indexOf(step);
  const stepIssues = issues.filter((issue) => stepOf(issue.field) === step);
  const draft = candidate === undefined || form === undefined || issues.length > 0 ? undefined : draftOf(form, candidate);
  const preview = useQuery(previewQuery(step === 'versions' ? undefined : draft));
  const start = useStartRollout();
  const navigate = useAppNavigate();

  const go = (to: WizardStep): void => {
    setTried(false);
    void setUrl({ step: to });
  };
  const next = (): void => {
    setTried(true);
    const to = STEPS[at + 1];
    if (candidate !== undefined && stepIssues.length === 0 && to !== undefined) go(to);
  };
  const submit = (): void => {
    setTried(true);
    if (draft === undefined) return;
    start.mutate(draft, {
      onSuccess: () => {
        showToast({ title: `Rollout ${draft.name} started` });
        navigate(paths.rollout(draft.namespace, draft.name));
      },
    });
  };
  const shown = tried ? issues : [];
  const blocked = (preview.data?.errors.length ?? 0) > 0;
  return (
    <div className="mx-auto flex w-full max-w-[1040px] flex-col gap-4">
      <StepList at={at} reachable={candidate !== undefined && issues.length === 0} onGo={go} />
      {step === 'versions' && <VersionsStep candidates={candidates} candidate={candidate} form={form} issues={shown} taken={taken} onService={(c) => void setUrl({ namespace: c.namespace, service: c.service })} onForm={setForm} />}
      {form !== undefined && step === 'steps' && <StepsStep form={form} issues={shown} onForm={setForm} preview={preview.data} />}
      {form !== undefined && step === 'checks' && <ChecksStep form={form} issues={shown} onForm={setForm} preview={preview.data} />}
      {form !== undefined && candidate !== undefined && step === 'review' && <ReviewStep form={form} candidate={candidate} preview={preview} issues={issues} />}
      {start.error !== null && (
        <Panel>
          <p role="alert" className="text-body">
            <span className="font-medium">The rollout was not started.</span> {toApiError(start.error).message} {toApiError(start.error).hint}
          </p>
        </Panel>
      )}
      <div className="flex items-center justify-between">
        <Button size="md" disabled={at === 0} onClick={() => go(STEPS[at - 1] ?? 'versions')}>
          Back
        </Button>
        {step === 'review' ? (
          <Button size="md" variant="primary" onClick={submit} pending={start.isPending} disabled={draft === undefined || blocked}>
            Start rollout
          </Button>
        ) : (
          <Button size="md" variant="primary" onClick={next} disabled={candidate === undefined}>
            Next
          </Button>
        )}
      </div>
    </div>
  );
}

/** Which step of the wizard a field is asked in. */
function stepOf(field: string): WizardStep {
  if (field === 'name' || field === 'canary') return 'versions';
  return field.startsWith('steps') ? 'steps' : 'checks';
}

function StepList({ at, reachable, onGo }: { readonly at: number; readonly reachable: boolean; readonly onGo: (step: WizardStep) => void }) {
  return (
    <ol className="flex flex-wrap gap-1" aria-label="Steps of the wizard">
      {STEPS.map((step, index) => {
        const can = index < at || reachable;
        return (
          <li key={step} className="flex min-w-36 flex-1" aria-current={index === at ? 'step' : undefined}>
            <button
              type="button"
              disabled={!can && index !== at}
              onClick={() => onGo(step)}
              className={cx('flex h-9 w-full items-center gap-2 border-b-2 px-1 text-left text-body', index === at ? 'border-fg font-semibold' : 'border-line text-fg-secondary hover:text-fg disabled:text-fg-tertiary disabled:hover:text-fg-tertiary')}
            >
              <span className="text-label tabular-nums">{index + 1}</span>
              {TITLES[step]}
            </button>
          </li>
        );
      })}
    </ol>
  );
}
