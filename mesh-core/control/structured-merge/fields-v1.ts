import { EMPTY_PATHS, elementsOf, below, PathCollector, type PathSet } from './path-set.ts';

/** `.` stands for the path itself where more paths lie below it. */
const SELF = '.';
/** Deeper than any real object: a bound for what clients send. */
const MAX_DEPTH = 100;

/** The JSON form of a set, as `metadata.managedFields[].fieldsV1` holds it. */
export function encodeFieldsV1(set: PathSet): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    elementsOf(set).map((element) => {
      const inside = encodeFieldsV1(below(set, element));
      return [element, set.members.has(element) && set.children.has(element) ? { [SELF]: {}, ...inside } : inside];
    }),
  );
}

/** Reads `fieldsV1`; undefined when it is not of that form. */
export function decodeFieldsV1(value: unknown): PathSet | undefined {
  if (value === undefined || value === null) return EMPTY_PATHS;
  const collector = new PathCollector();
  return collect(value, [], collector) ? collector : undefined;
}

function collect(value: unknown, path: readonly string[], collector: PathCollector): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || path.length > MAX_DEPTH) return false;
  const entries = Object.entries(value);
  if (entries.length === 0) collector.add(path);
  return entries.every(([key, inside]) => {
    if (key === SELF) {
      collector.add(path);
      return true;
    }
    const element = canonicalElement(key);
    return element !== undefined && collect(inside, [...path, element], collector);
  });
}

/** `k:` elements get their keys sorted, so that equal elements are equal text. */
function canonicalElement(text: string): string | undefined {
  if (text.startsWith('f:')) return text;
  try {
    const value: unknown = JSON.parse(text.slice(2));
    if (text.startsWith('k:') && typeof value === 'object' && value !== null && !Array.isArray(value)) return keyElement(Object.entries(value));
    if (text.startsWith('v:')) return valueElement(value);
    return text.startsWith('i:') && Number.isInteger(value) ? `i:${Number(value)}` : undefined;
  } catch {
    return undefined;
  }
}

/** A field or map key. */
export function fieldElement(name: string): string {
  return `f:${name}`;
}

/** A list item by the values of its key fields. */
export function keyElement(keys: readonly (readonly [string, unknown])[]): string {
  return `k:${JSON.stringify(Object.fromEntries(keys.toSorted(([a], [b]) => (a < b ? -1 : 1))))}`;
}

/** An item of a set. */
export function valueElement(value: unknown): string {
  return `v:${JSON.stringify(value)}`;
}

/** A path as Kubernetes writes it in conflicts: `.spec.ports[port=80,protocol="TCP"].name`, `.metadata.finalizers[="a"]`. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}

function elementText(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k':
      return `[${Object.entries(JSON.parse(rest) as Record<string, unknown>).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    case 'v':
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}
