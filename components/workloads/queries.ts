import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { Graph } from '#server/graph/core/graph-model.ts';
import type { AccessLogAnswer, WorkloadRow } from '#server/inventory/schemas.ts';

export interface WorkloadsAnswer {
  readonly workloads: readonly WorkloadRow[];
}

/** Every workload with its traffic of the minute before `at` (Unix seconds). */
export const workloadsQuery = (at: number) =>
  queryOptions({
    queryKey: ['workloads', 'list', { at }] as const,
    queryFn: ({ signal }) => getJson<WorkloadsAnswer>('/api/workloads', { at }, signal),
    placeholderData: keepPreviousData,
  });

/** One workload. Fails with `not-found` when no instance of it is registered. */
export const workloadQuery = (namespace: string, name: string, at: number) =>
  queryOptions({
    queryKey: ['workloads', 'get', { namespace, name, at }] as const,
    queryFn: ({ signal }) => getJson<{ workload: WorkloadRow }>(path(namespace, name), { at }, signal),
    placeholderData: keepPreviousData,
  });

/** The last lines of its proxies' access logs, oldest first; asked again while `follow`. */
export const accessLogQuery = (namespace: string, name: string, follow: boolean) =>
  queryOptions({
    queryKey: ['workloads', 'access-log', { namespace, name }] as const,
    queryFn: ({ signal }) => getJson<AccessLogAnswer>(`${path(namespace, name)}/access-log`, { limit: 500 }, signal),
    refetchInterval: follow ? 3000 : false,
  });

/** Names (`Kind/namespace/name`) of the configuration that has a say in a workload's traffic, as the graph knows it. */
export const workloadConfigQuery = (namespace: string, name: string) =>
  queryOptions({
    queryKey: ['config', 'of-workload', { namespace, name }] as const,
    queryFn: async ({ signal }) => {
      const graph = await getJson<Graph>('/api/graph', { type: 'workload', namespaces: namespace, idleNodes: 'true', duration: 60 }, signal);
      const node = graph.nodes.find((one) => one.workload === name && one.namespace === namespace);
      return (node?.config ?? []).map((ref) => `${ref.kind}/${ref.namespace ?? '-'}/${ref.name}`);
    },
    staleTime: 30_000,
  });

function path(namespace: string, name: string): string {
  return `/api/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}
