import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { FieldManager, ManagedFieldsEntry } from '../structured-merge/field-managers.ts';
import type { DeleteOptions, StoreWriteOptions } from '../store/object-store.ts';
import { authorize } from './authorize.ts';
import { grantProblem } from '../access/check-grant.ts';
import { applyToObject } from './apply-object.ts';
import { admitObject, objectFromBody } from './admit-object.ts';
import type { ApiAnswer, ApiCall, ApiServices, CollectionRef, ObjectRef } from './api-call.ts';
import { apiError, badRequest, invalidObject, invalidOptions, issueText, objectNotFound, refusalError } from './api-error.ts';
import { decodeBody } from './decode-body.ts';
import { fieldValidation, strictError, type FieldValidation } from './field-validation.ts';
import { checkImmutable } from './immutable-fields.ts';
import { isJsonObject } from './merge-patch.ts';
import { applyPatchBody, PATCH_TYPES, SERVER_SIDE_APPLY } from './patch-object.ts';
import { apiVersionOfPath, inVersion } from './present-objects.ts';
import { parseSelection } from './selection.ts';

const OBJECT_TYPES: readonly string[] = ['application/json', 'application/yaml'];

/** POST to a collection. @throws KubeError 400, 404 (namespace), 409 (exists), 413, 415 or 422. */
export async function createObject(services: ApiServices, call: ApiCall, where: CollectionRef): Promise<ApiAnswer> {
  const body = decodeBody(await call.readBody(), call.contentType, OBJECT_TYPES);
  return storeNew(services, call, where, objectFromBody(where, body, [...crypto.getRandomValues(new Uint8Array(5))].map((byte) => byte / 256)), 'CreateOptions');
}

/**
 * PUT of an object or of its status. Custom resources must say which version they replace, as on a real cluster.
 * @throws KubeError 400, 404, 409 (stale), 413, 415 or 422.
 */
export async function updateObject(services: ApiServices, call: ApiCall, where: ObjectRef, status: boolean): Promise<ApiAnswer> {
  const object = objectFromBody(where, decodeBody(await call.readBody(), call.contentType, OBJECT_TYPES));
  if (where.kind.group !== '' && (object.metadata.resourceVersion ?? '') === '') {
    throw invalidObject(where.kind, where.name, [{ path: 'metadata.resourceVersion', message: 'must be specified for an update', expected: 'the version that was read; to overwrite whatever is there, use PATCH' }]);
  }
  return replaceObject(services, call, where, object, status, 'UpdateOptions');
}

/**
 * PATCH of an object or of its status: merge patch, JSON patch, strategic merge, or server-side apply. A `resourceVersion` or `uid` in
 * the patched object is a precondition. @throws KubeError 400, 404, 409 (precondition), 413, 415 or 422 (also when a `test` does not hold).
 */
