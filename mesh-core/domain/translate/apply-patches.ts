import { TYPE_URLS } from '../envoy/resources.ts';
import type { Any, FilterChain, HttpConnectionManager, HttpFilter, Listener, Route, RouteConfiguration, VirtualHost } from '../envoy/resources.ts';
import { parseClusterName } from './cluster-name.ts';
import type { FilterPatch, PatchContext, RoutePatch, SupportedPatch } from './envoy-filter-patches.ts';
import type { TranslatedRateLimits } from './rate-limits.ts';

/** What changes the filters and routes of a proxy's listeners after they are built. */
export interface ListenerPatches {
  readonly patches: readonly SupportedPatch[];
  /** For the listeners towards the app, and those of a gateway. */
  readonly rateLimits: TranslatedRateLimits;
}

/** HTTP filters before which a rate limiter of a policy stands: whatever comes after authorization. */
const AFTER_LIMITS: ReadonlySet<string> = new Set(['istio.alpn', 'envoy.filters.http.grpc_stats', 'envoy.filters.http.fault', 'envoy.filters.http.cors', 'istio.stats', 'envoy.filters.http.router']);

/** Is there anything to change? */
export function hasPatches({ patches, rateLimits }: ListenerPatches): boolean {
  return patches.length > 0 || rateLimits.filters.length > 0;
}

/** A connection manager with the rate limiters of policies and the filters that patches insert. Source: istiod's patchHTTPFilters. */
export function patchManager(manager: HttpConnectionManager, { patches, rateLimits }: ListenerPatches, context: PatchContext, listener: Listener, chain: FilterChain): HttpConnectionManager {
  const limited = context === 'SIDECAR_OUTBOUND' || rateLimits.filters.length === 0 ? manager.httpFilters : insertAt(manager.httpFilters, manager.httpFilters.findIndex(({ name }) => AFTER_LIMITS.has(name)), rateLimits.filters);
  let httpFilters = limited;
  for (const patch of patches) if (patch.kind === 'http-filter' && takesContext(patch.context, context) && takesChain(patch, manager, listener, chain)) httpFilters = insert(httpFilters, patch);
  const { routeConfig } = manager;
  return { ...manager, httpFilters, ...(routeConfig === undefined ? undefined : { routeConfig: patchRoutes(routeConfig, { patches, rateLimits }, context) }) };
}

/** A route configuration with the descriptions of requests that policies and patches add. Source: istiod's rc_patch.go. */
export function patchRoutes(config: RouteConfiguration, { patches, rateLimits }: ListenerPatches, context: PatchContext): RouteConfiguration {
  const taken = patches.filter((patch): patch is RoutePatch => patch.kind === 'route' && takesContext(patch.context, context) && takesConfig(patch, config, context));
  const descriptions = context === 'SIDECAR_OUTBOUND' ? [] : rateLimits.descriptions;
  if (taken.length === 0 && descriptions.length === 0) return config;
  const ofAll = taken.filter(({ applyTo }) => applyTo === 'ROUTE_CONFIGURATION');
  const virtualHosts = config.virtualHosts.map((host): VirtualHost => {
    const near = taken.filter((patch) => (patch.virtualHost === '' || patch.virtualHost === host.name) && (patch.domain === '' || host.domains.includes(patch.domain)));
    const ofHost = near.filter(({ applyTo }) => applyTo === 'VIRTUAL_HOST');
    const described = [...descriptions, ...ofHost.flatMap(({ rateLimits: limits = [] }) => limits)];
    return {
      ...host,
      ...(described.length === 0 ? undefined : { rateLimits: [...(host.rateLimits ?? []), ...described] }),
      ...perFilter(host.typedPerFilterConfig, [...ofAll, ...ofHost]),
      routes: host.routes.map((route) => patchRoute(route, near.filter((patch) => patch.applyTo === 'HTTP_ROUTE' && takesRoute(patch, route)), descriptions)),
    };
  });
  return { ...config, virtualHosts };
}

