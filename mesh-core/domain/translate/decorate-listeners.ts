import { NETWORK_FILTER_URLS } from '../envoy/network-filters.ts';
import { TYPE_URLS } from '../envoy/resources.ts';
import type { Any, FilterChain, HttpConnectionManager, Listener } from '../envoy/resources.ts';
import { listenerTelemetry } from './listener-telemetry.ts';
import type { ListenerClass, ListenerTelemetry } from './listener-telemetry.ts';
import type { ProxyContext } from './proxy-context.ts';

/**
 * Gives every listener of a proxy its telemetry: spans, access logs and statistics, in the connection managers and TCP proxies of
 * all its chains. Apart from the building of the listeners, since it is the same for all kinds of them.
 */
export function decorateListeners(context: ProxyContext, listeners: readonly Listener[]): Listener[] {
  const known = new Map<ListenerClass, ListenerTelemetry>();
  const telemetryOf = (listenerClass: ListenerClass): ListenerTelemetry => {
    const telemetry = known.get(listenerClass) ?? listenerTelemetry(context, listenerClass);
    known.set(listenerClass, telemetry);
    return telemetry;
  };
  return listeners.map((listener) => {
    const telemetry = telemetryOf(context.node.type === 'router' ? 'gateway' : listener.trafficDirection === 'INBOUND' ? 'inbound' : 'outbound');
    const decorate = (chain: FilterChain): FilterChain => ({ ...chain, filters: chain.filters.map((filter) => ({ ...filter, typedConfig: decorated(filter.typedConfig, telemetry) })) });
    return { ...listener, filterChains: listener.filterChains.map(decorate), ...(listener.defaultFilterChain === undefined ? undefined : { defaultFilterChain: decorate(listener.defaultFilterChain) }) };
  });
}

function decorated(config: Any, { tracing, accessLog, statsFilter }: ListenerTelemetry): Any {
  if (config['@type'] === NETWORK_FILTER_URLS.tcpProxy) return accessLog.length === 0 ? config : { ...config, accessLog };
  if (config['@type'] !== TYPE_URLS.hcm) return config;
  // Safe because the type URL says what the message is.
  const { httpFilters } = config as unknown as HttpConnectionManager;
  return { ...config, httpFilters: [...httpFilters.slice(0, -1), statsFilter, ...httpFilters.slice(-1)], ...(tracing === undefined ? undefined : { tracing }), ...(accessLog.length === 0 ? undefined : { accessLog }) };
}
