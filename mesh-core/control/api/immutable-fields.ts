import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { deepEqual } from '../store/deep-equal.ts';
import type { CollectionRef } from './api-call.ts';
import { invalidObject } from './api-error.ts';

type Loose = KubeObject & { readonly immutable?: unknown; readonly type?: unknown; readonly binaryData?: unknown; readonly roleRef?: unknown };

/**
 * Refuses a replacement that changes what Kubernetes lets nobody change: the data of an immutable ConfigMap or Secret, the type of a Secret, the
 * role of a binding, and new finalizers on an object that is being deleted. @throws KubeError 422 naming the field.
 */
export function checkImmutable(where: CollectionRef, current: Loose, next: Loose): void {
  const issues = [
    ...(current.metadata.deletionTimestamp === undefined ? [] : addedFinalizers(current, next)),
    ...(where.kind.id === 'ConfigMap' || where.kind.id === 'Secret' ? frozenData(current, next) : []),
    ...(where.kind.id === 'Secret' && current.type !== next.type ? [{ path: 'type', message: 'field is immutable' }] : []),
    ...(['RoleBinding', 'ClusterRoleBinding'].includes(where.kind.id) && !deepEqual(current.roleRef, next.roleRef) ? [{ path: 'roleRef', message: 'cannot change roleRef' }] : []),
  ];
  if (issues.length > 0) throw invalidObject(where.kind, current.metadata.name, issues);
}

function addedFinalizers(current: Loose, next: Loose): readonly { readonly path: string; readonly message: string }[] {
  const added = (next.metadata.finalizers ?? []).filter((name) => !(current.metadata.finalizers ?? []).includes(name));
  return added.length === 0 ? [] : [{ path: 'metadata.finalizers', message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}` }];
}

function frozenData(current: Loose, next: Loose): readonly { readonly path: string; readonly message: string }[] {
  if (current.immutable !== true) return [];
  const message = 'Forbidden: field is immutable when `immutable` is set';
  return [
    ...(next.immutable === true ? [] : [{ path: 'immutable', message }]),
    ...(deepEqual(current.data ?? {}, next.data ?? {}) ? [] : [{ path: 'data', message }]),
    ...(deepEqual(current.binaryData ?? {}, next.binaryData ?? {}) ? [] : [{ path: 'binaryData', message }]),
  ];
}
