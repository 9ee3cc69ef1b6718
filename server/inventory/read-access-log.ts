import { get, type IncomingMessage } from 'node:http';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { workloadOf } from '#server/graph/core/decorate-graph.ts';
import { addressProblem, hostInUrl, lookupWorkload } from '#server/scrape/workload-address.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
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
  const port = Number(entry.metadata.annotations?.['prometheus.io/port']);
  if (!Number.isInteger(port)) return { entries: [], errors: [`${instance} does not say where its admin port is.`] };
  const host = entry.spec?.address ?? '127.0.0.1';
  const unusable = addressProblem(host);
  if (unusable !== undefined) return { entries: [], errors: [`${instance} cannot be asked: ${unusable}.`] };
  const query = new URLSearchParams({ limit: String(limit), ...(traceId === undefined ? {} : { trace_id: traceId }) });
  try {
    const { status, text } = await call(`http://${hostInUrl(host)}:${port}/access_log?${query}`);
    if (status !== 200) return { entries: [], errors: [`${instance} answered ${status}.`] };
    const body: unknown = JSON.parse(text);
    const list: unknown[] = Array.isArray(body) ? body : [];
    return { entries: list.filter((e): e is Record<string, unknown> => typeof e === 'object' && e !== null).map((e) => ({ ...e, instance })), errors: [] };
  } catch (error) {
    return { entries: [], errors: [`${instance} does not answer: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** Follows no redirect: where to ask is the entry's to say, not the answer's. Rejects after 2 s or when the answer is too long. */
async function call(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { signal: AbortSignal.timeout(TIMEOUT_MS), lookup: lookupWorkload, agent: false }, resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}
