import { NETWORK_FILTER_URLS } from '../envoy/network-filters.ts';
import type { Any, FilterChain, HttpConnectionManager, Listener, RouteConfiguration } from '../envoy/resources.ts';
import { hasPatches, managerOf, patchManager, patchRoutes } from './apply-patches.ts';
import type { ListenerPatches } from './apply-patches.ts';
import { patchesFor } from './envoy-filter-patches.ts';
import type { PatchContext } from './envoy-filter-patches.ts';
import { listenerTelemetry } from './listener-telemetry.ts';
import type { ListenerClass, ListenerTelemetry } from './listener-telemetry.ts';
import type { PathNormalization } from './mesh-snapshot.ts';
import { policiesFor } from './policy-attachment.ts';
import type { ProxyContext } from './proxy-context.ts';
import { translateRateLimits } from './rate-limits.ts';

/** What is the same for all listeners and routes of a proxy, however they are built. */
export interface Decoration {
  /** With telemetry (spans, access logs, statistics) and rate limits. */
  readonly listeners: (listeners: readonly Listener[]) => Listener[];
  /** With what rate limits need to know of requests. */
  readonly routes: (routes: readonly RouteConfiguration[]) => readonly RouteConfiguration[];
}

const CONTEXTS: Readonly<Record<ListenerClass, PatchContext>> = { inbound: 'SIDECAR_INBOUND', outbound: 'SIDECAR_OUTBOUND', gateway: 'GATEWAY' };

/** Prepares what Telemetry, RateLimitPolicy and EnvoyFilter say about a proxy. */
export function decorationOf(context: ProxyContext): Decoration {
  const { snapshot, node } = context;
  const { rootNamespace } = snapshot.mesh;
  const patches: ListenerPatches = { patches: patchesFor(snapshot.envoyFilters, node, rootNamespace), rateLimits: translateRateLimits(policiesFor(snapshot.rateLimitPolicies, node, rootNamespace)) };
  const changes = hasPatches(patches);
  const known = new Map<ListenerClass, ListenerTelemetry>();
  const telemetryOf = (listenerClass: ListenerClass): ListenerTelemetry => {
    const telemetry = known.get(listenerClass) ?? listenerTelemetry(context, listenerClass);
    known.set(listenerClass, telemetry);
    return telemetry;
  };
  const paths = pathFields(snapshot.mesh.pathNormalization);
  const decorated = (listener: Listener): Listener => {
    const listenerClass = node.type === 'router' ? 'gateway' : listener.trafficDirection === 'INBOUND' ? 'inbound' : 'outbound';
    const telemetry = telemetryOf(listenerClass);
    const decorate = (chain: FilterChain): FilterChain => ({
      ...chain,
      filters: chain.filters.map((filter) => ({ ...filter, typedConfig: patchedManager(withTelemetry(filter.typedConfig, telemetry, paths), listener, chain, CONTEXTS[listenerClass]) })),
    });
    return { ...listener, filterChains: listener.filterChains.map(decorate), ...(listener.defaultFilterChain === undefined ? undefined : { defaultFilterChain: decorate(listener.defaultFilterChain) }) };
  };
  const patchedManager = (config: Any, listener: Listener, chain: FilterChain, patchContext: PatchContext): Any => {
    const manager = changes ? managerOf(config) : undefined;
    return manager === undefined ? config : { ...patchManager(manager, patches, patchContext, listener, chain) };
  };
  return {
    listeners: (listeners) => listeners.map(decorated),
    routes: (routes) => (changes ? routes.map((config) => patchRoutes(config, patches, node.type === 'router' ? 'GATEWAY' : 'SIDECAR_OUTBOUND')) : routes),
  };
}

type PathFields = Pick<HttpConnectionManager, 'normalizePath' | 'mergeSlashes' | 'pathWithEscapedSlashesAction'>;

/** Source: istiod's buildHTTPConnectionManager. */
function pathFields(normalization: PathNormalization = 'DEFAULT'): PathFields {
  switch (normalization) {
    case 'NONE':
      return { normalizePath: false };
    case 'MERGE_SLASHES':
      return { normalizePath: true, mergeSlashes: true };
    case 'DECODE_AND_MERGE_SLASHES':
      return { normalizePath: true, mergeSlashes: true, pathWithEscapedSlashesAction: 'UNESCAPE_AND_FORWARD' };
    case 'DEFAULT':
    case 'BASE':
      return { normalizePath: true };
  }
}

function withTelemetry(config: Any, { tracing, accessLog, statsFilter }: ListenerTelemetry, paths: PathFields): Any {
  if (config['@type'] === NETWORK_FILTER_URLS.tcpProxy) return accessLog.length === 0 ? config : { ...config, accessLog };
  const manager = managerOf(config);
  if (manager === undefined) return config;
  const { httpFilters } = manager;
  return { ...config, ...paths, httpFilters: [...httpFilters.slice(0, -1), statsFilter, ...httpFilters.slice(-1)], ...(tracing === undefined ? undefined : { tracing }), ...(accessLog.length === 0 ? undefined : { accessLog }) };
}
