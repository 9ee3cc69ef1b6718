import { TYPE_URLS } from '../envoy/resources.ts';
import type { Any, Cluster, ClusterLoadAssignment, HttpConnectionManager, OutlierDetection, ProxyConfiguration, Route, RouteConfiguration, VirtualHost } from '../envoy/resources.ts';
import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { HTTP_PROXY_ROUTES } from './outbound-route-config.ts';
import { translateForProxy } from './translate-for-proxy.ts';

/** A listener that a gRPC client looks up by the name it dials: there is no socket. */
export interface ApiListener {
  readonly name: string;
  readonly apiListener: { readonly apiListener: Any };
}
export interface ProxylessConfiguration extends Omit<ProxyConfiguration, 'listener'> {
  readonly listener: readonly ApiListener[];
}

const FAULT_FILTER = 'envoy.filters.http.fault';
/** A channel needs some HTTP proxy port to have its routes made; none is bound. */
const ANY_PORT = 1;

/**
 * The configuration of a gRPC library that speaks xDS itself (node metadata `GENERATOR=grpc`), in the shapes that gRPC looks for:
 *
 *   xds:///HOST:PORT → listener HOST:PORT → routes outbound|PORT||HOST → clusters → endpoints
 *
 * The routes, subsets, faults and endpoints are those of a sidecar; what gRPC does not know is left out. Connections are
 * plain: such a client holds no certificate here. gRPC ejects by shares of failures only, so "N errors in a row" becomes
 * "at least N requests in an interval, none of which succeeded". Source: istiod pilot/pkg/networking/grpcgen; gRFC A27, A28, A50.
 */
export function proxylessGrpc(snapshot: MeshSnapshot, node: ProxyNode): ProxylessConfiguration {
  const sidecar = translateForProxy(snapshot, { ...node, outboundPort: node.outboundPort ?? ANY_PORT });
  const endpoints = new Map(sidecar.endpoint.map((assignment) => [assignment.clusterName, assignment]));
  const clusters = sidecar.cluster.filter(({ name, type }) => type === 'EDS' && endpoints.has(name));
  const known = new Set(clusters.map(({ name }) => name));
  const hosts = (sidecar.route.find(({ name }) => name === HTTP_PROXY_ROUTES)?.virtualHosts ?? []).flatMap((virtualHost) => {
    const colon = virtualHost.name.lastIndexOf(':');
    const routeName = `outbound|${virtualHost.name.slice(colon + 1)}||${virtualHost.name.slice(0, colon)}`;
    return known.has(routeName) ? [{ virtualHost, routeName }] : [];
  });
  return {
    listener: hosts.map(({ virtualHost, routeName }) => apiListener(virtualHost.name, routeName)),
    route: hosts.map(({ virtualHost, routeName }) => routesOf(virtualHost, routeName)),
    cluster: clusters.map(clusterOf),
    endpoint: clusters.flatMap(({ name }) => endpoints.get(name) ?? []).map(assignmentOf),
  };
}

function apiListener(name: string, routeConfigName: string): ApiListener {
  const manager: HttpConnectionManager = {
    '@type': TYPE_URLS.hcm,
    statPrefix: name,
    rds: { routeConfigName, configSource: { ads: {}, resourceApiVersion: 'V3' } },
    httpFilters: [
      { name: FAULT_FILTER, typedConfig: { '@type': TYPE_URLS.fault } },
      { name: 'envoy.filters.http.router', typedConfig: { '@type': TYPE_URLS.router } },
    ],
  };
  return { name, apiListener: { apiListener: { ...manager } } };
}

function routesOf({ name, domains, routes }: VirtualHost, routeName: string): RouteConfiguration {
  return { name: routeName, virtualHosts: [{ name, domains, routes: routes.map(routeOf) }] };
}

/** Without what only a proxy does, and with no other filters than gRPC's own: it would refuse the whole configuration for one. */
function routeOf({ name, match, route, redirect, directResponse, typedPerFilterConfig }: Route): Route {
  const fault = typedPerFilterConfig?.[FAULT_FILTER];
  return {
    ...(name === undefined ? {} : { name }),
    match,
    ...(route === undefined ? {} : { route }),
    ...(redirect === undefined ? {} : { redirect }),
    ...(directResponse === undefined ? {} : { directResponse }),
    ...(fault === undefined ? {} : { typedPerFilterConfig: { [FAULT_FILTER]: fault } }),
  };
}

function clusterOf({ name, lbPolicy, circuitBreakers, outlierDetection }: Cluster): Cluster {
  const maxRequests = circuitBreakers?.thresholds[0]?.maxRequests;
  return {
    name,
    type: 'EDS',
    edsClusterConfig: { serviceName: name, edsConfig: { ads: {}, resourceApiVersion: 'V3' } },
    // Least request is what a sidecar does by default; gRPC's default is round robin, and not every library knows the former.
    ...(lbPolicy === undefined || lbPolicy === 'LEAST_REQUEST' || lbPolicy === 'ROUND_ROBIN' ? { lbPolicy: 'ROUND_ROBIN' as const } : { lbPolicy }),
    ...(maxRequests === undefined ? {} : { circuitBreakers: { thresholds: [{ maxRequests }] } }),
    ...(outlierDetection === undefined ? {} : { outlierDetection: ejectionByShare(outlierDetection) }),
  };
}

function ejectionByShare({ consecutive5xx, consecutiveGatewayFailure, interval, baseEjectionTime, maxEjectionPercent }: OutlierDetection): OutlierDetection {
  const errors = consecutive5xx || consecutiveGatewayFailure || 0;
  return {
    enforcingSuccessRate: 0,
    ...(errors === 0 ? {} : { enforcingFailurePercentage: 100, failurePercentageThreshold: 99, failurePercentageMinimumHosts: 1, failurePercentageRequestVolume: errors }),
    ...(interval === undefined ? {} : { interval }),
    ...(baseEjectionTime === undefined ? {} : { baseEjectionTime }),
    ...(maxEjectionPercent === undefined ? {} : { maxEjectionPercent }),
  };
}

/** gRPC takes endpoints only in a locality that has a weight. */
function assignmentOf({ clusterName, endpoints }: ClusterLoadAssignment): ClusterLoadAssignment {
  return {
    clusterName,
    endpoints: endpoints.map(({ lbEndpoints, locality, priority, loadBalancingWeight }) => ({
      locality: locality ?? {},
      loadBalancingWeight: loadBalancingWeight ?? Math.max(1, lbEndpoints.reduce((sum, endpoint) => sum + (endpoint.loadBalancingWeight ?? 1), 0)),
      ...(priority === undefined ? {} : { priority }),
      lbEndpoints: lbEndpoints.map(({ endpoint, healthStatus, loadBalancingWeight: weight }) => ({ endpoint, ...(healthStatus === undefined ? {} : { healthStatus }), ...(weight === undefined ? {} : { loadBalancingWeight: weight }) })),
    })),
  };
}
