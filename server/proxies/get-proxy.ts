import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { overallState, readProxySync } from '#server/config/proxy-sync.ts';
import type { ServerContext } from '#server/server-context.ts';
import { messageOf, ServerError } from '#server/server-error.ts';
import { askAdmin } from './ask-admin.ts';
import { askControlPlane } from './ask-control-plane.ts';
import { compareConfiguration, readOffer, type Offer } from './compare-configuration.ts';
import { readCertificates } from './read-certificates.ts';
import { readConfigDump, type HeldResource } from './read-config-dump.ts';
import type { ProxiesAnswer, ProxyAnswer, ProxyConfigAnswer } from './schemas.ts';

type Context = Pick<ServerContext, 'config' | 'controlPlaneUrl'>;
/** Which proxy an instance stands for, as auto-registration notes it. */
const PROXY_ID = 'proxy.istio.io/id';
/** A dump for thousands of services is tens of megabytes. */
const DUMP_LIMITS = { timeoutMs: 10_000, maxBytes: 128 * 1024 * 1024 } as const;

/** Every connected proxy with its sync state. Throws `upstream` when the control plane does not answer. */
export async function listProxies(ctx: Context, signal?: AbortSignal): Promise<ProxiesAnswer> {
  return { proxies: (await readProxySync(ctx.controlPlaneUrl, signal)).map((proxy) => ({ ...proxy, state: overallState(proxy) })) };
}

/** One connected proxy by its node id, with the certificate it holds. Throws `not-found` when it is not connected. */
export async function getProxy(ctx: Context, id: string, signal?: AbortSignal): Promise<ProxyAnswer> {
  const [{ proxies }, certificates] = await Promise.all([listProxies(ctx, signal), attempt(readCertificates(ctx.controlPlaneUrl, signal))]);
  const proxy = proxies.find(({ proxyId }) => proxyId === id);
  if (proxy === undefined) throw new ServerError('not-found', 'No such proxy is connected.', { hint: 'It may have ended, or it has lost the control plane and goes on with its last configuration.' });
  const entry = entryOf(ctx, id);
  const certificate = certificates.ok ? certificates.value.certificates.find((held) => held.proxies.includes(id)) : undefined;
  const root = certificates.ok && certificate !== undefined ? certificates.value.roots.find(({ fingerprint }) => fingerprint === certificate.root) : undefined;
  return {
    proxy,
    ...(entry === undefined ? {} : { instance: { namespace: entry.metadata.namespace ?? '', name: entry.metadata.name } }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(root === undefined ? {} : { root }),
    problems: certificates.ok ? [] : [certificates.problem],
  };
}

/**
 * What a proxy has beside what the control plane offers it. One side that does not answer is a problem in the answer; when neither
 * does, it throws `upstream`, and `not-found` for a proxy that neither knows.
 */
export async function getProxyConfig(ctx: Context, id: string, signal?: AbortSignal): Promise<ProxyConfigAnswer> {
  const [held, offer] = await Promise.all([readHeld(ctx, id), attempt(readOffered(ctx, id, signal))]);
  const problems = [...(held.ok ? [] : [held.problem]), ...(offer.ok ? [] : [offer.problem])];
  if (!held.ok && !offer.ok && entryOf(ctx, id) === undefined && offer.code === 'not-found') throw new ServerError('not-found', 'No such proxy is connected.', { hint: problems.join(' ') });
  if (!held.ok && !offer.ok) throw new ServerError('upstream', 'Neither the proxy nor the control plane tells this proxy\'s configuration.', { hint: problems.join(' ') });
  return {
    resources: compareConfiguration(held.ok ? held.value : undefined, offer.ok ? offer.value : undefined),
    ...(offer.ok ? { offeredVersion: offer.value.version } : {}),
    problems,
  };
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string; readonly code?: string };

async function attempt<T>(work: Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    return { ok: false, problem: messageOf(error), ...(error instanceof ServerError ? { code: error.code } : {}) };
  }
}

async function readHeld(ctx: Context, id: string): Promise<Attempt<readonly HeldResource[]>> {
  const entry = entryOf(ctx, id);
  if (entry === undefined) return { ok: false, problem: 'No registered instance says where this proxy\'s admin port is, so what it has is not known.' };
  const answer = await askAdmin(entry, '/config_dump?include_eds', DUMP_LIMITS);
  if (!answer.ok) return answer;
  const held = readConfigDump(answer.text);
  return held === undefined ? { ok: false, problem: `${entry.metadata.name} answered something that is no config dump.` } : { ok: true, value: held };
}

async function readOffered(ctx: Context, id: string, signal: AbortSignal | undefined): Promise<Offer> {
  const answer = await askControlPlane(ctx.controlPlaneUrl, `/debug/config_dump?${new URLSearchParams({ proxyID: id })}`, signal);
  if (answer === undefined) throw new ServerError('not-found', 'The control plane has no connection to this proxy, so what it would send is not known.');
  const offer = readOffer(answer);
  if (offer === undefined) throw new ServerError('upstream', 'What the control plane offers is not in the form this console knows.');
  return offer;
}

function entryOf({ config }: Pick<Context, 'config'>, id: string): WorkloadEntry | undefined {
  return config.list<WorkloadEntry>('WorkloadEntry').find((entry) => entry.metadata.annotations?.[PROXY_ID] === id);
}
