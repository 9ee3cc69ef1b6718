'use client';

import { TooComplex } from '#components/change/too-complex.tsx';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { useMay } from '#components/session/queries.ts';
import { useNamespaceNames } from '#components/shell/use-namespaces.ts';
import { Button } from '#components/ui/button.tsx';
import { Combobox } from '#components/ui/combobox.tsx';
import { Field, Input } from '#components/ui/input.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { QueryLink } from '#components/ui/query-link.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import type { AuthorizationPolicy } from '#mesh-core/domain/resources/security.ts';
import type { ObjectRef } from '#server/config/schemas.ts';
import { FormEditor } from '#components/change/form-editor.tsx';
import { manifestText } from '#components/change/manifest-text.ts';
import { objectHref } from '../object-href.ts';
import { configObjectQuery, refusalsExpression, workloadsQuery } from '../queries.ts';
import { ANYONE, authorizationProblems, type AuthorizationForm, type AuthorizationStart } from './authorization-model.ts';
import { describeAuthorization, describeTarget } from './describe-authorization.ts';
import { EdgePreview, EdgeVerdict } from './edge-preview.tsx';
import { ObservedRefusals } from './observed-refusals.tsx';
import { principalChoices, selectorKey, selectorOf, targetChoices } from './policy-choices.ts';
import { RuleFields } from './rule-fields.tsx';
import { usePolicyDraft } from './use-policy-draft.ts';

const REFUSALS_SECONDS = 30;

export interface PolicyFormProps {
  /** The policy as it is stored; `undefined` for a new one. */
  readonly stored: AuthorizationPolicy | undefined;
  readonly namespace: string;
  /** What a new policy begins with. */
  readonly start?: AuthorizationStart;
  readonly onCreated: (ref: ObjectRef) => void;
}

/** The form: what is done, to whom, for which callers; below it the edges it would refuse, beside it the words. */
export function PolicyForm({ stored, namespace, start, onCreated }: PolicyFormProps) {
  const client = useQueryClient();
  const draft = usePolicyDraft(stored, namespace, start);
  const mayEdit = useMay('edit');
  const [strict, setStrict] = useState(false);
  const workloads = useQuery(workloadsQuery).data ?? [];
  const namespaces = useNamespaceNames().data ?? [];
  const { form, policy } = draft;
  if (form === undefined || policy === undefined) return <TooComplex what="This policy" reason={draft.reason} href={stored === undefined ? undefined : objectHref(stored)} />;
  const problems = authorizationProblems(form);
  const incomplete = problems.find(({ field }) => field !== 'name');
  // The preview needs a name; a new policy may not have one yet.
  const previewYaml = manifestText([form.name === '' ? { ...policy, metadata: { ...policy.metadata, name: 'preview' } } : policy]);
  const refusals = refusalsExpression(form.namespace, form.selector?.['app'], REFUSALS_SECONDS);
  return (
    <FormEditor
      what={`Policy ${form.name}`}
      sentences={describeAuthorization(form)}
      before={[stored]}
      objects={draft.dirty ? [policy] : []}
      dirty={draft.dirty}
      outdated={draft.outdated}
      resourceVersions={draft.resourceVersions}
      problem={strict ? problems[0]?.message : undefined}
      onReview={() => {
        setStrict(true);
        return problems.length === 0;
      }}
      onDiscard={draft.discard}
      onRebase={draft.rebase}
      onApplied={({ applied }) => {
        setStrict(false);
        const [created] = applied;
        if (stored !== undefined || created === undefined) return draft.discard();
        // Read it first, so that the form goes from the draft to the stored policy without a gap.
        const go = (): void => {
          draft.discard();
          onCreated(created.ref);
        };
        client.fetchQuery(configObjectQuery(created.ref)).then(go, go);
      }}
      onConflict={() => void client.invalidateQueries({ queryKey: ['config'] })}
      reviewNote={<EdgeVerdict yaml={previewYaml} />}
      side={
        <Panel flush title="Refused now" note={`403 at ${describeTarget(form)}`} actions={<QueryLink query={refusals} />} className="shrink-0">
          <ObservedRefusals expression={refusals} windowSeconds={REFUSALS_SECONDS} />
        </Panel>
      }
    >
      <Panel title="Policy">
        <HeadFields form={form} isNew={stored === undefined} namespaces={namespaces} targets={targetChoices(workloads, form.namespace, form.selector)} nameProblem={strict ? problems.find(({ field }) => field === 'name')?.message : undefined} disabled={!mayEdit} edit={draft.edit} />
      </Panel>
      <Panel title={form.action === 'ALLOW' ? 'Allowed' : 'Refused'} note="one of these is enough">
        <div className="flex flex-col gap-2">
          {form.rules.length === 0 && <p className="text-label text-fg-secondary">{form.action === 'ALLOW' ? 'No rules: nobody is allowed.' : 'No rules: nobody is refused.'}</p>}
          <ol className="flex flex-col gap-2">
            {form.rules.map((rule, index) => (
              <RuleFields
                key={rule.id}
                rule={rule}
                number={index + 1}
                principals={principalChoices(workloads)}
                namespaces={namespaces}
                problems={strict ? problems.filter((problem) => problem.rule === rule.id) : []}
                disabled={!mayEdit}
                onRule={(next) => draft.edit({ rules: form.rules.map((old) => (old.id === rule.id ? next : old)) })}
                onRemove={() => draft.edit({ rules: form.rules.filter((old) => old.id !== rule.id) })}
              />
            ))}
          </ol>
          <Button icon={<Plus />} disabled={!mayEdit} className="self-start" onClick={() => draft.edit({ rules: [...form.rules, { kind: 'rule', id: nextId(form), origin: null, callers: { ...ANYONE, kind: 'listed' }, methods: [], paths: [] }] })}>
            Add a rule
          </Button>
        </div>
      </Panel>
      <Panel flush title="What this would do to the traffic of now" note="edges seen in the last 5 minutes">
        {incomplete === undefined ? <EdgePreview yaml={previewYaml} /> : <p className="px-3 pb-3 text-label text-fg-secondary">{incomplete.message} Then the edges it would refuse are shown here.</p>}
      </Panel>
    </FormEditor>
  );
}

