import type { Cluster, ClusterLoadAssignment } from '../envoy/resources.ts';
import { isWildcardHost } from '../resources/host-name.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import type { Subset } from '../resources/networking.ts';
import { outboundClusterName } from './cluster-name.ts';
import { upstreamSecurity } from './cluster-tls.ts';
import { connectionPoolFields, outlierFields, speaksHttp2 } from './connection-policy.ts';
import type { MergedDestinationRule } from './destination-rule.ts';
import { buildLoadAssignment } from './load-assignment.ts';
import { commonLbConfigOf, loadBalancerFields } from './load-balancer.ts';
import { localitySettingOf } from './locality-setting.ts';
import { mutualTlsMode } from './mutual-tls-mode.ts';
import { isHttp } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { MeshPort, MeshService } from './service-registry.ts';
import { ruleConfigPath } from './rule-config-path.ts';
import { dependsOnPlace } from './shared-by-callers.ts';
import { effectivePolicy } from './traffic-policy.ts';
import type { EffectivePolicy } from './traffic-policy.ts';
import { noteReads, readsHold, watchReads } from './watch-reads.ts';
import type { Watched } from './watch-reads.ts';
import type { MeshEndpoint } from './workload-endpoints.ts';

/** One cluster's origin. */
export interface ClusterSource {
  readonly service: MeshService;
  readonly port: MeshPort;
  readonly rule: MergedDestinationRule | undefined;
  readonly subset: Subset | undefined;
  readonly policy: EffectivePolicy;
}
interface Built {
  readonly clusters: readonly Cluster[];
  readonly endpoints: readonly ClusterLoadAssignment[];
}

const ADS = { ads: {}, resourceApiVersion: 'V3' } as const;
const NOTHING: Built = { clusters: [], endpoints: [] };
/** Kinds of callers of one service whose clusters are remembered. */
const REMEMBERED = 64;

interface CachedClusters extends Watched<Built> {
  readonly rule: MergedDestinationRule | undefined;
  readonly variant: string;
}
const cache = new WeakMap<MeshService, CachedClusters[]>();

/**
 * The clusters of a service and their endpoints. Proxies to which the same rule applies share the very objects, so that
 * whoever encodes them can do it once; so do snapshots in which the service, its endpoints and the rule are the same.
 */
export function serviceClusters(context: ProxyContext, service: MeshService): Built {
  if (service.resolution === 'alias') return NOTHING;
  const rule = context.destinationRuleOf(service);
  const variant = variantOf(context, rule);
  const entries = cache.get(service) ?? [];
  const isOf = (entry: CachedClusters): boolean => entry.rule === rule && entry.variant === variant;
  const known = entries.find((entry) => isOf(entry) && readsHold(entry.reads, context.snapshot));
  if (known !== undefined) {
    noteReads(known.reads);
    return known.result;
  }
  const built = watchReads(() => buildAll(context, service, rule));
  cache.set(service, [{ rule, variant, ...built }, ...entries.filter((entry) => !isOf(entry))].slice(0, REMEMBERED));
  return built.result;
}

/** What else of the proxy the clusters depend on: where it is counts only where a rule looks at places. */
function variantOf({ node, isIntercepted }: ProxyContext, rule: MergedDestinationRule | undefined): string {
  const policies = rule === undefined ? [] : [rule.trafficPolicy, ...rule.subsets.map(({ trafficPolicy }) => trafficPolicy)].flatMap((policy) => (policy === undefined ? [] : [policy, ...(policy.portLevelSettings ?? [])]));
  const looksAtPlaces = policies.some(dependsOnPlace);
  const looksAtLabels = policies.some(({ loadBalancer }) => {
    const setting = localitySettingOf(loadBalancer);
    return setting.kind !== 'off' && setting.setting.failoverPriority !== undefined;
  });
  return [node.type, isIntercepted, looksAtPlaces ? (node.locality ?? '') : '', looksAtLabels ? JSON.stringify(node.labels) : ''].join(' ');
}

function buildAll(context: ProxyContext, service: MeshService, rule: MergedDestinationRule | undefined): Built {
  const clusters: Cluster[] = [];
  const endpoints: ClusterLoadAssignment[] = [];
  for (const port of service.ports) {
    if (port.protocol === 'udp') continue;
    for (const subset of [undefined, ...(isForwarded(context, service) ? [] : (rule?.subsets ?? []))]) {
      const source = { service, port, rule, subset, policy: effectivePolicy(rule?.trafficPolicy, subset?.trafficPolicy, port.number) };
      const assignment = assignmentOf(context, source);
      const cluster = buildCluster(context, source, assignment);
      if (cluster === undefined) continue;
      clusters.push(cluster);
      if (cluster.type === 'EDS') endpoints.push(assignment);
    }
  }
  return { clusters, endpoints };
}

