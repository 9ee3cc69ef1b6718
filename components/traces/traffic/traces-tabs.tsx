'use client';

import { usePathname } from 'next/navigation';
import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { cx } from '#components/ui/class-names.ts';

const TABS = [
  { label: 'Search', href: paths.traces() },
  { label: 'Services', href: paths.traceServices() },
  { label: 'Dependencies', href: paths.traceDependencies() },
  { label: 'Compare', href: paths.traceCompare() },
] as const;

/** The pages about traces, as links that stand where tabs would. */
export function TracesTabs() {
  const pathname = usePathname();
  return (
    <nav aria-label="Traces" className="flex items-center gap-0.5">
      {TABS.map(({ label, href }) => (
        <AppLink key={href} href={href} aria-current={pathname === href ? 'page' : undefined} className={cx('rounded-control px-2 py-1 text-label font-medium', pathname === href ? 'bg-active text-fg' : 'text-fg-secondary hover:bg-hover hover:text-fg')}>
          {label}
        </AppLink>
      ))}
    </nav>
  );
}