interface HeadFieldsProps {
  readonly form: AuthorizationForm;
  readonly isNew: boolean;
  readonly namespaces: readonly string[];
  readonly targets: ReturnType<typeof targetChoices>;
  readonly nameProblem: string | undefined;
  readonly disabled: boolean;
  readonly edit: (change: Partial<AuthorizationForm>) => void;
}

function HeadFields({ form, isNew, namespaces, targets, nameProblem, disabled, edit }: HeadFieldsProps) {
  const id = useId();
  return (
    <div className="grid grid-cols-1 gap-3 md:grid-cols-2">
      {isNew && (
        <>
          <Field label="Name" htmlFor={`${id}-name`} error={nameProblem}>
            <Input id={`${id}-name`} mono disabled={disabled} value={form.name} placeholder="inventory-readers" aria-invalid={nameProblem !== undefined} aria-describedby={`${id}-name-note`} onChange={(event) => edit({ name: event.target.value.trim() })} />
          </Field>
          <Field label="Namespace" htmlFor={`${id}-namespace`}>
            <Combobox id={`${id}-namespace`} label="Namespace" disabled={disabled} value={form.namespace} onValueChange={(next) => next !== null && edit({ namespace: next, selector: null })} options={[...new Set([form.namespace, ...namespaces])].map((name) => ({ value: name, label: name }))} className="w-full" />
          </Field>
        </>
      )}
      <Field label="Applies to" htmlFor={`${id}-target`} hint={form.selector === null ? undefined : Object.entries(form.selector).map(([key, value]) => `${key}=${value}`).join(', ')}>
        <Combobox key={selectorKey(form.selector)} id={`${id}-target`} label="Applies to" disabled={disabled} value={selectorKey(form.selector)} onValueChange={(next) => next !== null && !disabled && edit({ selector: selectorOf(next) })} options={targets} className="w-full" />
      </Field>
      <div className="flex flex-col items-start gap-1">
        <span className="text-label font-medium text-fg-secondary">Action</span>
        <SegmentedControl label="Action" value={form.action} onValueChange={(action) => !disabled && edit({ action })} options={[{ value: 'ALLOW', label: 'Allow' }, { value: 'DENY', label: 'Deny' }]} />
        <p className="text-label text-fg-tertiary">{form.action === 'ALLOW' ? 'As soon as one ALLOW policy applies, what none of them lists is refused.' : 'Asked before ALLOW policies: what matches is refused, whatever they say.'}</p>
      </div>
    </div>
  );
}

function nextId({ rules }: AuthorizationForm): string {
  return `new-${Math.max(0, ...rules.map(({ id }) => Number(/^new-(\d+)$/.exec(id)?.[1] ?? 0))) + 1}`;
}
