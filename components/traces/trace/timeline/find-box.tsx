'use client';

import { ChevronDown, ChevronUp } from 'lucide-react';
import { useEffect, useState, type Ref } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { SearchInput } from '#components/ui/input.tsx';

export interface FindBoxProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  /** `undefined` while nothing is searched for or the answer is on its way. */
  readonly found: number | undefined;
  /** Which of them the cursor is on, from 1. */
  readonly at: number | undefined;
  readonly error: Error | null;
  readonly onStep: (step: 1 | -1) => void;
  /** Enter, with what is typed: it may not have been searched for yet. */
  readonly onEnter: (text: string, step: 1 | -1) => void;
  readonly onLeave: () => void;
  readonly ref: Ref<HTMLInputElement>;
}

const PAUSE_MS = 120;

/** Find in this trace: words, or TraceQL in braces. Enter goes on to the next match. */
export function FindBox({ text, onText, found, at, error, onStep, onEnter, onLeave, ref }: FindBoxProps) {
  const [typed, setTyped] = useState(text);
  const [shown, setShown] = useState(text);
  // A link or the back button changed it.
  if (text !== shown) {
    setShown(text);
    setTyped(text);
  }
  useEffect(() => {
    if (typed === text) return undefined;
    const timer = setTimeout(() => onText(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, text, onText]);
  const fault = error === null ? undefined : toApiError(error);
  return (
    <div className={cx('flex min-w-40 flex-1 items-center gap-1', text === '' ? 'max-w-60' : 'max-w-96')}>
      <SearchInput
        ref={ref}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onEnter(typed, event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') {
            event.preventDefault();
            if (typed === '') onLeave();
            else {
              setTyped('');
              onText('');
            }
          }
        }}
        placeholder="Find: words, -key, { TraceQL }"
        aria-label="Find in trace"
        aria-invalid={fault !== undefined}
        className="min-w-0 max-w-60 flex-1"
      />
      {text !== '' && (
        <span className="flex items-center text-label whitespace-nowrap text-fg-secondary tabular-nums" aria-live="polite">
          {fault !== undefined ? <span className="max-w-72 truncate px-1 text-failing" title={fault.message}>{fault.causes[0]?.message ?? fault.message}</span> : <span className="px-1">{found === undefined ? '…' : found === 0 ? 'none' : at === undefined ? `${found} found` : `${at} of ${found}`}</span>}
          <IconButton label="Previous match" keys={['N']} icon={<ChevronUp />} disabled={(found ?? 0) === 0} onClick={() => onStep(-1)} />
          <IconButton label="Next match" keys={['n']} icon={<ChevronDown />} disabled={(found ?? 0) === 0} onClick={() => onStep(1)} />
        </span>
      )}
    </div>
  );
}
