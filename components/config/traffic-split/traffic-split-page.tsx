'use client';

import { useQuery } from '@tanstack/react-query';
import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { EmptyState, Notice } from '#components/ui/states.tsx';
import { serviceFqdn } from '#mesh-core/domain/resources/host-name.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { liveInstantQuery, sharesExpression } from '../queries.ts';
import { objectHref } from '../object-href.ts';
import { readMeasuredShares } from './measured-shares.ts';
import { SplitForm } from './split-form.tsx';
import { useSplitSources, type SplitContext } from './use-split-sources.ts';

/** Metrics are scraped every few seconds: shorter, and a rate has too few samples. */
const WINDOW_SECONDS = 20;

/** Who gets which share of the requests to one host. */
export function TrafficSplitPage({ namespace, host }: { readonly namespace: string; readonly host: string }) {
  const query = useSplitSources(host, namespace);
  const sources = query.data?.sources;
  return (
    <Page
      crumbs={[{ label: 'Config', href: paths.config() }, { label: 'Traffic split' }, { label: `${namespace}/${host}` }]}
      actions={
        <>
          <YamlLink object={sources?.virtualService} />
          <YamlLink object={sources?.destinationRule} />
        </>
      }
      namespaces={false}
      time={false}
      fill
    >
      <DataState query={query} className="flex h-full min-h-0 flex-col">
        {(context) => <Content namespace={namespace} host={host} context={context} />}
      </DataState>
    </Page>
  );
}

function Content({ namespace, host, context }: { readonly namespace: string; readonly host: string; readonly context: SplitContext }) {
  const measured = useQuery(liveInstantQuery(sharesExpression(serviceFqdn(host, namespace), WINDOW_SECONDS)));
  const { sources, running, rollout } = context;
  if (running.length === 0 && sources.virtualService === undefined && sources.destinationRule === undefined) {
    return <EmptyState title={`No workload of ${namespace}/${host} is running`} hint={<>A split needs versions. Start one with <code>npm run mesh -- run --service {host} --version v1 …</code></>} />;
  }
  return (
    <>
      {rollout !== undefined && (
        <Notice
          status="progressing"
          title={`The rollout ${rollout.name} steers these shares.`}
          message="A change here makes it stop as drifted."
          action={
            <AppLink href={paths.rollout(rollout.namespace ?? namespace, rollout.name)} className="shrink-0 font-medium text-accent hover:underline">
              Open the rollout
            </AppLink>
          }
        />
      )}
      {sources.rivals.length > 0 && <Notice status="degraded" title="Several VirtualServices route this host; sidecars use the oldest." message={`Without effect: ${sources.rivals.join(', ')}`} />}
      <SplitForm namespace={namespace} host={host} sources={sources} running={running} measured={measured.data === undefined ? undefined : readMeasuredShares(measured.data)} windowSeconds={WINDOW_SECONDS} />
    </>
  );
}

function YamlLink({ object }: { readonly object: KubeObject | undefined }) {
  const href = object === undefined ? undefined : objectHref(object);
  if (object === undefined || href === undefined) return null;
  return (
    <AppLink href={href} className={buttonClass()}>
      {object.kind}
    </AppLink>
  );
}
