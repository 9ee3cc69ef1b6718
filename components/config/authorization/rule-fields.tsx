'use client';

import { X } from 'lucide-react';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { Combobox } from '#components/ui/combobox.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Select } from '#components/ui/select.tsx';
import type { Callers, FormProblem, FormRule, ForeignRule } from './authorization-model.ts';
import { Chip, ChipList } from './chip-list.tsx';
import { describePrincipal } from './describe-authorization.ts';
import type { Choice } from './policy-choices.ts';

export interface RuleFieldsProps {
  readonly rule: FormRule | ForeignRule;
  readonly number: number;
  readonly onRule: (rule: FormRule) => void;
  readonly onRemove: () => void;
  readonly principals: readonly Choice[];
  readonly namespaces: readonly string[];
  readonly problems: readonly FormProblem[];
  readonly disabled: boolean;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const CALLER_KINDS = [
  { value: 'listed', label: 'Only these callers' },
  { value: 'authenticated', label: 'Any workload of the mesh' },
  { value: 'anyone', label: 'Anybody' },
  { value: 'unauthenticated', label: 'Callers without a mesh certificate' },
] as const satisfies readonly { readonly value: Callers['kind']; readonly label: string }[];

/** One rule: who, with which methods, on which paths. */
export function RuleFields({ rule, number, onRule, onRemove, principals, namespaces, problems, disabled }: RuleFieldsProps) {
  return (
    <li aria-label={`Rule ${number}`} className="flex items-start gap-2 rounded-panel border border-line p-3">
      <div className="min-w-0 flex-1">
        {rule.kind === 'foreign' ? (
          <p className="text-label">
            This rule also looks at {rule.fields.join(', ')}. <span className="text-fg-tertiary">Kept as it is; edit it as YAML.</span>
          </p>
        ) : (
          <div className="grid grid-cols-1 gap-x-4 gap-y-3 md:grid-cols-[80px_minmax(0,1fr)]">
            <CallerFields callers={rule.callers} number={number} disabled={disabled} principals={principals} namespaces={namespaces} problem={problems.find(({ field }) => field === 'callers')?.message} onCallers={(callers) => onRule({ ...rule, callers })} />
            <Label>Methods</Label>
            <div className="flex flex-col">
              <div role="group" aria-label={`Methods of rule ${number}`} className="flex flex-wrap gap-x-3">
                {[...METHODS, ...rule.methods.filter((method) => !METHODS.some((known) => known === method))].map((method) => (
                  <Checkbox key={method} label={<span className="font-mono text-label">{method}</span>} checked={rule.methods.includes(method)} disabled={disabled} onCheckedChange={(on) => onRule({ ...rule, methods: on ? [...rule.methods, method] : rule.methods.filter((other) => other !== method) })} />
                ))}
              </div>
              {rule.methods.length === 0 && <p className="text-label text-fg-tertiary">None chosen: all methods.</p>}
            </div>
            <Label>Paths</Label>
            <div className="flex flex-col gap-1">
              <ChipList label={`Paths of rule ${number}`} placeholder="/items* for all below; empty: every path" values={rule.paths} disabled={disabled} invalid={problems.some(({ field }) => field === 'paths')} onValues={(paths) => onRule({ ...rule, paths })} />
              <Problem text={problems.find(({ field }) => field === 'paths')?.message} />
            </div>
          </div>
        )}
      </div>
      <IconButton label={`Remove rule ${number}`} icon={<X />} disabled={disabled} onClick={onRemove} className="-mt-1 -mr-1 [&_svg]:size-3.5" />
    </li>
  );
}

interface CallerFieldsProps {
  readonly callers: Callers;
  readonly number: number;
  readonly disabled: boolean;
  readonly principals: readonly Choice[];
  readonly namespaces: readonly string[];
  readonly problem: string | undefined;
  readonly onCallers: (callers: Callers) => void;
}

function CallerFields({ callers, number, disabled, principals, namespaces, problem, onCallers }: CallerFieldsProps) {
  const addable = [
    ...principals.filter(({ value }) => !callers.principals.includes(value)),
    ...namespaces.filter((namespace) => !callers.namespaces.includes(namespace)).map((namespace) => ({ value: `${NAMESPACE}${namespace}`, label: `Everything in ${namespace}`, note: 'namespace' })),
  ];
  const add = (value: string | null): void => {
    if (value === null) return;
    if (value.startsWith(NAMESPACE)) onCallers({ ...callers, namespaces: [...callers.namespaces, value.slice(NAMESPACE.length)] });
    else onCallers({ ...callers, principals: [...callers.principals, value] });
  };
  return (
    <>
      <Label>Who</Label>
      <div className="flex flex-col gap-2">
        <Select label={`Who, rule ${number}`} value={callers.kind} disabled={disabled} onValueChange={(kind) => onCallers({ ...callers, kind })} options={CALLER_KINDS} className="w-64 max-w-full" />
        {callers.kind === 'listed' && (
          <>
            {callers.principals.length + callers.namespaces.length > 0 && (
              <div className="flex flex-wrap gap-1.5">
                {callers.principals.map((principal) => (
                  <Chip key={principal} text={describePrincipal(principal)} title={principal} disabled={disabled} onRemove={() => onCallers({ ...callers, principals: callers.principals.filter((other) => other !== principal) })} />
                ))}
                {callers.namespaces.map((namespace) => (
                  <Chip key={namespace} text={`namespace ${namespace}`} title={namespace} disabled={disabled} onRemove={() => onCallers({ ...callers, namespaces: callers.namespaces.filter((other) => other !== namespace) })} />
                ))}
              </div>
            )}
            {!disabled && (
              // A new key empties the box after each choice.
              <Combobox key={callers.principals.length + callers.namespaces.length} label={`Add a caller to rule ${number}`} value={null} onValueChange={add} options={addable} placeholder="Add a caller" emptyText="No such workload. Type identities in YAML." className="w-64 max-w-full" />
            )}
            <Problem text={problem} />
          </>
        )}
      </div>
    </>
  );
}

const NAMESPACE = 'namespace:';

function Label({ children }: { readonly children: string }) {
  return <span className="text-label font-medium text-fg-secondary md:leading-7">{children}</span>;
}

function Problem({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p role="alert" className="text-label font-medium before:mr-1 before:text-failing before:content-['✕']">
      {text}
    </p>
  );
}
