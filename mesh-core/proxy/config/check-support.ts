import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { Any, Cluster, ClusterLoadAssignment, HttpConnectionManager, Listener, Route, RouteConfiguration, TlsContext, TransportSocket } from '#mesh-core/domain/envoy/resources.ts';

const HTTP_FILTERS: ReadonlySet<string> = new Set([TYPE_URLS.rbac, TYPE_URLS.fault, TYPE_URLS.cors, TYPE_URLS.router]);
const LISTENER_FILTERS: ReadonlySet<string> = new Set(['envoy.filters.listener.tls_inspector', 'envoy.filters.listener.http_inspector']);
const PER_ROUTE: ReadonlySet<string> = new Set([TYPE_URLS.fault, TYPE_URLS.corsPolicy]);
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

/** Names of the route configurations a listener needs over RDS. */
export function routeNamesOf(listener: Listener): string[] {
  return listener.filterChains.flatMap((chain) => chain.filters.flatMap((filter) => asHttpConnectionManager(filter.typedConfig)?.rds?.routeConfigName ?? []));
}

/** Why this proxy cannot run a cluster; undefined when it can. The text goes to the control plane as the NACK. */
export function checkCluster(cluster: Cluster): string | undefined {
  if (cluster.name === '') return 'cluster without a name';
  const type = cluster.type ?? 'STATIC';
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

/** Why this proxy cannot run a listener. */
export function checkListener(listener: Listener): string | undefined {
  const where = `listener ${listener.name}`;
  if (listener.address?.socketAddress === undefined) return `${where}: no socket address`;
  for (const filter of listener.listenerFilters ?? []) if (!LISTENER_FILTERS.has(filter.name)) return `${where}: unsupported listener filter ${filter.name}`;
  if (listener.filterChains.length === 0) return `${where}: no filter chain`;
  for (const chain of listener.filterChains) {
    if (chain.filterChainMatch?.serverNames !== undefined && chain.filterChainMatch.serverNames.length > 0) return `${where}: filter chains chosen by server name (SNI) are not supported`;
    const socketProblem = checkTransportSocket(chain.transportSocket, TYPE_URLS.downstreamTls);
    if (socketProblem !== undefined) return `${where}: ${socketProblem}`;
    const [filter, ...others] = chain.filters;
    if (filter === undefined || others.length > 0) return `${where}: a filter chain must have exactly one network filter`;
    const manager = asHttpConnectionManager(filter.typedConfig);
    if (manager === undefined) return `${where}: unsupported network filter ${filter.name} (${filter.typedConfig['@type']})`;
    const problem = checkManager(manager);
    if (problem !== undefined) return `${where}: ${problem}`;
  }
  return undefined;
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
  const common = tlsContextOf(socket)?.commonTlsContext;
  for (const secret of common?.tlsCertificateSdsSecretConfigs ?? []) if (secret.name !== 'default') return `unknown secret ${secret.name}: only this workload's own certificate (default) is held`;
  const validation = common?.combinedValidationContext?.validationContextSdsSecretConfig ?? common?.validationContextSdsSecretConfig;
  if (validation !== undefined && validation.name !== 'ROOTCA') return `unknown secret ${validation.name}: only the mesh root (ROOTCA) is held`;
  return undefined;
}
