import type { Listener, ProxyConfiguration } from '../envoy/resources.ts';
import { compareText } from './config-order.ts';
import { buildGateway } from './gateway.ts';
import { LOOPBACK, httpFilterOf, routesByName } from './http-listener.ts';
import { buildInbound } from './inbound.ts';
import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { buildOutbound } from './outbound-clusters.ts';
import { HTTP_PROXY_ROUTES, buildHttpProxyRoutes } from './outbound-route-config.ts';
import { proxyContext } from './proxy-context.ts';

/**
 * Everything one proxy is sent, from the whole configuration. Equal input gives equal output, whatever the order of the
 * objects. What cannot be translated is left out, never thrown: validation and analysis tell its owner.
 *
 *   sidecar   127.0.0.1_<outbound>  HTTP proxy → http_proxy → outbound|…        virtualInbound → inbound|<app>||
 *   gateway   127.0.0.1_<port> per port of its Gateways → http.<port> → outbound|…
 */
export function translateForProxy(snapshot: MeshSnapshot, node: ProxyNode): ProxyConfiguration {
  const context = proxyContext(snapshot, node);
  const { clusters, endpoints } = buildOutbound(context);
  if (node.type === 'router') {
    const { listeners, routes } = buildGateway(context);
    return { cluster: clusters, endpoint: endpoints, listener: byName(listeners), route: byName(routes) };
  }
  const inbound = buildInbound(context);
  const outbound = node.outboundPort === undefined ? undefined : outboundListener(node.outboundPort);
  return {
    cluster: inbound === undefined ? clusters : byName([...clusters, inbound.cluster]),
    endpoint: endpoints,
    listener: byName([outbound, inbound?.listener].filter((listener) => listener !== undefined)),
    route: outbound === undefined ? [] : [buildHttpProxyRoutes(context)],
  };
}

/** The HTTP proxy that the app behind the sidecar is told to use. */
function outboundListener(port: number): Listener {
  const name = `${LOOPBACK}_${port}`;
  const filter = httpFilterOf({ statPrefix: `outbound_${name}`, routes: routesByName(HTTP_PROXY_ROUTES), policies: [], isClientSide: true, clientCertificate: 'SANITIZE', isEdge: false });
  return { name, address: { socketAddress: { address: LOOPBACK, portValue: port } }, trafficDirection: 'OUTBOUND', filterChains: [{ name, filters: [filter] }] };
}

function byName<T extends { readonly name: string }>(resources: readonly T[]): T[] {
  return resources.toSorted((a, b) => compareText(a.name, b.name));
}
