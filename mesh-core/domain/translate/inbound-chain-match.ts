import type { FilterChainMatch } from '../envoy/network-filters.ts';
import type { EffectiveMutualTls } from './mutual-tls-mode.ts';
import type { ListenerProtocol } from './port-protocol.ts';

/** One of the ways in which a connection to a port may come, and how it is read. */
export interface InboundChainMatch {
  readonly match: Pick<FilterChainMatch, 'transportProtocol' | 'applicationProtocols'>;
  readonly protocol: 'http' | 'tcp';
  /** The chain itself ends the mesh's mutual TLS. */
  readonly terminatesTls: boolean;
}

/** ALPN names as callers' sidecars send them for HTTP, for TCP, and both; and what the HTTP inspector finds in plain text. */
const MESH_HTTP = ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
const MESH_TCP = ['istio-peer-exchange', 'istio'];
export const MESH_ALPN: readonly string[] = ['istio', 'istio-peer-exchange', 'istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
export const PLAIN_HTTP: readonly string[] = ['http/1.1', 'h2c'];

const tls = (protocol: 'http' | 'tcp', terminatesTls: boolean, applicationProtocols?: readonly string[]): InboundChainMatch => ({
  match: { transportProtocol: 'tls', ...(applicationProtocols === undefined ? undefined : { applicationProtocols }) },
  protocol,
  terminatesTls,
});
const plain = (protocol: 'http' | 'tcp', applicationProtocols?: readonly string[]): InboundChainMatch => ({
  match: { transportProtocol: 'raw_buffer', ...(applicationProtocols === undefined ? undefined : { applicationProtocols }) },
  protocol,
  terminatesTls: false,
});

const CHAINS: Readonly<Record<ListenerProtocol, Readonly<Record<EffectiveMutualTls, readonly InboundChainMatch[]>>>> = {
  http: {
    STRICT: [tls('http', true)],
    // TLS that is not the mesh's is no HTTP that could be read: no chain takes it.
    PERMISSIVE: [tls('http', true, MESH_ALPN), plain('http')],
    DISABLE: [plain('http')],
  },
  tcp: {
    STRICT: [tls('tcp', true)],
    PERMISSIVE: [tls('tcp', true, MESH_ALPN), tls('tcp', false), plain('tcp')],
    DISABLE: [plain('tcp')],
  },
  auto: {
    STRICT: [tls('http', true, MESH_HTTP), tls('tcp', true)],
    PERMISSIVE: [tls('http', true, MESH_HTTP), plain('http', PLAIN_HTTP), tls('tcp', true, MESH_TCP), plain('tcp'), tls('tcp', false)],
    DISABLE: [plain('http', PLAIN_HTTP), plain('tcp')],
  },
};

/** The filter chains that a port needs for its protocol and its mutual TLS mode. Source: istiod's getFilterChainMatchOptions. */
export function inboundChainMatches(mode: EffectiveMutualTls, protocol: ListenerProtocol): readonly InboundChainMatch[] {
  return CHAINS[protocol][mode];
}

/** For a port whose TLS settings are the user's own. Source: istiod's getTLSFilterChainMatchOptions. */
export function customTlsMatches(protocol: 'http' | 'tcp'): readonly InboundChainMatch[] {
  return [tls(protocol, true)];
}
