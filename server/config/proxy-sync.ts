import { z } from 'zod';
import { askControlPlane } from '#server/proxies/ask-control-plane.ts';
import { ServerError } from '#server/server-error.ts';
import type { AcksAnswer } from './schemas.ts';

const TypeState = z.object({
  sentVersion: z.string().optional(),
  ackedVersion: z.string().optional(),
  state: z.enum(['synced', 'stale', 'nack', 'not-sent']),
  error: z.string().optional(),
  sentAt: z.union([z.string(), z.number()]).optional(),
  ackedAt: z.union([z.string(), z.number()]).optional(),
});
const ProxySync = z.object({
  proxyId: z.string(),
  node: z.object({ type: z.string().optional(), namespace: z.string().optional(), workload: z.string().optional(), serviceAccount: z.string().optional() }).loose().optional(),
  connectedAt: z.union([z.string(), z.number()]).optional(),
  types: z.record(z.string(), TypeState),
  /** Why the control plane could not make this proxy's configuration; it keeps the last one. */
  translationError: z.string().optional(),
  certificate: z.object({ notAfter: z.union([z.string(), z.number()]) }).loose().optional(),
});
/** One proxy's state as the control plane's `/debug/syncz` tells it. */
export type ProxySync = z.infer<typeof ProxySync>;

/** Reads the sync state of every connected proxy. Throws `upstream` when the control plane does not answer. */
export async function readProxySync(controlPlaneUrl: string | undefined, signal?: AbortSignal): Promise<ProxySync[]> {
  const answer = await askControlPlane(controlPlaneUrl, '/debug/syncz', signal);
  const parsed = z.array(ProxySync).safeParse(answer);
  if (!parsed.success) throw new ServerError('upstream', 'The control plane\'s sync state is not in the form this console knows.', { cause: parsed.error });
  return parsed.data;
}

/** The worst state of a proxy's resource types. */
export function overallState(proxy: ProxySync): 'synced' | 'stale' | 'nack' {
  if (proxy.translationError !== undefined) return 'stale';
  const states = Object.values(proxy.types).map((t) => t.state);
  return states.includes('nack') ? 'nack' : states.includes('stale') ? 'stale' : 'synced';
}

/** Which proxies have acknowledged a write: every type they subscribe to is at that version or a later one. */
export function acknowledgements(proxies: readonly ProxySync[], resourceVersion: string): AcksAnswer {
  const wanted = BigInt(resourceVersion);
  const rejected: { proxy: string; error: string }[] = [];
  const waiting: string[] = [];
  let acknowledged = 0;
  for (const proxy of proxies) {
    const types = Object.values(proxy.types).filter((t) => t.state !== 'not-sent');
    const nack = types.find((t) => t.state === 'nack');
    if (nack !== undefined) rejected.push({ proxy: proxy.proxyId, error: nack.error ?? 'refused without a reason' });
    else if (types.every((t) => versionOf(t.ackedVersion) >= wanted)) acknowledged++;
    else waiting.push(proxy.proxyId);
  }
  return { total: proxies.length, acknowledged, rejected, waiting };
}

function versionOf(text: string | undefined): bigint {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : -1n;
}
