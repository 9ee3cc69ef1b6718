import { TYPE_URLS } from '../envoy/resources.ts';
import type { HttpConnectionManager, ProxyConfiguration, Route, RouteConfiguration } from '../envoy/resources.ts';
import { parseDuration } from '../resources/go-duration.ts';
import { mergeGateways } from '../translate/gateway-servers.ts';
import { LOOPBACK } from '../translate/http-listener.ts';
import type { MeshSnapshot, ProxyNode } from '../translate/mesh-snapshot.ts';
import { HTTP_PROXY_ROUTES } from '../translate/outbound-route-config.ts';
import { parseClusterName } from '../translate/cluster-name.ts';
import { proxyContext } from '../translate/proxy-context.ts';
import type { ProxyContext } from '../translate/proxy-context.ts';
import { translateInContext } from '../translate/translate-for-proxy.ts';
import { decideRoute } from './decide-route.ts';
import type { ClusterOutcome, RouteOutcome } from './decide-route.ts';
import { describeRouteMatch, failedCondition } from './describe-route-match.ts';
import type { FailedCondition } from './describe-route-match.ts';
import { abortOf, shareOf } from './fault.ts';
import { explainRoutes } from './match-route.ts';
import type { RouteMismatch } from './match-route.ts';
import { normalizePath } from './normalize-path.ts';
import type { HeaderMap, RequestHead } from './request-head.ts';
import { routeSource } from './route-source.ts';
import type { RouteSource } from './route-source.ts';
import { selectVirtualHost } from './select-virtual-host.ts';
import { simulateDestination } from './simulated-destination.ts';
import type { SimulatedDestination } from './simulated-destination.ts';
import { authorizationOf } from './workload-authorization.ts';
import type { ExplainedVerdict } from './workload-authorization.ts';

/** Who calls: a proxy, or as much as is known of one. A `router` stands for a client outside that calls this gateway. */
export type SimulatedCaller = Pick<ProxyNode, 'namespace' | 'serviceAccount'> & Partial<ProxyNode>;
export interface SimulatedRequest {
  readonly from: SimulatedCaller;
  /** As the app would write it: `catalog`, `catalog.shop`, `bank.example.com`. */
  readonly host: string;
  /** Default 80. */
  readonly port?: number;
  /** Default GET. */
  readonly method?: string;
  /** With its query; default `/`. */
  readonly path?: string;
  readonly headers?: HeaderMap;
}
/** What would become of a request, and who decides it. */
export interface RequestSimulation {
  /** What takes the request in the caller's own proxy, or in the gateway; absent when nothing does. */
  readonly listener?: { readonly name: string; readonly filterChain: string; readonly filters: readonly string[] };
  /** `http_proxy`, `http.8080`; '' when no listener takes the request. */
  readonly routeConfiguration: string;
  /** `catalog.shop.svc.cluster.local:80`; `block_all` for a host that the mesh does not know. */
  readonly virtualHost?: string;
  readonly route?: SimulatedRoute;
  /** The routes before it that do not take the request, in order. */
  readonly passedOver: readonly { readonly route: SimulatedRoute; readonly because: RouteMismatch; readonly failed: FailedCondition }[];
  /** What the route injects; shares 0..1. */
  readonly fault?: { readonly delay?: { readonly milliseconds: number; readonly share: number }; readonly abort?: { readonly status: number; readonly share: number } };
  readonly outcome: SimulatedOutcome;
  /** The policies of the gateway itself, which are asked first. */
  readonly atGateway?: ExplainedVerdict;
}
export interface SimulatedRoute {
  readonly name: string;
  /** What a request must have, in words: "path begins with /api"; empty for a route that takes everything. */
  readonly conditions: readonly string[];
  /** The object that made it; absent for a default route. */
  readonly source?: RouteSource;
}
export type SimulatedOutcome =
  | {
      readonly kind: 'forwarded';
      readonly destinations: readonly SimulatedDestination[];
      /** As the destination sees it, after rewriting. */
      readonly path: string;
      readonly host: string;
      /** For the whole request with its retries; 0 = no limit. */
      readonly timeoutMs: number;
      readonly retries?: { readonly attempts: number; readonly on: readonly string[]; readonly perTryTimeoutMs?: number };
      readonly mirrors: readonly { readonly cluster: string; readonly host: string; readonly subset: string; readonly share: number }[];
    }
  | { readonly kind: 'redirected'; readonly status: number; readonly location: string }
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** 404 without a route; `no-listener`: the connection is refused. */
  | { readonly kind: 'not-routed'; readonly reason: 'no-listener' | 'no-virtual-host' | 'no-route' };

