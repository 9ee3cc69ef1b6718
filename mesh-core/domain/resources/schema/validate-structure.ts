import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import { parseDuration } from '../go-duration.ts';
import type { ArraySchema, DurationSchema, EnumSchema, MapSchema, NumberSchema, ObjectSchema, Schema, StringSchema } from './schema.ts';

/** Deeper nesting than any schema has; guards the recursion against hostile input in free-form fields. */
const MAX_DEPTH = 64;

/**
 * Checks a parsed YAML or JSON value against a schema: unknown fields, types, required fields, exclusive groups,
 * limits. Reports every finding with its path and a `code` (`unknown-field`, `type`, `required`, `exclusive`, `range`,
 * `enum`, `format`); never throws.
 */
export function validateStructure(value: unknown, schema: Schema, path: string, issues: IssueSink, depth = 0): void {
  if (value === undefined || depth > MAX_DEPTH) return;
  if (value === null) {
    if (schema.nullable !== true && schema.kind !== 'any') issues.error(path, 'must not be null', { expected: `${describeType(schema)}, or leave the field out`, code: 'type' });
    return;
  }
  switch (schema.kind) {
    case 'object':
      return validateFields(value, schema, path, issues, depth);
    case 'array':
      return validateItems(value, schema, path, issues, depth);
    case 'map':
      return validateEntries(value, schema, path, issues, depth);
    case 'string':
      return validateText(value, schema, path, issues);
    case 'enum':
      return validateEnum(value, schema, path, issues);
    case 'duration':
      return validateDuration(value, schema, path, issues);
    case 'int':
    case 'number':
      return validateNumber(value, schema, path, issues);
    case 'bool':
      if (typeof value !== 'boolean') wrongType(value, schema, path, issues);
      return;
    case 'int-or-string':
      if (typeof value !== 'string' && !Number.isInteger(value)) wrongType(value, schema, path, issues);
      return;
    case 'any':
  }
}

/** The type of a field in words, for messages and completion: `string`, `list of string`, `one of ALLOW, DENY`. */
export function describeType(schema: Schema): string {
  switch (schema.kind) {
    case 'array':
      return `list of ${describeType(schema.items)}`;
    case 'map':
      return `map of ${describeType(schema.values)}`;
    case 'int':
      return 'whole number';
    case 'bool':
      return 'true or false';
    case 'duration':
      return 'duration such as 1.5s or 100ms';
    case 'int-or-string':
      return 'whole number or string';
    case 'any':
      return 'any value';
    case 'enum':
      return `one of ${Object.keys(schema.values).join(', ')}`;
    case 'object':
    case 'string':
    case 'number':
      return schema.kind;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongType(value: unknown, schema: Schema, path: string, issues: IssueSink): void {
  const found = Array.isArray(value) ? 'a list' : isRecord(value) ? 'an object' : `${typeof value} ${JSON.stringify(value)}`;
  // The usual slip: YAML reads `version: 2` and `enabled: true` as other types than text.
  const quoted = schema.kind === 'string' && (typeof value === 'number' || typeof value === 'boolean') ? ` in quotes, as in "${value}"` : '';
  issues.error(path, `has the wrong type: found ${found}`, { expected: `${describeType(schema)}${quoted}`, code: 'type' });
}

function validateFields(value: unknown, schema: ObjectSchema, path: string, issues: IssueSink, depth: number): void {
  if (!isRecord(value)) return wrongType(value, schema, path, issues);
  for (const key of Object.keys(value)) {
    const field = Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined;
    if (field === undefined) issues.error(joinPath(path, key), `unknown field ${JSON.stringify(key)}`, { expected: nearestNames(key, Object.keys(schema.fields)), code: 'unknown-field' });
    else validateStructure(value[key], field, joinPath(path, key), issues, depth + 1);
  }
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) issues.error(joinPath(path, key), `${key} is required`, { expected: schema.fields[key]?.help ?? '', code: 'required' });
  }
  for (const group of schema.exclusive ?? []) {
    const present = group.filter((key) => value[key] !== undefined);
    if (present.length > 1) issues.error(path, `only one of ${group.join(', ')} can be set, found ${present.join(' and ')}`, { expected: `one of ${group.join(', ')}`, code: 'exclusive' });
  }
}

