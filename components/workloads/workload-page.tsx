'use client';

import { useQuery } from '@tanstack/react-query';
import { FlaskConical, LayoutDashboard, Network, Route } from 'lucide-react';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { paths, withParams } from '#components/api/paths.ts';
import { AppliedConfig } from '#components/board/applied-config.tsx';
import { BoardCharts } from '#components/board/board-charts.tsx';
import { LinkButton } from '#components/board/link-button.tsx';
import { servicesQuery } from '#components/services/queries.ts';
import { StatStrip } from '#components/board/stat-strip.tsx';
import { SubjectSkeleton } from '#components/board/subject-skeleton.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { StatusBadge } from '#components/status/status-label.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Badge } from '#components/ui/badge.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { Stat } from '#components/ui/stat.tsx';
import { Tabs } from '#components/ui/tabs.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import type { WorkloadRow } from '#server/inventory/schemas.ts';
import { AccessLog } from './access-log.tsx';
import { InstanceTable } from './instance-table.tsx';
import { workloadConfigQuery, workloadQuery } from './queries.ts';

const TABS = ['metrics', 'log', 'instances', 'config'] as const;

/** `/workloads/[namespace]/[name]`: what a workload answers and asks, its last requests, instances and configuration. */
export function WorkloadPage({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  const { endSeconds } = useTimeRange();
  const query = useQuery(workloadQuery(namespace, name, endSeconds));
  const found = query.data?.workload;
  return (
    <Page
      crumbs={[{ label: 'Workloads', href: paths.workloads() }, { label: name }]}
      namespaces={false}
      badge={found === undefined ? undefined : <StatusBadge status={found.health.status} reason={found.health.reason} />}
      toolbar={found === undefined ? query.isPending ? <Skeleton className="h-4 w-64" /> : undefined : <WorkloadLinks workload={found} />}
    >
      <DataState query={query} skeleton={<SubjectSkeleton />}>{({ workload }) => <WorkloadBody workload={workload} />}</DataState>
    </Page>
  );
}

function WorkloadBody({ workload }: { readonly workload: WorkloadRow }) {
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(TABS).withDefault('metrics').withOptions({ history: 'push' }));
  const config = useQuery(workloadConfigQuery(workload.namespace, workload.name));
  return (
    <div className="flex flex-col gap-4">
      <StatStrip numbers={workload}>
        <Stat label="Ready instances" value={workload.ready} />
        <Services workload={workload} />
      </StatStrip>
      <Tabs
        label="About this workload"
        value={tab}
        onValueChange={(next) => void setTab(next)}
        tabs={[
          {
            value: 'metrics',
            label: 'Metrics',
            content: (
              <div className="flex flex-col gap-4 pt-4">
                <BoardCharts board="workload" subject={`${workload.namespace}/${workload.name}`} />
              </div>
            ),
          },
          {
            value: 'log',
            label: 'Access log',
            content: (
              <Panel flush className="mt-4">
                <AccessLog namespace={workload.namespace} name={workload.name} />
              </Panel>
            ),
          },
          {
            value: 'instances',
            label: 'Instances',
            count: workload.instances,
            content: (
              <Panel flush className="mt-4">
                <InstanceTable workload={workload} />
              </Panel>
            ),
          },
          {
            value: 'config',
            label: 'Config',
            count: config.data?.length,
            content: (
              <Panel flush className="mt-4">
                <DataState query={config}>{(names) => <AppliedConfig names={names} hint="No rule routes, guards or tunes its traffic: every workload of the mesh may call it." />}</DataState>
              </Panel>
            ),
          },
        ]}
      />
    </div>
  );
}

/** The services whose requests it gets. */
function Services({ workload }: { readonly workload: WorkloadRow }) {
  const { endSeconds } = useTimeRange();
  const query = useQuery(servicesQuery(endSeconds));
  const owners = query.data?.services.filter((row) => row.namespace === workload.namespace && row.workloads.includes(workload.name)) ?? [];
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span className="text-label text-fg-secondary">Serves</span>
      <span className="flex flex-wrap gap-x-3 text-body">
        {owners.length === 0 && <span className="text-fg-tertiary">no service</span>}
        {owners.map((row) => (
          <AppLink key={row.host} href={paths.service(row.namespace, row.name)} className="text-accent hover:underline">
            {row.name}
          </AppLink>
        ))}
      </span>
    </div>
  );
}

function WorkloadLinks({ workload }: { readonly workload: WorkloadRow }) {
  return (
    <>
      <Badge title="Namespace">{workload.namespace}</Badge>
      <Badge title="Version">{workload.version}</Badge>
      <Badge mono title="Service account: its identity in the mesh">
        {`sa/${workload.serviceAccount}`}
      </Badge>
      <span className="ml-auto flex flex-wrap items-center gap-1">
        <LinkButton href={withParams(paths.graph(), { type: 'workload', select: `wl:${workload.namespace}/${workload.name}`, ns: workload.namespace })} icon={<Network />}>Graph</LinkButton>
        <LinkButton href={withParams(paths.dashboard('workload'), { workload: `${workload.namespace}/${workload.name}` })} icon={<LayoutDashboard />}>Dashboard</LinkButton>
        <LinkButton href={withParams(paths.traces(), { service: `${workload.app}.${workload.namespace}` })} icon={<Route />}>Traces</LinkButton>
        <LinkButton href={paths.tryRequest({ who: `${workload.namespace}/${workload.name}` })} icon={<FlaskConical />}>Try a request</LinkButton>
      </span>
    </>
  );
}
