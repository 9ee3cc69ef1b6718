import type { Schema } from '#mesh-core/domain/resources/schema/schema.ts';

/** How a value merges. `leaf` is replaced whole; `deduced` is a value without a schema: maps merge, everything else is a leaf. */
export type Shape =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'deduced' }
  | { readonly kind: 'set' }
  | { readonly kind: 'keyed'; readonly keys: readonly string[]; readonly defaults: Readonly<Record<string, unknown>>; readonly items: Shape }
  /** `fields` are declared by name; any other key has the shape `others`. */
  | { readonly kind: 'map'; readonly fields: Readonly<Record<string, Shape>>; readonly others: Shape };

/** What the API says about lists and maps beyond their schema (`x-kubernetes-list-type` and its kin). */
export type ListRule = { readonly type: 'atomic' } | { readonly type: 'set' } | { readonly type: 'map'; readonly keys: readonly string[]; readonly defaults?: Readonly<Record<string, unknown>> };
/** Rules by path: `spec.ports`, `status.listeners[].conditions`. */
export type ListRules = Readonly<Record<string, ListRule>>;

export const LEAF: Shape = { kind: 'leaf' };
export const DEDUCED: Shape = { kind: 'deduced' };
const STRINGS: Shape = { kind: 'map', fields: {}, others: LEAF };

/** ObjectMeta. Source: the `listType`, `mapType` and `patchMergeKey` markers of k8s.io/apimachinery meta/v1. */
export const METADATA_SHAPE: Shape = {
  kind: 'map',
  fields: {
    labels: STRINGS,
    annotations: STRINGS,
    finalizers: { kind: 'set' },
    ownerReferences: { kind: 'keyed', keys: ['uid'], defaults: {}, items: LEAF },
    ...Object.fromEntries(['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields', 'selfLink'].map((name) => [name, LEAF])),
  },
  others: LEAF,
};

/**
 * The shape of whatever a schema describes, with the list rules of its kind. Lists without a rule are leaves, as a CustomResourceDefinition
 * has them; `any` is deduced, but where rules reach into it, the fields they name are known.
 */
export function shapeOf(schema: Schema, rules: ListRules, path = ''): Shape {
  const rule = listRule(schema, rules, path);
  if (rule?.type === 'atomic') return LEAF;
  if (rule?.type === 'set') return { kind: 'set' };
  if (rule?.type === 'map') return { kind: 'keyed', keys: rule.keys, defaults: rule.defaults ?? {}, items: schema.kind === 'array' ? shapeOf(schema.items, rules, `${path}[]`) : unknownShape(rules, `${path}[]`) };
  switch (schema.kind) {
    case 'object':
      return { kind: 'map', fields: Object.fromEntries(Object.entries(schema.fields).map(([name, field]) => [name, shapeOf(field, rules, join(path, name))])), others: DEDUCED };
    case 'map':
      return { kind: 'map', fields: {}, others: shapeOf(schema.values, rules, `${path}.*`) };
    case 'any':
      return unknownShape(rules, path);
    default:
      return LEAF;
  }
}

/** The rule for a path, or what the schema says of its list. */
export function listRule(schema: Schema, rules: ListRules, path: string): ListRule | undefined {
  if (Object.hasOwn(rules, path)) return rules[path];
  if (schema.kind !== 'array') return undefined;
  if (schema.keys !== undefined) return { type: 'map', keys: schema.keys };
  return schema.unique === true ? { type: 'set' } : undefined;
}

/** The shape of a value without a schema, of which rules may know parts. */
export function unknownShape(rules: ListRules, path = ''): Shape {
  const prefix = path === '' ? '' : `${path}.`;
  const names = new Set(Object.keys(rules).filter((key) => key.startsWith(prefix) && key !== path).map((key) => key.slice(prefix.length).split(/[.[]/)[0] ?? ''));
  if (names.size === 0) return DEDUCED;
  const anything: Schema = { kind: 'any', help: '' };
  return { kind: 'map', fields: Object.fromEntries([...names].map((name) => [name, shapeOf(anything, rules, join(path, name))])), others: DEDUCED };
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
