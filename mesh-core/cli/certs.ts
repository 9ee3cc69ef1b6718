import { setTimeout as delay } from 'node:timers/promises';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { AUTHORITY_REQUESTS, AUTHORITY_REQUESTS_NAME } from '#mesh-core/wire/xds/certificate-state.ts';
import type { CertificateStates, HeldCertificate } from '#mesh-core/wire/xds/certificate-state.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { COMMON_OPTIONS, parseOptions } from './command-line.ts';
import { HELP } from './help.ts';
import { monitoringUrl, readMonitoring } from './monitoring-port.ts';
import { locateMesh, openMesh } from './open-mesh.ts';
import { formatAge, formatTable } from './print-table.ts';
import { UsageError } from './usage-error.ts';

const ROOT_NAMESPACE = 'istio-system';
const LOOK_MS = 500;

/** Shows who holds which certificate, replaces the root, or revokes a workload; gives the exit code of the process. */
export async function certs(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions('certs', args, {
    ...COMMON_OPTIONS,
    monitoring: { type: 'string' },
    output: { type: 'string', short: 'o', default: 'table' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP.certs);
    return 0;
  }
  if (values.output !== 'table' && values.output !== 'json') throw new UsageError(`--output takes json, not "${values.output}".`);
  const location = locateMesh(values);
  const monitoring = values.monitoring ?? monitoringUrl(location.dataDir);
  const [verb, ...rest] = positionals;
  if (verb === undefined) {
    const states = await readStates(monitoring);
    console.log(values.output === 'json' ? JSON.stringify(states, null, 2) : formatCertificates(states, Date.now()));
    return 0;
  }
  if (verb === 'rotate-root' && rest.length === 0) return rotateRoot(openMesh(location).kube, monitoring);
  if (verb === 'revoke' && rest.length === 1) return revoke(openMesh(location).kube, monitoring, rest[0] ?? '');
  throw new UsageError('mesh certs takes nothing, rotate-root, or revoke WHOM.');
}

/** The table of `mesh certs`: roots, then what each workload holds. */
export function formatCertificates({ stage, waitingFor, roots, certificates }: CertificateStates, now: number): string {
  const until = (time: string): string => formatAge(Date.parse(time) - now);
  const rootRows = roots.map((root) => [root.fingerprint.slice(0, 16), root.subject, root.signs ? 'signs' : 'trusted', until(root.notAfter)]);
  const rows = certificates
    .toSorted((a, b) => (a.spiffeId === b.spiffeId ? (a.serialNumber < b.serialNumber ? -1 : 1) : a.spiffeId < b.spiffeId ? -1 : 1))
    .map((held) => [held.spiffeId, held.proxies.map(shortId).join(','), held.serialNumber, until(held.notAfter), held.root.slice(0, 16), held.revokedAt === undefined ? `in ${until(held.nextRotation)}` : 'REVOKED']);
  return [
    formatTable(['ROOT', 'SUBJECT', 'ROLE', 'ENDS IN'], rootRows),
    ...(stage === 'stable' ? [] : ['', `The root is being replaced (${stage}).`, ...waitingFor.map((what) => `  waits for ${what}`)]),
    '',
    rows.length === 0 ? 'No workload holds a certificate.' : formatTable(['IDENTITY', 'PROXIES', 'SERIAL', 'ENDS IN', 'ROOT', 'RENEWED'], rows),
  ].join('\n');
}

/** The certificates that a word means: an identity, a service account `ns/name`, a serial number, or a workload's proxy. */
export function certificatesOf(certificates: readonly HeldCertificate[], whom: string): readonly HeldCertificate[] {
  const [namespace, account] = whom.split('/');
  return certificates.filter(
    ({ spiffeId, serialNumber, proxies }) =>
      spiffeId === whom || serialNumber === whom.toLowerCase() || (account !== undefined && spiffeId.endsWith(`/ns/${namespace}/sa/${account}`)) || proxies.some((proxy) => proxy === whom || shortId(proxy) === whom),
  );
}

async function rotateRoot(kube: KubeClient, monitoring: string): Promise<number> {
  const request = new Date().toISOString();
  await ask(kube, { [AUTHORITY_REQUESTS.rotateRoot]: request });
  let told = '';
  for (;;) {
    const state = await readStates(monitoring);
    const line = state.rotation === request ? `${state.stage}${state.waitingFor.length === 0 ? '' : `: waits for ${state.waitingFor[0]}${state.waitingFor.length === 1 ? '' : ` and ${state.waitingFor.length - 1} more`}`}` : 'asked for';
    if (line !== told) console.log(line);
    told = line;
    if (state.rotation === request && state.stage === 'stable') return 0;
    await delay(LOOK_MS);
  }
}

async function revoke(kube: KubeClient, monitoring: string, whom: string): Promise<number> {
  const { certificates } = await readStates(monitoring);
  const found = certificatesOf(certificates, whom).filter(({ revokedAt }) => revokedAt === undefined);
  if (found.length === 0) throw new UsageError(`Nobody holds a certificate as "${whom}"; mesh certs lists them.`);
  const before = await requests(kube);
  const serials = found.map(({ serialNumber }) => serialNumber);
  await ask(kube, { [AUTHORITY_REQUESTS.revoke]: [...new Set([...(before[AUTHORITY_REQUESTS.revoke] ?? '').split(/\s+/).filter(Boolean), ...serials])].join('\n') });
  for (const { spiffeId, serialNumber } of found) console.log(`${spiffeId} ${serialNumber} revoked`);
  return 0;
}

async function requests(kube: KubeClient): Promise<Readonly<Record<string, string>>> {
  try {
    return (await kube.get(servedKind('ConfigMap'), AUTHORITY_REQUESTS_NAME, ROOT_NAMESPACE)).data ?? {};
  } catch (error) {
    if (error instanceof KubeError && error.status.code === 404) return {};
    throw error;
  }
}

async function ask(kube: KubeClient, data: Readonly<Record<string, string>>): Promise<void> {
  try {
    await kube.patch(servedKind('ConfigMap'), AUTHORITY_REQUESTS_NAME, ROOT_NAMESPACE, 'merge', { data });
  } catch (error) {
    if (!(error instanceof KubeError) || error.status.code !== 404) throw error;
    await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: AUTHORITY_REQUESTS_NAME, namespace: ROOT_NAMESPACE }, data });
  }
}

async function readStates(monitoring: string): Promise<CertificateStates> {
  const states = await readMonitoring(monitoring, '/debug/certsz');
  if (typeof states !== 'object' || states === null || !('certificates' in states)) throw new UsageError(`${monitoring} does not answer as a control plane of this mesh.`);
  // Safe because it is the control plane's own answer, whose shape is the contract CertificateStates.
  return states as CertificateStates;
}

/** `sidecar~127.0.0.1~catalog-v1-127.0.0.1-4711.shop~…` → `catalog-v1-127.0.0.1-4711.shop`. */
function shortId(proxyId: string): string {
  return proxyId.split('~')[2] ?? proxyId;
}
