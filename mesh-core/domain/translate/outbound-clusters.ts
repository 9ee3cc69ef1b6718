import type { Cluster, ClusterLoadAssignment } from '../envoy/resources.ts';
import { BLACK_HOLE_CLUSTER, PASSTHROUGH_CLUSTER } from './cluster-name.ts';
import { compareText } from './config-order.ts';
import { passthroughFields } from './connection-policy.ts';
import { serviceClusters } from './service-clusters.ts';
import type { ProxyContext } from './proxy-context.ts';
import { callerVariant, placeVariant } from './shared-by-callers.ts';
import type { SidecarScope } from './sidecar-scope.ts';
import { rememberReads } from './watch-reads.ts';

export interface OutboundResources {
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly ClusterLoadAssignment[];
}

const cache = rememberReads<SidecarScope, OutboundResources>();

/**
 * Clusters and endpoints for every service port that the proxy sees, one cluster for the whole service and one per
 * subset of its DestinationRule, plus the two fixed ones. Proxies with one scope to which the same rules apply share all of
 * it. Source: istiod's buildOutboundClusters.
 */
export function buildOutbound(context: ProxyContext): OutboundResources {
  return cache(context.scope, `${callerVariant(context)} ${placeVariant(context)}`, () => buildAll(context));
}

function buildAll(context: ProxyContext): OutboundResources {
  const clusters: Cluster[] = [BLACK_HOLE];
  // A gateway has no connections whose destination it was not told.
  if (context.node.type === 'sidecar' || !context.isIntercepted) clusters.push(PASSTHROUGH);
  const endpoints: ClusterLoadAssignment[] = [];
  for (const service of context.services) {
    const built = serviceClusters(context, service);
    clusters.push(...built.clusters);
    endpoints.push(...built.endpoints);
  }
  return { clusters: clusters.sort((a, b) => compareText(a.name, b.name)), endpoints: endpoints.sort((a, b) => compareText(a.clusterName, b.clusterName)) };
}

const BLACK_HOLE: Cluster = { name: BLACK_HOLE_CLUSTER, type: 'STATIC', connectTimeout: '10s' };

/** For hosts outside the registry: connects to whatever the request is addressed to. */
const PASSTHROUGH: Cluster = { name: PASSTHROUGH_CLUSTER, type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED', ...passthroughFields() };
