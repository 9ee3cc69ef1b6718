import { NETWORK_FILTER_URLS } from '../envoy/network-filters.ts';
import type { TcpProxy } from '../envoy/network-filters.ts';
import type { ListenerFilterPredicate } from '../envoy/cluster-options.ts';
import { TYPE_URLS } from '../envoy/resources.ts';
import type { FilterChain, HttpConnectionManager, Listener, ProxyConfiguration, Route, RouteConfiguration, TlsContext, VirtualHost } from '../envoy/resources.ts';
import { matchRoute } from './match-route.ts';
import type { HeaderMap } from './request-head.ts';
import { selectFilterChain } from './select-filter-chain.ts';
import { selectVirtualHost } from './select-virtual-host.ts';

/** One connection with what is sent on it, as it arrives at a proxy. */
export interface SimulatedConnection {
  /** `inbound`, `outbound`: captured on its way to the workload, or from it. `direct`: sent to the proxy itself. */
  readonly mode: 'inbound' | 'outbound' | 'direct';
  readonly address: string;
  readonly port: number;
  readonly protocol: 'http' | 'http2' | 'tcp';
  readonly tls: 'plaintext' | 'tls' | 'mtls';
  /** Absent: what a client of that protocol offers. */
  readonly alpn?: string;
  readonly sni?: string;
  /** SDS name of the certificate that the client's mutual TLS is meant for; absent = the mesh's own. */
  readonly serverCertificate?: string;
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly headers?: HeaderMap;
}
export type ConnectionError =
  | 'no listener matched'
  | 'no filter chains matched'
  | 'invalid TLS'
  | 'invalid mTLS'
  | 'protocol error'
  | 'no virtual host matched'
  | 'tls required, sending 301'
  | 'no route matched';
/** How far a connection gets, and what takes it on the way. */
export interface ConnectionOutcome {
  readonly listener?: Listener;
  readonly filterChain?: FilterChain;
  /** Name of the route configuration that came over RDS; absent when it is part of the listener. */
  readonly routeName?: string;
  readonly virtualHost?: VirtualHost;
  readonly route?: Route;
  /** Absent for a split, a redirect or a direct answer. */
  readonly cluster?: string;
  readonly error?: ConnectionError;
}

const ANY_ADDRESS = '0.0.0.0';
const TLS_INSPECTOR = 'envoy.filters.listener.tls_inspector';
const HTTP_INSPECTOR = 'envoy.filters.listener.http_inspector';
const DEFAULT_CERTIFICATE = 'default';
/** What callers' sidecars, other TLS clients, and the HTTP inspector say of each protocol. */
const ALPN = {
  mtls: { http: 'istio-http/1.1', http2: 'istio-h2', tcp: 'istio' },
  tls: { http: 'http/1.1', http2: 'h2', tcp: '' },
  plaintext: { http: 'http/1.1', http2: 'h2c', tcp: '' },
} as const;

/**
 * Follows a connection through a proxy's configuration: listener, filter chain, route configuration, virtual host, route,
 * cluster; or says where it ends. Nothing of it is sent. Source: istiod's pilot/pkg/simulation/traffic.go.
 */
export function simulateConnection(configuration: Pick<ProxyConfiguration, 'listener' | 'route'>, call: SimulatedConnection): ConnectionOutcome {
  const listener = findListener(configuration.listener, call);
  if (listener === undefined) return { error: 'no listener matched' };
  const filterChain = findChain(listener, call);
  if (filterChain === undefined) return { listener, error: 'no filter chains matched' };
  const reached = { listener, filterChain };
  const tlsError = tlsErrorOf(filterChain, call);
  if (tlsError !== undefined) return { ...reached, error: tlsError };
  for (const { typedConfig } of filterChain.filters) {
    // Safe because the type URL says what the message is.
    if (typedConfig['@type'] === TYPE_URLS.hcm) return { ...reached, ...followHttp(configuration.route, typedConfig as unknown as HttpConnectionManager, filterChain, call) };
    if (typedConfig['@type'] === NETWORK_FILTER_URLS.tcpProxy) {
      const { cluster } = typedConfig as unknown as TcpProxy;
      return { ...reached, ...(cluster === undefined ? undefined : { cluster }) };
    }
  }
  return reached;
}

