'use client';

import { Menu as Base } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import Link from 'next/link';
import type { ReactElement, ReactNode } from 'react';
import { cx } from './class-names.ts';
import { itemClass, popupClass } from './popup-class.ts';

export type MenuEntry =
  | { readonly kind: 'action'; readonly label: ReactNode; readonly icon?: ReactNode; readonly onSelect: () => void; readonly danger?: boolean; readonly disabled?: boolean; readonly note?: ReactNode }
  | { readonly kind: 'link'; readonly label: ReactNode; readonly icon?: ReactNode; readonly href: string; readonly note?: ReactNode }
  | { readonly kind: 'choice'; readonly label: ReactNode; readonly checked: boolean; readonly onSelect: () => void; readonly icon?: ReactNode }
  | { readonly kind: 'heading'; readonly label: ReactNode }
  | { readonly kind: 'separator' };

export interface MenuProps {
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly entries: readonly MenuEntry[];
  readonly align?: 'start' | 'center' | 'end';
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
}

/** Actions behind a button, with arrow keys and type-ahead. */
export function Menu({ trigger, entries, align = 'end', side = 'bottom' }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner side={side} align={align} sideOffset={4} collisionPadding={8} className="z-50">
          <Base.Popup className={cx(popupClass, 'max-w-80 min-w-44 p-1')}>
            {entries.map((entry, index) => (
              // Entries have no identity of their own and never reorder while open.
              <Entry key={`${entry.kind}-${index}`} entry={entry} />
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function Entry({ entry }: { readonly entry: MenuEntry }) {
  switch (entry.kind) {
    case 'separator':
      return <Base.Separator className="my-1 h-px bg-line" />;
    case 'heading':
      return <div className="px-2 pt-1.5 pb-0.5 text-axis font-medium text-fg-tertiary">{entry.label}</div>;
    case 'link':
      return (
        <Base.LinkItem render={<Link href={entry.href} />} closeOnClick className={itemClass}>
          {entry.icon}
          <span className="min-w-0 flex-1 truncate">{entry.label}</span>
          {entry.note}
        </Base.LinkItem>
      );
    case 'choice':
      return (
        <Base.CheckboxItem checked={entry.checked} onCheckedChange={() => entry.onSelect()} className={itemClass}>
          {entry.icon}
          <span className="min-w-0 flex-1 truncate">{entry.label}</span>
          <Base.CheckboxItemIndicator>
            <Check className="size-3.5" />
          </Base.CheckboxItemIndicator>
        </Base.CheckboxItem>
      );
    case 'action':
      return (
        <Base.Item onClick={entry.onSelect} disabled={entry.disabled ?? false} className={cx(itemClass, entry.danger === true && 'text-failing [&>svg]:text-failing')}>
          {entry.icon}
          <span className="min-w-0 flex-1 truncate">{entry.label}</span>
          {entry.note}
        </Base.Item>
      );
  }
}
