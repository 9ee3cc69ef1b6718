import type { Schema } from './schema.ts';
import { schemaOf } from './schema-of.ts';
import { describeType } from './validate-structure.ts';

/** One thing an editor may offer at a place in a document. */
export interface Completion {
  readonly kind: 'field' | 'value';
  readonly label: string;
  /** Type of a field in words; empty for a value. */
  readonly type: string;
  readonly help: string;
  readonly required: boolean;
}

/**
 * What may stand at `path` in an object of `kind`: the field names of an object, or the values of an enum or boolean.
 * The path is of field names, map keys and list indexes, `[]` for the whole object. Empty where anything may stand,
 * or where the path leads nowhere.
 */
export function completionsAt(kind: string, path: readonly (string | number)[]): readonly Completion[] {
  const schema = schemaAt(kind, path);
  if (schema === undefined) return [];
  switch (schema.kind) {
    case 'object':
      return Object.entries(schema.fields).map(([label, field]) => ({ kind: 'field', label, type: describeType(field), help: field.help, required: schema.required?.includes(label) ?? false }));
    case 'enum':
      return Object.entries(schema.values).map(([label, help]) => ({ kind: 'value', label, type: '', help, required: false }));
    case 'bool':
      return ['true', 'false'].map((label) => ({ kind: 'value', label, type: '', help: schema.help, required: false }));
    case 'array':
    case 'map':
    case 'string':
    case 'int':
    case 'number':
    case 'duration':
    case 'int-or-string':
    case 'any':
      return [];
  }
}

/** The schema of the field at `path`, for hover help; undefined where the path leads nowhere. */
export function schemaAt(kind: string, path: readonly (string | number)[]): Schema | undefined {
  let schema: Schema | undefined = schemaOf(kind);
  for (const step of path) {
    if (schema === undefined) return undefined;
    if (schema.kind === 'object') schema = typeof step === 'string' && Object.hasOwn(schema.fields, step) ? schema.fields[step] : undefined;
    else if (schema.kind === 'array') schema = typeof step === 'number' ? schema.items : undefined;
    else if (schema.kind === 'map') schema = schema.values;
    else return undefined;
  }
  return schema;
}
