'use client';

import { useState } from 'react';
import { Input } from '#components/ui/input.tsx';

export interface NumberFieldProps {
  readonly id: string;
  readonly value: number;
  /** NaN when the text is not a number: the form says so at the field. */
  readonly onValueChange: (value: number) => void;
  readonly label?: string;
  readonly invalid?: boolean;
  readonly suffix?: string;
  readonly className?: string;
}

/** A number as text, so that a half-typed one is neither lost nor rounded. */
export function NumberField({ id, value, onValueChange, label, invalid = false, suffix, className }: NumberFieldProps) {
  const [text, setText] = useState<string>();
  const shown = text !== undefined && sameNumber(Number(text === '' ? Number.NaN : text), value) ? text : Number.isNaN(value) ? (text ?? '') : String(value);
  return (
    <span className={`relative inline-flex w-full items-center ${className ?? ''}`}>
      <Input
        id={id}
        inputMode="decimal"
        aria-label={label}
        aria-invalid={invalid}
        aria-describedby={`${id}-note`}
        value={shown}
        onChange={(event) => {
          setText(event.target.value);
          onValueChange(event.target.value.trim() === '' ? Number.NaN : Number(event.target.value));
        }}
        className={suffix === undefined ? 'tabular-nums' : 'pr-8 tabular-nums'}
      />
      {suffix !== undefined && <span className="pointer-events-none absolute right-2 text-label text-fg-tertiary">{suffix}</span>}
    </span>
  );
}

function sameNumber(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
