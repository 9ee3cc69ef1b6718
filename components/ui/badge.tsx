import type { ReactNode } from 'react';
import { cx } from './class-names.ts';

export interface BadgeProps {
  readonly children: ReactNode;
  readonly mono?: boolean;
  readonly title?: string;
  readonly tone?: 'neutral' | 'accent';
}

/** A short neutral tag (kind, protocol, version). For a state use `StatusBadge`. */
export function Badge({ children, mono = false, title, tone = 'neutral' }: BadgeProps) {
  return (
    <span title={title} className={cx('inline-flex h-[18px] max-w-full items-center gap-1 truncate rounded-sm border px-1.5 text-axis font-medium whitespace-nowrap', tone === 'accent' ? 'border-accent/30 bg-selected text-accent' : 'border-line bg-sunken text-fg-secondary', mono && 'font-mono font-normal')}>
      {children}
    </span>
  );
}
