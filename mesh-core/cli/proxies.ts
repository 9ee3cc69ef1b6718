import { PUSH_ORDER } from '#mesh-core/domain/envoy/resources.ts';
import type { ProxySyncState, TypeSyncState } from '#mesh-core/wire/xds/sync-state.ts';
import { COMMON_OPTIONS, parseOptions } from './command-line.ts';
import { HELP } from './help.ts';
import { monitoringUrl, readMonitoring } from './monitoring-port.ts';
import { locateMesh } from './open-mesh.ts';
import { formatAge, formatTable } from './print-table.ts';
import { UsageError } from './usage-error.ts';

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
  const body = await readMonitoring(monitoring, '/debug/syncz');
  const list: unknown = typeof body === 'object' && body !== null && 'proxies' in body ? body.proxies : body;
  if (!Array.isArray(list)) throw new UsageError(`${monitoring} does not answer as a control plane of this mesh.`);
  // Safe because it is the control plane's own answer, whose shape is the contract ProxySyncState.
  return list as ProxySyncState[];
}

function stateText({ state }: TypeSyncState): string {
  return { synced: 'SYNCED', stale: 'STALE', nack: 'NACK', 'not-sent': 'NOT SENT' }[state];
}

/** `sidecar~127.0.0.1~catalog-v1-127.0.0.1-4711.shop~shop.svc.cluster.local` → `catalog-v1-127.0.0.1-4711.shop`. */
function shortId(proxyId: string): string {
  return proxyId.split('~')[2] ?? proxyId;
}