export async function patchObject(services: ApiServices, call: ApiCall, where: ObjectRef, status: boolean): Promise<ApiAnswer> {
  const bytes = await call.readBody();
  const body = decodeBody(bytes, call.contentType, PATCH_TYPES);
  const current = services.store.get(where.kind, where.name, where.namespace);
  const force = isForced(call.query);
  if (isApply(call)) {
    if ((call.query.get('fieldManager') ?? '') === '') throw invalidOptions('PatchOptions', { field: 'fieldManager', reason: 'FieldValueRequired', message: 'Required value: is required for apply patch' });
    if (current === undefined && status) throw objectNotFound(where.kind, where.name);
    if (current === undefined) authorize(services.access, call.user, { verb: 'create', group: where.kind.group, resource: where.kind.plural, name: where.name, ...(where.namespace === undefined ? {} : { namespace: where.namespace }) });
    const request = { manager: managerOf(call, status), force: force === true, time: `${new Date(services.clock.now()).toISOString().slice(0, 19)}Z` };
    const configuration = objectFromBody(where, body);
    refuseUnknownFields(services, where, configuration, fieldValidation(call.query, 'PatchOptions'));
    const { object, managedFields } = applyToObject(where, current, configuration, request);
    return current === undefined ? storeNew(services, call, where, object, 'PatchOptions', managedFields) : replaceObject(services, call, where, object, status, 'PatchOptions', managedFields);
  }
  if (force !== undefined) throw invalidOptions('PatchOptions', { field: 'force', reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified for non-apply patch' });
  if (current === undefined) throw objectNotFound(where.kind, where.name);
  const patched = applyPatchBody(where, inVersion(where, current), body, call.contentType);
  return replaceObject(services, call, where, objectFromBody(where, patched), status, 'PatchOptions');
}

/**
 * DELETE of one object, with the preconditions of DeleteOptions. Answers with a Status once it is gone, and with the object while finalizers
 * keep it. `propagationPolicy` is taken and has no effect: nothing here has dependents. @throws KubeError 404, 409 or 403 (protected).
 */
export async function deleteObject(services: ApiServices, call: ApiCall, where: ObjectRef): Promise<ApiAnswer> {
  const options = await deleteOptions(call);
  const before = services.store.get(where.kind, where.name, where.namespace)?.metadata.resourceVersion;
  const outcome = services.store.delete(where.kind, where.name, where.namespace, options);
  if (!outcome.ok) throw refusalError(where.kind, where.name, outcome);
  if (options.dryRun !== true && before !== undefined) call.notes.before = before;
  if (!outcome.gone) return { code: 200, body: inVersion(where, outcome.object) };
  const { kind } = where;
  const details = { name: where.name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid: outcome.object.metadata.uid };
  return { code: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}

/** DELETE of a collection, or of what the selectors choose in it. Gives the list of what is gone. */
export async function deleteCollection(services: ApiServices, call: ApiCall, where: CollectionRef): Promise<ApiAnswer> {
  const { dryRun, ...preconditions } = await deleteOptions(call);
  const selection = parseSelection(where.kind, where.namespace, call.query);
  const gone: KubeObject[] = [];
  for (const object of services.store.list(where.kind, where.namespace).filter(selection.matches)) {
    const outcome = services.store.delete(where.kind, object.metadata.name, object.metadata.namespace, { ...preconditions, dryRun });
    if (!outcome.ok) continue;
    gone.push(inVersion(where, outcome.object));
  }
  const metadata = { resourceVersion: String(services.store.snapshotVersion) };
  return { code: 200, body: { kind: `${where.kind.kind}List`, apiVersion: apiVersionOfPath(where), metadata, items: gone } };
}

/** Is it a dry run? @throws KubeError 400 for anything but `All`. */
function isDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun').filter((value) => value !== '');
  if (values.some((value) => value !== 'All')) throw badRequest(`dryRun is "${values.join(',')}", not All`);
  return values.length > 0;
}

/** An apply cannot own a field that the kind does not have, so it is refused whatever the client asks. @throws KubeError 400. */
function refuseUnknownFields(services: ApiServices, where: ObjectRef, configuration: KubeObject, mode: FieldValidation): void {
  const unknown = services.validate(configuration).errors.filter((issue) => issue.code === 'unknown-field');
  const [first] = unknown;
  if (first === undefined) return;
  const causes = unknown.map((issue) => ({ reason: 'FieldValueInvalid', field: issue.path, message: issueText(issue) }));
  if (mode === 'Strict') throw strictError(where, unknown.map((issue) => issue.path), causes);
  const place = `${where.namespace === undefined ? '' : `${where.namespace}/`}${where.name}; ${apiVersionOfPath(where)}, Kind=${where.kind.kind}`;
  throw badRequest(`failed to create typed patch object (${place}): .${first.path}: field not declared in schema`, { causes });
}

type OptionsName = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

function storeNew(services: ApiServices, call: ApiCall, where: CollectionRef, sent: KubeObject, named: OptionsName, managedFields?: readonly ManagedFieldsEntry[]): ApiAnswer {
  const options = { ...writeOptions(call, where, false), ...(managedFields === undefined ? {} : { managedFields }) };
  // Version and identity of something that is not there yet cannot be wished for; an apply that names a version means one that exists.
  if (managedFields !== undefined && (sent.metadata.resourceVersion ?? '') !== '') throw objectNotFound(where.kind, sent.metadata.name);
  const { object, warnings } = admitObject(services, where, sent, fieldValidation(call.query, named));
  checkGrant(services, call, where, object, undefined);
  const { resourceVersion: _version, uid: _uid, ...metadata } = object.metadata;
  const outcome = services.store.create(where.kind, { ...object, metadata }, options);
  if (!outcome.ok) throw refusalError(where.kind, object.metadata.name, outcome);
  call.notes.name = object.metadata.name;
  if (options.dryRun !== true) note(call, undefined, outcome.object);
  return { code: 201, body: inVersion(where, outcome.object), warnings };
}

function replaceObject(services: ApiServices, call: ApiCall, where: ObjectRef, sent: KubeObject, status: boolean, named: OptionsName, managedFields?: readonly ManagedFieldsEntry[]): ApiAnswer {
  const options = { ...writeOptions(call, where, status), ...(managedFields === undefined ? {} : { managedFields }) };
  const current = services.store.get(where.kind, where.name, where.namespace);
  if (current === undefined) throw objectNotFound(where.kind, where.name);
  // Before the rules look at it: who writes over a newer version should hear that, not what else is wrong.
  if ((sent.metadata.resourceVersion ?? '') !== '' && sent.metadata.resourceVersion !== current.metadata.resourceVersion) throw refusalError(where.kind, where.name, { ok: false, reason: 'conflict', current, field: 'resourceVersion' });
  // A status write cannot touch the spec, so it is not judged by it: an object that older rules let in must still be able to report.
  if (status && sent.status !== undefined && !isJsonObject(sent.status)) throw invalidObject(where.kind, where.name, [{ path: 'status', message: 'is not an object', expected: 'an object' }]);
  const { object, warnings } = status ? { object: sent, warnings: [] } : admitObject(services, where, sent, fieldValidation(call.query, named));
  if (!status) {
    checkImmutable(where, current, object);
    checkGrant(services, call, where, object, current);
  }
  const outcome = status ? services.store.updateStatus(where.kind, object, options) : services.store.update(where.kind, object, options);
  if (!outcome.ok) throw refusalError(where.kind, where.name, outcome);
  if (options.dryRun !== true && outcome.changed) note(call, current, outcome.object);
  return { code: 200, body: inVersion(where, outcome.object), warnings };
}

function writeOptions(call: ApiCall, where: CollectionRef, status: boolean): StoreWriteOptions {
  return { dryRun: isDryRun(call.query), manager: managerOf(call, status), apiVersion: apiVersionOfPath(where) };
}

function managerOf(call: ApiCall, status: boolean): FieldManager {
  return { name: managerName(call), operation: isApply(call) ? 'Apply' : 'Update', ...(status ? { subresource: 'status' as const } : {}) };
}

function isApply(call: ApiCall): boolean {
  return call.method === 'PATCH' && call.contentType?.startsWith(SERVER_SIDE_APPLY) === true;
}

/** `force` of a query; undefined when it is not there. @throws KubeError 400 when it is no truth value. */
function isForced(query: URLSearchParams): boolean | undefined {
  const text = query.get('force');
  if (text === null) return undefined;
  if (['true', '1', ''].includes(text)) return true;
  if (['false', '0'].includes(text)) return false;
  throw badRequest(`force is "${text}", not true or false`);
}

/** The fieldManager of the query, else the program in User-Agent: Kubernetes' own default. */
function managerName(call: ApiCall): string {
  const name = call.query.get('fieldManager') ?? '';
  if (name.length > 128) throw badRequest('fieldManager is longer than 128 characters');
  return name === '' ? (call.userAgent.split('/')[0] ?? '').slice(0, 128) || 'unknown' : name;
}

async function deleteOptions(call: ApiCall): Promise<DeleteOptions & { dryRun: boolean }> {
  const bytes = await call.readBody();
  const body = bytes.length === 0 ? {} : decodeBody(bytes, call.contentType, OBJECT_TYPES);
  if (!isJsonObject(body)) throw badRequest('the request body is not DeleteOptions');
  const preconditions = isJsonObject(body['preconditions']) ? body['preconditions'] : {};
  const { uid, resourceVersion } = preconditions;
  const dryRun = isDryRun(call.query) || (Array.isArray(body['dryRun']) && body['dryRun'].includes('All'));
  return { dryRun, ...(typeof uid === 'string' ? { uid } : {}), ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}) };
}

/** Which versions a write lay between, for the audit. */
function note(call: ApiCall, before: KubeObject | undefined, after: KubeObject): void {
  if (before?.metadata.resourceVersion !== undefined) call.notes.before = before.metadata.resourceVersion;
  if (after.metadata.resourceVersion !== undefined) call.notes.after = after.metadata.resourceVersion;
}

/** @throws KubeError 403 when the sender would give away what they do not hold. */
function checkGrant(services: ApiServices, call: ApiCall, where: CollectionRef, object: KubeObject, previous: KubeObject | undefined): void {
  const problem = grantProblem(services.access.rules(), call.user, object, previous);
  if (problem === undefined) return;
  const { kind } = where;
  const { name } = object.metadata;
  throw apiError(403, 'Forbidden', `${kind.plural}.${kind.group} ${JSON.stringify(name)} is forbidden: ${problem}`, { name, group: kind.group, kind: kind.plural });
}
