'use client';

import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { parseDurationText } from '#server/traces/core/duration-text.ts';
import { printDuration, printField, printStatic } from '#server/traces/traceql/print.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { Button } from '#components/ui/button.tsx';
import { Combobox } from '#components/ui/combobox.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Input } from '#components/ui/input.tsx';
import { Popover } from '#components/ui/popover.tsx';
import { Select } from '#components/ui/select.tsx';
import { traceOperationsQuery, traceServicesQuery } from '../queries.ts';
import { AttributeConditionForm } from './attribute-condition-form.tsx';
import { formOf, withAttribute, withSlot, withSpanCount, type AttributeCondition } from './form-model.ts';

const KINDS = ['any', 'server', 'client', 'producer', 'consumer', 'internal', 'unspecified'] as const;
const STATUSES = ['any', 'error', 'ok', 'unset'] as const;

/** Its button stands beside it. */
export const SEARCH_FORM = 'trace-search';

export interface QueryFormProps {
  readonly query: TraceQl;
  readonly edit: (change: (query: TraceQl) => TraceQl) => void;
  /** To the editor, for what the form does not show. */
  readonly onEditor: () => void;
}

/** The query as fields: choices act at once, texts on Enter or "Search". What the fields do not show stays as it is. */
export function QueryForm({ query, edit, onEditor }: QueryFormProps) {
  const form = formOf(query);
  const services = useQuery(traceServicesQuery);
  const operations = useQuery(traceOperationsQuery(form.service ?? null));
  const texts = useTexts({ min: form.min === undefined ? '' : printDuration(form.min), max: form.max === undefined ? '' : printDuration(form.max), spans: form.spans === undefined ? '' : String(form.spans) });
  const faults = { min: durationFault(texts.now.min), max: durationFault(texts.now.max), spans: /^\d{0,9}$/.test(texts.now.spans.trim()) ? undefined : 'Give a whole number.' };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (Object.values(faults).some((fault) => fault !== undefined)) return;
    const spans = texts.now.spans.trim();
    edit((now) => withSpanCount(withDuration(withDuration(now, 'min', texts.now.min), 'max', texts.now.max), spans === '' || spans === '0' ? undefined : Number(spans)));
  };
  const put = (index: number | undefined, condition: AttributeCondition | undefined): void => edit((now) => withAttribute(now, index, condition));
  const options = (names: readonly string[], chosen: string | undefined) => [...new Set([...(chosen === undefined ? [] : [chosen]), ...names])].map((value) => ({ value, label: value }));
  return (
    <form onSubmit={submit} className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5" role="search" id={SEARCH_FORM} aria-label="Traces">
      <Combobox label="Service" value={form.service ?? null} onValueChange={(service) => edit((now) => withSlot(withSlot(now, 'operation', undefined), 'service', service === null ? undefined : { type: 'string', value: service }))} options={options(services.data?.services ?? [], form.service)} placeholder="Any service" className="w-[120px]" />
      <Combobox label="Operation" value={form.operation ?? null} onValueChange={(operation) => edit((now) => withSlot(now, 'operation', operation === null ? undefined : { type: 'string', value: operation }))} options={options((operations.data?.operations ?? []).map(({ name }) => name), form.operation)} placeholder="Any operation" emptyText={form.service === undefined ? 'Choose a service first.' : 'Nothing matches.'} className="w-[120px]" />
      <Select label="Kind" value={form.kind ?? 'any'} onValueChange={(kind) => edit((now) => withSlot(now, 'kind', kind === 'any' ? undefined : { type: 'kind', value: kind }))} options={KINDS.map((value) => ({ value, label: value === 'any' ? 'Any kind' : value }))} />
      <Select label="Status" value={form.status ?? 'any'} onValueChange={(status) => edit((now) => withSlot(now, 'status', status === 'any' ? undefined : { type: 'status', value: status }))} options={STATUSES.map((value) => ({ value, label: value === 'any' ? 'Any status' : `Status ${value}` }))} />
      <Input aria-label="Shortest duration" aria-invalid={faults.min !== undefined} title={faults.min ?? 'Spans that took at least so long'} value={texts.now.min} onChange={(event) => texts.set({ min: event.target.value })} placeholder="≥ 20ms" className="!w-[68px]" />
      <Input aria-label="Longest duration" aria-invalid={faults.max !== undefined} title={faults.max ?? 'Spans that took at most so long'} value={texts.now.max} onChange={(event) => texts.set({ max: event.target.value })} placeholder="≤ 2s" className="!w-[68px]" />
      <Input aria-label="Fewest matching spans" aria-invalid={faults.spans !== undefined} title={faults.spans ?? 'Traces with at least so many matching spans'} value={texts.now.spans} onChange={(event) => texts.set({ spans: event.target.value })} placeholder="≥ 2 ×" inputMode="numeric" className="!w-[68px]" />
      {form.attributes.map((condition, index) => (
        <ConditionChip key={`${printField(condition.field)} ${index}`} condition={condition} onChange={(next) => put(index, next)} />
      ))}
      <ConditionPopover
        label="Attribute"
        initial={undefined}
        onDone={(next) => put(undefined, next)}
        trigger={
          <Button variant="ghost" icon={<Plus />}>
            Attribute
          </Button>
        }
      />
      {form.more && (
        <span className="flex items-center gap-1 text-label text-fg-secondary" role="status">
          The query says more than these fields show.
          <button type="button" onClick={onEditor} className="rounded-control px-1 font-medium text-accent hover:underline">
            Open the editor
          </button>
        </span>
      )}
    </form>
  );
}

