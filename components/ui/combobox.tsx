'use client';

import { Combobox as Base } from '@base-ui/react/combobox';
import { Check, ChevronsUpDown } from 'lucide-react';
import { useState } from 'react';
import { cx } from './class-names.ts';
import { controlClass } from './input.tsx';
import { itemClass, popupClass } from './popup-class.ts';

export interface ComboboxOption {
  readonly value: string;
  readonly label: string;
  /** Right-hand note, e.g. a namespace. */
  readonly note?: string;
}
export interface ComboboxProps {
  readonly value: string | null;
  readonly onValueChange: (value: string | null) => void;
  readonly options: readonly ComboboxOption[];
  readonly label: string;
  readonly id?: string;
  readonly placeholder?: string;
  readonly emptyText?: string;
  readonly disabled?: boolean;
  readonly className?: string;
}

/** One choice of many, by typing. */
export function Combobox({ value, onValueChange, options, label, id, placeholder, emptyText = 'Nothing matches.', disabled = false, className }: ComboboxProps) {
  const selected = options.find((option) => option.value === value) ?? null;
  // While the list is open the field is for typing a filter; the present choice is its placeholder meanwhile.
  const [typed, setTyped] = useState<string>();
  return (
    <Base.Root
      items={options}
      value={selected}
      inputValue={typed ?? selected?.label ?? ''}
      onInputValueChange={setTyped}
      onOpenChange={(open) => setTyped(open ? '' : undefined)}
      onValueChange={(next: ComboboxOption | null) => onValueChange(next?.value ?? null)}
      itemToStringLabel={(option: ComboboxOption) => option.label}
      isItemEqualToValue={(a: ComboboxOption, b: ComboboxOption) => a.value === b.value}
      autoHighlight
      disabled={disabled}
    >
      <div className={cx('relative inline-flex', className)}>
        <Base.Input id={id} aria-label={label} placeholder={selected?.label ?? placeholder} spellCheck={false} onFocus={(event) => event.currentTarget.select()} className={cx('h-7 w-full pr-7 pl-2', controlClass)} />
        <Base.Trigger aria-label={`Show all: ${label}`} className="absolute inset-y-0 right-0 flex w-7 items-center justify-center text-fg-tertiary disabled:opacity-50">
          <ChevronsUpDown className="size-3.5" />
        </Base.Trigger>
      </div>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="start" className="z-50">
          <Base.Popup className={cx(popupClass, 'max-h-72 max-w-96 min-w-(--anchor-width) overflow-y-auto p-1')}>
            <Base.Empty className="px-2 py-1.5 text-label text-fg-tertiary empty:hidden">{emptyText}</Base.Empty>
            <Base.List>
              {(option: ComboboxOption) => (
                <Base.Item key={option.value} value={option} className={itemClass}>
                  <span className="flex size-4 shrink-0 items-center justify-center">
                    <Base.ItemIndicator>
                      <Check className="size-3.5" />
                    </Base.ItemIndicator>
                  </span>
                  <span className="min-w-0 flex-1 truncate">{option.label}</span>
                  {option.note !== undefined && <span className="text-label text-fg-tertiary">{option.note}</span>}
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
