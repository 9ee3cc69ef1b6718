import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { Completeness } from '#server/traces/trace-questions.ts';

/** How far an answer can be trusted, when it is not simply all of it. */
export function SourceNotes({ exact, notes }: Completeness) {
  if (exact && notes.length === 0) return null;
  return (
    <ul className="flex flex-col gap-0.5 px-3 py-1.5 text-label text-fg-secondary" aria-label="About this answer">
      {!exact && (
        <li className="flex items-start gap-1.5">
          <StatusGlyph status="degraded" size={12} label="Not complete" />
          <span>The source did not look at all that it stores: numbers are of what it gave.</span>
        </li>
      )}
      {notes.map((note) => (
        <li key={note} className="flex items-start gap-1.5">
          <StatusGlyph status="progressing" size={12} label="Note" />
          <span>{note}</span>
        </li>
      ))}
    </ul>
  );
}
