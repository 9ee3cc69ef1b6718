'use client';

import { Check, ChevronDown, Clock } from 'lucide-react';
import { useState } from 'react';
import { BetweenForm } from '#components/time/between-form.tsx';
import { describeTime, type TimeWindow } from '#components/time/time-window.ts';
import { cx } from '#components/ui/class-names.ts';
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
      <div className="mt-1 border-t border-line px-2 pt-2 pb-1.5">
        <BetweenForm window={window} action="Between these" onChoose={({ fromMs, toMs }) => choose({ kind: 'between', from: { kind: 'instant', ms: fromMs }, to: { kind: 'instant', ms: toMs } })} />
      </div>
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
