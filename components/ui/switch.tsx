'use client';

import { Switch as Base } from '@base-ui/react/switch';
import type { ReactNode } from 'react';

export interface SwitchProps {
  readonly checked: boolean;
  readonly onCheckedChange: (checked: boolean) => void;
  readonly label: ReactNode;
  readonly disabled?: boolean;
}

/** On or off, at once. For a choice that is applied later use `Checkbox`. */
export function Switch({ checked, onCheckedChange, label, disabled = false }: SwitchProps) {
  return (
    <label className="inline-flex min-h-7 cursor-pointer items-center gap-2 text-body">
      <Base.Root checked={checked} onCheckedChange={(next) => onCheckedChange(next)} disabled={disabled} className="flex h-4 w-7 shrink-0 items-center rounded-full bg-line-control p-0.5 transition-colors data-[checked]:bg-accent data-[disabled]:opacity-50">
        <Base.Thumb className="size-3 rounded-full bg-canvas transition-transform data-[checked]:translate-x-3" />
      </Base.Root>
      {label}
    </label>
  );
}
