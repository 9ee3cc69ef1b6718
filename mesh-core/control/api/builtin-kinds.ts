import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';

const BUILTIN_GROUPS: readonly string[] = ['', 'coordination.k8s.io', 'rbac.authorization.k8s.io', 'discovery.k8s.io'];

/** Is it a kind that Kubernetes itself has, and not one that a CustomResourceDefinition adds? Clients treat the two differently. */
export function isBuiltin(kind: Pick<KindInfo, 'group'>): boolean {
  return BUILTIN_GROUPS.includes(kind.group);
}

/** Does the kind take strategic merge patches? Custom resources do not. */
export function takesStrategicMerge(kind: Pick<KindInfo, 'group'>): boolean {
  return isBuiltin(kind);
}
