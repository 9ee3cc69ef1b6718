import { describeChainMatch } from './describe-match.ts';
import { describeVirtualHosts, type VirtualHostView } from './describe-routes.ts';
import { describeTls, type TlsView } from './describe-tls.ts';
import { at, objectsAt, textAt, typeNameOf, type Json } from './json-at.ts';

/** A filter of a filter chain, and where it sends what it takes. */
export interface FilterView {
  readonly name: string;
  /** Filters of the HTTP connection manager, in the order in which they see a request. */
  readonly httpFilters: readonly string[];
  /** RDS name. */
  readonly route?: string;
  /** Routes that stand in the listener itself. */
  readonly virtualHosts: readonly VirtualHostView[];
  /** Of a TCP proxy. */
  readonly clusters: readonly { readonly cluster: string; readonly percent?: number }[];
}
export interface FilterChainView {
  readonly name: string;
  /** In words; [] = every connection that no other chain takes. */
  readonly match: readonly string[];
  readonly tls: TlsView;
  readonly filters: readonly FilterView[];
  readonly isDefault: boolean;
}
export interface ListenerView {
  /** `127.0.0.1:8080`, or a pipe's path. */
  readonly address: string;
  readonly direction: 'inbound' | 'outbound' | 'both';
  readonly bound: boolean;
  /** What looks at a connection before a chain is chosen. */
  readonly listenerFilters: readonly string[];
  readonly chains: readonly FilterChainView[];
}

/** Reads a Listener. Source: envoy.config.listener.v3. */
export function describeListener(listener: Json): ListenerView {
  const direction = textAt(listener, 'trafficDirection');
  const fallback = at(listener, 'defaultFilterChain');
  return {
    address: addressText(listener['address']),
    direction: direction === 'INBOUND' ? 'inbound' : direction === 'OUTBOUND' ? 'outbound' : 'both',
    bound: textAt(listener, 'bindToPort') !== 'false',
    listenerFilters: objectsAt(listener, 'listenerFilters').map((filter) => shortFilterName(textAt(filter, 'name') ?? '')),
    chains: [...objectsAt(listener, 'filterChains').map((chain) => describeChain(chain, false)), ...(fallback === undefined ? [] : [describeChain(fallback, true)])],
  };
}

/** An Envoy address as text: `host:port`. */
export function addressText(address: unknown): string {
  const [host, port] = [textAt(address, 'socketAddress', 'address'), textAt(address, 'socketAddress', 'portValue')];
  if (host === undefined) return textAt(address, 'pipe', 'path') ?? '—';
  return `${host.includes(':') ? `[${host}]` : host}:${port ?? '0'}`;
}

/** `envoy.filters.http.jwt_authn` → `jwt_authn`; names of others stay. */
export function shortFilterName(name: string): string {
  return name.startsWith('envoy.') ? (name.split('.').at(-1) ?? name) : name;
}

function describeChain(chain: unknown, isDefault: boolean): FilterChainView {
  return { name: textAt(chain, 'name') ?? '', match: describeChainMatch(at(chain, 'filterChainMatch')), tls: describeTls(at(chain, 'transportSocket')), filters: objectsAt(chain, 'filters').map(describeFilter), isDefault };
}

function describeFilter(filter: Json): FilterView {
  const config = filter['typedConfig'];
  const name = shortFilterName(textAt(filter, 'name') ?? '');
  const isHttp = typeNameOf(config) === 'HttpConnectionManager';
  const route = textAt(config, 'rds', 'routeConfigName');
  return {
    name,
    httpFilters: isHttp ? objectsAt(config, 'httpFilters').map((one) => shortFilterName(textAt(one, 'name') ?? '')) : [],
    ...(route === undefined ? {} : { route }),
    virtualHosts: isHttp ? describeVirtualHosts(at(config, 'routeConfig')) : [],
    clusters: isHttp ? [] : tcpTargets(config),
  };
}

function tcpTargets(config: unknown): FilterView['clusters'] {
  const weighted = objectsAt(config, 'weightedClusters', 'clusters');
  const total = weighted.reduce((sum, one) => sum + Number(textAt(one, 'weight') ?? 0), 0);
  if (weighted.length > 0) return weighted.map((one) => ({ cluster: textAt(one, 'name') ?? '', percent: total === 0 ? 0 : (100 * Number(textAt(one, 'weight') ?? 0)) / total }));
  const cluster = textAt(config, 'cluster');
  return cluster === undefined ? [] : [{ cluster }];
}
