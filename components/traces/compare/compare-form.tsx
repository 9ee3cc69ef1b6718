'use client';

import { ArrowLeftRight } from 'lucide-react';
import { useState, type FormEvent, type ReactNode } from 'react';
import { readQuery } from '#components/traces/search/query-text.ts';
import { Button } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Input } from '#components/ui/input.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { traceIdOf, type CompareState, type SetCompare } from './compare-params.ts';
import type { SetRange, setWindows } from './set-range.ts';
import { SetRangeChoice } from './set-range-choice.tsx';

export interface CompareFormProps {
  readonly state: CompareState;
  readonly set: SetCompare;
  /** What the ranges of both sets come to. */
  readonly windows: ReturnType<typeof setWindows>;
}

/** What is compared: two fields, swapped by a press, sent by Enter or the button. The range of a set holds at once. */
export function CompareForm({ state, set, windows }: CompareFormProps) {
  const sets = state.qa !== null || state.qb !== null;
  const [a, setA] = useState(sets ? (state.qa ?? '') : state.a);
  const [b, setB] = useState(sets ? (state.qb ?? '') : state.b);
  const [faults, setFaults] = useState<{ readonly a?: string | undefined; readonly b?: string | undefined }>({});
  const send = (first: string, second: string, ranges: Pick<CompareState, 'ra' | 'rb'> = state): void => {
    const found = sets ? { a: queryFault(first), b: queryFault(second) } : { a: idFault(first), b: idFault(second) };
    setFaults(found);
    if (found.a !== undefined || found.b !== undefined) return;
    set(sets ? { qa: first.trim(), qb: second.trim(), ra: ranges.ra, rb: ranges.rb, place: null } : { a: traceIdOf(first), b: traceIdOf(second), place: null });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send(a, b);
  };
  // Each before the other is no range.
  const setRange = (own: 'ra' | 'rb', other: 'ra' | 'rb') => (range: SetRange | null) => set({ [own]: range, ...(range?.kind === 'before' && state[other]?.kind === 'before' ? { [other]: null } : {}), place: null });
  return (
    <form onSubmit={submit} noValidate className="flex min-w-0 flex-1 flex-wrap items-start gap-2" role="search" aria-label="What is compared">
      <span className="pt-6">
        <SegmentedControl label="Compare" value={sets ? 'sets' : 'traces'} onValueChange={(kind) => set(kind === 'sets' ? { qa: '', qb: '', a: '', b: '', place: null } : { qa: null, qb: null, ra: null, rb: null, place: null })} options={[{ value: 'traces', label: 'Two traces' }, { value: 'sets', label: 'Two sets' }]} />
      </span>
      <SideField side="A" sets={sets} value={a} onChange={setA} fault={faults.a} range={sets && <SetRangeChoice side="A" range={state.ra} window={windows.a} onRange={setRange('ra', 'rb')} />} />
      <span className="pt-6">
        <IconButton label="Swap the sides" icon={<ArrowLeftRight />} onClick={() => send(b, a, { ra: state.rb, rb: state.ra })} />
      </span>
      <SideField side="B" sets={sets} value={b} onChange={setB} fault={faults.b} range={sets && <SetRangeChoice side="B" range={state.rb} window={windows.b} onRange={setRange('rb', 'ra')} />} />
      <span className="pt-6">
        <Button type="submit" variant="primary">
          Compare
        </Button>
      </span>
    </form>
  );
}

interface SideFieldProps {
  readonly side: 'A' | 'B';
  readonly sets: boolean;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly fault: string | undefined;
  readonly range: ReactNode;
}

function SideField({ side, sets, value, onChange, fault, range }: SideFieldProps) {
  const id = `compare-${side.toLowerCase()}`;
  return (
    <div className="flex min-w-40 flex-1 flex-col gap-1">
      <div className="flex h-5 min-w-0 items-center justify-between gap-2">
        <label htmlFor={id} className="text-label font-medium text-fg-secondary">
          {side}
        </label>
        {range}
      </div>
      <Input id={id} mono value={value} onChange={(event) => onChange(event.target.value)} placeholder={sets ? 'all traces, or { resource.service.version = "v2" }' : 'trace id'} spellCheck={false} autoComplete="off" aria-invalid={fault !== undefined} aria-describedby={`${id}-note`} />
      {fault !== undefined && (
        <p id={`${id}-note`} role="alert" className="text-label font-medium before:mr-1 before:text-failing before:content-['✕']">
          {fault}
        </p>
      )}
    </div>
  );
}

function queryFault(text: string): string | undefined {
  const read = readQuery(text);
  if (!read.ok) return read.fault.message;
  return read.query.metrics === undefined ? undefined : 'Give a query for traces, without a metrics function.';
}

function idFault(text: string): string | undefined {
  return traceIdOf(text) === '' ? 'Give a trace id: 32 hex digits.' : undefined;
}
