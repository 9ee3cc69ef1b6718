import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { decodeOwners, encodeOwners, isReset, type ManagedFieldsEntry, type Owners } from '../structured-merge/field-managers.ts';
import { kindShape } from '../structured-merge/kind-shape.ts';
import { ownersAfterUpdate, type TrackedWrite } from '../structured-merge/track-fields.ts';
import { managedFieldsOf } from './prepare-object.ts';

/**
 * `metadata.managedFields` after an ordinary write (not an apply). `requested` is what the client sent: it may rewrite the entries itself, and one
 * empty entry clears them; entries that cannot be read, or none, leave the stored ones. Source: apimachinery managedfields/internal/fieldmanager.go.
 */
export function managedFieldsAfter(kind: KindInfo, before: KubeObject | undefined, after: KubeObject, requested: KubeObject, write: Omit<TrackedWrite, 'shape'>): readonly ManagedFieldsEntry[] {
  const owners = startingOwners(before, requested, write);
  return encodeOwners(ownersAfterUpdate(before, after, owners, { ...write, shape: kindShape(kind) }));
}

/** The owners of a stored object; none when its entries cannot be read. */
export function ownersOf(object: KubeObject | undefined): Owners {
  return (object === undefined ? undefined : decodeOwners(managedFieldsOf(object))) ?? new Map();
}

function startingOwners(before: KubeObject | undefined, requested: KubeObject, { manager }: Pick<TrackedWrite, 'manager'>): Owners {
  const stored = ownersOf(before);
  // The status path cannot rewrite who owns the rest.
  if (manager.subresource !== undefined) return stored;
  const sent: unknown = managedFieldsOf(requested);
  if (isReset(sent)) return new Map();
  const owners = decodeOwners(sent);
  return owners === undefined || owners.size === 0 ? stored : owners;
}
