import type { HashPolicy, HeaderMutations, RequestMirrorPolicy, RouteAction } from '../envoy/resources.ts';
import type { ConsistentHash, Destination, HTTPRetry, HTTPRoute, HTTPRouteDestination, TrafficPolicy } from '../resources/networking.ts';
import { outboundClusterName } from './cluster-name.ts';
import type { MergedDestinationRule } from './destination-rule.ts';
import { concatMutations, translateHeaders } from './header-operations.ts';
import { protoDuration } from './proto-duration.ts';
import { translateRetries } from './retry-policy.ts';
import { millionths } from './route-filters.ts';
import type { MeshService } from './service-registry.ts';

/** What route building looks up; hosts are full names. */
export interface RouteLookups {
  /** The service of a destination that names no port. */
  readonly findService: (hostname: string) => MeshService | undefined;
  /** The service whose rule counts, when `findService` knows fewer. */
  readonly serviceOf?: (hostname: string) => MeshService | undefined;
  readonly destinationRuleOf: (service: { readonly hostname: string; readonly namespace: string }) => MergedDestinationRule | undefined;
}

/** What Gateway API's invalid backend references become; no cluster has this name. */
const UNKNOWN_SERVICE = 'UnknownService';

/**
 * The cluster of a destination: its port, else the only port of the service, else the port the request came to. A host
 * or subset that does not exist still gives a name; the missing cluster answers 503 (NC). An ExternalName Service is the
 * one that it stands for. Source: istiod's GetDestinationCluster.
 */
export function destinationCluster(destination: Destination, findService: RouteLookups['findService'], listenPort: number): string {
  if (destination.host === '') return UNKNOWN_SERVICE;
  const service = findService(destination.host);
  const onlyPort = service?.ports.length === 1 ? service.ports[0]?.number : undefined;
  return outboundClusterName(destination.port?.number || (onlyPort ?? listenPort), destination.subset ?? '', service?.externalName ?? destination.host);
}

export interface TranslatedAction {
  readonly action: RouteAction;
  readonly mutations: HeaderMutations;
}

/** Rules of Gateway API: prefixes end at a slash, unknown backends answer 500. */
export interface ActionOptions {
  readonly listenPort: number;
  readonly isGatewayApi: boolean;
  /** The prefix that the route matches, when it ends at a slash. */
  readonly separatedPrefix?: string;
  readonly defaultRetries?: HTTPRetry;
}

/** Where a route sends its requests and how. Source: istiod's applyHTTPRouteDestination. */
export function translateAction(http: HTTPRoute, lookups: RouteLookups, options: ActionOptions): TranslatedAction {
  const { listenPort, isGatewayApi } = options;
  const routeHeaders = translateHeaders(http.headers);
  const destinations = http.route ?? [];
  const [only] = destinations;
  const single = destinations.length === 1 && only !== undefined ? translateHeaders(only.headers) : undefined;
  const authority = (http.rewrite?.authority || undefined) ?? routeHeaders.authority ?? single?.authority;
  const counted = single === undefined ? destinations.filter(({ weight }) => (weight ?? 0) > 0) : destinations;
  const hashPolicy = hashPolicies(counted, lookups);
  const mirrors = mirrorPolicies(http, lookups, listenPort);
  const retryPolicy = translateRetries(http.retries ?? options.defaultRetries, single !== undefined && hashPolicy.length > 0);
  const timeout = protoDuration(http.timeout) ?? '0s';
  const action: RouteAction = {
    ...(single === undefined || only === undefined ? { weightedClusters: { clusters: weightedClusters(counted, lookups, listenPort) } } : { cluster: destinationCluster(only.destination, lookups.findService, listenPort) }),
    timeout,
    maxGrpcTimeout: timeout,
    ...(isGatewayApi ? { clusterNotFoundResponseCode: 'INTERNAL_SERVER_ERROR' } : undefined),
    ...(retryPolicy === undefined ? undefined : { retryPolicy }),
    ...rewriteFields(http.rewrite, options),
    ...(authority === undefined ? undefined : { hostRewriteLiteral: authority }),
    ...(mirrors.length === 0 ? undefined : { requestMirrorPolicies: mirrors }),
    ...(hashPolicy.length === 0 ? undefined : { hashPolicy }),
  };
  return { action, mutations: concatMutations(routeHeaders.mutations, single?.mutations ?? {}) };
}

