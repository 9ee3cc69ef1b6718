'use client';

import { ArrowLeftRight } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { useState, type FormEvent } from 'react';
import { Page } from '#components/shell/page.tsx';
import { TracesTabs } from '#components/traces/traffic/traces-tabs.tsx';
import { readQuery } from '#components/traces/search/query-text.ts';
import { Button } from '#components/ui/button.tsx';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Field, Input } from '#components/ui/input.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import { compareParsers, traceIdOf, type CompareState, type SetCompare } from './compare-params.ts';
import { SetComparison } from './set-comparison.tsx';
import { TraceComparison } from './trace-comparison.tsx';

/** `/traces/compare`: two traces, or two sets of traces, place by place. */
export function ComparePage() {
  const [state, setState] = useQueryStates(compareParsers, { history: 'push' });
  const set: SetCompare = (next) => void setState(next);
  const sets = state.qa !== null || state.qb !== null;
  const ready = sets ? readQuery(state.qa ?? '').ok && readQuery(state.qb ?? '').ok : state.a !== '' && state.b !== '';
  return (
    <Page crumbs={[{ label: 'Traces' }]} badge={<TracesTabs />} namespaces={false} time={sets} toolbar={<Sides key={JSON.stringify([state.a, state.b, state.qa, state.qb])} state={state} set={set} />}>
      {!ready ? (
        <EmptyState title={sets ? 'Give two queries' : 'Give two traces'} hint={sets ? 'Each as TraceQL: the traces of one are set against those of the other.' : 'Choose two rows of a search and press “Compare the two”, or paste two trace ids.'} />
      ) : sets ? (
        <SetComparison qa={state.qa ?? ''} qb={state.qb ?? ''} state={state} set={set} />
      ) : (
        <TraceComparison a={state.a} b={state.b} state={state} set={set} />
      )}
    </Page>
  );
}

/** What is compared: two fields, swapped by a press. They are sent by Enter or the button. */
function Sides({ state, set }: { readonly state: CompareState; readonly set: SetCompare }) {
  const sets = state.qa !== null || state.qb !== null;
  const [a, setA] = useState(sets ? (state.qa ?? '') : state.a);
  const [b, setB] = useState(sets ? (state.qb ?? '') : state.b);
  const [faults, setFaults] = useState<{ readonly a?: string | undefined; readonly b?: string | undefined }>({});
  const send = (first: string, second: string): void => {
    const found = sets ? { a: queryFault(first), b: queryFault(second) } : { a: idFault(first), b: idFault(second) };
    setFaults(found);
    if (found.a !== undefined || found.b !== undefined) return;
    set(sets ? { qa: first.trim(), qb: second.trim(), place: null } : { a: traceIdOf(first), b: traceIdOf(second), place: null });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send(a, b);
  };
  const placeholder = sets ? '{ resource.service.version = "v2" }' : 'trace id';
  return (
    <form onSubmit={submit} noValidate className="flex min-w-0 flex-1 flex-wrap items-start gap-2" role="search" aria-label="What is compared">
      <span className="pt-5">
        <SegmentedControl label="Compare" value={sets ? 'sets' : 'traces'} onValueChange={(kind) => set(kind === 'sets' ? { qa: '', qb: '', a: '', b: '', place: null } : { qa: null, qb: null, place: null })} options={[{ value: 'traces', label: 'Two traces' }, { value: 'sets', label: 'Two sets' }]} />
      </span>
      <Field label="A" htmlFor="compare-a" error={faults.a} className="min-w-40 flex-1">
        <Input id="compare-a" mono value={a} onChange={(event) => setA(event.target.value)} placeholder={placeholder} spellCheck={false} autoComplete="off" aria-invalid={faults.a !== undefined} aria-describedby="compare-a-note" />
      </Field>
      <span className="pt-5">
        <IconButton label="Swap the sides" icon={<ArrowLeftRight />} onClick={() => send(b, a)} />
      </span>
      <Field label="B" htmlFor="compare-b" error={faults.b} className="min-w-40 flex-1">
        <Input id="compare-b" mono value={b} onChange={(event) => setB(event.target.value)} placeholder={placeholder} spellCheck={false} autoComplete="off" aria-invalid={faults.b !== undefined} aria-describedby="compare-b-note" />
      </Field>
      <span className="pt-5">
        <Button type="submit" variant="primary">
          Compare
        </Button>
      </span>
    </form>
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