function patchRoute(route: Route, patches: readonly RoutePatch[], descriptions: TranslatedRateLimits['descriptions']): Route {
  const described = patches.flatMap(({ rateLimits = [] }) => rateLimits);
  if (patches.length === 0) return route;
  // Descriptions of a route hide those of its virtual host, which policies mean as well.
  const action = route.route === undefined || described.length === 0 ? undefined : { route: { ...route.route, rateLimits: [...(route.route.rateLimits ?? []), ...described, ...descriptions] } };
  return { ...route, ...action, ...perFilter(route.typedPerFilterConfig, patches) };
}

function perFilter(existing: Readonly<Record<string, Any>> | undefined, patches: readonly RoutePatch[]): { readonly typedPerFilterConfig?: Readonly<Record<string, Any>> } {
  const added = patches.flatMap(({ perFilterConfig = {} }) => Object.entries(perFilterConfig));
  return added.length === 0 ? {} : { typedPerFilterConfig: { ...existing, ...Object.fromEntries(added) } };
}

function insert(filters: readonly HttpFilter[], { operation, beside, filter }: FilterPatch): readonly HttpFilter[] {
  if (operation === 'INSERT_FIRST') return [filter, ...filters];
  if (operation === 'ADD') return beforeRouter(filters, filter);
  if (beside === '') return operation === 'INSERT_BEFORE' ? [filter, ...filters] : beforeRouter(filters, filter);
  const index = filters.findIndex(({ name }) => name === beside);
  if (index === -1) return filters;
  return insertAt(filters, operation === 'INSERT_BEFORE' ? index : Math.min(index + 1, filters.length - 1), [filter]);
}

/** Behind the router nothing is reached, and a proxy refuses such a chain. */
function beforeRouter(filters: readonly HttpFilter[], filter: HttpFilter): readonly HttpFilter[] {
  return insertAt(filters, filters.length - 1, [filter]);
}

function insertAt(filters: readonly HttpFilter[], index: number, added: readonly HttpFilter[]): readonly HttpFilter[] {
  return index === -1 ? [...filters, ...added] : [...filters.slice(0, index), ...added, ...filters.slice(index)];
}

function takesContext(wanted: SupportedPatch['context'], context: PatchContext): boolean {
  return wanted === 'ANY' || wanted === context;
}

function takesChain({ port, filterChain, sni }: FilterPatch, { routeConfig }: HttpConnectionManager, listener: Listener, chain: FilterChain): boolean {
  const match = chain.filterChainMatch;
  const ports = [match?.destinationPort ?? listener.address.socketAddress.portValue, ...(routeConfig === undefined ? [] : [parseClusterName(routeConfig.name)?.port])];
  return (port === 0 || ports.includes(port)) && (filterChain === '' || filterChain === chain.name) && (sni === '' || (match?.serverNames ?? []).includes(sni));
}

function takesConfig(patch: RoutePatch, { name }: RouteConfiguration, context: PatchContext): boolean {
  if (patch.name !== '' && patch.name !== name) return false;
  if (context !== 'GATEWAY') return patch.port === 0 || (parseClusterName(name)?.port ?? Number(name)) === patch.port;
  const [, port = '', portName = '', gateway = ''] = /^https?\.(\d+)(?:\.([^.]*)\.(.*))?$/.exec(name) ?? [];
  return (patch.port === 0 || Number(port) === patch.port) && (patch.portName === '' || patch.portName === portName) && (patch.gateway === '' || patch.gateway === gateway.split('.').reverse().join('/'));
}

function takesRoute({ route, action }: RoutePatch, { name, redirect, directResponse }: Route): boolean {
  if (route !== '' && route !== name) return false;
  if (action === '' || action === 'ANY') return true;
  return action === (redirect !== undefined ? 'REDIRECT' : directResponse !== undefined ? 'DIRECT_RESPONSE' : 'ROUTE');
}

/** Reads a network filter as a connection manager; undefined for another. Safe because the type URL says what the message is. */
export function managerOf(config: Any): HttpConnectionManager | undefined {
  return config['@type'] === TYPE_URLS.hcm ? (config as unknown as HttpConnectionManager) : undefined;
}
