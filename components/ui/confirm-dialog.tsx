'use client';

import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, Input } from './input.tsx';

export interface ConfirmDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  /** What will happen, and what cannot be undone. */
  readonly children: ReactNode;
  /** The verb: `Delete`, `Roll back`. */
  readonly confirmLabel: string;
  /** When set, the person must type it. */
  readonly typedName?: string;
  readonly onConfirm: () => void | Promise<void>;
  readonly pending?: boolean;
}

/** Asks before something destructive; with `typedName`, a slip of the hand is not enough. */
export function ConfirmDialog({ open, onOpenChange, title, children, confirmLabel, typedName, onConfirm, pending = false }: ConfirmDialogProps) {
  const id = useId();
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();
  const change = (next: boolean): void => {
    setTyped('');
    setError(undefined);
    onOpenChange(next);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (typedName !== undefined && typed.trim() !== typedName) {
      setError(`Type ${typedName} exactly.`);
      document.getElementById(id)?.focus();
      return;
    }
    void onConfirm();
  };
  return (
    <Dialog open={open} onOpenChange={change} title={title} size="sm">
      <form onSubmit={submit} noValidate className="flex flex-col gap-3">
        <div className="text-body text-fg-secondary">{children}</div>
        {typedName !== undefined && (
          <Field htmlFor={id} label={<>Type <span className="font-mono text-fg">{typedName}</span> to go on</>} error={error}>
            <Input id={id} mono autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} aria-invalid={error !== undefined} aria-describedby={`${id}-note`} />
          </Field>
        )}
        <div className="flex justify-end gap-2 pt-1">
          <Button onClick={() => change(false)}>Cancel</Button>
          <Button type="submit" variant="danger" pending={pending}>
            {confirmLabel}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
