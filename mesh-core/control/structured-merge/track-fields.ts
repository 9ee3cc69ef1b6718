import { compareFields, fieldsOf, fieldsOfStored, mergeValues, removeFields, withParents } from './field-walk.ts';
import { managerKey, type FieldManager, type OwnedFields, type Owners } from './field-managers.ts';
import type { Shape } from './merge-shape.ts';
import { difference, differenceBelow, intersection, isEmptySet, pathSet, pathsOf, sameSet, union, type PathSet } from './path-set.ts';

/** One write as the tracking needs it. */
export interface TrackedWrite {
  readonly manager: FieldManager;
  /** The version the client wrote in. */
  readonly apiVersion: string;
  /** RFC 3339. */
  readonly time: string;
  readonly shape: Shape;
}
export interface FieldConflict {
  readonly owner: OwnedFields;
  readonly path: readonly string[];
}
export type ApplyOutcome =
  | { readonly ok: true; readonly object: Readonly<Record<string, unknown>>; readonly owners: Owners }
  | { readonly ok: false; readonly conflicts: readonly FieldConflict[] };

/** Who owns an object that nobody tracked before it was first applied to. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

/** Never owned: identity, and what the API itself writes. Source: apimachinery managedfields/internal/stripmeta.go. */
const UNTRACKED = pathSet([
  ['f:apiVersion'], ['f:kind'], ['f:metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'uid', 'generation', 'managedFields', 'resourceVersion'].map((name) => ['f:metadata', `f:${name}`]),
]);
const STATUS = pathSet([['f:status']]);

/**
 * Who owns what after a create, replace or patch: the writer gets what it added or changed, the others lose that, and what is gone is nobody's.
 * `before` is undefined on creation. Source: structured-merge-diff merge/update.go, Update.
 */
export function ownersAfterUpdate(before: object | undefined, after: object, owners: Owners, write: TrackedWrite): Owners {
  const changes = compareFields(before ?? {}, after, write.shape);
  const taken = tracked(union(changes.modified, changes.added), write.manager);
  const result = new Map<string, OwnedFields>();
  for (const [key, owned] of owners) {
    const fields = difference(difference(owned.fields, taken), changes.removed);
    if (!isEmptySet(fields)) result.set(key, { ...owned, fields });
  }
  if (isEmptySet(taken)) return result;
  const own = entryOf(write, taken);
  const key = managerKey(own);
  const previous = result.get(key);
  result.set(key, { ...own, fields: previous === undefined ? taken : union(previous.fields, taken) });
  return result;
}

/**
 * A server-side apply: the stored object with the configuration merged in, less what this applier gave up and nobody else owns. Without `force`,
 * changing what another manager owns is a conflict and nothing is done. @throws MergeKeyError when the configuration repeats a list key.
 * Source: structured-merge-diff merge/update.go, Apply.
 */
export function applyConfiguration(stored: Readonly<Record<string, unknown>> | undefined, configuration: Readonly<Record<string, unknown>>, owners: Owners, write: TrackedWrite, force: boolean): ApplyOutcome {
  const { shape } = write;
  const before = stored ?? {};
  const known = owners.size > 0 || stored === undefined ? owners : untrackedOwners(before, write);
  const applied = tracked(fieldsOf(configuration, shape), write.manager);
  const own = entryOf(write, applied);
  const key = managerKey(own);
  const last = known.get(key);
  const others = new Map([...known].filter(([other]) => other !== key));
  const merged = mergeValues(before, configuration, shape);
  const object = last === undefined ? merged : prune(merged, last.fields, [applied, ...[...others.values()].map(({ fields }) => fields)].reduce(union), shape);

  const changes = compareFields(before, object, shape);
  const taken = tracked(union(changes.modified, changes.added), write.manager);
  const conflicts = [...others.values()].flatMap((owner) => pathsOf(intersection(owner.fields, taken)).map((path) => ({ owner, path })));
  if (conflicts.length > 0 && !force) return { ok: false, conflicts };
  const result = new Map<string, OwnedFields>();
  for (const [other, owned] of others) {
    const fields = difference(difference(owned.fields, taken), changes.removed);
    if (!isEmptySet(fields)) result.set(other, { ...owned, fields });
  }
  const unchanged = last !== undefined && sameSet(last.fields, applied) && last.apiVersion === own.apiVersion && isEmptySet(taken) && isEmptySet(changes.removed);
  if (!isEmptySet(applied)) result.set(key, unchanged ? last : own);
  return { ok: true, object: isRecord(object) ? object : {}, owners: result };
}

/** Takes away what the last configuration had and neither this one nor any other manager has. */
function prune(merged: unknown, last: PathSet, owned: PathSet, shape: Shape): unknown {
  const all = withParents(fieldsOfStored(merged, shape), shape);
  const withoutLast = removeFields(merged, withParents(last, shape), shape);
  const kept = union(withParents(fieldsOfStored(withoutLast, shape), shape), withParents(owned, shape));
  const restored = removeFields(merged, difference(all, kept), shape);
  const gone = difference(all, withParents(fieldsOfStored(restored, shape), shape));
  return removeFields(merged, intersection(gone, withParents(last, shape)), shape);
}

function untrackedOwners(stored: object, write: TrackedWrite): Owners {
  const owned: OwnedFields = { manager: BEFORE_FIRST_APPLY, operation: 'Update', apiVersion: write.apiVersion, time: write.time, fields: differenceBelow(difference(compareFields({}, stored, write.shape).added, UNTRACKED), STATUS) };
  return isEmptySet(owned.fields) ? new Map() : new Map([[managerKey(owned), owned]]);
}

/** Fields that a write through this path can own: a status write owns nothing but the status, any other all but it. */
function tracked(fields: PathSet, manager: FieldManager): PathSet {
  if (manager.subresource !== 'status') return differenceBelow(difference(fields, UNTRACKED), STATUS);
  return { members: new Set([...fields.members].filter((element) => element === 'f:status')), children: new Map([...fields.children].filter(([element]) => element === 'f:status')) };
}

function entryOf(write: TrackedWrite, fields: PathSet): OwnedFields {
  const { name, operation, subresource } = write.manager;
  return { manager: name, operation, apiVersion: write.apiVersion, time: write.time, fields, ...(subresource === undefined ? {} : { subresource }) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
