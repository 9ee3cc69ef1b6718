'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleHelp, LogOut, Monitor, Moon, PanelLeft, Rows3, Search, Sun } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { paths } from '#components/api/paths.ts';
import { sessionQuery, signOut } from '#components/session/queries.ts';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Kbd } from '#components/ui/kbd.tsx';
import { Menu } from '#components/ui/menu.tsx';
import { showErrorToast } from '#components/ui/toast.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { AppLink } from './app-link.tsx';
import { Logo } from './logo.tsx';
import { isCurrent, NAV_GROUPS, type NavItem } from './nav-items.ts';
import { problemCountsQuery } from './problem-counts.ts';
import { setPreference, usePreferences, type ThemeChoice } from './preferences.ts';

export interface SidebarProps {
  readonly onSearch: () => void;
  readonly onHelp: () => void;
}

/** Navigation, 220 px; a 48 px rail when collapsed or below 1024 px. */
export function Sidebar({ onSearch, onHelp }: SidebarProps) {
  const { sidebar } = usePreferences();
  return (
    <aside className="sidebar-w flex h-full shrink-0 flex-col border-r border-line bg-chrome">
      <div className="flex h-12 shrink-0 items-center gap-2 px-3.5 rail:justify-center rail:px-0">
        <AppLink href={paths.overview()} aria-label="Binnacle, overview" className="flex items-center gap-2 rounded-control">
          <Logo />
          <span className="text-section font-semibold tracking-tight rail:hidden">Binnacle</span>
        </AppLink>
        <span className="ml-auto rail:hidden">
          <IconButton label="Collapse the sidebar" icon={<PanelLeft />} onClick={() => setPreference('sidebar', 'collapsed')} className="-mr-1.5" />
        </span>
      </div>
      <div className="px-2 pb-1 rail:flex rail:justify-center">
        <button type="button" onClick={onSearch} className="flex h-7 w-full items-center gap-2 rounded-control border border-line bg-panel px-2 text-label text-fg-tertiary transition-colors hover:border-line-strong hover:text-fg-secondary rail:hidden">
          <Search className="size-3.5" aria-hidden />
          <span className="flex-1 text-left">Search or go to…</span>
          <span className="flex gap-0.5" aria-hidden>
            <Kbd>Ctrl</Kbd>
            <Kbd>K</Kbd>
          </span>
        </button>
        <span className="hidden rail:block">
          <IconButton label="Search or go to" keys={['Ctrl', 'K']} side="right" icon={<Search />} onClick={onSearch} className="size-8" />
        </span>
      </div>
      <nav aria-label="Main" className="min-h-0 flex-1 overflow-y-auto px-2 py-1 [scrollbar-width:none]">
        {NAV_GROUPS.map((group) => (
          <div key={group.label} role="group" aria-label={group.label} className="mb-2 rail:mb-1 rail:border-b rail:border-line-subtle rail:pb-1 rail:last:border-0">
            <div className="px-2 pt-2 pb-1 text-axis font-medium text-fg-tertiary rail:hidden" aria-hidden>
              {group.label}
            </div>
            {group.items.map((item) => (
              <NavLink key={item.href} item={item} />
            ))}
          </div>
        ))}
      </nav>
      <div className="flex shrink-0 flex-col border-t border-line p-2 rail:items-center">
        <div className="hidden rail:max-lg:hidden rail:block">
          {sidebar === 'collapsed' && <IconButton label="Expand the sidebar" side="right" icon={<PanelLeft />} onClick={() => setPreference('sidebar', 'open')} className="size-8" />}
        </div>
        <div className="flex items-center gap-1 rail:flex-col">
          <UserMenu />
          <IconButton label="Keyboard shortcuts" keys={['?']} side="right" icon={<CircleHelp />} onClick={onHelp} />
          <ThemeMenu />
        </div>
      </div>
    </aside>
  );
}

