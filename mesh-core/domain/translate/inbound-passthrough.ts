import type { FilterChain } from '../envoy/resources.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import { BLACK_HOLE_CLUSTER, INBOUND_PASSTHROUGH_CLUSTER } from './cluster-name.ts';
import { compareByCreation } from './config-order.ts';
import { buildInboundChains, inboundRoutes } from './inbound-chains.ts';
import type { InboundPort } from './inbound-ports.ts';
import { mutualTlsMode } from './mutual-tls-mode.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { ProxyPolicies } from './proxy-policies.ts';
import { plainTcpFilter } from './tcp-filter.ts';

/** The port that captured inbound connections arrive at. */
export const VIRTUAL_INBOUND_PORT = 15_006;
const NAMES = { http: 'virtualInbound-catchall-http', tcp: 'virtualInbound' };

/**
 * The chains for ports that no service has: what comes there is passed on to where it was going, as the workload's mutual
 * TLS mode allows; ports with a mode of their own have chains of their own. A connection to the capturing port itself would
 * go round for ever and is closed. Source: istiod's buildInboundPassthroughChains and ForPassthrough.
 */
export function passthroughChains(context: ProxyContext, policies: ProxyPolicies, known: readonly InboundPort[]): FilterChain[] {
  const { node, snapshot } = context;
  const { rootNamespace } = snapshot.mesh;
  const served = new Set(known.map(({ targetPort }) => targetPort));
  const ports = [0, ...portsWithOwnMode(context).filter((port) => !served.has(port))];
  const cluster = INBOUND_PASSTHROUGH_CLUSTER;
  return [
    { name: 'virtualInbound-blackhole', filterChainMatch: { destinationPort: VIRTUAL_INBOUND_PORT }, filters: [plainTcpFilter(BLACK_HOLE_CLUSTER)] },
    ...ports.flatMap((destinationPort) =>
      buildInboundChains({
        policies,
        isIntercepted: context.isIntercepted,
        names: NAMES,
        statPrefix: cluster,
        cluster,
        routes: inboundRoutes(cluster, 0, 'auto', ':0/*'),
        destinationPort,
        protocol: 'auto',
        mode: mutualTlsMode(snapshot.peerAuthentications, { ...node, rootNamespace }, destinationPort),
      }),
    ),
  ];
}

/** The ports that the workload's own PeerAuthentication (the oldest that selects it) names. */
function portsWithOwnMode({ snapshot, node }: ProxyContext): number[] {
  if (node.namespace === snapshot.mesh.rootNamespace) return [];
  const own = snapshot.peerAuthentications.toSorted(compareByCreation).find((policy) => {
    const selector = policy.spec?.selector?.matchLabels;
    return namespaceOf(policy) === node.namespace && selector !== undefined && Object.keys(selector).length > 0 && matchesLabels(selector, node.labels);
  });
  return Object.keys(own?.spec?.portLevelMtls ?? {}).map(Number).sort((a, b) => a - b);
}
