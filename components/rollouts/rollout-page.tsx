'use client';

import { useQuery } from '@tanstack/react-query';
import { GitCompareArrows } from 'lucide-react';
import { paths } from '#components/api/paths.ts';
import { LinkButton } from '#components/board/link-button.tsx';
import { PromqlPanel } from '#components/charts/promql-panel.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { StatusBadge, StatusLabel } from '#components/status/status-label.tsx';
import { rolloutStatus } from '#components/status/status.ts';
import { compareRolloutHref } from '#components/traces/compare/compare-links.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { Stat } from '#components/ui/stat.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { RolloutHistoryEntry } from '#mesh-core/domain/resources/canary-rollout.ts';
import { latencyQueries, rateQueries, successQueries, type Arms } from './arm-queries.ts';
import { rolloutQuery, type RolloutView } from './queries.ts';
import { RolloutActions } from './rollout-actions.tsx';
import { RolloutChecks } from './rollout-checks.tsx';
import { RolloutSteps } from './rollout-steps.tsx';
import { WeightPanel } from './weight-panel.tsx';

/** `/rollouts/[ns]/[name]`: a rollout while it runs, and its record afterwards. */
export function RolloutPage({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  const query = useQuery(rolloutQuery(namespace, name));
  const { data } = query;
  return (
    <Page
      crumbs={[{ label: 'Rollouts', href: paths.rollouts() }, { label: name }]}
      badge={data === undefined ? undefined : <StatusBadge {...rolloutStatus(data.rollout.status?.phase)} />}
      actions={
        data === undefined ? undefined : (
          <>
            <CompareTraces view={data} />
            <RolloutActions view={data} />
          </>
        )
      }
      namespaces={false}
    >
      <DataState query={query}>{(view) => <Content view={view} />}</DataState>
    </Page>
  );
}

/** To what the two versions' requests did, span by span; after a promotion: those before and after it. */
function CompareTraces({ view }: { readonly view: RolloutView }) {
  const { spec, status } = view.rollout;
  if (spec === undefined) return null;
  const promoted = status?.phase === 'Promoted';
  const href = compareRolloutHref({ service: spec.host.split('.')[0] ?? '', stable: spec.stable.subset, canary: spec.canary.subset, startedMs: msOf(status?.startedAt), finishedMs: msOf(status?.finishedAt), promoted });
  return (
    <LinkButton href={href} icon={<GitCompareArrows />}>
      {promoted ? 'Compare traces before and after' : 'Compare traces'}
    </LinkButton>
  );
}

function msOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}

function Content({ view }: { readonly view: RolloutView }) {
  const { rollout } = view;
  const { spec, status = {} } = rollout;
  if (spec === undefined) return <EmptyState title="This object has no spec" hint="Open it as YAML to repair it." />;
  const arms: Arms = { fqdn: view.fqdn, stable: { label: `${spec.stable.subset} (stable)`, workloads: view.stable.workloads }, canary: { label: `${spec.canary.subset} (canary)`, workloads: view.canary.workloads } };
  return (
    <div className="flex flex-col gap-4">
      <Panel>
        <div className="flex flex-col gap-3">
          <p className="text-body" role="status" aria-live="polite">
            {status.message ?? 'The controller has not looked at this rollout yet.'}
          </p>
          <RolloutSteps spec={spec} status={status} />
          <div className="grid grid-cols-2 gap-4 md:grid-cols-4">
            <Stat label="Wanted share" value={status.weight ?? 0} unit="percent" />
            <Stat label="Measured share" value={status.finishedAt === undefined ? status.observedShare : null} unit="percent" />
            <Stat label="Extra bad answers" value={status.harm ?? 0} unit="count" />
            <div className="flex flex-col gap-0.5 text-label">
              <Instances label={arms.stable.label} namespace={rollout.metadata.namespace ?? ''} {...view.stable} />
              <Instances label={arms.canary.label} namespace={rollout.metadata.namespace ?? ''} {...view.canary} />
            </div>
          </div>
        </div>
      </Panel>
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_400px]">
        <div className="grid min-w-0 content-start gap-4 xl:grid-cols-2">
          <WeightPanel arms={arms} history={status.history ?? []} finishedAt={status.finishedAt} />
          <PromqlPanel title="Success rate" queries={successQueries(arms)} unit="ratio" height={160} />
          <PromqlPanel title="Latency, p95" queries={latencyQueries(arms)} unit="ms" height={160} />
          <PromqlPanel title="Requests" queries={rateQueries(arms)} unit="rps" height={160} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title="Checks" note="against stable, at the same time" flush>
            <RolloutChecks checks={status.checks ?? []} analysis={spec.analysis} />
          </Panel>
          <Objects view={view} />
        </div>
      </div>
      <Panel title="History" flush>
        <History entries={status.history ?? []} />
      </Panel>
    </div>
  );
}

