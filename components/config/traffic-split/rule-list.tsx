'use client';

import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react';
import { useId } from 'react';
import { Button } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Input } from '#components/ui/input.tsx';
import { Select } from '#components/ui/select.tsx';
import { versionName } from './describe-split.ts';
import { conditionProblem, OPERATOR_WORDS, type MatchCondition, type MatchOperator } from './match-condition.ts';
import type { SplitRule, SplitVersion } from './traffic-split-model.ts';

export interface RuleListProps {
  readonly rules: readonly SplitRule[];
  readonly versions: readonly SplitVersion[];
  readonly onRules: (rules: readonly SplitRule[]) => void;
  /** Show what is missing: after the first try to review. */
  readonly strict: boolean;
  readonly disabled: boolean;
}

/** Rules in the order in which requests meet them; the first that matches wins. */
export function RuleList({ rules, versions, onRules, strict, disabled }: RuleListProps) {
  const replace = (index: number, rule: SplitRule): void => onRules(rules.map((old, i) => (i === index ? rule : old)));
  const swap = (index: number, by: 1 | -1): void => onRules(rules.map((rule, i) => (i === index ? (rules[index + by] ?? rule) : i === index + by ? (rules[index] ?? rule) : rule)));
  const add = (): void => {
    const id = `new-${Math.max(0, ...rules.map((rule) => Number(/^new-(\d+)$/.exec(rule.id)?.[1] ?? 0))) + 1}`;
    // A new rule goes first: rules are made to catch what others would not.
    onRules([{ kind: 'rule', id, origin: null, conditions: [{ kind: 'header', name: '', operator: 'exact', value: '' }], subset: versions.at(-1)?.subset ?? '', keeps: [] }, ...rules]);
  };
  return (
    <div className="flex flex-col gap-2">
      {rules.length === 0 && <p className="text-label text-fg-secondary">No rules: every request takes part in the shares above.</p>}
      <ol className="flex flex-col gap-2">
        {rules.map((rule, index) => (
          <li key={rule.id} aria-label={`Rule ${index + 1}`} className="flex items-start gap-2 rounded-panel border border-line p-2">
            <span className="flex h-7 w-5 shrink-0 items-center justify-center text-label text-fg-tertiary tabular-nums">{index + 1}</span>
            <div className="min-w-0 flex-1">{rule.kind === 'foreign' ? <ForeignRule rule={rule} /> : <RuleFields rule={rule} index={index} versions={versions} strict={strict} disabled={disabled} onRule={(next) => replace(index, next)} />}</div>
            <div className="flex shrink-0">
              <IconButton label={`Move rule ${index + 1} up`} icon={<ArrowUp />} disabled={disabled || index === 0} onClick={() => swap(index, -1)} className="[&_svg]:size-3.5" />
              <IconButton label={`Move rule ${index + 1} down`} icon={<ArrowDown />} disabled={disabled || index === rules.length - 1} onClick={() => swap(index, 1)} className="[&_svg]:size-3.5" />
              {rule.kind === 'rule' && <IconButton label={`Remove rule ${index + 1}`} icon={<X />} disabled={disabled} onClick={() => onRules(rules.filter((_, i) => i !== index))} className="[&_svg]:size-3.5" />}
            </div>
          </li>
        ))}
      </ol>
      <Button icon={<Plus />} disabled={disabled} onClick={add} className="self-start">
        Add a rule
      </Button>
    </div>
  );
}

function ForeignRule({ rule }: { readonly rule: SplitRule & { kind: 'foreign' } }) {
  return (
    <p className="flex min-h-7 flex-wrap items-center gap-x-2 text-label">
      <span className="break-words">{rule.summary}</span>
      <span className="text-fg-tertiary">Kept as it is; edit it as YAML.</span>
    </p>
  );
}

type Rule = SplitRule & { readonly kind: 'rule' };