function weightedClusters(destinations: readonly HTTPRouteDestination[], lookups: RouteLookups, listenPort: number): NonNullable<RouteAction['weightedClusters']>['clusters'] {
  return destinations.map((destination) => {
    const { mutations, authority } = translateHeaders(destination.headers);
    return { name: destinationCluster(destination.destination, lookups.findService, listenPort), weight: destination.weight ?? 0, ...mutations, ...(authority === undefined ? undefined : { hostRewriteLiteral: authority }) };
  });
}

function rewriteFields(rewrite: HTTPRoute['rewrite'], { isGatewayApi, separatedPrefix = '' }: ActionOptions): Partial<RouteAction> {
  const regex = rewrite?.uriRegexRewrite;
  if (regex !== undefined) return { regexRewrite: { pattern: { regex: regex.match ?? '' }, substitution: regex.rewrite ?? '' } };
  if (!rewrite?.uri) return {};
  // Taking a whole prefix away must leave one slash, whether or not there is one after it.
  if (isGatewayApi && rewrite.uri === '/') return { regexRewrite: { pattern: { regex: `^${quoteRegex(separatedPrefix)}(/?)(.*)` }, substitution: '/\\2' } };
  return { prefixRewrite: rewrite.uri };
}

function quoteRegex(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
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
      cluster: destinationCluster(mirror.destination, lookups.findService, listenPort),
      runtimeFraction: { defaultValue: mirror.percent === undefined || mirror.percent === null ? { numerator: 100, denominator: 'HUNDRED' } : millionths(mirror.percent) },
      traceSampled: false,
      disableShadowHostSuffixAppend: true,
    }));
}

/** What the balancer of each destination hashes, from its DestinationRule. Source: istiod's HashForHTTPDestination. */
function hashPolicies(destinations: readonly HTTPRouteDestination[], lookups: RouteLookups): HashPolicy[] {
  return destinations.flatMap(({ destination }) => {
    const service = (lookups.serviceOf ?? lookups.findService)(destination.host);
    const rule = service === undefined ? undefined : lookups.destinationRuleOf(service);
    if (rule === undefined) return [];
    const port = destination.port?.number;
    const subset = rule.subsets.find(({ name }) => name === destination.subset)?.trafficPolicy;
    return hashPolicyOf(portHash(subset, port) ?? subset?.loadBalancer?.consistentHash ?? portHash(rule.trafficPolicy, port) ?? rule.trafficPolicy?.loadBalancer?.consistentHash);
  });
}

/** The same for a service that no VirtualService speaks for. Source: istiod's hashForService. */
export function serviceHashPolicy(rule: MergedDestinationRule | undefined, port: number): HashPolicy[] {
  return hashPolicyOf(portHash(rule?.trafficPolicy, port) ?? rule?.trafficPolicy?.loadBalancer?.consistentHash);
}

function portHash(policy: TrafficPolicy | undefined, port: number | undefined): ConsistentHash | undefined {
  return port === undefined ? undefined : policy?.portLevelSettings?.find((setting) => setting.port.number === port)?.loadBalancer?.consistentHash;
}

function hashPolicyOf(hash: ConsistentHash | undefined): HashPolicy[] {
  if (hash?.httpHeaderName !== undefined) return [{ header: { headerName: hash.httpHeaderName } }];
  if (hash?.httpQueryParameterName !== undefined) return [{ queryParameter: { name: hash.httpQueryParameterName } }];
  if (hash?.useSourceIp !== undefined) return [{ connectionProperties: { sourceIp: hash.useSourceIp } }];
  if (hash?.httpCookie === undefined) return [];
  const { name, path, attributes = [] } = hash.httpCookie;
  const ttl = protoDuration(hash.httpCookie.ttl);
  return [
    {
      cookie: {
        name,
        ...(ttl === undefined ? undefined : { ttl }),
        ...(path === undefined ? undefined : { path }),
        ...(attributes.length === 0 ? undefined : { attributes: attributes.map((attribute) => ({ name: attribute.name, value: attribute.value ?? '' })) }),
      },
    },
  ];
}
