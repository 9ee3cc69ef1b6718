import { NETWORK_FILTER_URLS } from '#mesh-core/domain/envoy/network-filters.ts';
import type { FilterChainMatch, TcpProxy } from '#mesh-core/domain/envoy/network-filters.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { FilterChain, Listener, RbacRules, TransportSocket } from '#mesh-core/domain/envoy/resources.ts';

/** TCP listeners as istiod writes them, for tests of the proxy alone. */

const MESH_VALIDATION = { defaultValidationContext: { matchTypedSubjectAltNames: [{ sanType: 'URI' as const, matcher: { prefix: 'spiffe://cluster.local/' } }] }, validationContextSdsSecretConfig: { name: 'ROOTCA' } };
export const TLS_INSPECTOR = { name: 'envoy.filters.listener.tls_inspector' };
export const HTTP_INSPECTOR = { name: 'envoy.filters.listener.http_inspector' };

/** The server side of mesh mutual TLS, accepting these ALPN names. */
export function meshSocket(alpnProtocols: readonly string[]): TransportSocket {
  return { name: 'envoy.transport_sockets.tls', typedConfig: { '@type': TYPE_URLS.downstreamTls, requireClientCertificate: true, commonTlsContext: { alpnProtocols, tlsCertificateSdsSecretConfigs: [{ name: 'default' }], combinedValidationContext: MESH_VALIDATION } } };
}

/** A chain that sends bytes to a cluster. */
export function tcpChain(cluster: string, options: { readonly match?: FilterChainMatch; readonly rbac?: readonly RbacRules[]; readonly socket?: TransportSocket; readonly proxy?: Partial<TcpProxy> } = {}): FilterChain {
  const { match, rbac = [], socket, proxy = {} } = options;
  return {
    ...(match === undefined ? {} : { filterChainMatch: match }),
    filters: [
      ...rbac.map((rules) => ({ name: 'envoy.filters.network.rbac', typedConfig: { '@type': NETWORK_FILTER_URLS.rbac, statPrefix: 'tcp.', rules } })),
      { name: 'envoy.filters.network.tcp_proxy', typedConfig: { '@type': NETWORK_FILTER_URLS.tcpProxy, statPrefix: cluster, cluster, ...proxy } },
    ],
    ...(socket === undefined ? {} : { transportSocket: socket }),
  };
}

/** A sidecar's inbound listener for an app that speaks TCP. */
export function tcpInbound(port: number, appPort: number, options: { readonly mode?: 'STRICT' | 'PERMISSIVE' | 'DISABLE'; readonly rbac?: readonly RbacRules[] } = {}): Listener {
  const { mode = 'STRICT', rbac = [] } = options;
  const cluster = `inbound|${appPort}||`;
  const mutual = tcpChain(cluster, { match: { transportProtocol: 'tls', ...(mode === 'STRICT' ? {} : { applicationProtocols: ['istio-peer-exchange', 'istio'] }) }, rbac, socket: meshSocket(['istio-peer-exchange', 'istio']) });
  const open = tcpChain(cluster, { match: { transportProtocol: 'raw_buffer' }, rbac });
  const ownTls = tcpChain(cluster, { match: { transportProtocol: 'tls' }, rbac });
  return listener('virtualInbound', port, 'INBOUND', mode === 'STRICT' ? [mutual] : mode === 'DISABLE' ? [ownTls, open] : [mutual, ownTls, open], [TLS_INSPECTOR]);
}

/** A listener on loopback. */
export function listener(name: string, port: number, trafficDirection: Listener['trafficDirection'], filterChains: readonly FilterChain[], listenerFilters: NonNullable<Listener['listenerFilters']> = []): Listener {
  return { name, address: { socketAddress: { address: '127.0.0.1', portValue: port } }, trafficDirection, filterChains, listenerFilters };
}
