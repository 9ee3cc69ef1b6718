import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { workloadOf } from '#server/graph/core/decorate-graph.ts';
import { askAdmin } from '#server/proxies/ask-admin.ts';
import type { ServerContext } from '#server/server-context.ts';
import { messageOf, ServerError } from '#server/server-error.ts';
import type { AccessLogAnswer } from './schemas.ts';

/** Of one instance: 1000 lines, the most one may ask for, are about 1 MiB. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 2000;

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
  const query = new URLSearchParams({ limit: String(limit), ...(traceId === undefined ? {} : { trace_id: traceId }) });
  const answer = await askAdmin(entry, `/access_log?${query}`, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES });
  if (!answer.ok) return { entries: [], errors: [answer.problem] };
  try {
    const body: unknown = JSON.parse(answer.text);
    const list: unknown[] = Array.isArray(body) ? body : [];
    return { entries: list.filter((e): e is Record<string, unknown> => typeof e === 'object' && e !== null).map((e) => ({ ...e, instance })), errors: [] };
  } catch (error) {
    return { entries: [], errors: [`${instance} does not answer: ${messageOf(error)}`] };
  }
}
