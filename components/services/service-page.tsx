'use client';

import { useQuery } from '@tanstack/react-query';
import { FlaskConical, GitBranch, LayoutDashboard, Network, Route, SlidersHorizontal } from 'lucide-react';
import { paths, withParams } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { StatusBadge } from '#components/status/status-label.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Badge } from '#components/ui/badge.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { workloadsQuery } from '#components/workloads/queries.ts';
import { WorkloadTable } from '#components/workloads/workload-table.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import type { ServiceRow } from '#server/inventory/schemas.ts';
import { AppliedConfig } from '#components/board/applied-config.tsx';
import { BoardCharts } from '#components/board/board-charts.tsx';
import { LinkButton } from '#components/board/link-button.tsx';
import { servicesQuery } from './queries.ts';
import { StatStrip } from '#components/board/stat-strip.tsx';
import { SubjectSkeleton } from '#components/board/subject-skeleton.tsx';

/** `/services/[namespace]/[name]`: how one service does, who serves it, and what configures it. */
export function ServicePage({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  const { endSeconds } = useTimeRange();
  const query = useQuery(servicesQuery(endSeconds));
  const found = query.data?.services.find((row) => row.namespace === namespace && row.name === name);
  return (
    <Page
      crumbs={[{ label: 'Services', href: paths.services() }, { label: name }]}
      namespaces={false}
      badge={found === undefined ? undefined : <StatusBadge status={found.health.status} reason={found.health.reason} />}
      toolbar={found === undefined ? query.isPending ? <Skeleton className="h-4 w-64" /> : undefined : <ServiceLinks service={found} />}
    >
      <DataState query={query} skeleton={<SubjectSkeleton />} empty={() => (found === undefined ? { title: `There is no service ${name} in ${namespace}`, hint: 'It may have been deleted, or its program has left the mesh.', action: <AppLink href={paths.services()} className={buttonClass()}>All services</AppLink> } : undefined)}>
        {() => found !== undefined && <ServiceBody service={found} />}
      </DataState>
    </Page>
  );
}

function ServiceBody({ service }: { readonly service: ServiceRow }) {
  return (
    <div className="flex flex-col gap-4">
      <StatStrip numbers={service}>
        {!service.external && (
          <div className="flex min-w-0 flex-col gap-1">
            <span className="text-label text-fg-secondary">Served by</span>
            <span className="flex flex-wrap gap-x-3 text-body">
              {service.workloads.length === 0 && <span className="text-fg-tertiary">no workload</span>}
              {service.workloads.map((name) => (
                <AppLink key={name} href={paths.workload(service.namespace, name)} className="text-accent hover:underline">
                  {name}
                </AppLink>
              ))}
            </span>
          </div>
        )}
      </StatStrip>
      <BoardCharts board="service" subject={service.host} sections={['As its callers see it', 'By caller and version']} />
      {!service.external && (
        <Panel title="Workloads" note="that serve it" flush>
          <Members service={service} />
        </Panel>
      )}
      <Panel title="Config" note="that shapes or guards its traffic" flush>
        <AppliedConfig names={service.config} hint="Requests are spread evenly over all instances, and every workload of the mesh may call it." />
      </Panel>
    </div>
  );
}

function Members({ service }: { readonly service: ServiceRow }) {
  const { endSeconds } = useTimeRange();
  const query = useQuery(workloadsQuery(endSeconds));
  return (
    <DataState query={query} empty={() => (service.workloads.length === 0 ? { title: 'No workload serves it', hint: 'No registered instance has the labels that the service selects.' } : undefined)}>
      {({ workloads }) => <WorkloadTable rows={workloads.filter((row) => row.namespace === service.namespace && service.workloads.includes(row.name))} urlKey="w" />}
    </DataState>
  );
}

function ServiceLinks({ service }: { readonly service: ServiceRow }) {
  return (
    <>
      <span className="flex min-w-0 items-center">
        <code className="truncate font-mono text-label text-fg-secondary">{service.host}</code>
        <CopyButton text={service.host} label="Copy the host" />
      </span>
      {service.ports.map((port) => (
        <Badge key={port} mono>
          {port}
        </Badge>
      ))}
      {service.external && <Badge>outside the mesh</Badge>}
      <span className="ml-auto flex flex-wrap items-center gap-1">
        <LinkButton href={withParams(paths.graph(), { type: 'service', select: `svc:${service.namespace}/${service.name}`, ns: service.namespace })} icon={<Network />}>Graph</LinkButton>
        <LinkButton href={withParams(paths.dashboard('service'), { service: service.host })} icon={<LayoutDashboard />}>Dashboard</LinkButton>
        {!service.external && <LinkButton href={withParams(paths.traces(), { service: `${service.name}.${service.namespace}` })} icon={<Route />}>Traces</LinkButton>}
        {!service.external && <LinkButton href={withParams(paths.rolloutNew(), { namespace: service.namespace, service: service.name })} icon={<GitBranch />}>Roll out</LinkButton>}
        {!service.external && <LinkButton href={paths.trafficSplit(service.namespace, service.name)} icon={<SlidersHorizontal />}>Split traffic</LinkButton>}
        <LinkButton href={paths.tryRequest({ host: service.host })} icon={<FlaskConical />}>Try a request</LinkButton>
      </span>
    </>
  );
}
