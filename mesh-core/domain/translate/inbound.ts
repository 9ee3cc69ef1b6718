import type { Cluster, FilterChain, Listener, RouteConfiguration } from '../envoy/resources.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import { inboundClusterName } from './cluster-name.ts';
import { connectionPoolFields } from './connection-policy.ts';
import { LOOPBACK, TLS_DETECTION, httpFilterOf, routesInline } from './http-listener.ts';
import { mutualTlsMode } from './mutual-tls-mode.ts';
import type { EffectiveMutualTls } from './mutual-tls-mode.ts';
import type { ProxyContext } from './proxy-context.ts';
import { proxyPolicies } from './proxy-policies.ts';
import { INBOUND_RETRY_POLICY } from './retry-policy.ts';
import { CATCH_ALL } from './route-match.ts';
import type { MeshService } from './service-registry.ts';
import { meshServerSocket } from './tls-socket.ts';
import { effectivePolicy } from './traffic-policy.ts';

/** The listener for the callers of a sidecar's app; istiod's name for it. */
const INBOUND_LISTENER = 'virtualInbound';

export interface InboundResources {
  readonly listener: Listener;
  readonly cluster: Cluster;
}

/** The services whose selector takes the proxy's workload, by name: what it serves. A service without selector takes nothing. */
export function servicesOfProxy({ services, node }: ProxyContext): MeshService[] {
  return services.filter(({ namespace, selector }) => namespace === node.namespace && selector !== undefined && Object.keys(selector).length > 0 && matchesLabels(selector, node.labels));
}

/**
 * What a sidecar needs to serve its app: the listener at its inbound port, with mutual TLS as PeerAuthentication asks and
 * the workload's AuthorizationPolicies, and the cluster `inbound|<app port>||`. Undefined for a proxy without an app.
 * Policies mean the app's port, as in Istio, whatever port the sidecar itself listens on. Source: istiod's buildInboundListeners.
 */
export function buildInbound(context: ProxyContext): InboundResources | undefined {
  const { node, snapshot } = context;
  const { appPort, inboundPort } = node;
  if (appPort === undefined || inboundPort === undefined) return undefined;
  const [service] = servicesOfProxy(context);
  const { rootNamespace } = snapshot.mesh;
  const filter = httpFilterOf({
    statPrefix: `inbound_${LOOPBACK}_${inboundPort}`,
    routes: routesInline(inboundRoutes(appPort, operationOf(context, service, appPort))),
    policies: proxyPolicies(context).http,
    isClientSide: false,
    clientCertificate: 'APPEND_FORWARD',
    isEdge: false,
  });
  const mode = mutualTlsMode(snapshot.peerAuthentications, { ...node, rootNamespace }, appPort);
  return {
    listener: {
      name: INBOUND_LISTENER,
      address: { socketAddress: { address: LOOPBACK, portValue: inboundPort } },
      trafficDirection: 'INBOUND',
      listenerFilters: TLS_DETECTION,
      filterChains: chainsFor(mode, [filter]),
    },
    cluster: inboundCluster(context, service, appPort),
  };
}

/** STRICT takes mutual TLS only, DISABLE plain text only, PERMISSIVE both. */
function chainsFor(mode: EffectiveMutualTls, filters: FilterChain['filters']): FilterChain[] {
  const mutual: FilterChain = { name: INBOUND_LISTENER, filterChainMatch: { transportProtocol: 'tls' }, filters, transportSocket: meshServerSocket() };
  const plain: FilterChain = { name: `${INBOUND_LISTENER}-plaintext`, filterChainMatch: { transportProtocol: 'raw_buffer' }, filters };
  return mode === 'STRICT' ? [mutual] : mode === 'DISABLE' ? [plain] : [mutual, plain];
}

function inboundRoutes(appPort: number, operation: string): RouteConfiguration {
  const cluster = inboundClusterName(appPort);
  const route = { name: 'default', match: CATCH_ALL, route: { cluster, timeout: '0s', retryPolicy: INBOUND_RETRY_POLICY }, decorator: { operation } };
  return { name: cluster, virtualHosts: [{ name: `inbound|http|${appPort}`, domains: ['*'], routes: [route] }], validateClusters: false };
}

/** Span name: the service that callers use; a workload without a service stands for itself. */
function operationOf({ node }: ProxyContext, service: MeshService | undefined, appPort: number): string {
  const [port] = service?.ports ?? [];
  return service === undefined ? `${node.workload}.${node.namespace}:${appPort}/*` : `${service.hostname}:${port?.number ?? appPort}/*`;
}

/** The app. The limits of its DestinationRule hold here too, so that the server side is not narrower than the callers'. */
function inboundCluster(context: ProxyContext, service: MeshService | undefined, appPort: number): Cluster {
  const name = inboundClusterName(appPort);
  const rule = service === undefined ? undefined : context.destinationRuleOf(service);
  const [port] = service?.ports ?? [];
  const { connectionPool } = effectivePolicy(rule?.trafficPolicy, undefined, port?.number ?? appPort);
  return {
    name,
    type: 'STATIC',
    lbPolicy: 'ROUND_ROBIN',
    ...connectionPoolFields(connectionPool),
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address: LOOPBACK, portValue: appPort } } } }] }] },
    ...(service === undefined ? undefined : { metadata: { filterMetadata: { istio: { services: [{ host: service.hostname, name: service.name, namespace: service.namespace }] } } } }),
  };
}
