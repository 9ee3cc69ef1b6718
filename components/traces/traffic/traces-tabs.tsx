'use client';

import { ChevronDown } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { useAppNavigate } from '#components/shell/use-app-navigate.ts';
import { Button } from '#components/ui/button.tsx';
import { cx } from '#components/ui/class-names.ts';
import { Menu } from '#components/ui/menu.tsx';

const TABS = [
  { label: 'Search', href: paths.traces() },
  { label: 'Services', href: paths.traceServices() },
  { label: 'Dependencies', href: paths.traceDependencies() },
  { label: 'Critical path', href: paths.traceCriticalPath() },
  { label: 'Compare', href: paths.traceCompare() },
] as const;

/** The pages about traces, beside the name of the page: as links, and as a menu where there is no room for those. `crowded`: the header has more in it. */
export function TracesTabs({ crowded = false }: { readonly crowded?: boolean }) {
  const pathname = usePathname();
  const navigate = useAppNavigate();
  const current = TABS.find(({ href }) => href === pathname);
  return (
    <>
      <nav aria-label="Traces" className={cx('flex items-center gap-0.5 pl-1 whitespace-nowrap', crowded ? 'max-2xl:hidden' : 'max-lg:hidden')}>
        {TABS.map(({ label, href }) => (
          <AppLink key={href} href={href} aria-current={pathname === href ? 'page' : undefined} className={cx('rounded-control px-2 py-1 text-label font-medium', pathname === href ? 'bg-active text-fg' : 'text-fg-secondary hover:bg-hover hover:text-fg')}>
            {label}
          </AppLink>
        ))}
      </nav>
      <span className={crowded ? '2xl:hidden' : 'lg:hidden'}>
        <Menu trigger={<Button variant="ghost" aria-label={`${current?.label ?? 'Traces'}: pages about traces`}>{current?.label ?? 'Traces'}<ChevronDown aria-hidden className="size-3.5" /></Button>} entries={TABS.map(({ label, href }) => ({ kind: 'action', label, onSelect: () => navigate(href) }))} />
      </span>
    </>
  );
}
