import type { ReactNode } from 'react';
import { cx } from './class-names.ts';

/** One key. `plain` inherits its colours (tooltips). */
export function Kbd({ children, plain = false }: { readonly children: ReactNode; readonly plain?: boolean }) {
  return (
    <kbd className={cx('inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-sm border px-1 font-sans text-axis leading-none', plain ? 'border-current/40' : 'border-line bg-sunken text-fg-secondary')}>
      {children}
    </kbd>
  );
}
