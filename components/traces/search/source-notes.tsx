'use client';

import { Info } from 'lucide-react';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { Popover } from '#components/ui/popover.tsx';
import type { Completeness } from '#server/traces/trace-questions.ts';

/** How far an answer can be trusted, when it is not simply all of it: a word beside its title, the reasons behind it. */
export function SourceNotes({ exact, notes }: Completeness) {
  if (exact && notes.length === 0) return null;
  return (
    <Popover
      label="About this answer"
      className="w-80 p-3"
      trigger={
        <button type="button" className="inline-flex h-6 shrink-0 items-center gap-1 rounded-control px-1.5 text-label font-medium text-fg-secondary hover:bg-hover">
          {exact ? <Info className="size-3" aria-hidden /> : <StatusGlyph status="degraded" size={12} />}
          {exact ? 'Notes' : 'Not complete'}
        </button>
      }
    >
      <div className="flex flex-col gap-1.5 text-label">
        {!exact && <p className="font-medium">The source did not look at all that it stores: numbers are of what it gave.</p>}
        <ul className="flex flex-col gap-1 text-fg-secondary">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </div>
    </Popover>
  );
}
