import type { Cluster, FilterChain, Listener } from '../envoy/resources.ts';
import { inboundClusterName } from './cluster-name.ts';
import { LOOPBACK } from './http-listener.ts';
import { buildInboundChains, inboundRoutes } from './inbound-chains.ts';
import { inboundCluster, ingressCluster, inboundPassthroughCluster } from './inbound-clusters.ts';
import { VIRTUAL_INBOUND_PORT, passthroughChains } from './inbound-passthrough.ts';
import { WILDCARD, inboundPorts } from './inbound-ports.ts';
import type { InboundPort } from './inbound-ports.ts';
import { inspectorsFor } from './listener-inspectors.ts';
import { mutualTlsMode } from './mutual-tls-mode.ts';
import type { ProxyContext } from './proxy-context.ts';
import { proxyPolicies } from './proxy-policies.ts';
import type { ProxyPolicies } from './proxy-policies.ts';
import { serviceTargets } from './service-targets.ts';

/** The listener for the callers of a sidecar's app; istiod's name for it. */
export const INBOUND_LISTENER = 'virtualInbound';

export interface InboundResources {
  readonly listeners: readonly Listener[];
  readonly clusters: readonly Cluster[];
}

/**
 * What a sidecar needs to serve its app: listeners with mutual TLS as PeerAuthentication asks and the workload's policies,
 * and the clusters `inbound|<port>||`. Captured connections all come to `virtualInbound`; without interception that is the
 * proxy's own inbound port, for the one app behind it, and each ingress of a Sidecar is a listener of its own.
 * Source: istiod's buildInboundListeners and buildInboundClusters.
 */
export function buildInbound(context: ProxyContext): InboundResources {
  const policies = proxyPolicies(context);
  const ports = inboundPorts(context).filter((port) => ingressCluster(context, port) !== undefined);
  const chains = (port: InboundPort): FilterChain[] => portChains(context, policies, port);
  const real = ports.filter(({ bindToPort }) => bindToPort).map((port) => realListener(port, chains(port)));
  const clusters = ports.flatMap((port) => ingressCluster(context, port) ?? []);
  if (context.isIntercepted) {
    const captured = ports.filter(({ bindToPort }) => !bindToPort).flatMap(chains);
    const all = [...passthroughChains(context, policies, ports), ...captured];
    return { listeners: [virtualInbound(all), ...real], clusters: [...clusters, inboundPassthroughCluster()] };
  }
  const app = ports.some(({ targetPort }) => targetPort === context.node.inboundPort) ? undefined : appInbound(context, policies);
  return app === undefined ? { listeners: real, clusters } : { listeners: [app.listener, ...real], clusters: [app.cluster, ...clusters.filter(({ name }) => name !== app.cluster.name)] };
}

function virtualInbound(filterChains: readonly FilterChain[]): Listener {
  return {
    name: INBOUND_LISTENER,
    address: { socketAddress: { address: WILDCARD, portValue: VIRTUAL_INBOUND_PORT } },
    trafficDirection: 'INBOUND',
    listenerFilters: inspectorsFor(filterChains, false),
    listenerFiltersTimeout: '0s',
    continueOnListenerFiltersTimeout: true,
    filterChains,
  };
}

function realListener({ bind, targetPort }: InboundPort, filterChains: readonly FilterChain[]): Listener {
  return {
    name: `${bind}_${targetPort}`,
    address: { socketAddress: { address: bind, portValue: targetPort } },
    trafficDirection: 'INBOUND',
    listenerFilters: inspectorsFor(filterChains, true),
    listenerFiltersTimeout: '0s',
    continueOnListenerFiltersTimeout: true,
    filterChains,
  };
}

function portChains(context: ProxyContext, policies: ProxyPolicies, port: InboundPort): FilterChain[] {
  const { snapshot, node } = context;
  const name = `${port.bind}_${port.targetPort}`;
  return buildInboundChains({
    names: { http: name, tcp: name },
    statPrefix: `inbound_${name}`,
    cluster: port.cluster,
    routes: inboundRoutes(port.cluster, port.servicePort, port.protocol, `${port.hostname}:${port.servicePort}/*`),
    // The listener of a port of its own has no other connections to tell apart.
    destinationPort: port.targetPort,
    protocol: port.protocol,
    mode: mutualTlsMode(snapshot.peerAuthentications, { ...node, rootNamespace: snapshot.mesh.rootNamespace }, port.targetPort),
    ...(port.tls === undefined ? undefined : { tls: port.tls }),
    policies,
    isIntercepted: context.isIntercepted,
  });
}

/** Without interception: the one listener that other proxies know the app by. Policies mean the app's port, as in Istio. */
function appInbound(context: ProxyContext, policies: ProxyPolicies): { readonly listener: Listener; readonly cluster: Cluster } | undefined {
  const { node, snapshot } = context;
  const { appPort, inboundPort } = node;
  if (appPort === undefined || inboundPort === undefined) return undefined;
  const targets = serviceTargets(context);
  const target = targets.find(({ targetPort }) => targetPort === appPort) ?? targets[0];
  const protocol = target?.port.protocol ?? 'http';
  const cluster = inboundClusterName(appPort);
  const operation = target === undefined ? `${node.workload}.${node.namespace}:${appPort}/*` : `${target.service.hostname}:${target.port.number}/*`;
  const mode = mutualTlsMode(snapshot.peerAuthentications, { ...node, rootNamespace: snapshot.mesh.rootNamespace }, appPort);
  const names = { http: INBOUND_LISTENER, tcp: INBOUND_LISTENER };
  const filterChains = buildInboundChains({ names, statPrefix: `inbound_${LOOPBACK}_${inboundPort}`, cluster, routes: inboundRoutes(cluster, appPort, protocol, operation), destinationPort: 0, protocol, mode, policies, isIntercepted: false });
  return {
    listener: {
      name: INBOUND_LISTENER,
      address: { socketAddress: { address: LOOPBACK, portValue: inboundPort } },
      trafficDirection: 'INBOUND',
      listenerFilters: inspectorsFor(filterChains, true),
      listenerFiltersTimeout: '0s',
      continueOnListenerFiltersTimeout: true,
      filterChains,
    },
    cluster: inboundCluster(context, target === undefined ? [] : [target.service], { number: appPort, servicePort: target?.port.number ?? appPort, protocol, address: LOOPBACK, port: appPort }),
  };
}
