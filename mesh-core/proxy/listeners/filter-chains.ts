import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { FilterChain, HttpConnectionManager, HttpFilter, Listener, RbacFilter, TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { asHttpConnectionManager, tlsContextOf } from '../config/check-support.ts';

/** One filter chain, taken apart. */
export interface Chain {
  readonly manager: HttpConnectionManager;
  readonly tls: TlsContext | undefined;
}
/** What a listener does with a connection that begins with a TLS handshake, and with one that does not. Absent = refused. */
export interface ListenerChains {
  readonly tls: Chain | undefined;
  readonly plain: Chain | undefined;
}

/**
 * Chooses the chain for each kind of connection: one that asks for `tls` and terminates it; one for `raw_buffer` or for any
 * transport. STRICT has the first only, DISABLE the second only, PERMISSIVE both. Source: envoy FilterChainMatch.
 */
export function chainsOf(listener: Listener): ListenerChains {
  const ofKind = (accept: (chain: FilterChain, tls: TlsContext | undefined) => boolean): Chain | undefined => {
    for (const chain of listener.filterChains) {
      const tls = tlsContextOf(chain.transportSocket);
      const manager = asHttpConnectionManager(chain.filters[0]?.typedConfig ?? { '@type': '' });
      if (manager !== undefined && accept(chain, tls)) return { manager, tls };
    }
    return undefined;
  };
  return {
    tls: ofKind((chain, tls) => tls !== undefined && chain.filterChainMatch?.transportProtocol !== 'raw_buffer'),
    plain: ofKind((chain, tls) => tls === undefined && chain.filterChainMatch?.transportProtocol !== 'tls'),
  };
}

/** The RBAC rules of a connection manager, in order. */
export function rbacRulesOf(filters: readonly HttpFilter[]): RbacFilter[] {
  // Safe because the type URL says what the message is.
  return filters.filter((filter) => filter.typedConfig['@type'] === TYPE_URLS.rbac).map((filter) => filter.typedConfig as unknown as RbacFilter);
}
