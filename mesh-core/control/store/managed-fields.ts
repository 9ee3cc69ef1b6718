import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';

/** Who makes a write: Kubernetes' fieldManager, and whether it was a server-side apply. */
export interface FieldManager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status';
}
/**
 * One entry of `metadata.managedFields`. Which fields a manager set is not tracked: `fieldsV1` is always empty; the entry tells who wrote
 * the object and when, which is what drift detection asks for.
 */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: object;
  readonly subresource?: 'status';
}

const MAX_ENTRIES = 10;

/** The object with this write noted as its newest entry; a manager has one entry per operation and subresource. `time` is RFC 3339. */
export function withManager(object: KubeObject, manager: FieldManager, time: string): KubeObject {
  const others = (managedFieldsOf(object) ?? []).filter(
    (entry) => entry.manager !== manager.name || entry.operation !== manager.operation || entry.subresource !== manager.subresource,
  );
  const entry: ManagedFieldsEntry = {
    manager: manager.name,
    operation: manager.operation,
    apiVersion: object.apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: {},
    ...(manager.subresource === undefined ? {} : { subresource: manager.subresource }),
  };
  const managedFields = [...others, entry].slice(-MAX_ENTRIES);
  return { ...object, metadata: Object.assign({}, object.metadata, { managedFields }) };
}

/** The entries of a stored object, oldest first; undefined when nobody gave a name. */
export function managedFieldsOf(object: KubeObject): readonly ManagedFieldsEntry[] | undefined {
  const metadata: KubeObject['metadata'] & { readonly managedFields?: readonly ManagedFieldsEntry[] } = object.metadata;
  return metadata.managedFields;
}