function findListener(listeners: readonly Listener[], { mode, address, port }: SimulatedConnection): Listener | undefined {
  if (mode === 'inbound') return listeners.find(({ name }) => name === 'virtualInbound');
  const at = (wanted: string): Listener | undefined => listeners.find(({ address: { socketAddress } }) => socketAddress.address === wanted && socketAddress.portValue === port);
  return at(address) ?? at(ANY_ADDRESS) ?? listeners.find(({ name }) => name === 'virtualOutbound');
}

function findChain(listener: Listener, call: SimulatedConnection): FilterChain | undefined {
  const seesTls = hasFilter(listener, TLS_INSPECTOR, call.port);
  const alpn = call.tls === 'plaintext' ? (hasFilter(listener, HTTP_INSPECTOR, call.port) ? ALPN.plaintext[call.protocol] : '') : seesTls ? (call.alpn ?? ALPN[call.tls][call.protocol]) : '';
  return selectFilterChain(listener.filterChains, listener.defaultFilterChain, {
    destinationPort: call.port,
    destinationIp: call.address,
    serverName: call.sni ?? (call.tls === 'tls' ? (call.host ?? '') : ''),
    transportProtocol: seesTls && call.tls !== 'plaintext' ? 'tls' : 'raw_buffer',
    applicationProtocols: alpn === '' ? [] : [alpn],
    directSourceIp: '',
    sourceIp: '',
    sourcePort: 0,
  });
}

function hasFilter({ listenerFilters = [] }: Listener, name: string, port: number): boolean {
  const filter = listenerFilters.find((candidate) => candidate.name === name);
  return filter !== undefined && !(filter.filterDisabled !== undefined && holds(filter.filterDisabled, port));
}

function holds({ destinationPortRange, orMatch, notMatch }: ListenerFilterPredicate, port: number): boolean {
  if (destinationPortRange !== undefined) return port >= destinationPortRange.start && port < destinationPortRange.end;
  if (orMatch !== undefined) return orMatch.rules.some((rule) => holds(rule, port));
  return notMatch !== undefined && !holds(notMatch, port);
}

function tlsErrorOf({ transportSocket }: FilterChain, { tls, serverCertificate = DEFAULT_CERTIFICATE }: SimulatedConnection): ConnectionError | undefined {
  if (transportSocket === undefined) return undefined;
  if (tls === 'plaintext') return 'invalid TLS';
  // Safe because a chain's socket is always one of TLS.
  const { commonTlsContext, requireClientCertificate } = transportSocket.typedConfig as unknown as TlsContext;
  const isMutual = requireClientCertificate === true && commonTlsContext.tlsCertificateSdsSecretConfigs?.[0]?.name === serverCertificate;
  return isMutual === (tls === 'mtls') ? undefined : 'invalid mTLS';
}

function followHttp(configurations: readonly RouteConfiguration[], manager: HttpConnectionManager, { transportSocket }: FilterChain, call: SimulatedConnection): Partial<ConnectionOutcome> {
  // TLS that nobody has ended, or bytes that are no HTTP, cannot be read.
  if ((call.tls !== 'plaintext' && transportSocket === undefined) || call.protocol === 'tcp') return { error: 'protocol error' };
  const routeName = manager.rds?.routeConfigName;
  const named = routeName === undefined ? {} : { routeName };
  const routes = manager.routeConfig ?? configurations.find(({ name }) => name === routeName);
  const virtualHost = routes === undefined ? undefined : selectVirtualHost(routes, call.host ?? '');
  if (virtualHost === undefined) return { ...named, error: 'no virtual host matched' };
  if (virtualHost.requireTls === 'ALL' && call.tls === 'plaintext') return { ...named, virtualHost, error: 'tls required, sending 301' };
  const decision = matchRoute(virtualHost, { method: call.method ?? 'GET', path: call.path ?? '/', authority: call.host ?? '', headers: call.headers ?? {}, scheme: call.tls === 'plaintext' ? 'http' : 'https' });
  if (decision.kind === 'none') return { ...named, virtualHost, error: 'no route matched' };
  const cluster = decision.route.route?.cluster;
  return { ...named, virtualHost, route: decision.route, ...(cluster === undefined ? undefined : { cluster }) };
}
