import type { Route, RouteMatch } from '../envoy/resources.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import type { HTTPMatchRequest, HTTPRetry, HTTPRoute, VirtualService } from '../resources/networking.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { parseClusterName } from './cluster-name.ts';
import { translateHeaders } from './header-operations.ts';
import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { DEFAULT_RETRY_POLICY, translateRetries } from './retry-policy.ts';
import { translateAction } from './route-destination.ts';
import type { RouteLookups } from './route-destination.ts';
import { routeFilters } from './route-filters.ts';
import { CATCH_ALL, isCatchAll, translateMatch } from './route-match.ts';
import { translateRedirect } from './route-redirect.ts';
import type { ResolvedVirtualService } from './virtual-services.ts';

/** For whom and where routes are built. */
export interface RouteScope {
  readonly node: Pick<ProxyNode, 'labels' | 'namespace'>;
  /** `mesh`, or the gateway as `namespace/name`. */
  readonly gateway: string;
  readonly listenPort: number;
  readonly isTls: boolean;
  readonly lookups: RouteLookups;
  /** What the mesh retries where a route says nothing; absent = Istio's default. */
  readonly defaultRetries?: HTTPRetry;
}

/**
 * The routes of a VirtualService in order: one per entry of `match[]`, one for a rule without matches. A route that takes
 * everything ends the list. Empty when nothing applies to this proxy and port. Source: istiod's BuildHTTPRoutesForVirtualService.
 */
export function buildHttpRoutes({ resource, semantics }: ResolvedVirtualService, scope: RouteScope): Route[] {
  const routes: Route[] = [];
  for (const http of resource.spec?.http ?? []) {
    const matches = http.match ?? [];
    for (const match of matches.length === 0 ? [undefined] : matches) {
      const route = buildRoute({ resource, ...(semantics === undefined ? undefined : { semantics }) }, http, match, scope);
      if (route === undefined) continue;
      routes.push(route);
      if (isCatchAll(route.match)) return routes;
    }
    if (matches.length === 0) return routes;
  }
  return routes;
}

/** The retries of a mesh that has settings of its own, as part of a RouteScope. */
export function defaultRetriesOf({ snapshot }: { readonly snapshot: Pick<MeshSnapshot, 'mesh'> }): Pick<RouteScope, 'defaultRetries'> {
  const { defaultHttpRetryPolicy } = snapshot.mesh;
  return defaultHttpRetryPolicy === undefined ? {} : { defaultRetries: defaultHttpRetryPolicy };
}

/** The route of a host that no VirtualService speaks for. Source: istiod's BuildDefaultHTTPOutboundRoute. */
export function defaultRoute(cluster: string, hashPolicy: NonNullable<Route['route']>['hashPolicy'] = [], retries?: HTTPRetry): Route {
  const retryPolicy = retries === undefined ? DEFAULT_RETRY_POLICY : translateRetries(retries, hashPolicy.length > 0);
  return {
    name: 'default',
    match: CATCH_ALL,
    route: { cluster, timeout: '0s', maxGrpcTimeout: '0s', ...(retryPolicy === undefined ? undefined : { retryPolicy }), ...(hashPolicy.length === 0 ? undefined : { hashPolicy }) },
    decorator: { operation: operationOf(CATCH_ALL, cluster, '', 0) },
  };
}

function buildRoute({ resource, semantics }: Pick<ResolvedVirtualService, 'resource' | 'semantics'>, http: HTTPRoute, match: HTTPMatchRequest | undefined, scope: RouteScope): Route | undefined {
  if (match?.port !== undefined && match.port !== 0 && match.port !== scope.listenPort) return undefined;
  if (!isForSource(match, scope)) return undefined;
  const routeMatch = translateMatch(match, semantics);
  const filters = routeFilters(http);
  const name = routeName(http, match);
  const target = routeTarget(http, scope, { isGatewayApi: semantics === 'gateway', separatedPrefix: routeMatch.pathSeparatedPrefix ?? '' });
  return {
    ...(name === '' ? undefined : { name }),
    match: routeMatch,
    ...target,
    decorator: { operation: operationOf(routeMatch, target.route?.cluster, resource.metadata.name, scope.listenPort) },
    ...(filters === undefined ? undefined : { typedPerFilterConfig: filters }),
    metadata: { filterMetadata: { istio: { config: configPath(resource) } } },
  };
}

/** What a route is called after its rule and its condition; '' when neither has a name. */
export function routeName(http: Pick<HTTPRoute, 'name'>, match: Pick<HTTPMatchRequest, 'name'> | undefined): string {
  return match?.name ? `${http.name ?? ''}.${match.name}` : (http.name ?? '');
}

function routeTarget(http: HTTPRoute, scope: RouteScope, rules: { readonly isGatewayApi: boolean; readonly separatedPrefix: string }): Partial<Route> {
  if (http.redirect !== undefined) return { ...translateHeaders(http.headers).mutations, ...translateRedirect(http.redirect, scope.listenPort, scope.isTls) };
  if (http.directResponse !== undefined) {
    const { status, body } = http.directResponse;
    const content = body?.string !== undefined ? { inlineString: body.string } : body?.bytes !== undefined ? { inlineBytes: body.bytes } : undefined;
    return { ...translateHeaders(http.headers).mutations, directResponse: { status, ...(content === undefined ? undefined : { body: content }) } };
  }
  const { action, mutations } = translateAction(http, scope.lookups, { listenPort: scope.listenPort, ...(scope.defaultRetries === undefined ? undefined : { defaultRetries: scope.defaultRetries }), ...rules });
  return { ...mutations, route: action };
}

/** Conditions on the caller are decided here, per proxy; a gateway list replaces them. */
function isForSource(match: HTTPMatchRequest | undefined, { gateway, node }: RouteScope): boolean {
  if (match === undefined) return true;
  if (match.gateways !== undefined && match.gateways.length > 0) return match.gateways.includes(gateway);
  if (!matchesLabels(match.sourceLabels, node.labels)) return false;
  return match.sourceNamespace === undefined || match.sourceNamespace === '' || match.sourceNamespace === node.namespace;
}

/** The span name: `host:port/path*`; a split has no one host, so the VirtualService stands for it. */
function operationOf(match: RouteMatch, cluster: string | undefined, name: string, listenPort: number): string {
  const path = match.path ?? match.safeRegex?.regex ?? (match.prefix === undefined ? '/*' : `${match.prefix}*`);
  const parts = cluster === undefined ? undefined : parseClusterName(cluster);
  return parts === undefined ? `${name}:${listenPort}${path}` : `${parts.hostname}:${parts.port}${path}`;
}

/** The API path of the VirtualService that made a route, as istiod notes it. */
function configPath(virtualService: VirtualService): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespaceOf(virtualService)}/virtual-service/${virtualService.metadata.name}`;
}
