import type { GrpcRouteRule, HttpRouteRule, KubeGrpcRoute, KubeHttpRoute, KubeTcpRoute, KubeTlsRoute, StreamRouteRule } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { HTTPRetry, HTTPRoute, RouteDestination, TCPRoute, TLSRoute } from '../resources/networking.ts';
import { joinErrors } from './conditions.ts';
import type { ConfigError } from './conditions.ts';
import { jsonDuration } from './json-duration.ts';
import { GRPC_FILTERS, HTTP_FILTERS, convertFilters } from './http-filters.ts';
import { convertGrpcMatch, convertHttpMatch } from './http-matches.ts';
import { REF } from './object-reference.ts';
import { httpDestinations, streamDestinations, totalWeight } from './route-backends.ts';
import type { BackendScope } from './route-backends.ts';
import type { RouteContext } from './route-context.ts';

/** The rules of a route as Istio has them. An error without rules means that the route is refused. */
export interface ConvertedRules<T> {
  readonly routes: readonly T[];
  readonly error: ConfigError | undefined;
}
type RuleResult<T> = { readonly route: T; readonly warning: ConfigError | undefined } | { readonly error: ConfigError };

/** Where streams go that have no backend: nowhere. */
const ZERO_WEIGHT: readonly RouteDestination[] = [{ destination: { host: 'internal.cluster.local', subset: 'zero-weight', port: { number: 65_535 } } }];

/** For the mesh, references across namespaces need no grant: clients could call the backend anyway. */
export function convertHttpRules(route: KubeHttpRoute, context: RouteContext, forMesh: boolean): ConvertedRules<HTTPRoute> {
  const scope = scopeOf(route, REF.httpRoute, context, forMesh);
  return convertAll(splitMatches(route.spec?.rules ?? []), (entry) => httpRule(entry, route, scope));
}

/** As `convertHttpRules`. */
export function convertGrpcRules(route: KubeGrpcRoute, context: RouteContext, forMesh: boolean): ConvertedRules<HTTPRoute> {
  const scope = scopeOf(route, REF.grpcRoute, context, forMesh);
  return convertAll(splitMatches(route.spec?.rules ?? []), (entry) => grpcRule(entry, route, scope));
}

/** As `convertHttpRules`. Source: istiod's convertTCPRoute. */
export function convertTcpRules(route: KubeTcpRoute, context: RouteContext, forMesh: boolean): ConvertedRules<TCPRoute> {
  const scope = scopeOf(route, REF.tcpRoute, context, forMesh);
  return convertAll(route.spec?.rules ?? [], (rule) => streamRule(rule, scope));
}

/** As `convertHttpRules`. A rule without backends matches nothing in particular. Source: istiod's convertTLSRoute. */
export function convertTlsRules(route: KubeTlsRoute, context: RouteContext, forMesh: boolean): ConvertedRules<TLSRoute> {
  const scope = scopeOf(route, REF.tlsRoute, context, forMesh);
  const hostnames = route.spec?.hostnames ?? [];
  return convertAll(route.spec?.rules ?? [], (rule): RuleResult<TLSRoute> => {
    const result = streamRule(rule, scope);
    if ('error' in result) return result;
    const match = totalWeight(rule.backendRefs ?? []) === 0 ? [] : [{ sniHosts: hostnames.length === 0 ? ['*'] : hostnames }];
    return { route: { match, ...result.route }, warning: result.warning };
  });
}

function scopeOf(route: KubeHttpRoute | KubeTcpRoute, routeKind: string, context: RouteContext, forMesh: boolean): BackendScope {
  return { context, namespace: namespaceOf(route), routeKind, needsGrant: !forMesh };
}

/** A rule that cannot be had ends it all; of the other errors the last counts. */
function convertAll<Rule, T>(rules: readonly Rule[], convert: (rule: Rule) => RuleResult<T>): ConvertedRules<T> {
  const routes: T[] = [];
  let error: ConfigError | undefined;
  for (const rule of rules) {
    const result = convert(rule);
    if ('error' in result) return { routes: [], error: result.error };
    error = result.warning ?? error;
    routes.push(result.route);
  }
  return { routes, error };
}

interface RuleEntry<Rule, Match> {
  readonly rule: Rule;
  readonly index: number;
  readonly match: Match | undefined;
}

