/** A JSON object whose fields are not known. */
export type Json = Readonly<Record<string, unknown>>;

/** The value at a path of field names; undefined where the path leaves what is there. Proto3 JSON leaves out what is empty, so every path may. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const field of path) {
    if (!isObject(found)) return undefined;
    found = found[field];
  }
  return found;
}

/** Text at a path; numbers and booleans as they are written. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : typeof found === 'number' || typeof found === 'boolean' ? String(found) : undefined;
}

/** The objects of the list at a path; [] when there is none. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** The texts of the list at a path. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.flatMap((one: unknown) => (typeof one === 'string' || typeof one === 'number' ? [String(one)] : [])) : [];
}

/** The last part of an `@type`, without package and version: `HttpConnectionManager`. */
export function typeNameOf(value: unknown): string {
  return (textAt(value, '@type') ?? '').split('.').at(-1) ?? '';
}

/** A JSON object, not a list. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
