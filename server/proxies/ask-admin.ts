import { get, type IncomingMessage } from 'node:http';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { addressProblem, hostInUrl, lookupWorkload } from '#server/scrape/workload-address.ts';
import { messageOf } from '#server/server-error.ts';

/** What the admin port of a proxy answered, or why there is no answer. */
export type AdminAnswer = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };
export interface AdminLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/**
 * GETs `path` from the admin port of the proxy that a registered instance names in its annotations. Never rejects: what went wrong is a
 * sentence that begins with the instance's name. Follows no redirect: where to ask is the entry's to say, not the answer's.
 */
export async function askAdmin(entry: WorkloadEntry, path: string, { timeoutMs, maxBytes }: AdminLimits): Promise<AdminAnswer> {
  const instance = entry.metadata.name;
  const port = Number(entry.metadata.annotations?.['prometheus.io/port']);
  if (!Number.isInteger(port)) return { ok: false, problem: `${instance} does not say where its admin port is.` };
  const host = entry.spec?.address ?? '127.0.0.1';
  const unusable = addressProblem(host);
  if (unusable !== undefined) return { ok: false, problem: `${instance} cannot be asked: ${unusable}.` };
  try {
    const { status, text } = await call(`http://${hostInUrl(host)}:${port}${path}`, timeoutMs, maxBytes);
    return status === 200 ? { ok: true, text } : { ok: false, problem: `${instance} answered ${status}.` };
  } catch (error) {
    return { ok: false, problem: `${instance} does not answer: ${messageOf(error)}` };
  }
}

async function call(url: string, timeoutMs: number, maxBytes: number): Promise<{ readonly status: number; readonly text: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { signal: AbortSignal.timeout(timeoutMs), lookup: lookupWorkload, agent: false }, resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`its answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}
