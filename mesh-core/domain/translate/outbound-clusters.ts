import { formatSpiffeId } from '../identity/spiffe-id.ts';
import { TYPE_URLS } from '../envoy/resources.ts';
import type { Any, Cluster, ClusterLoadAssignment } from '../envoy/resources.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import type { Subset } from '../resources/networking.ts';
import { BLACK_HOLE_CLUSTER, PASSTHROUGH_CLUSTER, outboundClusterName, sniOf } from './cluster-name.ts';
import { compareText } from './config-order.ts';
import { connectionPoolFields, lbPolicyOf, outlierFields } from './connection-policy.ts';
import type { MergedDestinationRule } from './destination-rule.ts';
import { buildLoadAssignment } from './load-assignment.ts';
import type { MeshPort, MeshService } from './service-registry.ts';
import { RAW_BUFFER, istioMutualSocket, originatedTlsSocket } from './tls-socket.ts';
import { effectivePolicy } from './traffic-policy.ts';
import type { EffectivePolicy } from './traffic-policy.ts';
import type { ProxyContext } from './proxy-context.ts';

export interface OutboundResources {
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly ClusterLoadAssignment[];
}

/** Where one cluster comes from. */
interface ClusterSource {
  readonly service: MeshService;
  readonly port: MeshPort;
  readonly rule: MergedDestinationRule | undefined;
  readonly subset: Subset | undefined;
}

const ADS = { ads: {}, resourceApiVersion: 'V3' } as const;
const TYPES = { static: 'EDS', dns: 'STRICT_DNS', 'dns-round-robin': 'LOGICAL_DNS', passthrough: 'ORIGINAL_DST' } as const;

/**
 * Clusters and endpoints for every service port that the proxy sees, one cluster for the whole service and one per
 * subset of its DestinationRule, plus the two fixed ones. Source: istiod's buildOutboundClusters.
 */
export function buildOutbound(context: ProxyContext): OutboundResources {
  const clusters: Cluster[] = [passthroughCluster(), { name: BLACK_HOLE_CLUSTER, type: 'STATIC', connectTimeout: '10s', loadAssignment: { clusterName: BLACK_HOLE_CLUSTER, endpoints: [] } }];
  const endpoints: ClusterLoadAssignment[] = [];
  for (const source of clusterSources(context)) {
    const assignment = assignmentOf(source);
    const cluster = buildCluster(source, assignment, context);
    clusters.push(cluster);
    if (cluster.type === 'EDS') endpoints.push(assignment);
  }
  return { clusters: clusters.sort((a, b) => compareText(a.name, b.name)), endpoints: endpoints.sort((a, b) => compareText(a.clusterName, b.clusterName)) };
}

function clusterSources({ services, destinationRuleOf }: ProxyContext): ClusterSource[] {
  return services.flatMap((service) => {
    const rule = destinationRuleOf(service);
    return service.ports.flatMap((port) => [undefined, ...(rule?.subsets ?? [])].map((subset) => ({ service, port, rule, subset })));
  });
}

function assignmentOf({ service, port, subset }: ClusterSource): ClusterLoadAssignment {
  const all = service.endpointsOf(port);
  const endpoints = subset === undefined ? all : all.filter((endpoint) => matchesLabels(subset.labels, endpoint.labels));
  return buildLoadAssignment(outboundClusterName(port.number, subset?.name ?? '', service.hostname), endpoints);
}

function buildCluster(source: ClusterSource, assignment: ClusterLoadAssignment, context: ProxyContext): Cluster {
  const { service, port, rule, subset } = source;
  const policy = effectivePolicy(rule?.trafficPolicy, subset?.trafficPolicy, port.number);
  const lbPolicy = lbPolicyOf(policy.loadBalancer);
  const type = lbPolicy === 'CLUSTER_PROVIDED' ? 'ORIGINAL_DST' : TYPES[service.resolution];
  const name = assignment.clusterName;
  return {
    name,
    type,
    ...(type === 'EDS' ? { edsClusterConfig: { serviceName: name, edsConfig: ADS } } : undefined),
    ...(type === 'STRICT_DNS' || type === 'LOGICAL_DNS' ? { loadAssignment: assignment } : undefined),
    lbPolicy: type === 'ORIGINAL_DST' ? 'CLUSTER_PROVIDED' : lbPolicy,
    ...connectionPoolFields(policy.connectionPool),
    ...outlierFields(policy.outlierDetection),
    ...securityFields(source, policy, context),
    metadata: { filterMetadata: { istio: identityMetadata(source) } },
  };
}

function identityMetadata({ service, rule, subset }: ClusterSource): Readonly<Record<string, unknown>> {
  return {
    ...(rule === undefined ? undefined : { config: `/apis/networking.istio.io/v1/namespaces/${rule.namespace}/destination-rule/${rule.from[0] ?? ''}` }),
    services: [{ host: service.hostname, name: service.name, namespace: service.namespace }],
    ...(subset === undefined ? undefined : { subset: subset.name }),
  };
}

/** Explicit TLS settings go to all endpoints; without them mTLS goes to the endpoints that take it. */
function securityFields({ service, port, subset }: ClusterSource, policy: EffectivePolicy, context: ProxyContext): Partial<Cluster> {
  const { tls } = policy;
  const identities = serviceIdentities(service, port, context.snapshot.mesh.trustDomain);
  const sni = sniOf(port.number, subset?.name ?? '', service.hostname);
  switch (tls?.mode) {
    case 'DISABLE':
      return {};
    case 'ISTIO_MUTUAL':
      return { transportSocket: istioMutualSocket(tls.subjectAltNames ?? identities, tls.sni || sni) };
    case 'SIMPLE':
    case 'MUTUAL':
      return { transportSocket: originatedTlsSocket(tls, service.hostname, service.subjectAltNames) };
    default:
  }
  const isAutomatic = tls === undefined && !service.external && service.resolution !== 'passthrough' && context.clientVisibleModeOf(service.namespace) !== 'DISABLE';
  if (!isAutomatic) return {};
  return {
    transportSocketMatches: [
      { name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transportSocket: istioMutualSocket(identities, sni) },
      { name: 'tlsMode-disabled', match: {}, transportSocket: RAW_BUFFER },
    ],
  };
}

/** The SPIFFE ids that a service's endpoints run as, all subsets together as istiod does it, sorted. */
function serviceIdentities(service: MeshService, port: MeshPort, trustDomain: string): string[] {
  const accounts = service.endpointsOf(port).filter(({ serviceAccount }) => serviceAccount !== '');
  const ids = accounts.map(({ namespace, serviceAccount }) => formatSpiffeId({ trustDomain, namespace, serviceAccount }));
  return [...new Set([...ids, ...service.subjectAltNames])].sort();
}

/** For hosts outside the registry: connects to whatever the request is addressed to. */
function passthroughCluster(): Cluster {
  const options: Any = { '@type': TYPE_URLS.httpProtocolOptions, useDownstreamProtocolConfig: { httpProtocolOptions: {}, http2ProtocolOptions: {} } };
  return { name: PASSTHROUGH_CLUSTER, type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED', ...connectionPoolFields(undefined), typedExtensionProtocolOptions: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options } };
}
