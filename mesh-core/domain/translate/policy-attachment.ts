import { matchesLabels } from '../resources/label-selector.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { TargetRef, WorkloadSelector } from '../resources/security.ts';
import { compareByCreation } from './config-order.ts';

/** A policy that chooses its workloads by labels or names what it is for. */
export type AttachablePolicy = KubeObject<{ readonly selector?: WorkloadSelector; readonly targetRef?: TargetRef; readonly targetRefs?: readonly TargetRef[] }>;
/** A workload as policies look at it. */
export interface PolicyWorkload {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** On the workload that serves a Gateway API gateway: that gateway's name. */
const GATEWAY_NAME_LABEL = 'gateway.networking.k8s.io/gateway-name';
const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/**
 * Does a policy apply to a workload of its own, or of any, namespace? A selector chooses by labels, none takes all. A policy with
 * targets is meant for the gateways it names: an ordinary workload ignores it. Source: istiod's ShouldAttachPolicy.
 */
export function attachesTo(policy: AttachablePolicy, workload: PolicyWorkload): boolean {
  const targets = targetsOf(policy);
  const gateway = workload.labels[GATEWAY_NAME_LABEL];
  if (targets.length === 0) return matchesLabels(policy.spec?.selector?.matchLabels, workload.labels);
  if (gateway === undefined || namespaceOf(policy) !== workload.namespace) return false;
  return targets.some(({ group, kind, name, namespace }) => group === GATEWAY_GROUP && kind === 'Gateway' && name === gateway && (namespace === undefined || namespace === '' || namespace === workload.namespace));
}

/** The policies that apply to a workload: those of the root namespace and of its own that attach to it, oldest first in each. */
export function policiesFor<Policy extends AttachablePolicy>(policies: readonly Policy[], workload: PolicyWorkload, rootNamespace: string): Policy[] {
  const near = policies.filter((policy) => (namespaceOf(policy) === workload.namespace || namespaceOf(policy) === rootNamespace) && attachesTo(policy, workload)).sort(compareByCreation);
  return [...near.filter((policy) => namespaceOf(policy) === rootNamespace), ...near.filter((policy) => namespaceOf(policy) !== rootNamespace)];
}

/** What a policy names as its targets; the older single `targetRef` counts when there is no list. */
export function targetsOf(policy: AttachablePolicy): readonly TargetRef[] {
  const { targetRef, targetRefs = [] } = policy.spec ?? {};
  return targetRefs.length === 0 && targetRef !== undefined ? [targetRef] : targetRefs;
}
