import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import type { Schema } from './schema.ts';
import { jsonType } from './validate-structure.ts';

/**
 * Checks the rules of a schema and of everything below it. `value` must have passed `validateStructure` (unknown fields
 * are not looked into), which also bounds how deep this goes. Each rule that does not hold is reported at its value, in
 * the words of an API server.
 */
export function checkRules(value: unknown, schema: Schema, path: string, issues: IssueSink): void {
  if (value === undefined || value === null) return;
  for (const { message, holds } of schema.rules ?? []) {
    if (!holds(value)) issues.error(path, `Invalid value: ${JSON.stringify(jsonType(schema))}: ${message}`, { expected: schema.help, code: 'rule' });
  }
  if (schema.kind === 'object') {
    const fields = value as Readonly<Record<string, unknown>>;
    for (const [key, field] of Object.entries(schema.fields)) if (Object.hasOwn(fields, key)) checkRules(fields[key], field, joinPath(path, key), issues);
  } else if (schema.kind === 'array') {
    for (const [index, item] of (value as readonly unknown[]).entries()) checkRules(item, schema.items, joinPath(path, index), issues);
  } else if (schema.kind === 'map') {
    for (const [key, item] of Object.entries(value)) checkRules(item, schema.values, joinPath(path, key), issues);
  }
}
