import { matchesLabels } from '../resources/label-selector.ts';
import type { MutualTlsMode, PeerAuthentication } from '../resources/security.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { compareByCreation } from './config-order.ts';

/** What a server accepts. */
export type EffectiveMutualTls = 'STRICT' | 'PERMISSIVE' | 'DISABLE';

/** A workload, and where PeerAuthentication's mesh-wide scope is. */
export interface MutualTlsTarget {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rootNamespace: string;
}

/**
 * The mode of one of a workload's ports: port over workload over namespace over mesh, UNSET inherits, PERMISSIVE when
 * nothing says otherwise; the oldest wins within a scope. Source: Istio, PeerAuthentication; istiod's ComposePeerAuthentication.
 */
export function mutualTlsMode(policies: readonly PeerAuthentication[], target: MutualTlsTarget, port: number): EffectiveMutualTls {
  const sorted = policies.toSorted(compareByCreation);
  const own = target.namespace === target.rootNamespace ? undefined : sorted.find((policy) => namespaceOf(policy) === target.namespace && hasSelector(policy) && matchesLabels(policy.spec?.selector?.matchLabels, target.labels));
  const workloadMode = set(own?.spec?.mtls?.mode) ?? namespaceMode(sorted, target);
  return set(own?.spec?.portLevelMtls?.[String(port)]?.mode) ?? workloadMode;
}

/** What clients look at for automatic mTLS: only the namespace's and the mesh's mode. */
export function clientVisibleMode(policies: readonly PeerAuthentication[], target: Pick<MutualTlsTarget, 'namespace' | 'rootNamespace'>): EffectiveMutualTls {
  return namespaceMode(policies.toSorted(compareByCreation), target);
}

function namespaceMode(sorted: readonly PeerAuthentication[], target: Pick<MutualTlsTarget, 'namespace' | 'rootNamespace'>): EffectiveMutualTls {
  const scopeWide = (namespace: string): EffectiveMutualTls | undefined => set(sorted.find((policy) => namespaceOf(policy) === namespace && !hasSelector(policy))?.spec?.mtls?.mode);
  return scopeWide(target.namespace) ?? scopeWide(target.rootNamespace) ?? 'PERMISSIVE';
}

function hasSelector(policy: PeerAuthentication): boolean {
  return Object.keys(policy.spec?.selector?.matchLabels ?? {}).length > 0;
}

function set(mode: MutualTlsMode | undefined): EffectiveMutualTls | undefined {
  return mode === undefined || mode === 'UNSET' ? undefined : mode;
}
