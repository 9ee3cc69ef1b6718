import type { FilterChain, NetworkFilter, Route, RouteConfiguration } from '../envoy/resources.ts';
import { httpFilterOf, routesInline } from './http-listener.ts';
import { customTlsMatches, inboundChainMatches } from './inbound-chain-match.ts';
import type { InboundPort } from './inbound-ports.ts';
import type { EffectiveMutualTls } from './mutual-tls-mode.ts';
import { isHttp, listenerProtocol } from './port-protocol.ts';
import type { PortProtocol } from './port-protocol.ts';
import type { ProxyPolicies } from './proxy-policies.ts';
import { INBOUND_RETRY_POLICY } from './retry-policy.ts';
import { CATCH_ALL } from './route-match.ts';
import { serverTlsSocket } from './server-tls-socket.ts';
import { plainTcpFilter } from './tcp-filter.ts';
import { meshServerSocket } from './tls-socket.ts';

/** What the chains of one port have in common. */
export interface InboundChainOptions {
  /** Name of the chains that read HTTP, and of those that do not. */
  readonly names: { readonly http: string; readonly tcp: string };
  readonly statPrefix: string;
  readonly cluster: string;
  readonly routes: RouteConfiguration;
  /** 0 = any port. */
  readonly destinationPort: number;
  readonly protocol: PortProtocol;
  readonly mode: EffectiveMutualTls;
  readonly tls?: InboundPort['tls'];
  readonly policies: ProxyPolicies;
  readonly isIntercepted: boolean;
}

/**
 * The filter chains of one port: one for each way in which a connection may come by its protocol and mutual TLS mode. The
 * user's own TLS settings count only where the mesh's mutual TLS is off. Source: istiod's inboundChainForOpts.
 */
export function buildInboundChains(options: InboundChainOptions): FilterChain[] {
  const { protocol, mode, tls, destinationPort } = options;
  const isOwnTls = tls !== undefined && mode === 'DISABLE';
  const matches = isOwnTls ? customTlsMatches(isHttp(protocol) ? 'http' : 'tcp') : inboundChainMatches(mode, listenerProtocol(protocol) ?? 'tcp');
  const filters = { http: () => [httpFilter(options)], tcp: () => tcpFilters(options) };
  return matches.map((match) => ({
    name: options.names[match.protocol],
    filterChainMatch: { ...match.match, ...(destinationPort > 0 ? { destinationPort } : undefined) },
    filters: filters[match.protocol](),
    ...(match.terminatesTls ? { transportSocket: isOwnTls ? serverTlsSocket(tls, false) : meshServerSocket(options.isIntercepted || match.protocol === 'tcp' ? match.protocol : 'bundled') } : undefined),
  }));
}

/** Everything goes to the app; it is retried only if it cannot have seen the request, and never for gRPC, whose streams last. */
export function inboundRoutes(cluster: string, servicePort: number, protocol: PortProtocol, operation: string): RouteConfiguration {
  const route: Route = { name: 'default', match: CATCH_ALL, route: { cluster, timeout: '0s', ...(protocol === 'grpc' || protocol === 'grpc-web' ? undefined : { retryPolicy: INBOUND_RETRY_POLICY }) }, decorator: { operation } };
  return { name: cluster, virtualHosts: [{ name: `inbound|http|${servicePort}`, domains: ['*'], routes: [route] }], validateClusters: false };
}

function httpFilter({ statPrefix, routes, policies }: InboundChainOptions): NetworkFilter {
  return httpFilterOf({ statPrefix, routes: routesInline(routes), policies: policies.http, isClientSide: false, clientCertificate: 'APPEND_FORWARD', isEdge: false });
}

function tcpFilters({ cluster, policies }: InboundChainOptions): NetworkFilter[] {
  return [...policies.tcp, plainTcpFilter(cluster)];
}
