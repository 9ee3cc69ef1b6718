import type { Schema } from './schema.ts';

/**
 * A value as protobuf reads it: required texts, numbers and lists that are absent have their zero value. Objects are not
 * made up. The same value comes back where nothing is missing; values must have the types of their schema.
 */
export function fillRequired(value: unknown, schema: Schema): unknown {
  if (value === undefined || value === null) return value;
  if (schema.kind === 'array') return mapKept(value as readonly unknown[], (item) => fillRequired(item, schema.items));
  if (schema.kind === 'map') return mapFields(value, () => schema.values, []);
  if (schema.kind !== 'object') return value;
  const missing = (schema.required ?? []).flatMap((name) => {
    const field = schema.fields[name];
    const zero = (value as Readonly<Record<string, unknown>>)[name] === undefined && field !== undefined ? zeroOf(field) : undefined;
    return zero === undefined ? [] : [[name, zero] as const];
  });
  return mapFields(value, (name) => (Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined), missing);
}

function zeroOf(schema: Schema): unknown {
  switch (schema.kind) {
    case 'array':
      return [];
    case 'string':
      return '';
    case 'int':
    case 'number':
      return 0;
    case 'object':
    case 'map':
    case 'enum':
    case 'duration':
    case 'bool':
    case 'int-or-string':
    case 'any':
      return undefined;
  }
}

function mapKept(items: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  const changed = items.map(change);
  return changed.every((item, index) => item === items[index]) ? items : changed;
}

function mapFields(value: object, schemaOf: (name: string) => Schema | undefined, missing: readonly (readonly [string, unknown])[]): object {
  let kept = missing.length === 0;
  const entries = Object.entries(value).map(([name, item]) => {
    const schema = schemaOf(name);
    const filled = schema === undefined ? (item as unknown) : fillRequired(item, schema);
    kept &&= filled === item;
    return [name, filled] as const;
  });
  return kept ? value : Object.fromEntries([...entries, ...missing]);
}
