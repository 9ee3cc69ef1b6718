'use client';

import { stringify } from 'yaml';
import { YamlDiff } from '#components/code/yaml-diff.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { DataState, type ShownQuery } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { RolloutCandidate, RolloutPreview } from '#server/rollouts/schemas.ts';
import type { FormIssue, RolloutForm } from './rollout-form.ts';

export interface ReviewStepProps {
  readonly form: RolloutForm;
  readonly candidate: RolloutCandidate;
  readonly preview: ShownQuery<RolloutPreview>;
  readonly issues: readonly FormIssue[];
}

/** Last step: in words, what will be written, and what speaks against it. */
export function ReviewStep({ form, candidate, preview, issues }: ReviewStepProps) {
  if (issues.length > 0) return <Panel><EmptyState title="Something in the steps before is not right yet" hint={issues.map((issue) => issue.message).join(' ')} /></Panel>;
  return (
    <>
      <Panel title="In words">
        <p className="max-w-[80ch] text-body">
          Moves <b>{`${candidate.namespace}/${candidate.service}`}</b> from <b>{form.stable}</b> to <b>{form.canary}</b> in {form.steps.length} steps: {form.steps.map((s) => `${s.weight} %`).join(', ')}. Every {form.intervalSeconds} s it compares both versions’ failed requests
          {form.checkLatency ? ` and requests slower than ${form.slowerThanMs} ms` : ''}. It goes on when {form.canary} is proved no worse, and gives all traffic back to {form.stable} by itself when {form.canary} is proved worse.
        </p>
      </Panel>
      <DataState query={preview}>
        {(data) => (
          <div className="flex flex-col gap-4">
            {(data.errors.length > 0 || data.warnings.length > 0) && (
              <Panel title="Before you start">
                <ul className="flex flex-col gap-1.5 text-body">
                  {data.errors.map((problem) => (
                    <li key={problem.path + problem.message} className="flex gap-2" role="alert">
                      <StatusGlyph status="failing" label="Error" />
                      <span>
                        {problem.message} <code className="font-mono text-label text-fg-tertiary">{problem.path}</code>
                      </span>
                    </li>
                  ))}
                  {data.warnings.map((warning) => (
                    <li key={warning} className="flex gap-2">
                      <StatusGlyph status="degraded" label="Warning" />
                      {warning}
                    </li>
                  ))}
                </ul>
              </Panel>
            )}
            <Panel title="Objects it will write" note="the weights of this one route, by patches that refuse to overwrite anybody else’s change">
              <div className="flex flex-col gap-3">
                {data.objects.map((object, index) => (
                  <section key={index} aria-label={nameOf(object.after)}>
                    <h3 className="mb-1 flex items-center gap-2 text-label font-medium">
                      {nameOf(object.after)} <Badge>{object.action}</Badge>
                    </h3>
                    {object.action === 'unchanged' ? null : <YamlDiff label={nameOf(object.after)} before={object.before === undefined ? '' : stringify(object.before)} after={stringify(object.after)} className="rounded-control border border-line" />}
                  </section>
                ))}
              </div>
            </Panel>
          </div>
        )}
      </DataState>
    </>
  );
}

function nameOf(object: object): string {
  const { kind, metadata } = object as { kind?: string; metadata?: { name?: string } };
  return `${kind ?? 'Object'} ${metadata?.name ?? ''}`;
}