/** Of a caller that is not described: only its listener's name depends on it. */
const DEFAULT_OUTBOUND_PORT = 15001;

/**
 * Follows one request through the configuration as the proxies would: virtual host, route, split, and at each destination
 * the kind of connection and the verdict of its policies. Nothing is drawn by lot: every possible destination is given with
 * its share. Never throws.
 */
export function simulateRequest(snapshot: MeshSnapshot, request: SimulatedRequest): RequestSimulation {
  const { host, port = 80, method = 'GET', path = '/', headers = {} } = request;
  const context = proxyContext(snapshot, nodeOf(request.from));
  const configuration = translateInContext(context);
  const routes = routesFor(context, configuration, port, host);
  if (routes === undefined) return { routeConfiguration: '', passedOver: [], outcome: { kind: 'not-routed', reason: 'no-listener' } };
  const authority = port === 80 || host.includes(':') ? host : `${host}:${port}`;
  const head: RequestHead = { method, path: normalizePath(path), authority, headers };
  const outcome = decideRoute(routes, head, 0);
  const isGateway = context.node.type === 'router';
  return {
    ...listenerFor(configuration, routes.name),
    routeConfiguration: routes.name,
    ...(outcome.virtualHost === undefined ? undefined : { virtualHost: outcome.virtualHost.name }),
    ...('route' in outcome && outcome.route !== undefined ? { route: describeRoute(snapshot, outcome.route) } : undefined),
    passedOver: passedOver(snapshot, outcome, head),
    ...faultOf(outcome),
    outcome: describeOutcome(context, configuration, outcome, head),
    ...(isGateway ? { atGateway: gatewayVerdict(context, head, port) } : undefined),
  };
}

function nodeOf(from: SimulatedCaller): ProxyNode {
  const { type = 'sidecar', namespace, serviceAccount, workload = serviceAccount, address = LOOPBACK, labels = {} } = from;
  return { id: `${type}~${address}~${workload}.${namespace}~${namespace}.svc.cluster.local`, ...(type === 'sidecar' ? { outboundPort: DEFAULT_OUTBOUND_PORT } : undefined), ...from, type, workload, address, labels };
}

/** The routes of the sidecar's HTTP proxy (or of the port, where connections are captured), or of the gateway port that a Gateway or its Service has by this number. */
function routesFor(context: ProxyContext, { route }: ProxyConfiguration, port: number, host: string): RouteConfiguration | undefined {
  const named = (wanted: string): RouteConfiguration | undefined => route.find(({ name }) => name === wanted);
  if (context.node.type === 'sidecar') return named(context.isIntercepted ? String(port) : HTTP_PROXY_ROUTES);
  const { ports } = mergeGateways(context);
  const found = ports.find(({ servers }) => servers.some(({ server }) => server.port.number === port)) ?? ports.find(({ number }) => number === port);
  // Servers with TLS have routes of their own: the client says in the handshake whose it wants.
  const served = (found?.servers ?? []).flatMap(({ routeName }) => named(routeName) ?? []);
  return served.find((routes) => selectVirtualHost(routes, host) !== undefined) ?? served[0];
}

function listenerFor({ listener }: ProxyConfiguration, routeName: string): Pick<RequestSimulation, 'listener'> {
  for (const { name, filterChains, defaultFilterChain } of listener) {
    for (const chain of defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain]) {
      const config = chain.filters.map(({ typedConfig }) => typedConfig).find((candidate) => candidate['@type'] === TYPE_URLS.hcm);
      // Safe because the type URL says what the message is.
      const manager = config as unknown as HttpConnectionManager | undefined;
      if (manager?.rds?.routeConfigName === routeName) return { listener: { name, filterChain: chain.name ?? '', filters: manager.httpFilters.map((filter) => filter.name) } };
    }
  }
  return {};
}

