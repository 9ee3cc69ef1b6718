import { TYPE_URLS } from '../envoy/resources.ts';
import type { Cluster, ClusterLoadAssignment, HttpConnectionManager, Listener, ProxyConfiguration, RouteConfiguration } from '../envoy/resources.ts';
import { compareText } from './config-order.ts';
import { decorationOf } from './decorate-listeners.ts';
import { buildGateway } from './gateway.ts';
import { LOOPBACK, httpFilterOf, routesByName } from './http-listener.ts';
import { buildInbound } from './inbound.ts';
import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { buildOutbound } from './outbound-clusters.ts';
import { buildExplicitListeners, buildOutboundListeners } from './outbound-listeners.ts';
import { HTTP_PROXY_ROUTES, buildHttpProxyRoutes, buildPortRoutes, buildSniffedRoutes } from './outbound-route-config.ts';
import { declaredProtocol } from './port-protocol.ts';
import { proxyContext } from './proxy-context.ts';
import type { ProxyContext } from './proxy-context.ts';
import { shareBetweenProxies } from './share-between-proxies.ts';
import { sniDnatClusters } from './sni-dnat-clusters.ts';

/**
 * Everything one proxy is sent, from the whole configuration. Equal input gives equal output, whatever the order of the
 * objects. What cannot be translated is left out, never thrown: validation and analysis tell its owner.
 *
 *   sidecar, interception NONE      127.0.0.1_<outbound>  HTTP proxy → http_proxy → outbound|…   virtualInbound → inbound|<app>||
 *                                   and the listeners that its Sidecar names
 *   sidecar, interception REDIRECT  virtualOutbound, 0.0.0.0_<port>, <ip>_<port> → outbound|…    virtualInbound → inbound|<port>||
 *   gateway                         <bind>_<port> per port of its Gateways → http.<port> → outbound|…
 */
export function translateForProxy(snapshot: MeshSnapshot, node: ProxyNode): ProxyConfiguration {
  return translateInContext(proxyContext(snapshot, node));
}

/** The same with lookups at hand. */
export function translateInContext(context: ProxyContext): ProxyConfiguration {
  const { clusters, endpoints } = outboundOf(context);
  if (context.node.type === 'router') {
    const dnat = sniDnatOf(context);
    return { cluster: mergedByName(clusters, dnat.clusters), endpoint: mergedByClusterName(endpoints, dnat.endpoints), listener: gatewayListenersOf(context), route: gatewayRoutesOf(context) };
  }
  return { cluster: mergedByName(clusters, inboundOf(context).clusters), endpoint: endpoints, listener: sidecarListenersOf(context), route: sidecarRoutesOf(context) };
}

const outboundOf = shareBetweenProxies((context) => buildOutbound(context));
const sharedRouteConfiguration = shareBetweenProxies(routeConfigurationOf);
const inboundOf = shareBetweenProxies((context) => buildInbound(context));
const gatewayOf = shareBetweenProxies((context) => buildGateway(context));
const gatewayListenersOf = shareBetweenProxies((context) => decorationOf(context).listeners(byName(gatewayOf(context).listeners)));
const gatewayRoutesOf = shareBetweenProxies((context) => decorationOf(context).routes(byName(gatewayOf(context).routes)));
const sniDnatOf = shareBetweenProxies((context) => sniDnatClusters(context));
const outboundListenersOf = shareBetweenProxies((context): readonly Listener[] => {
  const { outboundPort } = context.node;
  return context.isIntercepted ? buildOutboundListeners(context) : [...(outboundPort === undefined ? [] : [proxyListener(outboundPort)]), ...buildExplicitListeners(context)];
});
const sidecarListenersOf = shareBetweenProxies((context) => decorationOf(context).listeners(byName(withoutDoubles([...outboundListenersOf(context), ...inboundOf(context).listeners]))));
const sidecarRoutesOf = shareBetweenProxies((context) => decorationOf(context).routes(byName(routesOf(context, outboundListenersOf(context)))));

/** The HTTP proxy that the app behind the sidecar is told to use. */
function proxyListener(port: number): Listener {
  const name = `${LOOPBACK}_${port}`;
  const filter = httpFilterOf({ statPrefix: `outbound_${name}`, routes: routesByName(HTTP_PROXY_ROUTES), policies: [], isClientSide: true, clientCertificate: 'SANITIZE', isEdge: false });
  return { name, address: { socketAddress: { address: LOOPBACK, portValue: port } }, trafficDirection: 'OUTBOUND', filterChains: [{ name, filters: [filter] }] };
}

/** The route configurations that listeners name. */
function routesOf(context: ProxyContext, listeners: readonly Listener[]): RouteConfiguration[] {
  const chains = listeners.flatMap(({ filterChains, defaultFilterChain }) => (defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain]));
  const names = new Set(chains.flatMap(({ filters }) => filters.flatMap(({ typedConfig }) => rdsNameOf(typedConfig) ?? [])));
  return [...names].map((name) => sharedRouteConfiguration(context, name));
}

function rdsNameOf(config: { readonly '@type': string }): string | undefined {
  if (config['@type'] !== TYPE_URLS.hcm) return undefined;
  // Safe because the type URL says what the message is.
  return (config as unknown as HttpConnectionManager).rds?.routeConfigName;
}

function routeConfigurationOf(context: ProxyContext, name: string): RouteConfiguration {
  if (name === HTTP_PROXY_ROUTES) return buildHttpProxyRoutes(context);
  const colon = name.lastIndexOf(':');
  if (colon !== -1) return buildSniffedRoutes(context, name.slice(0, colon), Number(name.slice(colon + 1)));
  const port = Number(name);
  const isProxyPort = context.scope.egress.some(({ listener }) => listener?.port?.number === port && declaredProtocol(listener.port.protocol) === 'http-proxy');
  return isProxyPort ? buildHttpProxyRoutes(context, name) : buildPortRoutes(context, port);
}

/** Two listeners cannot have one address: the first stays. */
function withoutDoubles(listeners: readonly Listener[]): Listener[] {
  const seen = new Set<string>();
  return listeners.filter(({ address: { socketAddress } }) => {
    const key = `${socketAddress.address} ${socketAddress.portValue}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function byName<T extends { readonly name: string }>(resources: readonly T[]): T[] {
  return resources.toSorted((a, b) => compareText(a.name, b.name));
}

/** Two lists as one, sorted; the same list for the same two, so that it is encoded once. */
function merged<T extends object>(nameOf: (one: T) => string): (some: readonly T[], more: readonly T[]) => readonly T[] {
  const known = new WeakMap<readonly T[], WeakMap<readonly T[], readonly T[]>>();
  return (some, more) => {
    if (more.length === 0) return some;
    const ofSome = known.get(some) ?? new WeakMap<readonly T[], readonly T[]>();
    known.set(some, ofSome);
    const found = ofSome.get(more) ?? [...some, ...more].sort((a, b) => compareText(nameOf(a), nameOf(b)));
    ofSome.set(more, found);
    return found;
  };
}
const mergedByName = merged(({ name }: Cluster) => name);
const mergedByClusterName = merged(({ clusterName }: ClusterLoadAssignment) => clusterName);
