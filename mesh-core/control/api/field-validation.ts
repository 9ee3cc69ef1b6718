import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { schemaOf } from '#mesh-core/domain/resources/schema/schema-of.ts';
import type { Schema } from '#mesh-core/domain/resources/schema/schema.ts';
import { badRequest, invalidOptions } from './api-error.ts';
import { isJsonObject } from './merge-patch.ts';

/** What becomes of fields nobody knows: refused, dropped with a warning, or dropped. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Reads `fieldValidation` of a query; Warn when it is absent, as in Kubernetes. @throws KubeError 422 for another word. */
export function fieldValidation(query: URLSearchParams, options: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions'): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  if (value === '') return 'Warn';
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  throw invalidOptions(options, { field: 'fieldValidation', reason: 'FieldValueNotSupported', message: `Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"` });
}

/** An object without the fields its kind's schema does not know, at any depth: what Kubernetes calls pruning. */
export function withoutUnknownFields(kind: KindInfo, object: KubeObject): KubeObject {
  const schema = schemaOf(kind.id);
  // Only fields go, and none that a KubeObject must have: those are in every schema.
  return schema === undefined ? object : (prune(object, schema) as KubeObject);
}

function prune(value: unknown, schema: Schema): unknown {
  switch (schema.kind) {
    case 'object':
      return isJsonObject(value) ? Object.fromEntries(Object.entries(value).flatMap(([key, item]) => {
        const field = Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined;
        return field === undefined ? [] : [[key, prune(item, field)]];
      })) : value;
    case 'map':
      return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, prune(item, schema.values)])) : value;
    case 'array':
      return Array.isArray(value) ? value.map((item) => prune(item, schema.items)) : value;
    default:
      return value;
  }
}

/** 400 for unknown fields under Strict, in kubectl's words. */
export function strictError(where: { readonly kind: KindInfo; readonly version: string }, paths: readonly string[], causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[]): Error {
  const list = paths.map((path) => `unknown field ${JSON.stringify(path)}`).join(', ');
  return badRequest(`${where.kind.kind} in version ${JSON.stringify(where.version)} cannot be handled as a ${where.kind.kind}: strict decoding error: ${list}`, { causes });
}
