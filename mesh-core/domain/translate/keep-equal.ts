/**
 * The new value, with every part of it that equals the same part of the old value being that old object: so that who remembers
 * things by object (its encoded bytes, its digest) finds what did not change. Elements of lists of different length are matched
 * by their names. Takes what JSON can hold. Source of the idea: TanStack Query's structural sharing.
 */
export function keepEqual<T>(before: unknown, after: T): T {
  if (before === after || typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return after;
  if (Array.isArray(after)) return Array.isArray(before) ? kept(before, keepList(before, after)) : after;
  if (!isPlain(before) || !isPlain(after)) return after;
  const keys = Object.keys(after);
  let isSame = keys.length === Object.keys(before).length;
  let isAfter = true;
  const result: Record<string, unknown> = {};
  for (const key of keys) {
    const value = keepEqual(before[key], after[key]);
    result[key] = value;
    isAfter &&= value === after[key];
    isSame &&= value === before[key] && Object.hasOwn(before, key);
  }
  // Safe because it has the fields of one of the two, which are equal where the old ones were taken.
  return (isSame ? before : isAfter ? after : result) as T;
}

function kept<T>(before: readonly unknown[], after: T & readonly unknown[]): T {
  // Safe because all elements are the same.
  return before.length === after.length && after.every((element, i) => element === before[i]) ? (before as unknown as T) : after;
}

function keepList<T extends readonly unknown[]>(before: readonly unknown[], after: T): T {
  let byName: Map<string, unknown> | undefined;
  let isAfter = true;
  const result = after.map((element: unknown, i) => {
    const name = nameOf(element);
    let old = before[i];
    if (name !== undefined && nameOf(old) !== name) {
      byName ??= new Map(before.map((one) => [nameOf(one) ?? '', one]));
      old = byName.get(name);
    }
    const value = keepEqual(old, element);
    isAfter &&= value === element;
    return value;
  });
  // Safe because its elements equal those of `after`, one by one.
  return isAfter ? after : (result as unknown as T);
}

function nameOf(element: unknown): string | undefined {
  if (typeof element !== 'object' || element === null) return undefined;
  const name = 'name' in element ? element.name : 'clusterName' in element ? element.clusterName : undefined;
  return typeof name === 'string' ? name : undefined;
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
