import { NETWORK_FILTER_URLS } from '#mesh-core/domain/envoy/network-filters.ts';
import type { NetworkRbac, TcpProxy } from '#mesh-core/domain/envoy/network-filters.ts';
import type { Any, FilterChain, HttpConnectionManager, TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { SECURITY_TYPE_URLS } from '#mesh-core/domain/envoy/security-filters.ts';
import { CUSTOM_STAT_PREFIX } from '#mesh-core/domain/translate/external-authorization.ts';
import { asHttpConnectionManager, tlsContextOf } from '../config/check-support.ts';

/** What a chain does with bytes: HTTP, or TCP judged by its RBAC filters in their order. */
export type ChainService =
  | { readonly kind: 'http'; readonly manager: HttpConnectionManager }
  | { readonly kind: 'tcp'; readonly proxy: TcpProxy; readonly rbac: readonly NetworkRbac[]; readonly clusterBySni: boolean };
/** One filter chain, taken apart. */
export interface Chain {
  /**
   * What makes it the same chain in a later configuration: connections then go on with the new filters. A chain with
   * another identity is another chain, and the connections of the one that went are drained.
   */
  readonly identity: string;
  readonly config: FilterChain;
  readonly tls: TlsContext | undefined;
  readonly service: ChainService;
}

/** Takes a chain apart that `checkListener` has accepted; undefined when nothing serves it. */
export function chainOf(config: FilterChain): Chain | undefined {
  const service = serviceOf(config);
  if (service === undefined) return undefined;
  const identity = JSON.stringify([config.name, config.filterChainMatch, config.transportSocket, service.kind]);
  return { identity, config, tls: tlsContextOf(config.transportSocket), service };
}

function serviceOf({ filters }: FilterChain): ChainService | undefined {
  const configs = filters.map(({ typedConfig }) => typedConfig);
  const last = configs.at(-1);
  if (last === undefined) return undefined;
  const manager = asHttpConnectionManager(last);
  if (manager !== undefined) return { kind: 'http', manager };
  if (last['@type'] !== NETWORK_FILTER_URLS.tcpProxy) return undefined;
  return {
    kind: 'tcp',
    // Safe because the type URLs say what the messages are.
    proxy: last as unknown as TcpProxy,
    rbac: enforcedRbac(configs),
    clusterBySni: configs.some((config) => config['@type'] === NETWORK_FILTER_URLS.sniCluster),
  };
}

/**
 * The RBAC filters of a TCP chain. Rules that only note which connections an external authorizer is to be asked about refuse those
 * connections, since nobody is asked about TCP here: unless the authorizer was to be done without in need.
 */
function enforcedRbac(configs: readonly Any[]): NetworkRbac[] {
  const authorizer = configs.find((config) => config['@type'] === SECURITY_TYPE_URLS.networkExtAuthz);
  const isOpen = authorizer === undefined || authorizer['failureModeAllow'] === true;
  return configs.flatMap((config) => {
    if (config['@type'] !== NETWORK_FILTER_URLS.rbac) return [];
    // Safe because the type URL says what the message is.
    const rbac = config as unknown as NetworkRbac;
    return [!isOpen && rbac.shadowRules !== undefined && rbac.shadowRulesStatPrefix === CUSTOM_STAT_PREFIX ? { ...rbac, rules: rbac.shadowRules } : rbac];
  });
}
