import type { KubeObject, ObjectMeta } from '#mesh-core/domain/resources/kube-object.ts';
import { apiVersionOf, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { deepEqual } from './deep-equal.ts';
import type { ManagedFieldsEntry } from '../structured-merge/field-managers.ts';

/** Metadata fields that only the store writes; what a client sends in them is dropped. */
type ServerFields = Required<Pick<ObjectMeta, 'uid' | 'creationTimestamp' | 'generation'>>;

/**
 * The object as it is stored first: storage apiVersion, server fields set, status dropped (it is written through the status
 * subresource, as Kubernetes does for kinds that have one). A Namespace gets the label and phase that clients look for.
 */
export function prepareCreate(kind: KindInfo, object: KubeObject, fields: ServerFields): KubeObject {
  const { status: _status, ...rest } = object;
  const stored = { ...rest, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: withServerFields(kind, { ...object.metadata, managedFields: undefined, deletionTimestamp: undefined, deletionGracePeriodSeconds: undefined }, fields) };
  return kind.kind === 'Namespace' ? { ...stored, status: { phase: 'Active' } } : stored;
}

/** The object after a replace: the stored status and server fields stay; generation rises when anything but metadata and status changed. */
export function prepareUpdate(kind: KindInfo, current: KubeObject, next: KubeObject): KubeObject {
  const { status: _status, ...rest } = next;
  const generation = current.metadata.generation ?? 1;
  const changed = !deepEqual(desired(current), desired(next));
  const { name, namespace } = current.metadata;
  const placed = { ...next.metadata, name, ...(namespace === undefined ? {} : { namespace }) };
  const { deletionTimestamp, deletionGracePeriodSeconds }: ObjectMeta & Deletion = current.metadata;
  const metadata = withServerFields(kind, { ...placed, managedFields: managedFieldsOf(current), deletionTimestamp, deletionGracePeriodSeconds }, { ...serverFieldsOf(current), generation: changed ? generation + 1 : generation });
  const object = { ...rest, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
  return current.status === undefined ? object : { ...object, status: current.status };
}

/** The object after a status write: nothing but the status changes. */
export function prepareStatusUpdate(current: KubeObject, next: KubeObject): KubeObject {
  const { status: _status, ...rest } = current;
  return next.status === undefined ? rest : { ...rest, status: next.status };
}

/** The object once deletion was asked for, while finalizers keep it. `time` is RFC 3339. */
export function prepareDeletion(kind: KindInfo, current: KubeObject, time: string): KubeObject {
  const metadata: ObjectMeta & Deletion = { ...current.metadata, generation: (current.metadata.generation ?? 1) + 1, deletionTimestamp: time, deletionGracePeriodSeconds: 0 };
  return { ...current, metadata, ...(kind.kind === 'Namespace' ? { status: { phase: 'Terminating' } } : {}) };
}

/** The entries of `metadata.managedFields`; undefined when there are none. */
export function managedFieldsOf(object: KubeObject): readonly ManagedFieldsEntry[] | undefined {
  const metadata: ObjectMeta & { readonly managedFields?: readonly ManagedFieldsEntry[] } = object.metadata;
  return metadata.managedFields;
}

/** The object with these entries in `metadata.managedFields`. */
export function withManagedFields(object: KubeObject, entries: readonly ManagedFieldsEntry[]): KubeObject {
  const { managedFields: _, ...metadata }: ObjectMeta & { readonly managedFields?: unknown } = object.metadata;
  return { ...object, metadata: entries.length === 0 ? metadata : Object.assign(metadata, { managedFields: entries }) };
}

/** The same object under another resourceVersion. */
export function withResourceVersion(object: KubeObject, resourceVersion: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(resourceVersion) } };
}

/** Do two objects differ in anything but their resourceVersion? */
export function sameContent(a: KubeObject, b: KubeObject): boolean {
  return deepEqual(withResourceVersion(a, 0), withResourceVersion(b, 0));
}

function serverFieldsOf(object: KubeObject): ServerFields {
  return { uid: object.metadata.uid ?? '', creationTimestamp: object.metadata.creationTimestamp ?? '', generation: object.metadata.generation ?? 1 };
}

function withServerFields(kind: KindInfo, metadata: AnyMetadata, fields: ServerFields): ObjectMeta {
  const { namespace, resourceVersion: _version, ...rest } = metadata;
  const kept = Object.fromEntries(Object.entries(rest).filter(([key, value]) => value !== undefined && key !== 'selfLink'));
  const placed = { ...kept, name: metadata.name, ...(kind.namespaced && namespace !== undefined ? { namespace } : {}), ...fields };
  return kind.kind === 'Namespace' ? { ...placed, labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name } } : placed;
}

/** What a client may have sent, undefined for what is to go. */
type AnyMetadata = Pick<ObjectMeta, 'name' | 'namespace' | 'labels'> & { readonly [field: string]: unknown };

interface Deletion {
  readonly deletionGracePeriodSeconds?: number;
}

/** Everything a person asked for: all but identity, metadata and status. */
function desired(object: KubeObject): unknown {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}
