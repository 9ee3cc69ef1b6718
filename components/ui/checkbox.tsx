'use client';

import { Checkbox as Base } from '@base-ui/react/checkbox';
import { Check, Minus } from 'lucide-react';
import type { ReactNode } from 'react';

export interface CheckboxProps {
  readonly checked: boolean;
  readonly onCheckedChange: (checked: boolean) => void;
  readonly label: ReactNode;
  readonly indeterminate?: boolean;
  readonly disabled?: boolean;
}

/** A check box with its label; the whole row is the hit area. */
export function Checkbox({ checked, onCheckedChange, label, indeterminate = false, disabled = false }: CheckboxProps) {
  return (
    <label className="inline-flex min-h-7 cursor-pointer items-center gap-2 text-body has-[[data-disabled]]:cursor-default has-[[data-disabled]]:text-fg-disabled">
      <Base.Root
        checked={checked}
        onCheckedChange={(next) => onCheckedChange(next)}
        indeterminate={indeterminate}
        disabled={disabled}
        className="flex size-4 shrink-0 items-center justify-center rounded-sm border border-line-control bg-panel transition-colors data-[checked]:border-transparent data-[checked]:bg-primary data-[indeterminate]:border-transparent data-[indeterminate]:bg-primary"
      >
        <Base.Indicator className="flex text-on-primary">{indeterminate ? <Minus className="size-3" strokeWidth={3} /> : <Check className="size-3" strokeWidth={3} />}</Base.Indicator>
      </Base.Root>
      {label}
    </label>
  );
}
