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

/** A mode with the policy that says it; without one, nothing says otherwise. */
export interface MutualTlsSource {
  readonly mode: EffectiveMutualTls;
  readonly policy?: PeerAuthentication;
}

/**
 * The mode of one of a workload's ports: port over workload over namespace over mesh, UNSET inherits, PERMISSIVE when
 * nothing says otherwise; the oldest wins within a scope. Source: Istio, PeerAuthentication; istiod's ComposePeerAuthentication.
 */
export function mutualTlsMode(policies: readonly PeerAuthentication[], target: MutualTlsTarget, port: number): EffectiveMutualTls {
  return mutualTlsSource(policies, target, port).mode;
}

/** The same with the policy that decides it. */
export function mutualTlsSource(policies: readonly PeerAuthentication[], target: MutualTlsTarget, port: number): MutualTlsSource {
  const sorted = policies.toSorted(compareByCreation);
  const own = target.namespace === target.rootNamespace ? undefined : sorted.find((policy) => namespaceOf(policy) === target.namespace && hasSelector(policy) && matchesLabels(policy.spec?.selector?.matchLabels, target.labels));
  return said(own, own?.spec?.portLevelMtls?.[String(port)]?.mode) ?? said(own, own?.spec?.mtls?.mode) ?? namespaceSource(sorted, target);
}

/** What clients look at for automatic mTLS: only the namespace's and the mesh's mode. */
export function clientVisibleMode(policies: readonly PeerAuthentication[], target: Pick<MutualTlsTarget, 'namespace' | 'rootNamespace'>): EffectiveMutualTls {
  return namespaceSource(policies.toSorted(compareByCreation), target).mode;
}

function namespaceSource(sorted: readonly PeerAuthentication[], target: Pick<MutualTlsTarget, 'namespace' | 'rootNamespace'>): MutualTlsSource {
  const scopeWide = (namespace: string): MutualTlsSource | undefined => {
    const policy = sorted.find((candidate) => namespaceOf(candidate) === namespace && !hasSelector(candidate));
    return said(policy, policy?.spec?.mtls?.mode);
  };
  return scopeWide(target.namespace) ?? scopeWide(target.rootNamespace) ?? { mode: 'PERMISSIVE' };
}

function hasSelector(policy: PeerAuthentication): boolean {
  return Object.keys(policy.spec?.selector?.matchLabels ?? {}).length > 0;
}

function said(policy: PeerAuthentication | undefined, mode: MutualTlsMode | undefined): MutualTlsSource | undefined {
  return policy === undefined || mode === undefined || mode === 'UNSET' ? undefined : { mode, policy };
}
