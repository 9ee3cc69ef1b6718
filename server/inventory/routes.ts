import { z } from 'zod';
import { workloadOf } from '#server/graph/core/decorate-graph.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { CONSOLE_KINDS } from '#mesh-core/domain/resources/kinds.ts';
import { summarize } from '#server/config/describe-object.ts';
import { refOf } from '#server/config/object-ref.ts';
import { defineRoute, type Route } from '#server/http/route.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import { listServices, listWorkloads } from './list-workloads.ts';
import { readAccessLog } from './read-access-log.ts';
import { AccessLogQuery, SearchQuery, type SearchHit } from './schemas.ts';

const AtQuery = z.object({ at: z.coerce.number().optional() });
const MAX_HITS = 30;

/** What there is in the mesh: namespaces, services, workloads, logs, search. */
export function inventoryRoutes(ctx: ServerContext): Route[] {
  return [
    defineRoute({ method: 'GET', path: '/api/namespaces', scope: 'view', summary: 'Namespaces.', handle: async () => ({ namespaces: ctx.config.list('Namespace').map((n) => ({ name: n.metadata.name, labels: n.metadata.labels ?? {} })) }) }),
    defineRoute({ method: 'GET', path: '/api/services', scope: 'view', summary: 'Services with traffic, health and the configuration that applies.', query: AtQuery, handle: async ({ query }) => ({ services: await listServices({ ctx, ...query }) }) }),
    defineRoute({ method: 'GET', path: '/api/workloads', scope: 'view', summary: 'Workloads with instances, traffic and health.', query: AtQuery, handle: async ({ query }) => ({ workloads: await listWorkloads({ ctx, ...query }) }) }),
    defineRoute({
      method: 'GET',
      path: '/api/workloads/:namespace/:name',
      scope: 'view',
      summary: 'One workload.',
      query: AtQuery,
      handle: async ({ params, query }) => {
        const workload = (await listWorkloads({ ctx, ...query })).find((w) => w.namespace === params['namespace'] && w.name === params['name']);
        if (workload === undefined) throw new ServerError('not-found', `No instance of "${params['name'] ?? ''}" is registered in namespace ${params['namespace'] ?? ''}.`);
        return { workload };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/workloads/:namespace/:name/access-log',
      scope: 'view',
      summary: 'The last access-log lines of a workload\'s proxies.',
      query: AccessLogQuery,
      handle: ({ params, query }) => readAccessLog({ ctx, namespace: params['namespace'] ?? '', workload: params['name'] ?? '', limit: query.limit, traceId: query.traceId }),
    }),
    defineRoute({ method: 'GET', path: '/api/search', scope: 'view', summary: 'Services, workloads and objects by name.', query: SearchQuery, handle: async ({ query }) => ({ hits: search(ctx, query.q) }) }),
  ];
}

function search(ctx: ServerContext, text: string): SearchHit[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hits: SearchHit[] = [];
  for (const [key, workload] of workloadsByName(ctx)) {
    if (words.every((w) => `workload ${key}`.includes(w))) hits.push({ kind: 'workload', label: workload.name, detail: `Workload in ${workload.namespace}`, href: `/workloads/${encodeURIComponent(workload.namespace)}/${encodeURIComponent(workload.name)}` });
  }
  for (const kind of CONSOLE_KINDS) {
    if (kind.kind === 'Event' || kind.kind === 'WorkloadEntry') continue;
    for (const object of ctx.config.list(kind.id)) {
      const { name, namespace = '-' } = object.metadata;
      const haystack = `${kind.kind} ${kind.shortNames.join(' ')} ${namespace} ${name}`.toLowerCase();
      if (!words.every((w) => haystack.includes(w))) continue;
      const ref = refOf(object);
      const path = [ref.group === '' ? 'core' : ref.group, ref.version, namespace, ref.plural, name].map(encodeURIComponent).join('/');
      const href = kind.kind === 'Service' ? `/services/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}` : kind.kind === 'CanaryRollout' ? `/rollouts/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}` : `/config/${path}`;
      hits.push({ kind: kind.kind === 'Service' ? 'service' : kind.kind === 'CanaryRollout' ? 'rollout' : 'config', label: name, detail: `${kind.kind} in ${namespace}: ${summarize(object)}`, href });
      if (hits.length >= MAX_HITS) return hits;
    }
  }
  return hits.slice(0, MAX_HITS);
}

/** Registered workloads by `namespace/name`, in that order. */
function workloadsByName(ctx: Pick<ServerContext, 'config'>): [string, { namespace: string; name: string }][] {
  const entries = ctx.config.list<WorkloadEntry>('WorkloadEntry').map((entry) => ({ namespace: entry.metadata.namespace ?? 'default', name: workloadOf(entry) }));
  return [...new Map(entries.map((w): [string, typeof w] => [`${w.namespace}/${w.name}`.toLowerCase(), w]))].toSorted(([a], [b]) => a.localeCompare(b));
}
