import type { FilterChainMatch } from '../envoy/network-filters.ts';
import type { NetworkFilter } from '../envoy/resources.ts';
import { PLAIN_HTTP } from './inbound-chain-match.ts';
import { parseRange, maskedRange } from './ip-range.ts';

/** A filter chain of an outbound or gateway listener, before it is known which others it stands beside. */
export interface ChainOptions {
  readonly sniHosts?: readonly string[];
  /** Addresses and ranges. */
  readonly destinations?: readonly string[];
  readonly applicationProtocols?: readonly string[];
  readonly transportProtocol?: 'tls' | 'raw_buffer';
  readonly filters: readonly NetworkFilter[];
}

const UNSPECIFIED: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Plain HTTP as the inspector finds it, beside chains for everything else. */
export function detectedHttpChain(filter: NetworkFilter): ChainOptions {
  return { applicationProtocols: PLAIN_HTTP, transportProtocol: 'raw_buffer', filters: [filter] };
}

/** Does it take every connection? */
export function takesEverything({ sniHosts = [], destinations = [], applicationProtocols = [], transportProtocol }: ChainOptions): boolean {
  return (sniHosts.length === 0 || sniHosts.includes('*')) && applicationProtocols.length === 0 && transportProtocol === undefined && destinations.length === 0;
}

/** Would two chains ask for the same, which no listener may have? Source: istiod's filterChainOpts.conflictsWith. */
export function conflictsWith(a: ChainOptions, b: ChainOptions): boolean {
  return keyOf(a) === keyOf(b);
}

/** Envoy's form of what a chain asks for; undefined = nothing. Source: istiod's toFilterChainMatch. */
export function chainMatch(chain: ChainOptions): FilterChainMatch | undefined {
  if (takesEverything(chain)) return undefined;
  const { sniHosts = [], destinations = [], applicationProtocols = [], transportProtocol } = chain;
  const prefixRanges = destinations.toSorted().flatMap((destination) => parseRange(destination) ?? []).filter(({ addressPrefix }) => !UNSPECIFIED.has(addressPrefix));
  return {
    ...(sniHosts.length === 0 || sniHosts.includes('*') ? undefined : { serverNames: sniHosts.toSorted() }),
    ...(prefixRanges.length === 0 ? undefined : { prefixRanges }),
    ...(applicationProtocols.length === 0 ? undefined : { applicationProtocols }),
    ...(transportProtocol === undefined ? undefined : { transportProtocol }),
  };
}

function keyOf({ sniHosts = [], destinations = [], applicationProtocols = [], transportProtocol }: ChainOptions): string {
  const names = [...new Set(sniHosts.filter((name) => name !== '*'))].sort();
  const ranges = [...new Set(destinations.flatMap((destination) => maskedRange(destination) ?? []))].filter((range) => !range.startsWith('0.0.0.0/')).sort();
  return JSON.stringify([transportProtocol ?? '', applicationProtocols, names, ranges]);
}
