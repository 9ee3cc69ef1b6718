'use client';

import { X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Input } from '#components/ui/input.tsx';

export interface ChipListProps {
  readonly values: readonly string[];
  readonly onValues: (values: readonly string[]) => void;
  /** Names the field, e.g. `Paths of rule 1`. */
  readonly label: string;
  readonly placeholder: string;
  readonly textOf?: (value: string) => string;
  readonly disabled: boolean;
  readonly invalid?: boolean;
}

/** A list of short texts: each can be taken out, new ones are typed. */
export function ChipList({ values, onValues, label, placeholder, textOf = (value) => value, disabled, invalid = false }: ChipListProps) {
  const [text, setText] = useState('');
  const add = (): void => {
    const value = text.trim();
    if (value !== '' && !values.includes(value)) onValues([...values, value]);
    setText('');
  };
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {values.map((value) => (
        <Chip key={value} text={textOf(value)} title={value} disabled={disabled} onRemove={() => onValues(values.filter((other) => other !== value))} />
      ))}
      <form
        className="flex min-w-40 flex-1 gap-1"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Input aria-label={label} mono value={text} disabled={disabled} placeholder={placeholder} aria-invalid={invalid} onChange={(event) => setText(event.target.value)} onBlur={add} />
        {text !== '' && <Button type="submit">Add</Button>}
      </form>
    </div>
  );
}

/** One removable value. */
export function Chip({ text, title, disabled, onRemove }: { readonly text: string; readonly title: string; readonly disabled: boolean; readonly onRemove: () => void }) {
  return (
    <span title={title} className="inline-flex h-6 max-w-full items-center gap-0.5 rounded-control border border-line bg-sunken pl-2 font-mono text-label">
      <span className="truncate">{text}</span>
      <button type="button" aria-label={`Remove ${text}`} disabled={disabled} onClick={onRemove} className="flex size-6 items-center justify-center rounded-control text-fg-tertiary hover:text-fg disabled:opacity-40">
        <X className="size-3" aria-hidden />
      </button>
    </span>
  );
}
