import type { FilterChain, Listener, NetworkFilter } from '../envoy/resources.ts';
import { HTTP_INSPECTOR, TLS_INSPECTOR, httpFilterOf, routesByName } from './http-listener.ts';
import { WILDCARD } from './inbound-ports.ts';
import { chainMatch, conflictsWith, detectedHttpChain, takesEverything } from './outbound-chain.ts';
import type { ChainOptions } from './outbound-chain.ts';
import { streamChains } from './outbound-stream-chains.ts';
import { isHttp, listenerProtocol } from './port-protocol.ts';
import type { PortProtocol } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { MeshPort, MeshService } from './service-registry.ts';
import type { EgressScope } from './sidecar-scope.ts';

/** An outbound listener while services are added to it. */
export interface ListenerDraft {
  readonly bind: string;
  readonly port: number;
  readonly bindToPort: boolean;
  /** A Sidecar has said what it serves: nothing more is added. */
  locked: boolean;
  chains: readonly ChainOptions[];
  protocol: PortProtocol;
}
/** One service at one port. */
export interface ListenerEntry {
  readonly service: MeshService;
  readonly port: Pick<MeshPort, 'number' | 'protocol'>;
  /** Empty = chosen by the service's addresses and protocol. */
  readonly bind: string;
  readonly bindToPort: boolean;
  readonly egress: EgressScope;
}

/** Protocols in which the server speaks first: nothing else may share their port. */
const UNSHARED: ReadonlySet<PortProtocol> = new Set<PortProtocol>(['mongo', 'mysql']);

/**
 * Adds a service to the listeners of its port. HTTP services share one on all addresses, told apart by Host; others have
 * their own address, or are told apart by range or SNI. Where HTTP meets something else both stay, and the first bytes
 * decide. Of two that ask for the same the first stays. Source: istiod's buildSidecarOutboundListener.
 */
export function addListener(context: ProxyContext, entry: ListenerEntry, drafts: Map<string, ListenerDraft>): void {
  if (entry.service.resolution === 'alias') return;
  if (entry.bind !== '') {
    addAt(context, entry, { bind: entry.bind, address: entry.service.addresses[0] ?? WILDCARD, destinations: [] }, drafts);
    return;
  }
  for (const place of placesOf(entry)) addAt(context, entry, place, drafts);
}

interface Place {
  readonly bind: string;
  readonly address: string;
  readonly destinations: readonly string[];
}

/** Where a service without a bind of its own is listened for. */
function placesOf({ service, port }: ListenerEntry): Place[] {
  if (isHttp(port.protocol)) return [{ bind: WILDCARD, address: WILDCARD, destinations: [] }];
  const places = [
    ...service.addresses.map((address) => ({ bind: address, address, destinations: [] })),
    // A range is nothing that can be bound: all addresses are, and the range chooses the chain.
    ...service.ranges.map((range) => ({ bind: WILDCARD, address: '', destinations: [range] })),
  ];
  return places.length === 0 ? [{ bind: WILDCARD, address: WILDCARD, destinations: [] }] : places;
}

function addAt(context: ProxyContext, entry: ListenerEntry, place: Place, drafts: Map<string, ListenerDraft>): void {
  const { service, port, egress, bindToPort } = entry;
  const protocol = listenerProtocol(port.protocol);
  const key = `${place.bind}_${port.number}`;
  const current = drafts.get(key);
  if (protocol === undefined || current?.locked === true) return;
  const isShared = current === undefined || current.protocol === port.protocol || !(UNSHARED.has(current.protocol) || UNSHARED.has(port.protocol));
  if (!isShared) return;
  const streams = (): ChainOptions[] => streamChains(context, { service, port, ...place }, egress.virtualServices);
  const http = (): NetworkFilter => httpFilterOf({ statPrefix: `outbound_${key}`, routes: routesByName(routeName(entry, place.bind)), policies: [], isClientSide: true, clientCertificate: 'SANITIZE', isEdge: false });
  const replace = (chains: readonly ChainOptions[], becomes: PortProtocol): void => {
    drafts.set(key, { bind: place.bind, port: port.number, bindToPort, locked: false, chains, protocol: becomes });
  };
  const merge = (chains: readonly ChainOptions[], becomes?: PortProtocol): void => {
    if (current === undefined) return;
    current.chains = joined(current.chains, chains);
    if (becomes !== undefined) current.protocol = becomes;
  };
  if (protocol === 'http') {
    const isTaken = current !== undefined && listenerProtocol(current.protocol) !== 'tcp';
    if (isTaken) return;
    const isOnAll = place.bind === WILDCARD && port.protocol !== 'http-proxy';
    const chains = [isOnAll ? detectedHttpChain(http()) : { filters: [http()] }];
    if (current === undefined) replace(chains, isOnAll ? 'auto' : port.protocol);
    else merge(chains, 'auto');
  } else if (protocol === 'tcp') {
    if (current === undefined) replace(streams(), port.protocol);
    else merge(streams(), isHttp(current.protocol) ? 'auto' : undefined);
  } else if (current === undefined || isHttp(current.protocol)) replace([...streams(), detectedHttpChain(http())], 'auto');
  else if (listenerProtocol(current.protocol) === 'tcp') merge([...streams(), detectedHttpChain(http())], 'auto');
  else merge(streams());
}

/** Services that share a port share its routes; one that is alone at its address has its own. */
function routeName({ service, port }: ListenerEntry, bind: string): string {
  return port.protocol === 'auto' && bind !== WILDCARD ? `${service.hostname}:${port.number}` : String(port.number);
}

function joined(current: readonly ChainOptions[], incoming: readonly ChainOptions[]): ChainOptions[] {
  const all = [...current];
  for (const chain of incoming) if (!all.some((other) => conflictsWith(other, chain))) all.push(chain);
  return all;
}

/** The listener of a draft; `rest` takes what none of its chains asks for. Source: istiod's buildListenerFromEntry. */
export function finishListener({ bind, port, bindToPort, chains }: ListenerDraft, rest: readonly NetworkFilter[]): Listener {
  const built = chains.map((chain) => ({ isOpen: takesEverything(chain), chain: toFilterChain(chain) }));
  const narrow = built.filter(({ isOpen }) => !isOpen).map(({ chain }) => chain);
  const open = built.findLast(({ isOpen }) => isOpen)?.chain;
  const readsTls = chains.some(({ sniHosts }) => (sniHosts?.length ?? 0) > 0);
  const readsHttp = chains.some(({ applicationProtocols }) => (applicationProtocols?.length ?? 0) > 0);
  const isSingle = open !== undefined && narrow.length === 0;
  return {
    name: `${bind}_${port}`,
    address: { socketAddress: { address: bind, portValue: port } },
    trafficDirection: 'OUTBOUND',
    ...(readsTls || readsHttp ? { listenerFilters: [...(readsTls ? [TLS_INSPECTOR] : []), ...(readsHttp ? [HTTP_INSPECTOR] : [])] } : undefined),
    listenerFiltersTimeout: '0s',
    continueOnListenerFiltersTimeout: true,
    ...(bindToPort ? undefined : { bindToPort: false }),
    filterChains: isSingle ? [open] : narrow,
    ...(isSingle ? undefined : { defaultFilterChain: open ?? { name: 'PassthroughFilterChain', filters: rest } }),
  };
}

function toFilterChain(chain: ChainOptions): FilterChain {
  const match = chainMatch(chain);
  return { ...(match === undefined ? undefined : { filterChainMatch: match }), filters: chain.filters };
}