function gatewayVerdict({ node, snapshot }: ProxyContext, { method, path, authority, headers }: RequestHead, destinationPort: number): ExplainedVerdict {
  return authorizationOf(snapshot, node).judge({ method, path, host: authority, headers, sourceIp: '', destinationPort, unknown: new Set(['sourceIp', 'remoteIp', 'destinationIp', 'destinationPort']) });
}

function describeRoute(snapshot: MeshSnapshot, route: Route): SimulatedRoute {
  const source = routeSource(snapshot, route);
  return { name: route.name ?? '', conditions: describeRouteMatch(route.match), ...(source === undefined ? undefined : { source }) };
}

function passedOver(snapshot: MeshSnapshot, outcome: RouteOutcome, head: RequestHead): RequestSimulation['passedOver'] {
  if (outcome.virtualHost === undefined) return [];
  return explainRoutes(outcome.virtualHost, head).flatMap(({ route, mismatch }) => (mismatch === undefined ? [] : [{ route: describeRoute(snapshot, route), because: mismatch, failed: failedCondition(route.match, mismatch, head) }]));
}

function faultOf(outcome: RouteOutcome): Pick<RequestSimulation, 'fault'> {
  const fault = outcome.kind === 'none' ? undefined : outcome.fault;
  if (fault === undefined) return {};
  return {
    fault: {
      ...(fault.delay === undefined ? undefined : { delay: { milliseconds: parseDuration(fault.delay.fixedDelay) ?? 0, share: shareOf(fault.delay.percentage) } }),
      ...(fault.abort === undefined ? undefined : { abort: { status: abortOf(fault.abort).abortStatus, share: shareOf(fault.abort.percentage) } }),
    },
  };
}

function describeOutcome(context: ProxyContext, configuration: ProxyConfiguration, outcome: RouteOutcome, head: RequestHead): SimulatedOutcome {
  switch (outcome.kind) {
    case 'redirect':
      return { kind: 'redirected', status: outcome.status, location: outcome.location };
    case 'direct-response':
      return { kind: 'answered', status: outcome.status, body: outcome.body };
    case 'none':
      return { kind: 'not-routed', reason: outcome.reason === 'no-vhost' ? 'no-virtual-host' : 'no-route' };
    case 'cluster':
      return forwarded(context, configuration, outcome, head);
  }
}

function forwarded(context: ProxyContext, configuration: ProxyConfiguration, outcome: ClusterOutcome, head: RequestHead): SimulatedOutcome {
  const { action, path, retryPolicy } = outcome;
  const split = action.weightedClusters?.clusters ?? [{ name: outcome.cluster, weight: 1 }];
  const total = split.reduce((sum, { weight }) => sum + weight, 0);
  const perTryTimeoutMs = retryPolicy?.perTryTimeout === undefined ? undefined : parseDuration(retryPolicy.perTryTimeout);
  const destinations = split.map(({ name, weight, ...rewrite }) => {
    const authority = action.hostRewriteLiteral ?? ('hostRewriteLiteral' in rewrite ? rewrite.hostRewriteLiteral : undefined) ?? head.authority;
    return simulateDestination(context, configuration, name, weight / total, { method: head.method, path, authority, headers: head.headers });
  });
  return {
    kind: 'forwarded',
    destinations,
    path,
    host: outcome.authority,
    timeoutMs: outcome.timeoutMs,
    ...(retryPolicy === undefined ? undefined : { retries: { attempts: retryPolicy.numRetries ?? 1, on: (retryPolicy.retryOn ?? '').split(','), ...(perTryTimeoutMs === undefined ? undefined : { perTryTimeoutMs }) } }),
    mirrors: outcome.mirrors.map(({ cluster, runtimeFraction }) => ({ cluster, host: parseClusterName(cluster)?.hostname ?? cluster, subset: parseClusterName(cluster)?.subset ?? '', share: runtimeFraction === undefined ? 1 : shareOf(runtimeFraction.defaultValue) })),
  };
}
