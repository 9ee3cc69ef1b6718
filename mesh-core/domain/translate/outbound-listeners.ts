import { isIpAddress } from './ip-range.ts';
import type { Listener } from '../envoy/resources.ts';
import type { ListenerDraft } from './listener-drafts.ts';
import { addListener, finishListener } from './listener-drafts.ts';
import { BLACK_HOLE_CLUSTER } from './cluster-name.ts';
import { LOOPBACK } from './http-listener.ts';
import { WILDCARD, isRealPort } from './inbound-ports.ts';
import { unknownDestinationCluster } from './outbound-route-config.ts';
import { declaredProtocol, isHttp, listenerProtocol } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { MeshPort, MeshService } from './service-registry.ts';
import type { EgressScope } from './sidecar-scope.ts';
import { plainTcpFilter } from './tcp-filter.ts';

/** The port that captured outbound connections arrive at. */
export const VIRTUAL_OUTBOUND_PORT = 15_001;
/** Ports that the proxy itself uses on all addresses. */
const RESERVED_PORTS: ReadonlySet<number> = new Set([VIRTUAL_OUTBOUND_PORT, 15_006, 15_021, 15_090]);

/**
 * The listeners by which a captured sidecar's app reaches others: one for each port of HTTP services on all addresses,
 * one for each address and port of the rest, those that its Sidecar names, and `virtualOutbound` for what is left.
 * Source: istiod's buildSidecarOutboundListeners and buildVirtualOutboundListener.
 */
export function buildOutboundListeners(context: ProxyContext): Listener[] {
  const drafts = new Map<string, ListenerDraft>();
  for (const egress of context.scope.egress) addEgress(context, egress, drafts);
  const rest = [plainTcpFilter(unmatchedCluster(context))];
  return [...[...drafts.values()].map((draft) => finishListener(draft, rest)), virtualOutbound(context)];
}

/** Without interception: only the listeners that a Sidecar names with a port of their own. */
export function buildExplicitListeners(context: ProxyContext): Listener[] {
  const drafts = new Map<string, ListenerDraft>();
  for (const egress of context.scope.egress) if (egress.listener?.port !== undefined) addEgress(context, egress, drafts);
  const rest = [plainTcpFilter(unmatchedCluster(context))];
  return [...drafts.values()].map((draft) => finishListener(draft, rest));
}

function addEgress(context: ProxyContext, egress: EgressScope, drafts: Map<string, ListenerDraft>): void {
  const { listener } = egress;
  const isUnixSocket = listener?.bind?.startsWith('unix:') === true;
  const bindToPort = isRealPort(listener?.captureMode, context.isIntercepted) || isUnixSocket;
  // A path is nothing that this mesh can listen at.
  if (isUnixSocket) return;
  const bind = listener?.bind || (bindToPort ? LOOPBACK : '');
  if (listener?.port !== undefined) {
    const port = { number: listener.port.number ?? 0, protocol: declaredProtocol(listener.port.protocol) };
    if (isReserved(bind, port)) return;
    for (const service of egress.services) addListener(context, { service, port, bind, bindToPort, egress }, drafts);
    return;
  }
  // What a Sidecar says of a port of its own holds for that port alone.
  for (const draft of drafts.values()) draft.locked = true;
  for (const service of egress.services) for (const port of service.ports) if (!isReserved(bind, port)) addPort(context, { service, port, bind, bindToPort, egress }, drafts);
}

interface PortToAdd {
  readonly service: MeshService;
  readonly port: MeshPort;
  readonly bind: string;
  readonly bindToPort: boolean;
  readonly egress: EgressScope;
}

/** A headless service that is not HTTP has a listener for each workload's address. */
function addPort(context: ProxyContext, entry: PortToAdd, drafts: Map<string, ListenerDraft>): void {
  const { service, port, bind } = entry;
  const protocol = listenerProtocol(port.protocol);
  const hasAddress = service.addresses.length > 0 || service.ranges.length > 0;
  if (bind !== '' || service.resolution !== 'passthrough' || hasAddress || protocol === 'http' || protocol === undefined) {
    addListener(context, entry, drafts);
    return;
  }
  const endpoints = service.endpointsOf(port);
  if (service.source !== 'service' && endpoints.length === 0 && service.selector === undefined) {
    addListener(context, entry, drafts);
    return;
  }
  for (const { address } of endpoints) if (isIpAddress(address) && address !== context.node.address) addListener(context, { ...entry, bind: address }, drafts);
}

/** Does a listener on all addresses stand in the proxy's own way? Source: istiod's conflictWithReservedListener. */
function isReserved(bind: string, port: Pick<MeshPort, 'number' | 'protocol'>): boolean {
  const isOnAll = bind === '' ? isHttp(port.protocol) : bind === WILDCARD;
  return isOnAll && RESERVED_PORTS.has(port.number);
}

/** Where connections go that nothing else takes. */
function unmatchedCluster({ scope }: ProxyContext): string {
  return scope.outboundTrafficPolicy.mode === 'ALLOW_ANY' ? unknownDestinationCluster(scope.outboundTrafficPolicy) : BLACK_HOLE_CLUSTER;
}

function virtualOutbound(context: ProxyContext): Listener {
  return {
    name: 'virtualOutbound',
    address: { socketAddress: { address: WILDCARD, portValue: VIRTUAL_OUTBOUND_PORT } },
    trafficDirection: 'OUTBOUND',
    useOriginalDst: true,
    filterChains: [
      { name: 'virtualOutbound-blackhole', filterChainMatch: { destinationPort: VIRTUAL_OUTBOUND_PORT }, filters: [plainTcpFilter(BLACK_HOLE_CLUSTER)] },
      { name: 'virtualOutbound-catchall-tcp', filters: [plainTcpFilter(unmatchedCluster(context))] },
    ],
  };
}
