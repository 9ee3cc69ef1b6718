import type { Schema } from '#mesh-core/domain/resources/schema/schema.ts';
import { listRule, type ListRule, type ListRules } from '../../structured-merge/merge-shape.ts';

/** A schema in the subset of JSON Schema that OpenAPI and CustomResourceDefinitions share. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Which dialect: v2 knows no `nullable`; `patchKeys` adds the strategic merge keys that built-in kinds have. */
export interface SchemaDialect {
  readonly openapi: 2 | 3;
  readonly rules: ListRules;
  readonly patchKeys: boolean;
}

/** One of our schemas as OpenAPI has it; the help texts are the descriptions that `kubectl explain` prints. `path` finds the list rules. */
export function jsonSchema(schema: Schema, dialect: SchemaDialect, path = ''): JsonSchema {
  return {
    ...(schema.help === '' ? {} : { description: describe(schema) }),
    ...typed(schema, dialect, path),
    ...mergeMarkers(listRule(schema, dialect.rules, path), dialect.patchKeys),
    ...(schema.nullable === true && dialect.openapi === 3 ? { nullable: true } : {}),
  };
}

function typed(schema: Schema, dialect: SchemaDialect, path: string): JsonSchema {
  switch (schema.kind) {
    case 'object':
      return {
        type: 'object',
        properties: Object.fromEntries(Object.entries(schema.fields).map(([name, field]) => [name, jsonSchema(field, dialect, path === '' ? name : `${path}.${name}`)])),
        ...(schema.required === undefined || schema.required.length === 0 ? {} : { required: schema.required }),
      };
    case 'array':
      return { type: 'array', items: jsonSchema(schema.items, dialect, `${path}[]`), ...defined({ minItems: schema.minItems, maxItems: schema.maxItems }) };
    case 'map':
      return { type: 'object', additionalProperties: jsonSchema(schema.values, dialect, `${path}.*`), ...defined({ minProperties: schema.minItems, maxProperties: schema.maxItems }) };
    case 'string':
      return { type: 'string', ...(schema.base64 === true ? { format: 'byte' } : {}), ...defined({ minLength: schema.minLength, maxLength: schema.maxLength, pattern: schema.pattern?.source }) };
    case 'enum':
      return { type: 'string', enum: Object.keys(schema.values) };
    case 'duration':
      return { type: 'string' };
    case 'int':
      return { type: 'integer', format: (schema.max ?? 0) > 2 ** 31 - 1 || schema.max === undefined ? 'int64' : 'int32', ...bounds(schema.min, schema.max) };
    case 'number':
      return { type: 'number', format: 'double', ...bounds(schema.min, schema.max) };
    case 'bool':
      return { type: 'boolean' };
    case 'int-or-string':
      return dialect.openapi === 2 ? { type: 'string', format: 'int-or-string' } : { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] };
    case 'any':
      return { ...(schema.object === true ? { type: 'object' } : {}), 'x-kubernetes-preserve-unknown-fields': true };
  }
}

/** The help, and what each word of an enumeration means. */
function describe(schema: Schema): string {
  if (schema.kind !== 'enum') return schema.help;
  const meanings = Object.entries(schema.values).filter(([, meaning]) => meaning !== '');
  return meanings.length === 0 ? schema.help : `${schema.help} ${meanings.map(([word, meaning]) => `${word}: ${meaning}`).join(' ')}`;
}

function mergeMarkers(rule: ListRule | undefined, patchKeys: boolean): JsonSchema {
  switch (rule?.type) {
    case 'map':
      return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': rule.keys, ...(patchKeys ? { 'x-kubernetes-patch-merge-key': rule.keys[0], 'x-kubernetes-patch-strategy': 'merge' } : {}) };
    case 'set':
      return { 'x-kubernetes-list-type': 'set', ...(patchKeys ? { 'x-kubernetes-patch-strategy': 'merge' } : {}) };
    case 'atomic':
      return { 'x-kubernetes-map-type': 'atomic' };
    case undefined:
      return {};
  }
}

/** Bounds that the format implies already are left out. */
function bounds(min: number | undefined, max: number | undefined): JsonSchema {
  return defined({ minimum: min === -(2 ** 31) ? undefined : min, maximum: max === 2 ** 31 - 1 || max === 2 ** 32 - 1 ? undefined : max });
}

function defined(values: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