function RuleFields({ rule, index, versions, strict, disabled, onRule }: { readonly rule: Rule; readonly index: number; readonly versions: readonly SplitVersion[]; readonly strict: boolean; readonly disabled: boolean; readonly onRule: (rule: Rule) => void }) {
  const replace = (at: number, condition: MatchCondition): void => onRule({ ...rule, conditions: rule.conditions.map((old, i) => (i === at ? condition : old)) });
  return (
    <div className="flex flex-col gap-1.5">
      {rule.conditions.map((condition, at) => (
        // Conditions have no identity of their own and keep their order.
        <ConditionFields key={at} label={`Rule ${index + 1}, condition ${at + 1}`} condition={condition} first={at === 0} strict={strict} disabled={disabled} onCondition={(next) => replace(at, next)} onRemove={rule.conditions.length > 1 ? () => onRule({ ...rule, conditions: rule.conditions.filter((_, i) => i !== at) }) : undefined} />
      ))}
      <div className="flex flex-wrap items-center gap-2">
        <Button variant="ghost" icon={<Plus />} disabled={disabled} onClick={() => onRule({ ...rule, conditions: [...rule.conditions, { kind: 'header', name: '', operator: 'exact', value: '' }] })}>
          And
        </Button>
        <span className="ml-auto text-label text-fg-secondary">goes to</span>
        <Select label={`Version for rule ${index + 1}`} value={rule.subset} disabled={disabled} onValueChange={(subset) => onRule({ ...rule, subset })} options={[...new Set([rule.subset, ...versions.map(({ subset }) => subset)])].map((subset) => ({ value: subset, label: versionName(subset) }))} className="min-w-28" />
      </div>
      {rule.keeps.length > 0 && <p className="text-label text-fg-tertiary">Its {rule.keeps.join(', ')} stay as they are.</p>}
    </div>
  );
}

interface ConditionFieldsProps {
  readonly label: string;
  readonly condition: MatchCondition;
  readonly first: boolean;
  readonly strict: boolean;
  readonly disabled: boolean;
  readonly onCondition: (condition: MatchCondition) => void;
  readonly onRemove: (() => void) | undefined;
}

const KIND_OPTIONS = [
  { value: 'header', label: 'Header' },
  { value: 'cookie', label: 'Cookie' },
  { value: 'path', label: 'Path' },
  { value: 'query', label: 'Query' },
  { value: 'method', label: 'Method' },
] as const;

function ConditionFields({ label, condition, first, strict, disabled, onCondition, onRemove }: ConditionFieldsProps) {
  const id = useId();
  const problem = strict ? conditionProblem(condition) : undefined;
  const named = 'name' in condition;
  const operators = condition.kind === 'header' ? (['exact', 'prefix', 'regex', 'present'] as const) : (['exact', 'prefix', 'regex'] as const);
  const present = condition.kind === 'header' && condition.operator === 'present';
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap items-center gap-1.5">
        <span className="w-10 text-label text-fg-tertiary">{first ? 'when' : 'and'}</span>
        <Select label={`${label}: kind`} value={condition.kind} disabled={disabled} onValueChange={(kind) => onCondition(ofKind(kind, condition))} options={KIND_OPTIONS} className="w-24" />
        {named && <Input aria-label={`${label}: name`} mono disabled={disabled} value={condition.name} placeholder={condition.kind === 'cookie' ? 'group' : condition.kind === 'query' ? 'v' : 'x-user'} onChange={(event) => onCondition({ ...condition, name: event.target.value })} aria-invalid={problem !== undefined && condition.name === ''} aria-describedby={`${id}-note`} className="w-32! flex-1" />}
        {'operator' in condition ? (
          <Select<MatchOperator | 'present'> label={`${label}: comparison`} value={condition.operator} disabled={disabled} onValueChange={(operator) => onCondition(withOperator(condition, operator))} options={operators.map((value) => ({ value, label: value === 'present' ? 'is present' : OPERATOR_WORDS[value] }))} className="w-28" />
        ) : (
          <span className="text-label text-fg-secondary">is</span>
        )}
        {!present && <Input aria-label={`${label}: value`} mono disabled={disabled} value={condition.value} placeholder={condition.kind === 'path' ? '/items' : condition.kind === 'method' ? 'GET' : 'alice'} onChange={(event) => onCondition({ ...condition, value: event.target.value })} aria-invalid={problem !== undefined} aria-describedby={`${id}-note`} className="w-32! flex-1" />}
        {onRemove !== undefined && <IconButton label={`Remove ${label.toLowerCase()}`} icon={<X />} disabled={disabled} onClick={onRemove} className="[&_svg]:size-3.5" />}
      </div>
      {problem !== undefined && (
        <p id={`${id}-note`} role="alert" className="pl-11 text-label font-medium before:mr-1 before:text-failing before:content-['✕']">
          {problem}
        </p>
      )}
    </div>
  );
}

function ofKind(kind: MatchCondition['kind'], old: MatchCondition): MatchCondition {
  const name = 'name' in old ? old.name : '';
  const { value } = old;
  switch (kind) {
    case 'header':
      return { kind, name, operator: 'exact', value };
    case 'cookie':
      return { kind, name, value };
    case 'path':
      return { kind, operator: 'prefix', value };
    case 'query':
      return { kind, name, operator: 'exact', value };
    case 'method':
      return { kind, value };
  }
}

function withOperator(condition: MatchCondition, operator: MatchOperator | 'present'): MatchCondition {
  if (condition.kind === 'header') return { ...condition, operator };
  return 'operator' in condition && operator !== 'present' ? { ...condition, operator } : condition;
}
