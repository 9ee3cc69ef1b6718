import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { encodeOwners, type FieldManager, type ManagedFieldsEntry } from '../structured-merge/field-managers.ts';
import { MergeKeyError } from '../structured-merge/field-walk.ts';
import { pathText } from '../structured-merge/fields-v1.ts';
import { kindShape } from '../structured-merge/kind-shape.ts';
import { KUBECTL, LAST_APPLIED, lastAppliedFields } from '../structured-merge/last-applied.ts';
import { EMPTY_PATHS, hasPath } from '../structured-merge/path-set.ts';
import { applyConfiguration, type ApplyOutcome, type FieldConflict } from '../structured-merge/track-fields.ts';
import { ownersOf } from '../store/managed-write.ts';
import type { ObjectRef } from './api-call.ts';
import { apiError, badRequest, invalidObject } from './api-error.ts';
import { apiVersionOfPath, inVersion } from './present-objects.ts';

/** What an apply asks for. */
export interface ApplyRequest {
  readonly manager: FieldManager;
  readonly force: boolean;
  /** RFC 3339. */
  readonly time: string;
}

/**
 * A server-side apply of `configuration` over what is stored (undefined: nothing yet): the object to store and who then owns which field.
 * @throws KubeError 400 when the configuration brings managedFields, 409 with a cause per field that another manager owns, 422 for a list with repeated keys.
 */
export function applyToObject(where: ObjectRef, stored: KubeObject | undefined, configuration: KubeObject, request: ApplyRequest): { readonly object: KubeObject; readonly managedFields: readonly ManagedFieldsEntry[] } {
  if ('managedFields' in configuration.metadata) throw badRequest('metadata.managedFields must be nil');
  const { manager, time, force } = request;
  const before = stored === undefined ? undefined : { ...inVersion(where, stored) };
  const { status: _status, ...withoutStatus } = configuration;
  // The main path cannot set a status, nor the status path anything else.
  const { apiVersion, kind, metadata, status } = configuration;
  const config = manager.subresource === undefined ? withoutStatus : { apiVersion, kind, metadata: identityOf(metadata), ...(status === undefined ? {} : { status }) };
  try {
    const shape = kindShape(where.kind);
    const apply = (forced: boolean): ApplyOutcome => applyConfiguration(before, config, ownersOf(stored), { manager, time, apiVersion: apiVersionOfPath(where), shape }, forced);
    const kubectl = manager.name === KUBECTL && manager.subresource === undefined;
    const own = kubectl && before !== undefined ? lastAppliedFields(before, before.metadata.annotations?.[LAST_APPLIED], shape) : EMPTY_PATHS;
    const first = apply(force);
    const conflicts = first.ok ? [] : first.conflicts.filter(({ path }) => !hasPath(own, path));
    if (conflicts.length > 0) throw conflictError(conflicts);
    const outcome = first.ok ? first : apply(true);
    if (!outcome.ok) throw conflictError(outcome.conflicts);
    // What is merged of two objects of a kind is one; the validator looks at it before it is stored.
    const object = outcome.object as unknown as KubeObject;
    return { object: kubectl ? withLastApplied(object, config) : object, managedFields: encodeOwners(outcome.owners) };
  } catch (error) {
    if (error instanceof MergeKeyError) throw invalidObject(where.kind, where.name, [{ path: error.message.split(':')[0]?.slice(1) ?? '', message: error.message }]);
    throw error;
  }
}

/** kubectl's annotation follows its server-side apply, where it is there, so that the client's side can be gone back to. */
function withLastApplied(object: KubeObject, configuration: object): KubeObject {
  if (object.metadata.annotations?.[LAST_APPLIED] === undefined) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [LAST_APPLIED]: `${JSON.stringify(configuration)}\n` } } };
}

function identityOf({ name, namespace, resourceVersion, uid }: KubeObject['metadata']): Readonly<Record<string, string>> {
  return { name, ...(namespace === undefined ? {} : { namespace }), ...(resourceVersion === undefined ? {} : { resourceVersion }), ...(uid === undefined ? {} : { uid }) };
}

/** Source of the words: apimachinery managedfields/internal/conflict.go, which kubectl shows as they are. */
function conflictError(conflicts: readonly FieldConflict[]): Error {
  const causes = conflicts.map(({ owner, path }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${managerText(owner)}`, field: pathText(path) }));
  return apiError(409, 'Conflict', conflictMessage(conflicts), { causes });
}

function conflictMessage(conflicts: readonly FieldConflict[]): string {
  const [only] = conflicts;
  if (conflicts.length === 1 && only !== undefined) return `Apply failed with 1 conflict: conflict with ${managerText(only.owner)}: ${pathText(only.path)}`;
  const byManager = Map.groupBy(conflicts, ({ owner }) => managerText(owner));
  const parts = [...byManager].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([text, found]) => [`conflicts with ${text}:`, ...found.map(({ path }) => `- ${pathText(path)}`)]);
  return `Apply failed with ${conflicts.length} conflicts: ${parts.join('\n')}`;
}

function managerText(owner: FieldConflict['owner']): string {
  const name = `${JSON.stringify(owner.manager)}${owner.subresource === undefined ? '' : ` with subresource ${JSON.stringify(owner.subresource)}`}`;
  return owner.operation === 'Update' ? `${name} using ${owner.apiVersion}` : name;
}
