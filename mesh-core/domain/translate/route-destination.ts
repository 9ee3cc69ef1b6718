import type { HashPolicy, HeaderMutations, RequestMirrorPolicy, RouteAction } from '../envoy/resources.ts';
import type { Destination, HTTPRoute, HTTPRouteDestination } from '../resources/networking.ts';
import { outboundClusterName } from './cluster-name.ts';
import type { MergedDestinationRule } from './destination-rule.ts';
import { concatMutations, translateHeaders } from './header-operations.ts';
import { protoDuration } from './proto-duration.ts';
import { translateRetries } from './retry-policy.ts';
import { millionths } from './route-filters.ts';
import type { MeshService } from './service-registry.ts';
import { effectivePolicy } from './traffic-policy.ts';

/** What route building looks up; hosts are full names. */
export interface RouteLookups {
  readonly findService: (hostname: string) => MeshService | undefined;
  readonly destinationRuleOf: (service: { readonly hostname: string; readonly namespace: string }) => MergedDestinationRule | undefined;
}

/**
 * The cluster of a destination: its port, else the only port of the service, else the port the request came to. A host
 * or subset that does not exist still gives a name; the missing cluster answers 503 (NC). Source: istiod's GetDestinationCluster.
 */
function destinationCluster(destination: Destination, lookups: RouteLookups, listenPort: number): string {
  const ports = lookups.findService(destination.host)?.ports ?? [];
  const onlyPort = ports.length === 1 ? ports[0]?.number : undefined;
  return outboundClusterName(destination.port?.number || (onlyPort ?? listenPort), destination.subset ?? '', destination.host);
}

export interface TranslatedAction {
  readonly action: RouteAction;
  readonly mutations: HeaderMutations;
}

/** Where a route sends its requests and how. Source: istiod's applyHTTPRouteDestination. */
export function translateAction(http: HTTPRoute, lookups: RouteLookups, listenPort: number): TranslatedAction {
  const routeHeaders = translateHeaders(http.headers);
  const destinations = http.route ?? [];
  const [only] = destinations;
  const single = destinations.length === 1 && only !== undefined ? translateHeaders(only.headers) : undefined;
  const authority = (http.rewrite?.authority || undefined) ?? routeHeaders.authority ?? single?.authority;
  const hashPolicy = hashPolicies(destinations, lookups);
  const mirrors = mirrorPolicies(http, lookups, listenPort);
  const retryPolicy = translateRetries(http.retries, hashPolicy.length > 0);
  const action: RouteAction = {
    ...(single === undefined || only === undefined ? { weightedClusters: { clusters: weightedClusters(destinations, lookups, listenPort) } } : { cluster: destinationCluster(only.destination, lookups, listenPort) }),
    timeout: protoDuration(http.timeout) ?? '0s',
    ...(retryPolicy === undefined ? undefined : { retryPolicy }),
    ...rewriteFields(http.rewrite),
    ...(authority === undefined ? undefined : { hostRewriteLiteral: authority }),
    ...(mirrors.length === 0 ? undefined : { requestMirrorPolicies: mirrors }),
    ...(hashPolicy.length === 0 ? undefined : { hashPolicy }),
  };
  return { action, mutations: concatMutations(routeHeaders.mutations, single?.mutations ?? {}) };
}

/** Entries without weight are left out when there are several. */
function weightedClusters(destinations: readonly HTTPRouteDestination[], lookups: RouteLookups, listenPort: number): NonNullable<RouteAction['weightedClusters']>['clusters'] {
  return destinations
    .filter(({ weight }) => (weight ?? 0) > 0)
    .map((destination) => {
      const { mutations, authority } = translateHeaders(destination.headers);
      return { name: destinationCluster(destination.destination, lookups, listenPort), weight: destination.weight ?? 0, ...mutations, ...(authority === undefined ? undefined : { hostRewriteLiteral: authority }) };
    });
}

function rewriteFields(rewrite: HTTPRoute['rewrite']): Partial<RouteAction> {
  const regex = rewrite?.uriRegexRewrite;
  if (regex !== undefined) return { regexRewrite: { pattern: { regex: regex.match ?? '' }, substitution: regex.rewrite ?? '' } };
  return rewrite?.uri ? { prefixRewrite: rewrite.uri } : {};
}

/** An absent percentage mirrors everything, 0 nothing. */
function mirrorPolicies(http: HTTPRoute, lookups: RouteLookups, listenPort: number): RequestMirrorPolicy[] {
  const percent = http.mirrorPercentage === undefined ? (http.mirrorPercent ?? http.mirror_percent) : (http.mirrorPercentage.value ?? 0);
  const mirrors = [
    ...(http.mirror === undefined ? [] : [{ destination: http.mirror, percent }]),
    ...(http.mirrors ?? []).map(({ destination, percentage }) => ({ destination, percent: percentage === undefined ? undefined : (percentage.value ?? 0) })),
  ];
  return mirrors
    .filter((mirror) => mirror.percent === undefined || mirror.percent === null || mirror.percent > 0)
    .map((mirror) => ({
      cluster: destinationCluster(mirror.destination, lookups, listenPort),
      runtimeFraction: { defaultValue: mirror.percent === undefined || mirror.percent === null ? { numerator: 100, denominator: 'HUNDRED' } : millionths(mirror.percent) },
    }));
}

/** What the balancer of each destination hashes, from its DestinationRule. */
export function hashPolicies(destinations: readonly { readonly destination: Destination }[], lookups: RouteLookups): HashPolicy[] {
  return destinations.flatMap(({ destination }): HashPolicy[] => {
    const service = lookups.findService(destination.host);
    const rule = service === undefined ? undefined : lookups.destinationRuleOf(service);
    if (rule === undefined) return [];
    const subset = rule.subsets.find(({ name }) => name === destination.subset);
    const hash = effectivePolicy(rule.trafficPolicy, subset?.trafficPolicy, destination.port?.number ?? 0).loadBalancer?.consistentHash;
    if (hash?.httpHeaderName !== undefined) return [{ header: { headerName: hash.httpHeaderName } }];
    if (hash?.httpQueryParameterName !== undefined) return [{ queryParameter: { name: hash.httpQueryParameterName } }];
    if (hash?.useSourceIp === true) return [{ connectionProperties: { sourceIp: true } }];
    if (hash?.httpCookie === undefined) return [];
    const ttl = protoDuration(hash.httpCookie.ttl);
    return [{ cookie: { name: hash.httpCookie.name, ...(ttl === undefined ? undefined : { ttl }), ...(hash.httpCookie.path === undefined ? undefined : { path: hash.httpCookie.path }) } }];
  });
}