function Instances({ label, namespace, workloads, instances, ready }: { readonly label: string; readonly namespace: string; readonly workloads: readonly string[]; readonly instances: number; readonly ready: number }) {
  return (
    <div className="flex flex-col">
      <span className="text-fg-tertiary">{label}</span>
      <span className="flex flex-wrap gap-x-2">
        {workloads.map((workload) => (
          <AppLink key={workload} href={paths.workload(namespace, workload)} className="hover:underline">
            {workload}
          </AppLink>
        ))}
        <span className="text-fg-secondary tabular-nums">{`${ready} of ${instances} ready`}</span>
      </span>
    </div>
  );
}

function Objects({ view }: { readonly view: RolloutView }) {
  const namespace = view.rollout.metadata.namespace ?? '';
  const { spec } = view.rollout;
  const links: { label: string; href: string }[] = [{ label: `CanaryRollout ${view.rollout.metadata.name}`, href: paths.configObject({ group: 'binnacle.dev', version: 'v1', plural: 'canaryrollouts', namespace, name: view.rollout.metadata.name }) }];
  if (view.virtualService !== null) links.push({ label: `VirtualService ${view.virtualService}`, href: paths.configObject({ group: 'networking.istio.io', version: 'v1', plural: 'virtualservices', namespace, name: view.virtualService }) });
  if (spec?.destinationRule !== undefined) links.push({ label: `DestinationRule ${spec.destinationRule}`, href: paths.configObject({ group: 'networking.istio.io', version: 'v1', plural: 'destinationrules', namespace, name: spec.destinationRule }) });
  links.push({ label: `Service ${spec?.host ?? ''}`, href: paths.service(namespace, (spec?.host ?? '').split('.')[0] ?? '') });
  return (
    <Panel title="What it steers" {...(view.route === null ? {} : { note: `route now ${view.route.stable} : ${view.route.canary}` })}>
      <ul className="flex flex-col gap-1 text-label">
        {links.map(({ label, href }) => (
          <li key={href}>
            <AppLink href={href} className="hover:underline">
              {label}
            </AppLink>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function History({ entries }: { readonly entries: readonly RolloutHistoryEntry[] }) {
  if (entries.length === 0) return <EmptyState title="Nothing has happened yet" />;
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-label">
        <thead className="text-left text-fg-tertiary">
          <tr className="border-b border-line [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium">
            <th scope="col">When</th>
            <th scope="col">Phase</th>
            <th scope="col" className="text-right">Weight</th>
            <th scope="col">What happened</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          {entries.toReversed().map((entry, index) => (
            <tr key={`${entry.time}${index}`} className="border-b border-line last:border-0 [&>td]:px-3 [&>td]:py-1.5">
              <td className="whitespace-nowrap">
                <RelativeTime at={entry.time} />
              </td>
              <td className="whitespace-nowrap">
                <StatusLabel {...rolloutStatus(entry.to)} quiet />
              </td>
              <td className="text-right tabular-nums">{`${entry.weight} %`}</td>
              <td className="min-w-60">{entry.message}</td>
              <td className="whitespace-nowrap text-fg-secondary">{entry.actor}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
