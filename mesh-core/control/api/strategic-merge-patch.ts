import { deepEqual } from '../store/deep-equal.ts';
import { isJsonObject } from './merge-patch.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Lists that merge item by item, with the key that tells items apart; all other lists are replaced whole. From the patchMergeKey tags of k8s.io/api. */
const MERGE_KEYS: Readonly<Record<string, string>> = { ports: 'port', conditions: 'type', ownerReferences: 'uid', secrets: 'name', imagePullSecrets: 'name' };
/** Lists of plain values that merge as sets. */
const MERGED_SETS: readonly string[] = ['finalizers'];
const ORDER = '$setElementOrder/';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const DIRECTIVES: readonly string[] = ['$patch', '$retainKeys'];

/**
 * Applies a strategic merge patch to an object of a core kind: a JSON merge patch in which some lists merge by key and `$patch`,
 * `$setElementOrder/…`, `$deleteFromPrimitiveList/…`, `$retainKeys` steer it. kubectl sends it for Service, ConfigMap and Namespace.
 * Source: Kubernetes, "Update API Objects in Place Using kubectl patch" and the strategic-merge-patch design note.
 */
export function applyStrategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  const base = isJsonObject(target) ? target : {};
  const retained = patch['$retainKeys'];
  const result = new Map(Object.entries(base).filter(([key]) => !Array.isArray(retained) || retained.includes(key)));
  for (const [key, value] of Object.entries(patch)) {
    if (DIRECTIVES.includes(key) || key.startsWith(ORDER) || key.startsWith(DELETE_FROM)) continue;
    if (value === null) result.delete(key);
    else if (isJsonObject(value) && value['$patch'] === 'delete') result.delete(key);
    else result.set(key, mergeValue(key, result.get(key), value));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (key.startsWith(DELETE_FROM)) editList(result, key.slice(DELETE_FROM.length), (list) => list.filter((item) => !value.some((gone) => deepEqual(gone, item))));
    if (key.startsWith(ORDER)) editList(result, key.slice(ORDER.length), (list, name) => inOrder(name, list, value));
  }
  return Object.fromEntries(result);
}

function mergeValue(key: string, current: unknown, value: unknown): unknown {
  if (!Array.isArray(value)) return applyStrategicMergePatch(current, value);
  const list: readonly unknown[] = Array.isArray(current) ? current : [];
  if (MERGED_SETS.includes(key)) return [...list, ...value.filter((item) => !list.some((have) => deepEqual(have, item)))];
  const mergeKey = Object.hasOwn(MERGE_KEYS, key) ? MERGE_KEYS[key] : undefined;
  if (mergeKey === undefined || !value.every(isJsonObject)) return value;
  return mergeByKey(mergeKey, list, value);
}

function mergeByKey(mergeKey: string, list: readonly unknown[], patches: readonly JsonObject[]): unknown[] {
  let items: unknown[] = patches.some((patch) => patch['$patch'] === 'replace') ? [] : [...list];
  for (const patch of patches) {
    const sameKey = (item: unknown): boolean => isJsonObject(item) && deepEqual(item[mergeKey], patch[mergeKey]);
    if (patch['$patch'] === 'delete') items = items.filter((item) => !sameKey(item));
    else if (patch['$patch'] === 'replace' && patch[mergeKey] === undefined) continue;
    else if (items.some(sameKey)) items = items.map((item) => (sameKey(item) ? applyStrategicMergePatch(item, patch) : item));
    else items.push(applyStrategicMergePatch({}, patch));
  }
  return items;
}

/** Items in the order the patch names them; those it does not name keep their place at the end. */
function inOrder(name: string, list: readonly unknown[], order: readonly unknown[]): unknown[] {
  const mergeKey = Object.hasOwn(MERGE_KEYS, name) ? MERGE_KEYS[name] : undefined;
  const keyOf = (item: unknown): unknown => (mergeKey !== undefined && isJsonObject(item) ? item[mergeKey] : item);
  const rank = (item: unknown): number => {
    const index = order.findIndex((wanted) => deepEqual(keyOf(wanted), keyOf(item)));
    return index === -1 ? order.length : index;
  };
  return list.toSorted((a, b) => rank(a) - rank(b));
}

function editList(result: Map<string, unknown>, name: string, edit: (list: readonly unknown[], name: string) => unknown[]): void {
  const list = result.get(name);
  if (Array.isArray(list)) result.set(name, edit(list, name));
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !DIRECTIVES.includes(key)));
}
