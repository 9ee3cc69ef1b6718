import { z } from 'zod';
import { simulateRequest, type RequestSimulation } from '#mesh-core/domain/decide/simulate-request.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { workloadOf } from '#server/graph/core/decorate-graph.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';

/** `POST /api/config/simulate`: one request as a workload would make it. */
export const SimulateBody = z.object({
  /** `namespace/workload`; a gateway's workload stands for a client outside that calls it. */
  from: z.string().regex(/^[^/]+\/[^/]+$/, 'namespace/workload'),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65535).default(80),
  method: z.string().default('GET'),
  path: z.string().startsWith('/').default('/'),
  headers: z.record(z.string(), z.string()).default({}),
});

/** What would become of the request with the configuration of now: route, shares, connection, and the verdict of each policy. Nothing is sent. */
export function simulate(ctx: Pick<ServerContext, 'config'>, input: z.infer<typeof SimulateBody>): RequestSimulation {
  const [namespace = '', workload = ''] = input.from.split('/');
  const entry = ctx.config.list<WorkloadEntry>('WorkloadEntry', namespace).find((e) => workloadOf(e) === workload);
  if (entry === undefined) throw new ServerError('not-found', `No instance of "${workload}" is registered in namespace ${namespace}.`, { hint: 'GET /api/workloads lists those that are.' });
  const labels = { ...entry.metadata.labels, ...entry.spec?.labels };
  const isGateway = labels['istio'] !== undefined && labels['istio'].includes('gateway');
  const { host, port, method, path } = input;
  const headers = Object.fromEntries(Object.entries(input.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return simulateRequest(ctx.config.snapshot(), { from: { namespace, workload, serviceAccount: entry.spec?.serviceAccount ?? 'default', labels, ...(entry.spec?.address === undefined ? undefined : { address: entry.spec.address }), ...(entry.spec?.locality === undefined ? undefined : { locality: entry.spec.locality }), type: isGateway ? 'router' : 'sidecar' }, host, port, method, path, headers });
}
