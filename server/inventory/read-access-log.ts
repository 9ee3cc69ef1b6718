import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { workloadOf } from '#server/graph/core/decorate-graph.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import type { AccessLogAnswer } from './schemas.ts';

/** The last access-log lines of a workload's proxies, oldest first. An instance that does not answer is named in `errors`. */
export async function readAccessLog({ ctx, namespace, workload, limit, traceId }: { ctx: Pick<ServerContext, 'config'>; namespace: string; workload: string; limit: number; traceId?: string | undefined }): Promise<AccessLogAnswer> {
  const instances = ctx.config.list<WorkloadEntry>('WorkloadEntry', namespace).filter((e) => workloadOf(e) === workload);
  if (instances.length === 0) throw new ServerError('not-found', `No instance of "${workload}" is registered in namespace ${namespace}.`);
  const answers = await Promise.all(instances.map((entry) => fromInstance(entry, limit, traceId)));
  const entries = answers.flatMap((a) => a.entries).toSorted((a, b) => String(a['start_time']).localeCompare(String(b['start_time'])));
  return { entries: entries.slice(-limit), errors: answers.flatMap((a) => a.errors) };
}

async function fromInstance(entry: WorkloadEntry, limit: number, traceId: string | undefined): Promise<AccessLogAnswer> {
  const instance = entry.metadata.name;
  const port = Number(entry.metadata.annotations?.['prometheus.io/port']);
  if (!Number.isInteger(port)) return { entries: [], errors: [`${instance} does not say where its admin port is.`] };
  const query = new URLSearchParams({ limit: String(limit), ...(traceId === undefined ? {} : { trace_id: traceId }) });
  try {
    const answer = await fetch(`http://${entry.spec?.address ?? '127.0.0.1'}:${port}/access_log?${query}`, { signal: AbortSignal.timeout(2000) });
    if (!answer.ok) return { entries: [], errors: [`${instance} answered ${answer.status}.`] };
    const body: unknown = await answer.json();
    const list: unknown[] = Array.isArray(body) ? body : [];
    return { entries: list.filter((e): e is Record<string, unknown> => typeof e === 'object' && e !== null).map((e) => ({ ...e, instance })), errors: [] };
  } catch (error) {
    return { entries: [], errors: [`${instance} does not answer: ${error instanceof Error ? error.message : String(error)}`] };
  }
}