/** One entry per match, so that matches can be sorted by how much they ask. */
function splitMatches<Match, Rule extends { readonly matches?: readonly Match[] }>(rules: readonly Rule[]): RuleEntry<Rule, NonNullable<Rule['matches']>[number]>[] {
  return rules.flatMap((rule, index) => {
    const matches: readonly (Match | undefined)[] = rule.matches === undefined || rule.matches.length === 0 ? [undefined] : rule.matches;
    return matches.map((match) => ({ rule, index, match }));
  });
}

function nameOf(rule: { readonly name?: string }, route: KubeHttpRoute | KubeGrpcRoute, index: number): string {
  return rule.name ?? `${namespaceOf(route)}.${route.metadata.name}.${index}`;
}

/** Source: istiod's convertHTTPRoute. */
function httpRule({ rule, index, match }: RuleEntry<HttpRouteRule, NonNullable<HttpRouteRule['matches']>[number]>, route: KubeHttpRoute, scope: BackendScope): RuleResult<HTTPRoute> {
  const matched = match === undefined ? undefined : convertHttpMatch(match);
  if (matched !== undefined && 'error' in matched) return matched;
  const filters = convertFilters(rule.filters ?? [], HTTP_FILTERS, scope);
  if ('error' in filters) return filters;
  const base: HTTPRoute = { name: nameOf(rule, route, index), ...(matched === undefined ? undefined : { match: [matched.match] }), ...filters.fields, ...timing(rule) };
  const references = rule.backendRefs ?? [];
  if (totalWeight(references) === 0 && filters.fields.redirect === undefined) return { route: { ...base, directResponse: { status: 500 } }, warning: filters.warning };
  const backends = httpDestinations(references, scope);
  if ('error' in backends) return backends;
  return { route: { ...base, ...(backends.destinations.length === 0 ? undefined : { route: backends.destinations }) }, warning: joinErrors(backends.warning, filters.warning) };
}

/** Source: istiod's convertGRPCRoute. */
function grpcRule({ rule, index, match }: RuleEntry<GrpcRouteRule, NonNullable<GrpcRouteRule['matches']>[number]>, route: KubeGrpcRoute, scope: BackendScope): RuleResult<HTTPRoute> {
  const matched = match === undefined ? undefined : convertGrpcMatch(match);
  if (matched !== undefined && 'error' in matched) return matched;
  const filters = convertFilters(rule.filters ?? [], GRPC_FILTERS, scope);
  if ('error' in filters) return filters;
  const base: HTTPRoute = { name: nameOf(rule, route, index), ...(matched === undefined ? undefined : { match: [matched.match] }), ...filters.fields };
  const references = rule.backendRefs ?? [];
  if (totalWeight(references) === 0) return { route: { ...base, directResponse: { status: 500 } }, warning: undefined };
  const backends = httpDestinations(references, scope);
  if ('error' in backends) return backends;
  return { route: { ...base, route: backends.destinations }, warning: backends.warning };
}

function streamRule({ backendRefs = [] }: StreamRouteRule, scope: BackendScope): RuleResult<{ readonly route: readonly RouteDestination[] }> {
  if (totalWeight(backendRefs) === 0) return { route: { route: ZERO_WEIGHT }, warning: undefined };
  const backends = streamDestinations(backendRefs, scope);
  return 'error' in backends ? backends : { route: { route: backends.destinations }, warning: backends.warning };
}

/** With a retry stanza, connection errors are retried too, and the back-end timeout is that of each try. */
function timing({ retry, timeouts }: HttpRouteRule): Pick<HTTPRoute, 'timeout' | 'retries'> {
  const request = duration(timeouts?.request);
  const backendRequest = duration(timeouts?.backendRequest);
  const timeout = retry === undefined ? (backendRequest ?? request) : request;
  return { ...(timeout === undefined ? undefined : { timeout }), ...(retry === undefined ? undefined : { retries: retriesOf(retry, backendRequest) }) };
}

function retriesOf({ attempts = 2, codes = [], backoff }: NonNullable<HttpRouteRule['retry']>, perTryTimeout: string | undefined): HTTPRetry {
  const pause = backoff === undefined ? undefined : (jsonDuration(backoff) ?? '0s');
  return {
    attempts,
    ...(attempts === 0 ? undefined : { retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', ...codes].join() }),
    ...(perTryTimeout === undefined ? undefined : { perTryTimeout }),
    ...(pause === undefined ? undefined : { backoff: pause }),
  };
}

/** 0 means none. */
function duration(text: string | undefined): string | undefined {
  const written = jsonDuration(text);
  return written === '0s' ? undefined : written;
}
