'use client';

import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './class-names.ts';
import { controlClass } from './input.tsx';
import { itemClass, popupClass } from './popup-class.ts';

export interface SelectOption<V extends string> {
  readonly value: V;
  readonly label: ReactNode;
  readonly disabled?: boolean;
}
export interface SelectProps<V extends string> {
  readonly value: V;
  readonly onValueChange: (value: V) => void;
  readonly options: readonly SelectOption<V>[];
  /** Required unless a `Field` labels `id`. */
  readonly label?: string;
  readonly id?: string;
  readonly disabled?: boolean;
  readonly className?: string;
}

/** One choice of a few. For more than about a dozen use `Combobox`. */
export function Select<V extends string>({ value, onValueChange, options, label, id, disabled, className }: SelectProps<V>) {
  return (
    <Base.Root items={options.map(({ value: v, label: l }) => ({ value: v, label: l }))} value={value} onValueChange={(next) => next !== null && onValueChange(next)} disabled={disabled ?? false}>
      <Base.Trigger id={id} aria-label={label} className={cx('inline-flex h-7 min-w-0 items-center justify-between gap-2 px-2 select-none', controlClass, className)}>
        <Base.Value className="truncate" />
        <Base.Icon className="text-fg-tertiary">
          <ChevronsUpDown className="size-3.5" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <Base.Popup className={cx(popupClass, 'max-h-(--available-height) min-w-(--anchor-width) overflow-y-auto p-1')}>
            {options.map((option) => (
              <Base.Item key={option.value} value={option.value} disabled={option.disabled ?? false} className={itemClass}>
                <span className="flex size-4 items-center justify-center">
                  <Base.ItemIndicator>
                    <Check className="size-3.5" />
                  </Base.ItemIndicator>
                </span>
                <Base.ItemText>{option.label}</Base.ItemText>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