function ConditionChip({ condition, onChange }: { readonly condition: AttributeCondition; readonly onChange: (next: AttributeCondition | undefined) => void }) {
  const text = `${printField(condition.field)} ${condition.operator} ${printStatic(condition.value)}`;
  return (
    <span className="inline-flex h-7 max-w-72 items-center rounded-control border border-accent/30 bg-selected">
      <ConditionPopover
        label={text}
        initial={condition}
        onDone={onChange}
        trigger={
          <button type="button" title={text} className="h-full min-w-0 truncate rounded-control px-2 font-mono text-label hover:underline">
            {text}
          </button>
        }
      />
      <IconButton label={`Remove ${text}`} icon={<X />} onClick={() => onChange(undefined)} className="size-6 [&_svg]:size-3" />
    </span>
  );
}

function ConditionPopover({ label, initial, onDone, trigger }: { readonly label: string; readonly initial: AttributeCondition | undefined; readonly onDone: (next: AttributeCondition) => void; readonly trigger: React.ReactElement<Record<string, unknown>> }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover label={label} open={open} onOpenChange={setOpen} trigger={trigger} className="w-80 p-3">
      <AttributeConditionForm
        initial={initial}
        onDone={(next) => {
          setOpen(false);
          onDone(next);
        }}
      />
    </Popover>
  );
}

type Texts = { readonly min: string; readonly max: string; readonly spans: string };

/** Texts are kept here until sent; another query (a facet, back, a link) replaces them. */
function useTexts(fromQuery: Texts): { readonly now: Texts; readonly set: (next: Partial<Texts>) => void } {
  const key = JSON.stringify(fromQuery);
  const [draft, setDraft] = useState({ key, texts: fromQuery });
  const now = draft.key === key ? draft.texts : fromQuery;
  return { now, set: (next) => setDraft({ key, texts: { ...now, ...next } }) };
}

function durationFault(text: string): string | undefined {
  const read = text.trim() === '' ? undefined : parseDurationText(text);
  return read === undefined || read.ok ? undefined : read.error.message;
}

function withDuration(query: TraceQl, slot: 'min' | 'max', text: string): TraceQl {
  const read = text.trim() === '' ? undefined : parseDurationText(text);
  return withSlot(query, slot, read?.ok === true ? { type: 'duration', value: read.value } : undefined);
}
