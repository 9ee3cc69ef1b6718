'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs';
import { paths } from '#components/api/paths.ts';
import { proxyName } from '#components/change/proxy-name.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import { proxySyncStatus } from '#components/status/status.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { CertificateEnd } from './certificate-end.tsx';
import { ProxyPanel } from './proxy-panel.tsx';
import { proxiesQuery, type ProxyRow } from './queries.ts';
import { lastAcknowledged, nackOf } from './read-proxy.ts';

const STATES = ['all', 'synced', 'stale', 'nack'] as const;
const RANK: Readonly<Record<ProxyRow['state'], number>> = { nack: 0, stale: 1, synced: 2 };

const COLUMNS: readonly Column<ProxyRow>[] = [
  { id: 'state', header: 'State', width: 108, sortValue: (row) => RANK[row.state], cell: (row) => <StatusLabel quiet {...proxySyncStatus(row.state)} /> },
  { id: 'name', header: 'Proxy', sortValue: (row) => proxyName(row.proxyId), cell: (row) => <AppLink href={paths.proxy(row.proxyId)} className="font-medium hover:underline" title={row.proxyId}>{proxyName(row.proxyId)}</AppLink> },
  { id: 'workload', header: 'Workload', width: 160, from: 'lg', sortValue: (row) => row.node?.workload, cell: (row) => <span className="text-fg-secondary">{row.node?.workload ?? '—'}</span> },
  { id: 'type', header: 'Kind', width: 84, from: 'md', sortValue: (row) => row.node?.type, cell: (row) => (row.node?.type === 'router' ? 'gateway' : 'sidecar') },
  { id: 'error', header: 'Refused because', from: 'xl', cell: (row) => <span title={nackOf(row)?.error}>{nackOf(row)?.error ?? <span className="text-fg-tertiary">—</span>}</span> },
  { id: 'acked', header: 'Acknowledged', hint: 'When it last took a configuration', width: 126, align: 'right', from: 'lg', sortValue: lastAcknowledged, cell: (row) => <RelativeTime at={lastAcknowledged(row)} /> },
  { id: 'certificate', header: 'Certificate ends', width: 138, align: 'right', sortValue: (row) => (row.certificate === undefined ? null : String(row.certificate.notAfter)), cell: (row) => <CertificateEnd notAfter={row.certificate?.notAfter} /> },
];

/** `/proxies`: what every proxy was sent and has taken, why it refused, and when its certificate ends. */
export function ProxiesPage() {
  const query = useQuery(proxiesQuery);
  const { selected: namespaces } = useNamespaces();
  const [chosen, setChosen] = useQueryState('proxy', parseAsString.withOptions({ history: 'push' }));
  const [state, setState] = useQueryState('state', parseAsStringLiteral(STATES).withDefault('all').withOptions({ history: 'push' }));
  const open = query.data?.proxies.find((row) => row.proxyId === chosen);
  return (
    <Page crumbs={[{ label: 'Proxies' }]} time={false} fill>
      <SplitLayout sideWidth={420} side={open === undefined ? undefined : <ProxyPanel proxy={open} onClose={() => void setChosen(null)} />}>
        <DataState
          query={query}
          skeleton={<TableSkeleton />}
          className="h-full min-h-0"
          empty={({ proxies }) => (proxies.length === 0 ? { title: 'No proxy is connected', hint: 'Proxies connect when a program joins the mesh. When there should be some: is the control plane up? Meanwhile they keep their last configuration.' } : undefined)}
        >
          {({ proxies }) => {
            const inScope = proxies.filter((row) => namespaces.length === 0 || namespaces.includes(row.node?.namespace ?? ''));
            const count = (wanted: ProxyRow['state']): number => inScope.filter((row) => row.state === wanted).length;
            return (
              <DataTable
                fill
                label="Proxies"
                rows={state === 'all' ? inScope : inScope.filter((row) => row.state === state)}
                columns={inScope.some((row) => row.state === 'nack') ? COLUMNS : COLUMNS.filter(({ id }) => id !== 'error')}
                rowKey={(row) => row.proxyId}
                onOpen={(row) => void setChosen(row.proxyId === chosen ? null : row.proxyId)}
                selectedKey={chosen ?? undefined}
                defaultSort={{ column: 'state', descending: false }}
                filterText={(row) => [row.proxyId, row.node?.workload, row.node?.serviceAccount, nackOf(row)?.error].join(' ')}
                toolbar={
                  <SegmentedControl
                    label="State"
                    value={state}
                    onValueChange={(next) => void setState(next)}
                    options={[
                      { value: 'all', label: `All ${inScope.length}` },
                      { value: 'synced', label: `Synced ${count('synced')}` },
                      { value: 'stale', label: `Stale ${count('stale')}` },
                      { value: 'nack', label: `Rejected ${count('nack')}` },
                    ]}
                  />
                }
              />
            );
          }}
        </DataState>
      </SplitLayout>
    </Page>
  );
}