/** Undefined: DNS has nothing to look up, or the port cannot be forwarded by name. */
function buildCluster(context: ProxyContext, source: ClusterSource, assignment: ClusterLoadAssignment): Cluster | undefined {
  const { service, port, policy } = source;
  const { node } = context;
  const name = assignment.clusterName;
  const outlier = outlierFields(policy.outlierDetection);
  const balancer = loadBalancerFields(policy.loadBalancer);
  const isByName = isForwarded(context, service);
  if (isByName && !(isHttp(port.protocol) || port.protocol === 'tls')) return undefined;
  const type = balancer.lbPolicy === 'CLUSTER_PROVIDED' ? 'ORIGINAL_DST' : discoveryType(context, service);
  const hasOwnEndpoints = type === 'STRICT_DNS' || type === 'LOGICAL_DNS';
  if (hasOwnEndpoints && assignment.endpoints.length === 0) return undefined;
  const security = upstreamSecurity(context, source, { isHttp2: speaksHttp2(policy.connectionPool, { protocol: port.protocol, mayUpgrade: true, isGateway: node.type === 'router' }), isOriginalDst: type === 'ORIGINAL_DST' });
  const portOverride = type === 'ORIGINAL_DST' && service.source === 'service-entry' && typeof port.targetPort === 'number' ? port.targetPort : undefined;
  return {
    name,
    ...(isByName ? { clusterType: dynamicForwardProxy(service) } : { type }),
    ...(type === 'EDS' && !isByName ? { edsClusterConfig: { serviceName: name, edsConfig: ADS } } : undefined),
    ...(hasOwnEndpoints ? { loadAssignment: assignment, dnsLookupFamily: 'V4_ONLY', dnsRefreshRate: '60s', respectDnsTtl: true } : undefined),
    ...(type === 'ORIGINAL_DST' || isByName ? { lbPolicy: 'CLUSTER_PROVIDED' } : balancer),
    ...(portOverride === undefined ? undefined : { originalDstLbConfig: { upstreamPortOverride: portOverride } }),
    ...connectionPoolFields(policy.connectionPool, {
      protocol: port.protocol,
      ...(context.snapshot.mesh.connectTimeout === undefined ? undefined : { connectTimeout: context.snapshot.mesh.connectTimeout }),
      retryBudget: policy.retryBudget,
      isGateway: node.type === 'router',
      mayUpgrade: true,
      ...security.naming,
      errorCodes: policy.outlierDetection?.outlierDetectionHttpErrorCodes ?? [],
    }),
    ...(outlier === undefined ? undefined : { outlierDetection: outlier.outlierDetection }),
    ...(isByName ? undefined : { commonLbConfig: commonLbConfigOf(policy.loadBalancer, outlier?.panicPercent) }),
    ...security.sockets,
    metadata: { filterMetadata: { istio: identityMetadata(context, source) } },
  };
}

function discoveryType({ node, isIntercepted }: ProxyContext, { resolution, source }: MeshService): NonNullable<Cluster['type']> {
  switch (resolution) {
    case 'dns':
      return 'STRICT_DNS';
    case 'dns-round-robin':
      return 'LOGICAL_DNS';
    case 'passthrough':
      // Without an original destination a headless Service can still be reached by its endpoints.
      return node.type === 'router' || (source === 'service' && !isIntercepted) ? 'EDS' : 'ORIGINAL_DST';
    case 'dynamic-dns':
      return isIntercepted ? 'EDS' : 'ORIGINAL_DST';
    default:
      return 'EDS';
  }
}

/** DYNAMIC_DNS with a wildcard host: each request says which host is looked up. The bundled proxy does so for any original destination. */
function isForwarded({ isIntercepted }: ProxyContext, { resolution, hostname }: MeshService): boolean {
  return isIntercepted && resolution === 'dynamic-dns' && isWildcardHost(hostname);
}

function dynamicForwardProxy({ hostname }: MeshService): NonNullable<Cluster['clusterType']> {
  return {
    name: 'envoy.clusters.dynamic_forward_proxy',
    typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig', dnsCacheConfig: { name: dnsCacheName(hostname), dnsLookupFamily: 'V4_ONLY' } },
  };
}

/** istiod's name for the addresses that are looked up for a wildcard host. */
export function dnsCacheName(hostname: string): string {
  return `${hostname}_dfp_dns_cache`;
}

function assignmentOf(context: ProxyContext, { service, port, subset, rule, policy }: ClusterSource): ClusterLoadAssignment {
  const all = service.endpointsOf(port);
  const endpoints = subset === undefined ? all : all.filter((endpoint) => matchesLabels(subset.labels, endpoint.labels));
  const { node } = context;
  return buildLoadAssignment(outboundClusterName(port.number, subset?.name ?? '', service.hostname), endpoints, {
    client: { locality: node.locality ?? '', labels: node.labels },
    balancer: policy.loadBalancer,
    detectsOutliers: policy.outlierDetection !== undefined,
    takesMutualTls: mutualTlsCheck(context, port, rule === undefined ? undefined : policy.tls?.mode),
  });
}

/** Explicit settings count for all endpoints; otherwise it needs a sidecar, and a policy there that does not switch it off. */
function mutualTlsCheck({ snapshot, isIntercepted }: ProxyContext, port: MeshPort, mode: string | undefined): (endpoint: MeshEndpoint) => boolean {
  if (mode !== undefined) return () => mode === 'ISTIO_MUTUAL';
  const { rootNamespace } = snapshot.mesh;
  const hasPolicies = snapshot.peerAuthentications.length > 0;
  return (endpoint) => {
    if (!endpoint.mutualTls || !hasPolicies) return endpoint.mutualTls;
    // Without interception endpoints are met at their proxies' ports, but policies name those of the apps.
    const appPort = !isIntercepted && typeof port.targetPort === 'number' ? port.targetPort : endpoint.port;
    return mutualTlsMode(snapshot.peerAuthentications, { ...endpoint, rootNamespace }, appPort) !== 'DISABLE';
  };
}

function identityMetadata(context: ProxyContext, { service, rule, subset, policy }: ClusterSource): Readonly<Record<string, unknown>> {
  const isOutside = policy.tls?.mode === 'SIMPLE' || policy.tls?.mode === 'MUTUAL';
  return {
    ...(rule === undefined ? undefined : { config: ruleConfigPath(rule) }),
    ...(isForwarded(context, service) ? undefined : { services: [{ host: service.hostname, name: service.name, namespace: service.namespace }] }),
    ...(subset === undefined ? undefined : { subset: subset.name }),
    ...(service.external ? { external: true } : undefined),
    ...(isOutside ? { alpn_override: 'false' } : undefined),
  };
}
