import { queryOptions } from '@tanstack/react-query';
import { deleteJson, getJson, postJson } from '#components/api/http-client.ts';
import { promqlString, readInstant, type InstantAnswer, type PromAnswer } from '#components/api/prometheus.ts';
import type { AcksAnswer, AppliedObject, ApplyAnswer, AuthorizationPreviewAnswer, ListObjectsAnswer, ObjectAnswer, ObjectRef, PreviewAnswer, ProblemsAnswer } from '#server/config/schemas.ts';
import type { ServiceRow, WorkloadRow } from '#server/inventory/schemas.ts';

/** What names an object in the API; the kind follows from the plural. */
export type ObjectAddress = Omit<ObjectRef, 'kind'>;

/** Objects with their validation state, of one kind and namespace or of all. */
export const configListQuery = (params: { readonly kind?: string; readonly namespace?: string } = {}) =>
  queryOptions({
    queryKey: ['config', 'list', params] as const,
    queryFn: ({ signal }) => getJson<ListObjectsAnswer>('/api/config/objects', params, signal),
  });

/** Every finding of the configuration, errors first. */
export const problemsQuery = queryOptions({
  queryKey: ['config', 'problems', {}] as const,
  queryFn: ({ signal }) => getJson<ProblemsAnswer>('/api/config/problems', {}, signal),
});

/** One object with its text, findings and history. Fails with `not-found` when there is none. */
export const configObjectQuery = (ref: ObjectAddress) =>
  queryOptions({
    queryKey: ['config', 'object', objectPath(ref)] as const,
    queryFn: ({ signal }) => getJson<ObjectAnswer>(objectPath(ref), {}, signal),
  });

/** What applying a text would do; writes nothing. */
export const manifestPreviewQuery = (yaml: string) =>
  queryOptions({
    queryKey: ['config', 'preview', { yaml }] as const,
    queryFn: ({ signal }) => postJson<PreviewAnswer>('/api/config/preview', { yaml }, signal),
    gcTime: 5000,
  });

/** Which of the edges seen in the last five minutes a policy would refuse. */
export const authorizationPreviewQuery = (yaml: string, remove = false) =>
  queryOptions({
    queryKey: ['config', 'preview-authorization', { yaml, remove }] as const,
    queryFn: ({ signal }) => postJson<AuthorizationPreviewAnswer>('/api/config/preview-authorization', { yaml, remove, windowSeconds: 300 }, signal),
    gcTime: 5000,
    refetchInterval: 10_000,
  });

/** Which proxies have taken a write; asked twice a second until all have, or one refuses. */
export const acksQuery = (resourceVersion: string) =>
  queryOptions({
    queryKey: ['proxies', 'acks', { resourceVersion }] as const,
    queryFn: ({ signal }) => getJson<AcksAnswer>('/api/config/acks', { resourceVersion }, signal),
    refetchInterval: ({ state: { data } }) => (data !== undefined && data.acknowledged === data.total && data.total > 0 ? false : 500),
  });

export interface ProxyName {
  readonly proxyId: string;
  readonly state: 'synced' | 'stale' | 'nack';
}
export const proxiesQuery = queryOptions({
  queryKey: ['proxies', 'names', {}] as const,
  queryFn: async ({ signal }) => (await getJson<{ proxies: readonly ProxyName[] }>('/api/proxies', {}, signal)).proxies,
});

export const servicesQuery = queryOptions({
  queryKey: ['services', 'choices', {}] as const,
  queryFn: async ({ signal }) => (await getJson<{ services: readonly ServiceRow[] }>('/api/services', {}, signal)).services,
});
export const workloadsQuery = queryOptions({
  queryKey: ['workloads', 'choices', {}] as const,
  queryFn: async ({ signal }) => (await getJson<{ workloads: readonly WorkloadRow[] }>('/api/workloads', {}, signal)).workloads,
});

/** PromQL of the requests per second each version of a host got, as its callers counted them. */
export function sharesExpression(fqdn: string, windowSeconds: number): string {
  return `sum by (destination_version) (rate(istio_requests_total{reporter="source",destination_service=${promqlString(fqdn)}}[${windowSeconds}s]))`;
}

/** PromQL of the requests per second refused with 403 at workloads of one app (or at a whole namespace), by caller. */
export function refusalsExpression(namespace: string, app: string | undefined, windowSeconds: number): string {
  const workload = app === undefined ? '' : `,destination_app=${promqlString(app)}`;
  return `sum by (source_workload, source_principal, destination_workload) (rate(istio_requests_total{reporter="destination",response_code="403",destination_workload_namespace=${promqlString(namespace)}${workload}}[${windowSeconds}s])) > 0`;
}

/** An instant query at the server's now, asked again every two seconds: for what a write just changed. */
export const liveInstantQuery = (query: string) =>
  queryOptions({
    queryKey: ['promql', 'live', { query }] as const,
    queryFn: async ({ signal }): Promise<InstantAnswer> => readInstant(await getJson<PromAnswer>('/prometheus/api/v1/query', { query }, signal)),
    refetchInterval: 2000,
  });

/** Writes the objects of a text; with `resourceVersions` an object that moved on is a conflict. */
export function applyManifest(input: { readonly yaml: string; readonly resourceVersions?: Readonly<Record<string, string>> }): Promise<ApplyAnswer> {
  return postJson('/api/config/apply', input);
}

/** Undoes writes, the last one first. Gives what was written back. */
export async function undoWrites(auditIds: readonly string[]): Promise<readonly AppliedObject[]> {
  const written: AppliedObject[] = [];
  for (const auditId of auditIds.toReversed()) {
    const { applied } = await postJson<{ undone: string; applied?: AppliedObject }>('/api/config/undo', { auditId });
    if (applied !== undefined) written.push(applied);
  }
  return written;
}

/** Deletes one object. The answer's id undoes it. */
export function deleteObject(ref: ObjectAddress): Promise<{ auditId: string }> {
  return deleteJson(objectPath(ref));
}

function objectPath({ group, version, namespace, plural, name }: ObjectAddress): string {
  return `/api/config/objects/${[group === '' ? 'core' : group, version, namespace ?? '-', plural, name].map(encodeURIComponent).join('/')}`;
}
