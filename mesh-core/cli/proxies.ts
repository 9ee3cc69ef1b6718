import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PUSH_ORDER } from '#mesh-core/domain/envoy/resources.ts';
import type { ProxySyncState, TypeSyncState } from '#mesh-core/wire/xds/sync-state.ts';
import { COMMON_OPTIONS, parseOptions } from './command-line.ts';
import { HELP } from './help.ts';
import { locateMesh } from './open-mesh.ts';
import { formatAge, formatTable } from './print-table.ts';
import { UsageError } from './usage-error.ts';

const TIMEOUT_MS = 10_000;
const TITLES = { cluster: 'CLUSTERS', endpoint: 'ENDPOINTS', listener: 'LISTENERS', route: 'ROUTES', secret: 'SECRETS' } as const;

/** Shows how far each proxy is with its configuration. */
export async function proxies(args: readonly string[]): Promise<number> {
  const { values } = parseOptions('proxies', args, {
    ...COMMON_OPTIONS,
    monitoring: { type: 'string' },
    output: { type: 'string', short: 'o', default: 'table' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP.proxies);
    return 0;
  }
  if (values.output !== 'table' && values.output !== 'json') throw new UsageError(`--output takes json, not "${values.output}".`);
  const states = await readSyncStates(values.monitoring ?? monitoringUrl(locateMesh(values).dataDir));
  console.log(values.output === 'json' ? JSON.stringify(states, null, 2) : formatSyncStates(states, Date.now()));
  return 0;
}

/** The table of `mesh proxies`, followed by the reasons of what was refused. */
export function formatSyncStates(states: readonly ProxySyncState[], now: number): string {
  if (states.length === 0) return 'No proxy is connected.';
  const header = ['PROXY', ...PUSH_ORDER.map((type) => TITLES[type]), 'CONNECTED', 'CERTIFICATE'];
  const rows = states.map(({ proxyId, types, connectedAt, certificate }) => [
    shortId(proxyId),
    ...PUSH_ORDER.map((type) => stateText(types[type])),
    formatAge(now - Date.parse(connectedAt)),
    certificate === undefined ? '' : `ends in ${formatAge(Date.parse(certificate.notAfter) - now)}`,
  ]);
  const problems = states.flatMap(({ proxyId, types, translationError }) => [
    ...PUSH_ORDER.flatMap((type) => (types[type].error === undefined ? [] : [`${shortId(proxyId)} refuses ${TITLES[type].toLowerCase()}: ${types[type].error}`])),
    ...(translationError === undefined ? [] : [`${shortId(proxyId)} keeps an older configuration: ${translationError}`]),
  ]);
  return [formatTable(header, rows), ...(problems.length === 0 ? [] : ['', ...problems])].join('\n');
}

async function readSyncStates(monitoring: string): Promise<ProxySyncState[]> {
  const url = `${monitoring.replace(/\/$/, '')}/debug/syncz`;
  let body: unknown;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    body = await response.json();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new UsageError(`The control plane's monitoring port does not answer at ${url} (${cause}). Is it running? --monitoring URL names another.`);
  }
  const list: unknown = typeof body === 'object' && body !== null && 'proxies' in body ? body.proxies : body;
  if (!Array.isArray(list)) throw new UsageError(`${url} does not answer as a control plane of this mesh.`);
  // Safe because it is the control plane's own answer, whose shape is the contract ProxySyncState.
  return list as ProxySyncState[];
}

function monitoringUrl(dataDir: string): string {
  const file = join(dataDir, 'control', 'endpoints.json');
  try {
    const endpoints: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof endpoints === 'object' && endpoints !== null && 'monitoring' in endpoints && typeof endpoints.monitoring === 'string') return endpoints.monitoring;
  } catch {
    // The same advice as for a file without the address.
  }
  throw new UsageError(`${file} does not say where the control plane's monitoring port is. Start the control plane, or name the port with --monitoring http://127.0.0.1:15014.`);
}

function stateText({ state }: TypeSyncState): string {
  return { synced: 'SYNCED', stale: 'STALE', nack: 'NACK', 'not-sent': 'NOT SENT' }[state];
}

/** `sidecar~127.0.0.1~catalog-v1-127.0.0.1-4711.shop~shop.svc.cluster.local` → `catalog-v1-127.0.0.1-4711.shop`. */
function shortId(proxyId: string): string {
  return proxyId.split('~')[2] ?? proxyId;
}
