'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { paths } from '#components/api/paths.ts';
import { proxyName } from '#components/change/proxy-name.ts';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { StatusBadge } from '#components/status/status-label.tsx';
import { proxySyncStatus } from '#components/status/status.ts';
import { Badge } from '#components/ui/badge.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import type { ProxyAnswer } from '#server/proxies/schemas.ts';
import { ConfigBrowser } from './config/config-browser.tsx';
import { isDifference } from './config/is-difference.ts';
import { ProxyState } from './proxy-state.tsx';
import { proxyConfigQuery, proxyQuery } from './queries.ts';

const TABS = ['state', 'config', 'differences'] as const;

/** `/proxies/[id]`: what one proxy was sent, what it took, who it is, and its whole configuration. */
export function ProxyPage({ id }: { readonly id: string }) {
  const query = useQuery(proxyQuery(id));
  const config = useQuery(proxyConfigQuery(id));
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(TABS).withDefault('state').withOptions({ history: 'push' }));
  const proxy = query.data?.proxy;
  const differences = config.data?.resources.filter(isDifference).length;
  return (
    <Page
      crumbs={[{ label: 'Proxies', href: paths.proxies() }, { label: proxyName(id) }]}
      badge={proxy === undefined ? undefined : <StatusBadge {...proxySyncStatus(proxy.state)} />}
      namespaces={false}
      time={false}
      fill
      toolbar={
        <>
          <SegmentedControl
            label="View"
            value={tab}
            onValueChange={(next) => void setTab(next)}
            options={[
              { value: 'state', label: 'State' },
              { value: 'config', label: 'Configuration' },
              { value: 'differences', label: differences === undefined ? 'Differences' : `Differences ${differences}`, description: 'Between what the control plane offers and what the proxy has' },
            ]}
          />
          {query.data !== undefined && <ProxyFacts answer={query.data} />}
        </>
      }
    >
      {tab === 'state' ? (
        <DataState query={query} skeleton={<TableSkeleton />} className="h-full min-h-0 overflow-y-auto" partial={({ problems }) => problems[0]}>
          {(answer) => <ProxyState answer={answer} config={config.data} />}
        </DataState>
      ) : (
        <DataState query={config} skeleton={<TableSkeleton />} className="flex h-full min-h-0 flex-col" partial={({ problems }) => problems[0]}>
          {(answer) => <ConfigBrowser key={tab} resources={answer.resources} onlyDifferences={tab === 'differences'} />}
        </DataState>
      )}
    </Page>
  );
}

function ProxyFacts({ answer: { proxy } }: { readonly answer: ProxyAnswer }) {
  const { node } = proxy;
  return (
    <span className="flex min-w-0 flex-1 basis-80 items-center justify-end gap-2 text-label">
      <span className="flex shrink-0">
        <Badge>{node?.type === 'router' ? 'gateway' : 'sidecar'}</Badge>
      </span>
      {node?.workload !== undefined && node.namespace !== undefined && (
        <AppLink href={paths.workload(node.namespace, node.workload)} className="shrink-0 text-accent hover:underline">
          {node.workload}.{node.namespace}
        </AppLink>
      )}
      <span className="flex min-w-0 items-center max-md:hidden">
        <code className="truncate font-mono text-fg-secondary" title={proxy.proxyId}>
          {proxy.proxyId}
        </code>
        <CopyButton text={proxy.proxyId} label="Copy the node id" />
      </span>
    </span>
  );
}