function NavLink({ item }: { readonly item: NavItem }) {
  const current = isCurrent(item, usePathname());
  const Icon = item.icon;
  return (
    <AppLink
      href={item.href}
      aria-current={current ? 'page' : undefined}
      title={`${item.label} (g ${item.letter})`}
      className={cx(
        'focus-inset flex h-7 items-center gap-2 rounded-control px-2 text-body transition-colors rail:mx-auto rail:h-8 rail:w-8 rail:justify-center rail:px-0',
        current ? 'bg-active font-medium text-fg' : 'text-fg-secondary hover:bg-hover hover:text-fg',
      )}
    >
      <Icon className={cx('size-4 shrink-0', current ? 'text-accent' : 'text-fg-tertiary')} strokeWidth={1.75} aria-hidden />
      <span className="truncate rail:sr-only">{item.label}</span>
      {item.href === paths.config() && <ProblemMark />}
    </AppLink>
  );
}

/** How many findings of weight the configuration has, beside its item; notes do not count. */
function ProblemMark() {
  const counts = useQuery(problemCountsQuery).data;
  const total = counts === undefined ? 0 : counts.error + counts.warning;
  if (counts === undefined || total === 0) return null;
  const words = [[counts.error, 'error'] as const, [counts.warning, 'warning'] as const].flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}${count === 1 ? '' : 's'}`])).join(', ');
  return (
    <span className="ml-auto flex items-center gap-1 text-label text-fg-secondary tabular-nums rail:sr-only" title={words}>
      <StatusGlyph status={counts.error > 0 ? 'failing' : 'degraded'} />
      {total}
      <span className="sr-only"> problems</span>
    </span>
  );
}

const THEMES: readonly { readonly value: ThemeChoice; readonly label: string; readonly icon: React.ReactNode }[] = [
  { value: 'system', label: 'As the system', icon: <Monitor /> },
  { value: 'light', label: 'Light', icon: <Sun /> },
  { value: 'dark', label: 'Dark', icon: <Moon /> },
];

function ThemeMenu() {
  const { theme, density } = usePreferences();
  return (
    <Menu
      side="top"
      align="start"
      trigger={<IconButton label="Theme and density" side="right" icon={theme === 'dark' ? <Moon /> : theme === 'light' ? <Sun /> : <Monitor />} />}
      entries={[
        { kind: 'heading', label: 'Theme' },
        ...THEMES.map((choice) => ({ kind: 'choice' as const, label: choice.label, icon: choice.icon, checked: theme === choice.value, onSelect: () => setPreference('theme', choice.value) })),
        { kind: 'separator' },
        { kind: 'choice', label: 'Compact rows', icon: <Rows3 />, checked: density === 'compact', onSelect: () => setPreference('density', density === 'compact' ? 'default' : 'compact') },
      ]}
    />
  );
}

function UserMenu() {
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const user = session?.user ?? '…';
  const leave = (): void => {
    signOut().then(
      () => client.clear(),
      (error: unknown) => showErrorToast('Signing out did not work', error),
    );
  };
  return (
    <span className="min-w-0 flex-1 rail:flex-none">
      <Menu
        side="top"
        align="start"
        trigger={
          <button type="button" className="flex h-7 w-full min-w-0 items-center gap-2 rounded-control px-1.5 text-body text-fg-secondary transition-colors hover:bg-hover hover:text-fg data-[popup-open]:bg-active rail:w-7 rail:justify-center rail:px-0">
            <span className="flex size-5 shrink-0 items-center justify-center rounded-full bg-inverse text-axis font-semibold text-fg-inverse uppercase" aria-hidden>
              {user.slice(0, 1)}
            </span>
            <span className="sr-only">Account</span>
            <span className="truncate rail:sr-only">{user}</span>
          </button>
        }
        entries={[
          { kind: 'heading', label: `${user} · may ${session?.role === 'view' ? 'view' : session?.role === 'edit' ? 'view and change' : 'do everything'}` },
          { kind: 'action', label: 'Sign out', icon: <LogOut />, onSelect: leave },
        ]}
      />
    </span>
  );
}
