import { Activity, BellRing, Boxes, ChartSpline, FileCode2, FileKey2, FlaskConical, GitBranch, History, LayoutDashboard, Network, Radar, Route, ShieldCheck, Workflow, type LucideIcon } from 'lucide-react';
import { paths } from '#components/api/paths.ts';

export interface NavItem {
  readonly label: string;
  readonly href: string;
  readonly icon: LucideIcon;
  /** `g` then this letter goes there. */
  readonly letter: string;
  /** More words for the command palette. */
  readonly words: readonly string[];
}

export const NAV_GROUPS: readonly { readonly label: string; readonly items: readonly NavItem[] }[] = [
  {
    label: 'Observe',
    items: [
      { label: 'Overview', href: paths.overview(), icon: Activity, letter: 'o', words: ['home', 'health'] },
      { label: 'Graph', href: paths.graph(), icon: Network, letter: 'g', words: ['topology', 'map'] },
      { label: 'Dashboards', href: paths.dashboard(), icon: LayoutDashboard, letter: 'd', words: ['metrics', 'charts'] },
      { label: 'Explore', href: paths.explore(), icon: ChartSpline, letter: 'e', words: ['promql', 'query', 'prometheus', 'metrics'] },
      { label: 'Alerts', href: paths.alerts(), icon: BellRing, letter: 'l', words: ['rules', 'firing', 'prometheus', 'recording'] },
      { label: 'Traces', href: paths.traces(), icon: Route, letter: 't', words: ['spans', 'requests'] },
    ],
  },
  {
    label: 'Inventory',
    items: [
      { label: 'Services', href: paths.services(), icon: Workflow, letter: 's', words: ['hosts'] },
      { label: 'Workloads', href: paths.workloads(), icon: Boxes, letter: 'w', words: ['processes', 'versions'] },
    ],
  },
  {
    label: 'Steer',
    items: [
      { label: 'Config', href: paths.config(), icon: FileCode2, letter: 'c', words: ['yaml', 'istio', 'policies', 'routing', 'problems', 'validation', 'findings'] },
      { label: 'Try a request', href: paths.tryRequest(), icon: FlaskConical, letter: 'y', words: ['simulate', 'explain', 'why', 'routing', 'authorization', 'what if'] },
      { label: 'Rollouts', href: paths.rollouts(), icon: GitBranch, letter: 'r', words: ['canary', 'release'] },
      { label: 'History', href: paths.history(), icon: History, letter: 'h', words: ['audit', 'changes', 'undo'] },
    ],
  },
  {
    label: 'Mesh',
    items: [
      { label: 'Proxies', href: paths.proxies(), icon: ShieldCheck, letter: 'p', words: ['sync', 'xds', 'sidecars'] },
      { label: 'Certificates', href: paths.certificates(), icon: FileKey2, letter: 'k', words: ['identity', 'keys', 'mtls', 'root', 'rotation', 'spiffe'] },
      { label: 'Targets', href: paths.targets(), icon: Radar, letter: 'a', words: ['scrape', 'prometheus'] },
    ],
  },
];

export const NAV_ITEMS: readonly NavItem[] = NAV_GROUPS.flatMap((group) => group.items);

/** Is `pathname` this item's page or below it? Dashboards share a prefix with each other, not with their default. */
export function isCurrent(item: NavItem, pathname: string): boolean {
  if (item.href === '/') return pathname === '/';
  const root = `/${item.href.split('/')[1] ?? ''}`;
  return pathname === root || pathname.startsWith(`${root}/`);
}
