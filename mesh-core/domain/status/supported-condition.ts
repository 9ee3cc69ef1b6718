import type { KubeObject } from '../resources/kube-object.ts';
import { unsupportedParts } from './unsupported-parts.ts';

/** A condition of an object's status. Source: Kubernetes API conventions; istio/api meta/v1alpha1 status.proto. */
export interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly observedGeneration?: number;
}

/** The type of the condition that tells of parts which are not obeyed. */
export const SUPPORTED_CONDITION = 'Supported';

/**
 * The status that an object is to have: `Supported` is false with every part that is not obeyed named, and is not there when all of
 * it is. Other conditions and fields stay. Undefined when the status says so already. `now` is RFC 3339 with whole seconds.
 */
export function statusWithSupport(object: KubeObject, now: string): Readonly<Record<string, unknown>> | undefined {
  const status = typeof object.status === 'object' && object.status !== null ? { ...object.status } : {};
  const conditions = 'conditions' in status && Array.isArray(status.conditions) ? (status.conditions as readonly StatusCondition[]) : [];
  const before = conditions.find(({ type }) => type === SUPPORTED_CONDITION);
  const parts = unsupportedParts(object);
  const message = parts.map(({ path, message: reason }) => `${path}: ${reason}`).join('; ');
  const generation = object.metadata.generation;
  if (parts.length === 0 ? before === undefined : before?.message === message && before.observedGeneration === generation) return undefined;
  const others = conditions.filter(({ type }) => type !== SUPPORTED_CONDITION);
  if (parts.length === 0) return { ...status, conditions: others };
  const own: StatusCondition = { type: SUPPORTED_CONDITION, status: 'False', reason: 'NotSupported', message, lastTransitionTime: before?.lastTransitionTime ?? now, ...(generation === undefined ? undefined : { observedGeneration: generation }) };
  return { ...status, conditions: [...others, own] };
}