function validateItems(value: unknown, schema: ArraySchema, path: string, issues: IssueSink, depth: number): void {
  if (!Array.isArray(value)) return wrongType(value, schema, path, issues);
  validateCount(value.length, schema, path, issues);
  for (const [index, item] of value.entries()) validateStructure(item, schema.items, joinPath(path, index), issues, depth + 1);
}

function validateEntries(value: unknown, schema: MapSchema, path: string, issues: IssueSink, depth: number): void {
  if (!isRecord(value)) return wrongType(value, schema, path, issues);
  const keys = Object.keys(value);
  validateCount(keys.length, schema, path, issues);
  for (const key of keys) validateStructure(value[key], schema.values, joinPath(path, key), issues, depth + 1);
}

function validateCount(count: number, limits: Pick<ArraySchema, 'minItems' | 'maxItems'>, path: string, issues: IssueSink): void {
  if (limits.minItems !== undefined && count < limits.minItems) issues.error(path, `must have at least ${limits.minItems} element(s)`, { expected: `${limits.minItems} or more`, code: 'range' });
  if (limits.maxItems !== undefined && count > limits.maxItems) issues.error(path, `must have at most ${limits.maxItems} elements, found ${count}`, { expected: `${limits.maxItems} or fewer`, code: 'range' });
}

function validateText(value: unknown, schema: StringSchema, path: string, issues: IssueSink): void {
  if (typeof value !== 'string') return wrongType(value, schema, path, issues);
  if (schema.minLength !== undefined && value.length < schema.minLength) issues.error(path, 'must not be empty', { expected: schema.help, code: 'range' });
  if (schema.maxLength !== undefined && value.length > schema.maxLength) issues.error(path, `is longer than ${schema.maxLength} characters`, { expected: `at most ${schema.maxLength} characters`, code: 'range' });
  if (schema.pattern !== undefined && !schema.pattern.test(value)) issues.error(path, `${JSON.stringify(value)} is not valid here`, { expected: schema.patternHelp ?? String(schema.pattern), code: 'format' });
}

function validateEnum(value: unknown, schema: EnumSchema, path: string, issues: IssueSink): void {
  if (typeof value !== 'string') return wrongType(value, schema, path, issues);
  if (!Object.hasOwn(schema.values, value)) issues.error(path, `unsupported value ${JSON.stringify(value)}`, { expected: describeType(schema), code: 'enum' });
}

function validateDuration(value: unknown, schema: DurationSchema, path: string, issues: IssueSink): void {
  if (typeof value !== 'string') return wrongType(value, schema, path, issues);
  const milliseconds = parseDuration(value);
  if (milliseconds === undefined) return issues.error(path, `${JSON.stringify(value)} is not a duration`, { expected: describeType(schema), code: 'format' });
  if (schema.range === 'any' || (schema.range === 'positive-or-zero' && Math.abs(milliseconds) < 1)) return;
  if (milliseconds < 1) issues.error(path, `duration ${value} is too short`, { expected: '1ms or more', code: 'range' });
  else if (!Number.isInteger(milliseconds)) issues.error(path, `duration ${value} is finer than a millisecond`, { expected: 'whole milliseconds', code: 'range' });
}

function validateNumber(value: unknown, schema: NumberSchema, path: string, issues: IssueSink): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || (schema.kind === 'int' && !Number.isInteger(value))) return wrongType(value, schema, path, issues);
  const { min, max } = schema;
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    const expected = min === undefined ? `at most ${max}` : max === undefined ? `at least ${min}` : `${min} to ${max}`;
    issues.error(path, `${value} is out of range`, { expected, code: 'range' });
  }
}

/** "did you mean" for a mistyped field: the field names that are closest, or else all of them. */
function nearestNames(key: string, names: readonly string[]): string {
  const lower = key.toLowerCase();
  const near = names.filter((name) => editDistance(lower, name.toLowerCase(), 2) <= 2);
  return near.length > 0 ? near.join(' or ') : `one of ${names.join(', ')}`;
}

/** Levenshtein distance, given up with `limit + 1` as soon as it must exceed `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...next) > limit) return limit + 1;
    row = next;
  }
  return row[b.length] ?? 0;
}
