'use client';

import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { cx } from './class-names.ts';

export interface TabItem<V extends string> {
  readonly value: V;
  readonly label: ReactNode;
  /** Number after the label. */
  readonly count?: number | undefined;
  readonly content?: ReactNode;
}
export interface TabsProps<V extends string> {
  readonly value: V;
  readonly onValueChange: (value: V) => void;
  readonly tabs: readonly TabItem<V>[];
  readonly label: string;
  /** At the right end of the tab row. */
  readonly actions?: ReactNode;
  readonly className?: string;
}

/** Tabs whose value lives in the URL (`useQueryState` of the page). Panels mount when shown. */
export function Tabs<V extends string>({ value, onValueChange, tabs, label, actions, className }: TabsProps<V>) {
  return (
    <Base.Root value={value} onValueChange={(next: V) => onValueChange(next)} className={cx('flex min-h-0 flex-col', className)}>
      <div className="flex shrink-0 items-center gap-2 border-b border-line">
        <Base.List aria-label={label} className="relative flex min-w-0 flex-1 gap-1 overflow-x-auto overflow-y-hidden [scrollbar-width:none]">
          {tabs.map((tab) => (
            <Base.Tab key={tab.value} value={tab.value} className="focus-inset flex h-9 items-center gap-1.5 px-2 text-body font-medium whitespace-nowrap text-fg-secondary transition-colors hover:text-fg data-[active]:text-fg">
              {tab.label}
              {tab.count !== undefined && <span className="text-label font-normal text-fg-tertiary tabular-nums">{tab.count}</span>}
            </Base.Tab>
          ))}
          <Base.Indicator className="absolute bottom-0 left-0 h-0.5 w-(--active-tab-width) translate-x-(--active-tab-left) bg-fg transition-[translate,width] duration-160" />
        </Base.List>
        {actions}
      </div>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="min-h-0 flex-1 outline-none">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
