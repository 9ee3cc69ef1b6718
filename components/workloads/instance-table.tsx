'use client';

import { useQuery } from '@tanstack/react-query';
import { paths } from '#components/api/paths.ts';
import { configListQuery } from '#components/config/queries.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { proxiesQuery, type ProxyRow } from '#components/proxies/queries.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { proxySyncStatus } from '#components/status/status.ts';
import { targetsQuery } from '#components/targets/queries.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { WorkloadRow } from '#server/inventory/schemas.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';

interface Instance {
  readonly name: string;
  readonly namespace: string;
  readonly summary: string;
  readonly since: string | undefined;
  readonly proxy: ProxyRow | undefined;
  readonly target: TargetStatus | undefined;
}

const COLUMNS: readonly Column<Instance>[] = [
  {
    id: 'name',
    header: 'Instance',
    sortValue: (row) => row.name,
    cell: (row) => (
      <AppLink href={paths.configObject({ group: 'networking.istio.io', version: 'v1', plural: 'workloadentries', namespace: row.namespace, name: row.name })} className="font-medium hover:underline">
        {row.name}
      </AppLink>
    ),
  },
  { id: 'summary', header: 'Where', from: 'lg', cell: (row) => <span className="text-fg-secondary">{row.summary}</span> },
  {
    id: 'proxy',
    header: 'Proxy',
    width: 132,
    cell: (row) =>
      row.proxy === undefined ? (
        <StatusLabel quiet {...proxySyncStatus('disconnected')} reason="No proxy of this instance is connected to the control plane." />
      ) : (
        <AppLink href={paths.proxy(row.proxy.proxyId)} className="inline-flex hover:underline">
          <StatusLabel quiet {...proxySyncStatus(row.proxy.state)} />
        </AppLink>
      ),
  },
  { id: 'target', header: 'Metrics', width: 104, from: 'md', cell: (row) => (row.target === undefined ? <span className="text-fg-tertiary">not scraped</span> : <StatusLabel quiet status={row.target.health === 'up' ? 'healthy' : row.target.health === 'down' ? 'failing' : 'unknown'} label={row.target.health === 'up' ? 'Up' : row.target.health === 'down' ? 'Down' : 'Unknown'} reason={row.target.lastError || undefined} />) },
  { id: 'certificate', header: 'Certificate ends', width: 138, align: 'right', from: 'md', cell: (row) => <RelativeTime at={row.proxy?.certificate?.notAfter} /> },
  { id: 'since', header: 'Joined', width: 104, align: 'right', from: 'lg', sortValue: (row) => row.since, cell: (row) => <RelativeTime at={row.since} /> },
];

/** The running instances of a workload: where they are, whether their proxy has the configuration and a certificate. */
export function InstanceTable({ workload }: { readonly workload: WorkloadRow }) {
  const entries = useQuery(configListQuery({ kind: 'WorkloadEntry', namespace: workload.namespace }));
  const proxies = useQuery(proxiesQuery);
  const targets = useQuery(targetsQuery);
  return (
    <DataState query={entries} partial={() => (proxies.error === null ? undefined : `The proxies' state is not known: ${proxies.error.message}`)}>
      {({ objects }) => (
        <DataTable
          label="Instances"
          urlKey="instance"
          rows={workload.instanceNames.map((name): Instance => {
            const entry = objects.find((row) => row.name === name);
            const target = targets.data?.targets.find(({ labels }) => labels['pod'] === name && labels['namespace'] === workload.namespace);
            const proxyId = target?.discoveredLabels['__meta_workload_entry_annotation_proxy_istio_io_id'];
            return { name, namespace: workload.namespace, summary: entry?.summary ?? '', since: entry?.creationTimestamp, target, proxy: proxies.data?.proxies.find((row) => row.proxyId === proxyId) };
          })}
          columns={COLUMNS}
          rowKey={(row) => row.name}
        />
      )}
    </DataState>
  );
}
