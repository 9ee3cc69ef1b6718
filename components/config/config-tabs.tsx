'use client';

import { useQuery } from '@tanstack/react-query';
import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { problemCountsQuery } from '#components/shell/problem-counts.ts';
import { cx } from '#components/ui/class-names.ts';

/** The two views of the configuration: its objects, and what is wrong with them. */
export function ConfigTabs({ current }: { readonly current: 'objects' | 'problems' }) {
  const counts = useQuery(problemCountsQuery).data;
  const total = counts === undefined ? undefined : counts.error + counts.warning + counts.info;
  const tabs = [
    { id: 'objects', label: 'Objects', href: paths.config(), count: undefined },
    { id: 'problems', label: 'Problems', href: paths.configProblems(), count: total },
  ] as const;
  return (
    <nav aria-label="Views of the configuration" className="-my-1.5 flex gap-1">
      {tabs.map(({ id, label, href, count }) => (
        <AppLink key={id} href={href} aria-current={id === current ? 'page' : undefined} className={cx('focus-inset flex h-9 items-center gap-1.5 border-b-2 px-2 text-body font-medium transition-colors', id === current ? 'border-fg text-fg' : 'border-transparent text-fg-secondary hover:text-fg')}>
          {label}
          {count !== undefined && <span className="text-label font-normal text-fg-tertiary tabular-nums">{count}</span>}
        </AppLink>
      ))}
    </nav>
  );
}
