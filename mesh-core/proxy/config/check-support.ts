import { createSecureContext } from 'node:tls';
import { NETWORK_FILTER_URLS } from '#mesh-core/domain/envoy/network-filters.ts';
import type { TcpProxy } from '#mesh-core/domain/envoy/network-filters.ts';
import { LOCAL_RATE_LIMIT_URL } from '#mesh-core/domain/envoy/rate-limit.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import { TELEMETRY_TYPE_URLS } from '#mesh-core/domain/envoy/telemetry.ts';
import { SECURITY_TYPE_URLS } from '#mesh-core/domain/envoy/security-filters.ts';
import type { Any, Cluster, ClusterLoadAssignment, FilterChain, HttpConnectionManager, Listener, Route, RouteConfiguration, TlsContext, TransportSocket } from '#mesh-core/domain/envoy/resources.ts';
import { textOfSource } from '#mesh-core/domain/envoy/secret.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import { pemBlocks } from '../identity/pem-blocks.ts';

const HTTP_FILTERS: ReadonlySet<string> = new Set([TYPE_URLS.rbac, SECURITY_TYPE_URLS.jwtAuthn, SECURITY_TYPE_URLS.extAuthz, LOCAL_RATE_LIMIT_URL, TELEMETRY_TYPE_URLS.typedStruct, TYPE_URLS.fault, TYPE_URLS.cors, TYPE_URLS.router]);
const LISTENER_FILTERS: ReadonlySet<string> = new Set(['envoy.filters.listener.tls_inspector', 'envoy.filters.listener.http_inspector']);
/** What may stand before the filter that ends a chain. */
const NETWORK_FILTERS: ReadonlySet<string> = new Set([NETWORK_FILTER_URLS.rbac, SECURITY_TYPE_URLS.networkExtAuthz, NETWORK_FILTER_URLS.sniCluster]);
const TERMINAL_FILTERS: ReadonlySet<string> = new Set([TYPE_URLS.hcm, NETWORK_FILTER_URLS.tcpProxy]);
const PER_ROUTE: ReadonlySet<string> = new Set([TYPE_URLS.fault, TYPE_URLS.corsPolicy, LOCAL_RATE_LIMIT_URL]);
const CLUSTER_TYPES: ReadonlySet<string> = new Set(['EDS', 'STATIC', 'STRICT_DNS', 'LOGICAL_DNS', 'ORIGINAL_DST']);
const LB_POLICIES: ReadonlySet<string> = new Set(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM', 'RING_HASH', 'MAGLEV', 'CLUSTER_PROVIDED']);

/** The HttpConnectionManager of a filter's typed config. */
export function asHttpConnectionManager(config: Any): HttpConnectionManager | undefined {
  // Safe because the type URL says what the message is.
  return config['@type'] === TYPE_URLS.hcm ? (config as unknown as HttpConnectionManager) : undefined;
}

/** The TLS context of a transport socket; undefined for plain sockets. */
export function tlsContextOf(socket: TransportSocket | undefined): TlsContext | undefined {
  const config = socket?.typedConfig;
  if (config === undefined || (config['@type'] !== TYPE_URLS.upstreamTls && config['@type'] !== TYPE_URLS.downstreamTls)) return undefined;
  // Safe because the type URL says what the message is.
  return config as unknown as TlsContext;
}

/** All filter chains of a listener, the default one last. */
export function allChainsOf(listener: Listener): readonly FilterChain[] {
  return listener.defaultFilterChain === undefined ? listener.filterChains : [...listener.filterChains, listener.defaultFilterChain];
}

/** Names of the route configurations a listener needs over RDS. */
export function routeNamesOf(listener: Listener): string[] {
  return allChainsOf(listener).flatMap((chain) => chain.filters.flatMap((filter) => asHttpConnectionManager(filter.typedConfig)?.rds?.routeConfigName ?? []));
}

/** Names of the clusters that a listener's TCP filter chains send to. */
export function tcpClusterNamesOf(listener: Listener): string[] {
  return allChainsOf(listener).flatMap((chain) =>
    chain.filters.flatMap(({ typedConfig }) => {
      if (typedConfig['@type'] !== NETWORK_FILTER_URLS.tcpProxy) return [];
      // Safe because the type URL says what the message is.
      const { cluster, weightedClusters } = typedConfig as unknown as TcpProxy;
      return [...(cluster === undefined ? [] : [cluster]), ...(weightedClusters?.clusters ?? []).map(({ name }) => name)];
    }),
  );
}

/** Why this proxy cannot run a cluster; undefined when it can. The text goes to the control plane as the NACK. */
export function checkCluster(cluster: Cluster): string | undefined {
  if (cluster.name === '') return 'cluster without a name';
  const type = cluster.type ?? 'STATIC';
  if (cluster.clusterType !== undefined) return `cluster ${cluster.name}: unsupported cluster type ${cluster.clusterType.name}`;
  if (!CLUSTER_TYPES.has(type)) return `cluster ${cluster.name}: unsupported discovery type ${type}`;
  if (cluster.lbPolicy !== undefined && !LB_POLICIES.has(cluster.lbPolicy)) return `cluster ${cluster.name}: unsupported lb_policy ${cluster.lbPolicy} (supported: ${[...LB_POLICIES].join(', ')})`;
  for (const socket of [cluster.transportSocket, ...(cluster.transportSocketMatches ?? []).map((match) => match.transportSocket)]) {
    const problem = checkTransportSocket(socket, TYPE_URLS.upstreamTls);
    if (problem !== undefined) return `cluster ${cluster.name}: ${problem}`;
  }
  return undefined;
}

/** Why this proxy cannot use an endpoint assignment. */
export function checkEndpoints(assignment: ClusterLoadAssignment): string | undefined {
  if (assignment.clusterName === '') return 'endpoint assignment without a cluster name';
  for (const { lbEndpoints } of assignment.endpoints) {
    for (const { endpoint } of lbEndpoints) {
      const socket = endpoint?.address?.socketAddress;
      if (socket === undefined || socket.address === '' || !(socket.portValue > 0)) return `assignment ${assignment.clusterName}: only endpoints with a socket address and port are supported`;
    }
  }
  return undefined;
}

/** Why this proxy cannot use a secret: it must hold a key pair or roots that TLS can read. */
export function checkSecret({ name, tlsCertificate, validationContext }: EnvoySecret): string | undefined {
  if (name === '') return 'secret without a name';
  const chain = textOfSource(tlsCertificate?.certificateChain);
  const key = textOfSource(tlsCertificate?.privateKey);
  const ca = textOfSource(validationContext?.trustedCa);
  const crl = textOfSource(validationContext?.crl);
  if (tlsCertificate === undefined && ca === undefined) return `secret ${name}: neither a key pair nor roots`;
  if (tlsCertificate !== undefined && (chain === undefined || key === undefined)) return `secret ${name}: a certificate without its key, or a key without its certificate`;
  try {
    createSecureContext({ ...(chain === undefined ? {} : { cert: chain }), ...(key === undefined ? {} : { key }), ...(ca === undefined ? {} : { ca }), ...(crl === undefined ? {} : { crl: pemBlocks(crl) }) });
  } catch (error) {
    return `secret ${name}: TLS cannot use it (${error instanceof Error ? error.message : String(error)})`;
  }
  return undefined;
}

/** Why this proxy cannot run a listener. */
export function checkListener(listener: Listener): string | undefined {
  const where = `listener ${listener.name}`;
  if (listener.address?.socketAddress === undefined) return `${where}: no socket address`;
  for (const filter of listener.listenerFilters ?? []) if (!LISTENER_FILTERS.has(filter.name)) return `${where}: unsupported listener filter ${filter.name}`;
  if (allChainsOf(listener).length === 0) return `${where}: no filter chain`;
  const matches = new Map<string, string>();
  for (const chain of listener.filterChains) {
    const match = JSON.stringify(chain.filterChainMatch ?? {});
    const other = matches.get(match);
    if (other !== undefined) return `${where}: filter chain ${chain.name ?? ''} has the same matching rules as ${other}`;
    matches.set(match, chain.name ?? '');
  }
  for (const chain of allChainsOf(listener)) {
    const problem = checkFilterChain(chain);
    if (problem !== undefined) return `${where}: ${problem}`;
  }
  return undefined;
}

function checkFilterChain(chain: FilterChain): string | undefined {
  for (const name of chain.filterChainMatch?.serverNames ?? []) if (name.slice(1).includes('*') || (name.startsWith('*') && !name.startsWith('*.'))) return `server name ${name}: a wildcard stands for whole labels at the beginning`;
  const socketProblem = checkTransportSocket(chain.transportSocket, TYPE_URLS.downstreamTls);
  if (socketProblem !== undefined) return socketProblem;
  for (const [index, { name, typedConfig }] of chain.filters.entries()) {
    const type = typedConfig?.['@type'] ?? 'no configuration';
    const isLast = index === chain.filters.length - 1;
    if (isLast !== TERMINAL_FILTERS.has(type) || !(isLast || NETWORK_FILTERS.has(type))) return TERMINAL_FILTERS.has(type) ? `network filter ${name} must be the last of its chain` : isLast && NETWORK_FILTERS.has(type) ? 'a filter chain must end in an HTTP connection manager or a TCP proxy' : `unsupported network filter ${name} (${type})`;
    if (type === NETWORK_FILTER_URLS.tcpProxy && typedConfig['tunnelingConfig'] !== undefined) return `network filter ${name}: tunnelling TCP through another HTTP proxy (tunneling_config) is not supported`;
    const manager = asHttpConnectionManager(typedConfig);
    const problem = manager === undefined ? undefined : checkManager(manager);
    if (problem !== undefined) return problem;
  }
  return chain.filters.length === 0 ? 'a filter chain without filters' : undefined;
}

/** Why this proxy cannot run a route configuration. */
export function checkRouteConfiguration(config: RouteConfiguration): string | undefined {
  const seen = new Set<string>();
  for (const host of config.virtualHosts) {
    for (const domain of host.domains) {
      if (seen.has(domain)) return `route configuration ${config.name}: domain ${domain} appears in more than one virtual host`;
      seen.add(domain);
    }
    for (const [i, route] of host.routes.entries()) {
      const problem = checkRoute(route);
      if (problem !== undefined) return `route configuration ${config.name}, virtual host ${host.name}, route ${route.name ?? i}: ${problem}`;
    }
  }
  return undefined;
}

function checkRoute(route: Route): string | undefined {
  if (route.route === undefined && route.redirect === undefined && route.directResponse === undefined) return 'unsupported action';
  if (route.route !== undefined && route.route.cluster === undefined && route.route.weightedClusters === undefined) return 'unsupported cluster specifier';
  for (const [name, config] of Object.entries(route.typedPerFilterConfig ?? {})) {
    if (!PER_ROUTE.has(config['@type'])) return `unsupported per-route configuration ${name} (${config['@type']})`;
  }
  return undefined;
}

function checkManager(manager: HttpConnectionManager): string | undefined {
  for (const filter of manager.httpFilters) {
    const type = filter.typedConfig?.['@type'];
    if (type === undefined || !HTTP_FILTERS.has(type)) return `unsupported HTTP filter ${filter.name} (${type ?? 'no configuration'})`;
  }
  if (manager.httpFilters.at(-1)?.typedConfig['@type'] !== TYPE_URLS.router) return 'the last HTTP filter must be the router';
  if (manager.rds === undefined && manager.routeConfig === undefined) return 'neither a route configuration nor RDS';
  return manager.routeConfig === undefined ? undefined : checkRouteConfiguration(manager.routeConfig);
}

function checkTransportSocket(socket: TransportSocket | undefined, expected: string): string | undefined {
  const type = socket?.typedConfig?.['@type'];
  if (socket === undefined || type === TYPE_URLS.rawBuffer || socket.name === 'envoy.transport_sockets.raw_buffer') return undefined;
  if (type !== expected) return `unsupported transport socket ${socket.name} (${type ?? 'no configuration'})`;
  return undefined;
}
