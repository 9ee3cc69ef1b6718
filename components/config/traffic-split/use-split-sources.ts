'use client';

import { useQueries, useQuery } from '@tanstack/react-query';
import type { ShownQuery } from '#components/ui/data-state.tsx';
import type { ConfigRow } from '#server/config/schemas.ts';
import { combineQueries } from '../combine-queries.ts';
import { configListQuery, configObjectQuery, servicesQuery, workloadsQuery } from '../queries.ts';
import { findSplitObjects, type SplitSources } from './find-split-objects.ts';
import type { RunningVersion } from './traffic-split-model.ts';

export interface SplitContext {
  readonly sources: SplitSources;
  readonly running: readonly RunningVersion[];
  /** A canary rollout that steers this host now. */
  readonly rollout: ConfigRow | undefined;
}

/** Everything about one host that its form needs: the objects that route it, the versions that run, a rollout at work. */
export function useSplitSources(host: string, namespace: string): ShownQuery<SplitContext> {
  const virtualServices = useQuery(configListQuery({ kind: 'VirtualService' }));
  const rules = useQuery(configListQuery({ kind: 'DestinationRule' }));
  const rollouts = useQuery(configListQuery({ kind: 'CanaryRollout', namespace }));
  const services = useQuery(servicesQuery);
  const workloads = useQuery(workloadsQuery);
  // The summary starts with the hosts: only objects that may be of this host are read in full.
  const candidates = [...(virtualServices.data?.objects ?? []), ...(rules.data?.objects ?? [])].filter(({ summary }) => summary.includes(host));
  const objects = useQueries({ queries: candidates.map((row) => configObjectQuery(row)) });
  return combineQueries([virtualServices, rules, rollouts, services, workloads, ...objects], () => {
    const names = new Set((services.data ?? []).find((service) => service.namespace === namespace && service.name === host)?.workloads);
    const instances = new Map<string, number>();
    for (const workload of workloads.data ?? []) {
      if (workload.namespace !== namespace || workload.version === '' || !(names.has(workload.name) || workload.app === host)) continue;
      instances.set(workload.version, (instances.get(workload.version) ?? 0) + workload.instances);
    }
    return {
      sources: findSplitObjects(host, namespace, objects.flatMap(({ data }) => (data === undefined ? [] : [data.object]))),
      running: [...instances].map(([version, count]) => ({ version, instances: count })).sort((a, b) => a.version.localeCompare(b.version)),
      rollout: rollouts.data?.objects.find(({ summary }) => summary.startsWith(`${host}:`) && !/, (Promoted|RolledBack) /.test(summary)),
    };
  });
}
