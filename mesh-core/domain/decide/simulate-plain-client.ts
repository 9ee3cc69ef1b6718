import type { Cluster } from '../envoy/resources.ts';
import { proxyContext } from '../translate/proxy-context.ts';
import type { MeshSnapshot } from '../translate/mesh-snapshot.ts';
import { translateInContext } from '../translate/translate-for-proxy.ts';
import { normalizePath } from './normalize-path.ts';
import type { RequestSimulation, SimulatedRequest } from './simulate-request.ts';
import { simulateDestination } from './simulated-destination.ts';

/** A request of a program without a sidecar, somewhere in the network. */
export type PlainRequest = Omit<SimulatedRequest, 'from'> & { /** Where short names of hosts are looked up, as a cluster's DNS does. */ readonly namespace: string };

/**
 * Follows a request that a program without a sidecar sends straight to a service: no route of the mesh is asked, nothing is
 * encrypted, and the caller has no identity. It meets the destination's sidecar as it is. Never throws.
 */
export function simulatePlainClient(snapshot: MeshSnapshot, { namespace, host, port = 80, method = 'GET', path = '/', headers = {} }: PlainRequest): RequestSimulation {
  const context = proxyContext(snapshot, { id: `sidecar~${UNKNOWN_ADDRESS}~client.${namespace}~${namespace}.svc.cluster.local`, type: 'sidecar', namespace, workload: 'client', serviceAccount: '', labels: {}, address: UNKNOWN_ADDRESS, outboundPort: 15001 });
  const bare = host.replace(/:\d+$/, '').toLowerCase();
  const service = [bare, `${bare}.${namespace}.svc.cluster.local`, `${bare}.svc.cluster.local`, `${bare}.cluster.local`].map((name) => context.findService(name)).find((found) => found !== undefined);
  const base = { routeConfiguration: '', passedOver: [] };
  if (service === undefined || !service.ports.some(({ number }) => number === port)) return { ...base, outcome: { kind: 'not-routed', reason: 'no-listener' } };
  const { cluster, endpoint } = translateInContext(context);
  const name = `outbound|${port}||${service.hostname}`;
  const { balancing: _balancing, destinationRule: _rule, ...destination } = simulateDestination(context, { cluster: cluster.map(withoutTls), endpoint }, name, 1, { method, path: normalizePath(path), authority: host, headers });
  return { ...base, outcome: { kind: 'forwarded', destinations: [destination], path, host, timeoutMs: 0, mirrors: [] } };
}

const UNKNOWN_ADDRESS = '';

/** What a client without a sidecar sends is not encrypted. */
function withoutTls({ transportSocket: _socket, transportSocketMatches: _matches, ...cluster }: Cluster): Cluster {
  return cluster;
}
