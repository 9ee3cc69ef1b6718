'use client';

import { useState } from 'react';
import { cx } from '#components/ui/class-names.ts';

/** Open to this depth at first; more is one press away, so nesting of any depth costs nothing until it is looked at. */
const OPEN_DEPTH = 2;
const MOST_ENTRIES = 200;

/** A JSON value that opens and closes, level by level. */
export function JsonTree({ value, depth = 0, name }: { readonly value: unknown; readonly depth?: number; readonly name?: string }) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const label = name === undefined ? null : <span className="text-fg-tertiary">{name}: </span>;
  if (typeof value !== 'object' || value === null) {
    return (
      <div className={cx(depth > 0 && 'pl-3')}>
        {label}
        <span className={typeof value === 'string' ? undefined : 'text-accent'}>{typeof value === 'string' ? value : String(value)}</span>
      </div>
    );
  }
  const entries = Object.entries(value);
  const list = Array.isArray(value);
  return (
    <details open={open} onToggle={(event) => {
        // A toggle of something inside is not ours.
        if (event.target === event.currentTarget) setOpen(event.currentTarget.open);
      }} className={cx(depth > 0 && 'pl-3')}>
      <summary className="cursor-pointer text-fg-secondary marker:text-fg-tertiary">
        {label}
        {list ? `[${entries.length}]` : `{${entries.length}}`}
      </summary>
      {open && entries.slice(0, MOST_ENTRIES).map(([key, child]) => (
        <JsonTree key={key} name={key} value={child} depth={depth + 1} />
      ))}
      {open && entries.length > MOST_ENTRIES && <div className="pl-3 text-fg-tertiary">{`and ${entries.length - MOST_ENTRIES} more`}</div>}
    </details>
  );
}
