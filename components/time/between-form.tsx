'use client';

import { useId, useState, type FormEvent } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Field, Input } from '#components/ui/input.tsx';
import { fromZoneInput, toZoneInput } from './display-zone.ts';
import type { TimeWindow } from './time-window.ts';

export interface BetweenFormProps {
  /** What the ends begin with. */
  readonly window: TimeWindow;
  /** What the button says. */
  readonly action: string;
  readonly onChoose: (window: TimeWindow) => void;
}

/** Two moments in the zone that is shown, the first before the second; says what is wrong with others. */
export function BetweenForm({ window, action, onChoose }: BetweenFormProps) {
  const id = useId();
  const [from, setFrom] = useState(() => toZoneInput(window.fromMs));
  const [to, setTo] = useState(() => toZoneInput(window.toMs));
  const [error, setError] = useState<string>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // In the tree of components it may be inside another form, which it must not send.
    event.stopPropagation();
    const [fromMs, toMs] = [fromZoneInput(from), fromZoneInput(to)];
    if (Number.isNaN(fromMs) || Number.isNaN(toMs)) setError('Give both ends.');
    else if (fromMs >= toMs) setError('The start must be before the end.');
    else onChoose({ fromMs, toMs });
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-2" aria-label="Between two moments">
      <Field label="From" htmlFor={`${id}-from`}>
        <Input id={`${id}-from`} type="datetime-local" step={1} value={from} onChange={(event) => setFrom(event.target.value)} aria-invalid={error !== undefined} />
      </Field>
      <Field label="To" htmlFor={`${id}-to`} error={error}>
        <Input id={`${id}-to`} type="datetime-local" step={1} value={to} onChange={(event) => setTo(event.target.value)} aria-invalid={error !== undefined} aria-describedby={`${id}-to-note`} />
      </Field>
      <Button type="submit">{action}</Button>
    </form>
  );
}
