import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { Cluster, ClusterLoadAssignment, HttpFilter, LbEndpoint, Listener, RbacRules, Route, RouteConfiguration, TransportSocket } from '#mesh-core/domain/envoy/resources.ts';

/** Envoy resources as istiod writes them, for tests of the proxy alone. */

const CERTIFICATES = { tlsCertificateSdsSecretConfigs: [{ name: 'default' }], alpnProtocols: ['istio-http/1.1', 'istio', 'http/1.1'] };
const ROOT = { validationContextSdsSecretConfig: { name: 'ROOTCA' } };

/** The name of a service's cluster: `outbound|80|v1|web.test.svc.cluster.local`. */
export function clusterName(service: string, subset = ''): string {
  return `outbound|80|${subset}|${service}.test.svc.cluster.local`;
}

/** A service's cluster: mutual TLS to endpoints of the mesh whose identity is in `spiffeIds` (none = any of the mesh). */
export function serviceCluster(service: string, options: { readonly subset?: string; readonly spiffeIds?: readonly string[] } & Partial<Cluster> = {}): Cluster {
  const { subset = '', spiffeIds = [], ...rest } = options;
  const name = clusterName(service, subset);
  const defaultValidationContext = { matchTypedSubjectAltNames: spiffeIds.map((exact) => ({ sanType: 'URI', matcher: { exact } })) };
  const mutual = tlsSocket(TYPE_URLS.upstreamTls, { commonTlsContext: { ...CERTIFICATES, combinedValidationContext: { defaultValidationContext, ...ROOT } }, sni: `outbound_.80_.${subset}_.${service}.test.svc.cluster.local` });
  return {
    name,
    type: 'EDS',
    edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: 'V3' }, serviceName: name },
    connectTimeout: '1s',
    lbPolicy: 'ROUND_ROBIN',
    transportSocketMatches: [
      { name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transportSocket: mutual },
      { name: 'tlsMode-disabled', match: {}, transportSocket: { name: 'envoy.transport_sockets.raw_buffer', typedConfig: { '@type': TYPE_URLS.rawBuffer } } },
    ],
    metadata: { filterMetadata: { istio: { services: [{ host: `${service}.test.svc.cluster.local`, name: service, namespace: 'test' }] } } },
    ...rest,
  };
}

/** The endpoints of a cluster; `workload` marks them as peers of the mesh. */
export function assignment(clusterNameText: string, endpoints: readonly { readonly port: number; readonly workload?: string }[]): ClusterLoadAssignment {
  const lbEndpoints = endpoints.map(({ port, workload }): LbEndpoint => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: port } } },
    healthStatus: 'HEALTHY',
    ...(workload === undefined ? {} : { metadata: { filterMetadata: { 'envoy.transport_socket_match': { tlsMode: 'istio' }, istio: { workload: `${workload};test;${workload.replace(/-v\d+$/, '')};v1;Kubernetes` } } } }),
  }));
  return { clusterName: clusterNameText, endpoints: [{ lbEndpoints }] };
}

/** The cluster of the app behind a sidecar. */
export function inboundCluster(service: string, appPort: number): Cluster {
  const name = `inbound|${appPort}||`;
  return { name, type: 'STATIC', connectTimeout: '1s', loadAssignment: assignment(name, [{ port: appPort }]), metadata: { filterMetadata: { istio: { services: [{ host: `${service}.test.svc.cluster.local`, name: service, namespace: 'test' }] } } } };
}

/** A sidecar's inbound listener: STRICT takes mutual TLS only, PERMISSIVE plain text as well. */
export function inboundListener(port: number, appPort: number, options: { readonly mode?: 'STRICT' | 'PERMISSIVE'; readonly rbac?: readonly RbacRules[]; readonly filters?: readonly HttpFilter[] } = {}): Listener {
  const name = `inbound|${appPort}||`;
  const filters = [
    {
      name: 'envoy.filters.network.http_connection_manager',
      typedConfig: {
        '@type': TYPE_URLS.hcm,
        statPrefix: 'inbound',
        routeConfig: { name, virtualHosts: [{ name: 'inbound', domains: ['*'], routes: [{ name: 'default', match: { prefix: '/' }, route: { cluster: name, timeout: '0s' }, decorator: { operation: 'web:80/*' } }] }] },
        httpFilters: [...(options.rbac ?? []).map((rules): HttpFilter => ({ name: 'envoy.filters.http.rbac', typedConfig: { '@type': TYPE_URLS.rbac, rules } })), ...(options.filters ?? []), ROUTER],
        forwardClientCertDetails: 'APPEND_FORWARD',
        upgradeConfigs: [{ upgradeType: 'websocket' }],
        normalizePath: true,
        tracing: {},
      },
    },
  ];
  const transportSocket = tlsSocket(TYPE_URLS.downstreamTls, { requireClientCertificate: true, commonTlsContext: { ...CERTIFICATES, combinedValidationContext: { defaultValidationContext: { matchTypedSubjectAltNames: [{ sanType: 'URI', matcher: { prefix: 'spiffe://cluster.local/' } }] }, ...ROOT } } });
  const tls = { filterChainMatch: { transportProtocol: 'tls' as const }, filters, transportSocket };
  const plain = { filterChainMatch: { transportProtocol: 'raw_buffer' as const }, filters };
  return { name: 'virtualInbound', address: { socketAddress: { address: '127.0.0.1', portValue: port } }, trafficDirection: 'INBOUND', filterChains: options.mode === 'PERMISSIVE' ? [tls, plain] : [tls], listenerFilters: [{ name: 'envoy.filters.listener.tls_inspector' }] };
}

/** A sidecar's outbound HTTP proxy, whose routes come as `http_proxy`. */
export function outboundListener(port: number): Listener {
  const manager = {
    '@type': TYPE_URLS.hcm,
    statPrefix: 'outbound',
    rds: { routeConfigName: 'http_proxy', configSource: { ads: {}, resourceApiVersion: 'V3' } },
    httpFilters: [{ name: 'envoy.filters.http.cors', typedConfig: { '@type': TYPE_URLS.cors } }, { name: 'envoy.filters.http.fault', typedConfig: { '@type': TYPE_URLS.fault } }, ROUTER],
    upgradeConfigs: [{ upgradeType: 'websocket' }],
    normalizePath: true,
    tracing: {},
  };
  return { name: `127.0.0.1_${port}`, address: { socketAddress: { address: '127.0.0.1', portValue: port } }, trafficDirection: 'OUTBOUND', filterChains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typedConfig: manager }] }] };
}

/** The outbound routes: host → its routes. */
export function outboundRoutes(hosts: Readonly<Record<string, readonly Route[]>>): RouteConfiguration {
  return { name: 'http_proxy', virtualHosts: Object.entries(hosts).map(([host, routes]) => ({ name: `${host}:80`, domains: [host, `${host}.test.svc.cluster.local`, `${host}:80`], routes })) };
}

/** A route for everything to one cluster. */
export function routeTo(cluster: string, action: Partial<NonNullable<Route['route']>> = {}, route: Partial<Route> = {}): Route {
  return { name: 'default', match: { prefix: '/' }, route: { cluster, timeout: '0s', ...action }, ...route };
}

const ROUTER: HttpFilter = { name: 'envoy.filters.http.router', typedConfig: { '@type': TYPE_URLS.router } };

function tlsSocket(type: string, context: Readonly<Record<string, unknown>>): TransportSocket {
  return { name: 'envoy.transport_sockets.tls', typedConfig: { '@type': type, ...context } };
}
