import type { FilterChainMatch } from '../envoy/network-filters.ts';
import type { CidrRange, FilterChain } from '../envoy/resources.ts';
import { isInRange } from '../translate/ip-range.ts';

/** What is known of a connection before a filter chain has taken it. */
export interface ConnectionFacts {
  readonly destinationPort: number;
  readonly destinationIp: string;
  /** Empty = the client named no server. */
  readonly serverName: string;
  readonly transportProtocol: 'tls' | 'raw_buffer';
  /** The client's ALPN names in its order, or what the HTTP inspector found; empty = nothing known. */
  readonly applicationProtocols: readonly string[];
  /** The peer's address: also the client's, unless a filter before learned another. */
  readonly directSourceIp: string;
  readonly sourceIp: string;
  readonly sourcePort: number;
}

/**
 * How well a match accepts a connection by one criterion: undefined = not at all, 0 = it does not ask, more = closer. Of
 * the criteria the first that tells chains apart decides, without coming back to a chain that was left behind.
 */
type Criterion = (match: FilterChainMatch, facts: ConnectionFacts) => number | undefined;

const CRITERIA: readonly Criterion[] = [
  ({ destinationPort }, facts) => (destinationPort === undefined || destinationPort === 0 ? 0 : destinationPort === facts.destinationPort ? 1 : undefined),
  ({ prefixRanges }, { destinationIp }) => closestRange(prefixRanges, destinationIp),
  ({ serverNames }, { serverName }) => closestName(serverNames, serverName.toLowerCase()),
  ({ transportProtocol }, facts) => (!transportProtocol ? 0 : transportProtocol === facts.transportProtocol ? 1 : undefined),
  ({ applicationProtocols }, facts) => earliestProtocol(applicationProtocols, facts.applicationProtocols),
  ({ directSourcePrefixRanges }, { directSourceIp }) => closestRange(directSourcePrefixRanges, directSourceIp),
  ({ sourceType }, facts) => (sourceType === undefined || sourceType === 'ANY' ? 0 : (sourceType === 'SAME_IP_OR_LOOPBACK') === isLocal(facts) ? 1 : undefined),
  ({ sourcePrefixRanges }, { sourceIp }) => closestRange(sourcePrefixRanges, sourceIp),
  ({ sourcePorts }, { sourcePort }) => (sourcePorts === undefined || sourcePorts.length === 0 ? 0 : sourcePorts.includes(sourcePort) ? 1 : undefined),
];

/**
 * The filter chain that takes a connection; undefined when none does and the listener has no default chain. Criteria go
 * in Envoy's order: destination port, destination address, server name, transport protocol, application protocol, direct
 * source address, source type, source address, source port; at each the closest match stays.
 * Source: envoy filter_chain_manager_impl.cc and the comment of FilterChainMatch.
 */
export function selectFilterChain<T extends Pick<FilterChain, 'filterChainMatch'>>(chains: readonly T[], fallback: T | undefined, facts: ConnectionFacts): T | undefined {
  let left = chains;
  for (const criterion of CRITERIA) left = closest(left, criterion, facts);
  return left[0] ?? fallback;
}

function closest<T extends Pick<FilterChain, 'filterChainMatch'>>(chains: readonly T[], criterion: Criterion, facts: ConnectionFacts): readonly T[] {
  let best = -1;
  let kept: T[] = [];
  for (const chain of chains) {
    const rank = criterion(chain.filterChainMatch ?? {}, facts);
    if (rank === undefined || rank < best) continue;
    if (rank > best) {
      best = rank;
      kept = [];
    }
    kept.push(chain);
  }
  return kept;
}

/** 1 + the length of the longest prefix that holds the address. */
function closestRange(ranges: readonly CidrRange[] | undefined, address: string): number | undefined {
  if (ranges === undefined || ranges.length === 0) return 0;
  const lengths = ranges.filter((range) => isInRange(range, address)).map((range) => range.prefixLen ?? 0);
  // A range of everything is as good as no range: Envoy files chains without one under 0.0.0.0/0 and ::/0.
  return lengths.length === 0 ? undefined : Math.max(...lengths);
}

/** An exact name beats every wildcard, a longer wildcard a shorter one. */
function closestName(names: readonly string[] | undefined, serverName: string): number | undefined {
  if (names === undefined || names.length === 0) return 0;
  let best: number | undefined;
  for (const name of names) {
    const lower = name.toLowerCase();
    const rank = lower === serverName ? Number.MAX_SAFE_INTEGER : lower.startsWith('*.') && serverName.length >= lower.length && serverName.endsWith(lower.slice(1)) ? lower.length : lower === '' ? 0 : undefined;
    if (rank !== undefined && (best === undefined || rank > best)) best = rank;
  }
  return best;
}

/** The client's order counts: its first protocol that some chain asks for. */
function earliestProtocol(accepted: readonly string[] | undefined, offered: readonly string[]): number | undefined {
  if (accepted === undefined || accepted.length === 0) return 0;
  const index = offered.findIndex((protocol) => accepted.includes(protocol));
  return index === -1 ? undefined : offered.length - index;
}

function isLocal({ sourceIp, destinationIp }: ConnectionFacts): boolean {
  return sourceIp === destinationIp || LOOPBACK.some((range) => isInRange(range, sourceIp));
}

const LOOPBACK: readonly CidrRange[] = [
  { addressPrefix: '127.0.0.0', prefixLen: 8 },
  { addressPrefix: '::1', prefixLen: 128 },
];
