import type { GatewayListener, KubeGateway, ListenerSet, ListenerSetEntry } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { compareText } from '../translate/config-order.ts';

export type ConflictReason = 'ProtocolConflict' | 'HostnameConflict';
/** Listener name → why it lost, per owner. */
export type ListenerConflicts = ReadonlyMap<KubeGateway | ListenerSet, ReadonlyMap<string, ConflictReason>>;

/** The port of a ListenerSet's listener: its own, else what HTTP and HTTPS use; undefined = it needs one. */
export function listenerSetPort({ port, protocol }: ListenerSetEntry): number | undefined {
  if (port) return port;
  return protocol === 'HTTP' ? 80 : protocol === 'HTTPS' ? 443 : undefined;
}

/**
 * Which listeners of a Gateway and of the ListenerSets attached to it lose to another: the Gateway's come first, then the
 * sets by age and name. A loser does not stand in the way of a later listener. Source: istiod's ComputeGatewayListenerConflicts.
 */
export function findListenerConflicts(gateway: KubeGateway, sets: readonly ListenerSet[]): ListenerConflicts {
  const ordered: { readonly owner: KubeGateway | ListenerSet; readonly listener: GatewayListener }[] = (gateway.spec?.listeners ?? []).map((listener) => ({ owner: gateway, listener }));
  for (const set of sets.toSorted(byAge)) {
    for (const listener of set.spec?.listeners ?? []) ordered.push({ owner: set, listener: { ...listener, port: listenerSetPort(listener) ?? 0 } });
  }
  const accepted: GatewayListener[] = [];
  const conflicts = new Map<KubeGateway | ListenerSet, Map<string, ConflictReason>>();
  for (const { owner, listener } of ordered) {
    const winner = accepted.find((other) => !areDistinct(listener, other));
    if (winner === undefined) {
      accepted.push(listener);
      continue;
    }
    const lost = conflicts.get(owner) ?? new Map<string, ConflictReason>();
    conflicts.set(owner, lost.set(listener.name, reasonOf(listener, winner)));
  }
  return conflicts;
}

function byAge(a: ListenerSet, b: ListenerSet): number {
  return compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compareText(`${namespaceOf(a)}/${a.metadata.name}`, `${namespaceOf(b)}/${b.metadata.name}`);
}

function isStream(protocol: string): boolean {
  return protocol === 'TCP' || protocol === 'UDP';
}

function hasHosts(protocol: string): boolean {
  return protocol === 'HTTP' || protocol === 'HTTPS' || protocol === 'TLS';
}

function areDistinct(a: GatewayListener, b: GatewayListener): boolean {
  if (a.port !== b.port) return true;
  if (isStream(a.protocol) && (isStream(b.protocol) || hasHosts(b.protocol))) return false;
  if (hasHosts(a.protocol) && isStream(b.protocol)) return false;
  if (hasHosts(a.protocol) && hasHosts(b.protocol)) return (a.hostname || '*') !== (b.hostname || '*');
  return a.protocol !== b.protocol;
}

function reasonOf(a: GatewayListener, b: GatewayListener): ConflictReason {
  return (isStream(a.protocol) && isStream(b.protocol)) || a.protocol !== b.protocol ? 'ProtocolConflict' : 'HostnameConflict';
}
