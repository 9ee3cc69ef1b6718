'use client';

import { ToggleGroup } from '@base-ui/react/toggle-group';
import { Toggle } from '@base-ui/react/toggle';
import type { ReactNode } from 'react';

export interface SegmentedControlProps<V extends string> {
  readonly value: V;
  readonly onValueChange: (value: V) => void;
  readonly options: readonly { readonly value: V; readonly label: ReactNode; readonly description?: string }[];
  readonly label: string;
}

/** One of two to five ways of looking at the same thing. */
export function SegmentedControl<V extends string>({ value, onValueChange, options, label }: SegmentedControlProps<V>) {
  return (
    <ToggleGroup aria-label={label} value={[value]} onValueChange={(next) => next[0] !== undefined && onValueChange(next[0])} className="inline-flex h-7 shrink-0 items-center gap-px rounded-control border border-line bg-sunken p-px">
      {options.map((option) => (
        <Toggle key={option.value} value={option.value} title={option.description} className="focus-inset inline-flex h-6 items-center gap-1.5 rounded-sm px-2 text-label font-medium whitespace-nowrap text-fg-secondary transition-colors hover:text-fg data-[pressed]:bg-panel data-[pressed]:text-fg data-[pressed]:ring-1 data-[pressed]:ring-line-strong [&_svg]:size-3.5">
          {option.label}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
