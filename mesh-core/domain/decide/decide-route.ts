import { parseDuration } from '../resources/go-duration.ts';
import type { HeaderMutations, HttpFault, RequestMirrorPolicy, RetryPolicy, Route, RouteAction, RouteConfiguration, VirtualHost, WeightedCluster } from '../envoy/resources.ts';
import { faultOfRoute } from './fault.ts';
import { matchRoute } from './match-route.ts';
import { redirectLocation, redirectStatus } from './redirect.ts';
import type { RequestHead } from './request-head.ts';
import { rewritePath } from './rewrite-path.ts';
import { selectVirtualHost } from './select-virtual-host.ts';

/** What a proxy is to do with one request. `route` and `virtualHost` say who decided it. */
export type RouteOutcome =
  | ClusterOutcome
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string; readonly mutations: readonly HeaderMutations[]; readonly virtualHost: VirtualHost; readonly route?: Route; readonly fault?: HttpFault }
  | { readonly kind: 'direct-response'; readonly status: number; readonly body: string; readonly mutations: readonly HeaderMutations[]; readonly virtualHost: VirtualHost; readonly route: Route; readonly fault?: HttpFault }
  | { readonly kind: 'none'; readonly reason: 'no-vhost' | 'no-route'; readonly virtualHost?: VirtualHost };

export interface ClusterOutcome {
  readonly kind: 'cluster';
  readonly cluster: string;
  readonly virtualHost: VirtualHost;
  readonly route: Route;
  readonly action: RouteAction;
  /** Target and Host to send upstream, after rewriting. */
  readonly path: string;
  readonly authority: string;
  /** For `applyHeaderMutations`: weighted cluster first, then route. */
  readonly mutations: readonly HeaderMutations[];
  /** Milliseconds for the whole request with its retries; 0 = no limit. */
  readonly timeoutMs: number;
  readonly retryPolicy?: RetryPolicy;
  readonly mirrors: readonly RequestMirrorPolicy[];
  readonly fault?: HttpFault;
}

const NO_VIRTUAL_HOST: RouteOutcome = { kind: 'none', reason: 'no-vhost' };
/** Envoy's route timeout where none is set; istiod always sets one. */
const ENVOY_ROUTE_TIMEOUT_MS = 15_000;
const NO_MIRRORS: readonly RequestMirrorPolicy[] = [];

/**
 * Routes one request: virtual host, route, then the action; a weighted split is drawn with `random` in [0, 1).
 * Never throws: a route without an action answers 404 like no route at all. Source: envoy.config.route.v3.
 */
export function decideRoute(config: RouteConfiguration, request: RequestHead, random: number): RouteOutcome {
  const virtualHost = selectVirtualHost(config, request.authority);
  if (virtualHost === undefined) return NO_VIRTUAL_HOST;
  if (virtualHost.requireTls === 'ALL' && (request.scheme ?? 'http') !== 'https') {
    return { kind: 'redirect', status: 301, location: redirectLocation({ schemeRedirect: 'https' }, { prefix: '/' }, request), mutations: [], virtualHost };
  }
  const decision = matchRoute(virtualHost, request);
  if (decision.kind === 'none') return { kind: 'none', reason: 'no-route', virtualHost };
  return outcomeOf(decision.route, virtualHost, request, random);
}

/** The cluster that a random number in [0, 1) falls on; undefined when every weight is 0. */
export function pickWeightedCluster(clusters: readonly WeightedCluster[], random: number): WeightedCluster | undefined {
  let total = 0;
  for (const cluster of clusters) total += cluster.weight ?? 0;
  let left = random * total;
  for (const cluster of clusters) {
    left -= cluster.weight ?? 0;
    if (left < 0) return cluster;
  }
  return undefined;
}

function outcomeOf(route: Route, virtualHost: VirtualHost, request: RequestHead, random: number): RouteOutcome {
  const fault = faultOfRoute(route);
  const common = fault === undefined ? { virtualHost, route } : { virtualHost, route, fault };
  if (route.redirect !== undefined) {
    return { kind: 'redirect', status: redirectStatus(route.redirect.responseCode), location: redirectLocation(route.redirect, route.match, request), mutations: [route], ...common };
  }
  if (route.directResponse !== undefined) {
    return { kind: 'direct-response', status: route.directResponse.status, body: route.directResponse.body?.inlineString ?? '', mutations: [route], ...common };
  }
  if (route.route === undefined) return { kind: 'none', reason: 'no-route', virtualHost };
  return clusterOutcome(route.route, common, request, random) ?? { kind: 'none', reason: 'no-route', virtualHost };
}

function clusterOutcome(action: RouteAction, common: { virtualHost: VirtualHost; route: Route; fault?: HttpFault }, request: RequestHead, random: number): ClusterOutcome | undefined {
  const weighted = action.weightedClusters === undefined ? undefined : pickWeightedCluster(action.weightedClusters.clusters, random);
  const cluster = weighted?.name ?? action.cluster;
  if (cluster === undefined) return undefined;
  return {
    kind: 'cluster',
    cluster,
    action,
    ...common,
    path: rewritePath(common.route.match, action, request.path),
    authority: action.hostRewriteLiteral ?? weighted?.hostRewriteLiteral ?? request.authority,
    mutations: weighted === undefined ? [common.route] : [weighted, common.route],
    timeoutMs: action.timeout === undefined ? ENVOY_ROUTE_TIMEOUT_MS : (parseDuration(action.timeout) ?? 0),
    ...(action.retryPolicy === undefined ? undefined : { retryPolicy: action.retryPolicy }),
    mirrors: action.requestMirrorPolicies ?? NO_MIRRORS,
  };
}
