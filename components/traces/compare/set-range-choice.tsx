'use client';

import { Check, ChevronDown, Clock } from 'lucide-react';
import { useId, useState, type FormEvent } from 'react';
import { fromZoneInput, toZoneInput } from '#components/time/display-zone.ts';
import { describeTime, type TimeWindow } from '#components/time/time-window.ts';
import { Button } from '#components/ui/button.tsx';
import { cx } from '#components/ui/class-names.ts';
import { Field, Input } from '#components/ui/input.tsx';
import { Popover } from '#components/ui/popover.tsx';
import type { SetRange } from './set-range.ts';

export interface SetRangeChoiceProps {
  readonly side: 'A' | 'B';
  readonly range: SetRange | null;
  /** What the range comes to now. */
  readonly window: TimeWindow;
  readonly onRange: (range: SetRange | null) => void;
}

/** When the traces of one set were: as the page says, just before the other set, or between two moments. */
export function SetRangeChoice({ side, range, window, onRange }: SetRangeChoiceProps) {
  const [open, setOpen] = useState(false);
  const other = side === 'A' ? 'B' : 'A';
  const choose = (next: SetRange | null): void => {
    onRange(next);
    setOpen(false);
  };
  const name = range === null ? 'Range of the page' : range.kind === 'before' ? `Just before ${other}` : windowText(window);
  return (
    <Popover
      label={`Time range of ${side}`}
      align="end"
      open={open}
      onOpenChange={setOpen}
      className="w-72 p-1"
      trigger={
        <button type="button" title={windowText(window)} className={cx('-mr-1 inline-flex h-5 min-w-0 items-center gap-1 rounded-control px-1 text-label hover:bg-hover hover:text-fg data-[popup-open]:bg-active', range === null ? 'text-fg-tertiary' : 'font-medium text-fg')}>
          <Clock className="size-3 shrink-0" aria-hidden />
          <span className="sr-only">{`Time range of ${side}: `}</span>
          <span className="truncate tabular-nums">{name}</span>
          <ChevronDown className="size-3 shrink-0 text-fg-tertiary" aria-hidden />
        </button>
      }
    >
      <Choice label="Range of the page" note="the same on both sides, unless the other has its own" chosen={range === null} onChoose={() => choose(null)} />
      <Choice label={`Just before ${other}`} note={`as long as the range of ${other}, and right before it`} chosen={range?.kind === 'before'} onChoose={() => choose({ kind: 'before' })} />
      <BetweenForm window={window} onChoose={choose} />
    </Popover>
  );
}

/** `21 Nov, 10:00 – 10:15` */
export function windowText({ fromMs, toMs }: TimeWindow): string {
  return describeTime({ from: { kind: 'instant', ms: fromMs }, to: { kind: 'instant', ms: toMs }, at: null });
}

function Choice({ label, note, chosen, onChoose }: { readonly label: string; readonly note: string; readonly chosen: boolean; readonly onChoose: () => void }) {
  return (
    <button type="button" aria-pressed={chosen} onClick={onChoose} className="focus-inset flex w-full items-start gap-2 rounded-control px-2 py-1.5 text-left hover:bg-hover">
      <span className="flex min-w-0 flex-1 flex-col">
        <span className={cx('text-body', chosen && 'font-medium')}>{label}</span>
        <span className="text-label text-fg-tertiary">{note}</span>
      </span>
      {chosen && <Check className="mt-0.5 size-3.5 shrink-0" aria-hidden />}
    </button>
  );
}

function BetweenForm({ window, onChoose }: { readonly window: TimeWindow; readonly onChoose: (range: SetRange) => void }) {
  const id = useId();
  const [from, setFrom] = useState(() => toZoneInput(window.fromMs));
  const [to, setTo] = useState(() => toZoneInput(window.toMs));
  const [error, setError] = useState<string>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // In the tree of components this form is inside the page's, which it must not send.
    event.stopPropagation();
    const [fromMs, toMs] = [fromZoneInput(from), fromZoneInput(to)];
    if (Number.isNaN(fromMs) || Number.isNaN(toMs)) setError('Give both ends.');
    else if (fromMs >= toMs) setError('The start must be before the end.');
    else onChoose({ kind: 'between', from: { kind: 'instant', ms: fromMs }, to: { kind: 'instant', ms: toMs } });
  };
  return (
    <form onSubmit={submit} noValidate className="mt-1 flex flex-col gap-2 border-t border-line px-2 pt-2 pb-1.5" aria-label="Between two moments">
      <Field label="From" htmlFor={`${id}-from`}>
        <Input id={`${id}-from`} type="datetime-local" step={1} value={from} onChange={(event) => setFrom(event.target.value)} aria-invalid={error !== undefined} />
      </Field>
      <Field label="To" htmlFor={`${id}-to`} error={error}>
        <Input id={`${id}-to`} type="datetime-local" step={1} value={to} onChange={(event) => setTo(event.target.value)} aria-invalid={error !== undefined} aria-describedby={`${id}-to-note`} />
      </Field>
      <Button type="submit">Between these</Button>
    </form>
  );
}
