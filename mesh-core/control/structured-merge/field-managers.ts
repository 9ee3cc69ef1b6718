import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
import { isEmptySet, union, type PathSet } from './path-set.ts';

/** Who makes a write: Kubernetes' fieldManager, and whether it was a server-side apply. */
export interface FieldManager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status';
}
/** One entry of `metadata.managedFields`, as clients see it. */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: object;
  readonly subresource?: string;
}
/** An entry with its fields as a set. */
export interface OwnedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fields: PathSet;
}
/** All entries of an object, by `managerKey`. */
export type Owners = ReadonlyMap<string, OwnedFields>;

/** Update entries beyond this are merged into one, oldest first, as Kubernetes does. */
const MAX_UPDATE_ENTRIES = 10;
const OLD_UPDATES = 'ancient-changes';

/** What tells entries apart. An applier is the same whatever version it applies; an updater is one per version. */
export function managerKey(entry: Pick<OwnedFields, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  return JSON.stringify([entry.manager, entry.operation, entry.operation === 'Apply' ? '' : entry.apiVersion, entry.subresource ?? '']);
}

/** Reads `metadata.managedFields`; undefined when an entry is not of that form. Source: apimachinery managedfields/internal/managedfields.go. */
export function decodeOwners(value: unknown): Owners | undefined {
  if (value === undefined || value === null) return new Map();
  if (!Array.isArray(value)) return undefined;
  const owners = new Map<string, OwnedFields>();
  for (const entry of value as readonly unknown[]) {
    const owned = decodeEntry(entry);
    if (owned === undefined) return undefined;
    owners.set(managerKey(owned), owned);
  }
  return owners;
}

/** Is it the list with one empty entry, by which a client clears all managed fields? */
export function isReset(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && typeof value[0] === 'object' && value[0] !== null && Object.keys(value[0] as object).length === 0;
}

/** The entries as clients see them: appliers first, then by time and name. */
export function encodeOwners(owners: Owners): readonly ManagedFieldsEntry[] {
  return [...capped(owners).values()]
    .filter((owned) => !isEmptySet(owned.fields))
    .map((owned): ManagedFieldsEntry => ({
      manager: owned.manager,
      operation: owned.operation,
      apiVersion: owned.apiVersion,
      ...(owned.time === undefined ? {} : { time: owned.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFieldsV1(owned.fields),
      ...(owned.subresource === undefined ? {} : { subresource: owned.subresource }),
    }))
    .toSorted((a, b) => compare(a.operation, b.operation) || compare(a.time ?? '', b.time ?? '') || compare(a.manager, b.manager) || compare(a.apiVersion, b.apiVersion) || compare(a.subresource ?? '', b.subresource ?? ''));
}

function decodeEntry(entry: unknown): OwnedFields | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource }: Partial<Record<keyof ManagedFieldsEntry, unknown>> = entry;
  if ((operation !== 'Apply' && operation !== 'Update') || typeof apiVersion !== 'string' || apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
  const fields = decodeFieldsV1(fieldsV1);
  if (fields === undefined) return undefined;
  return {
    manager: typeof manager === 'string' ? manager : '',
    operation,
    apiVersion,
    fields,
    ...(typeof time === 'string' ? { time } : {}),
    ...(typeof subresource === 'string' && subresource !== '' ? { subresource } : {}),
  };
}

function capped(owners: Owners): Owners {
  const updates = [...owners].filter(([, owned]) => owned.operation === 'Update').toSorted(([, a], [, b]) => compare(a.time ?? '', b.time ?? ''));
  const surplus = updates.length - MAX_UPDATE_ENTRIES;
  if (surplus <= 0) return owners;
  const result = new Map(owners);
  for (const [key, owned] of updates.slice(0, surplus + 1)) {
    result.delete(key);
    const { subresource: _, ...bucket } = { ...owned, manager: OLD_UPDATES };
    const bucketKey = managerKey(bucket);
    result.set(bucketKey, { ...bucket, fields: union(bucket.fields, result.get(bucketKey)?.fields ?? bucket.fields) });
  }
  return result;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
