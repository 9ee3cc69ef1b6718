import { TYPE_URLS } from '../envoy/resources.ts';
import type { HttpConnectionManager, Listener, ProxyConfiguration, RouteConfiguration } from '../envoy/resources.ts';
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
  const { node } = context;
  const { clusters, endpoints } = outboundOf(context);
  const decoration = decorationOf(context);
  if (node.type === 'router') {
    const { listeners, routes } = buildGateway(context);
    const dnat = sniDnatClusters(context);
    return {
      cluster: dnat.clusters.length === 0 ? clusters : byName([...clusters, ...dnat.clusters]),
      endpoint: dnat.endpoints.length === 0 ? endpoints : [...endpoints, ...dnat.endpoints].sort((a, b) => compareText(a.clusterName, b.clusterName)),
      listener: decoration.listeners(byName(listeners)),
      route: decoration.routes(byName(routes)),
    };
  }
  const inbound = buildInbound(context);
  const outbound = context.isIntercepted ? buildOutboundListeners(context) : [...(node.outboundPort === undefined ? [] : [proxyListener(node.outboundPort)]), ...buildExplicitListeners(context)];
  const listener = decoration.listeners(byName(withoutDoubles([...outbound, ...inbound.listeners])));
  return { cluster: byName([...clusters, ...inbound.clusters]), endpoint: endpoints, listener, route: decoration.routes(byName(routesOf(context, outbound))) };
}

const outboundOf = shareBetweenProxies((context) => buildOutbound(context));
const sharedRouteConfiguration = shareBetweenProxies(routeConfigurationOf);

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
