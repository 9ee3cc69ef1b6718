import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import { parseDuration } from '../go-duration.ts';
import { nearestNames } from './nearest-names.ts';
import type { ArraySchema, DurationSchema, EnumSchema, MapSchema, NumberSchema, ObjectSchema, Schema, StringSchema } from './schema.ts';

/** Deeper nesting than any schema has; guards the recursion against hostile input in free-form fields. */
const MAX_DEPTH = 64;

/**
 * Checks a parsed YAML or JSON value against a schema: unknown fields, types, required fields, exclusive groups,
 * limits, keys of lists. Reports every finding with its path and a `code` (`unknown-field`, `type`, `null`, `required`,
 * `exclusive`, `range`, `enum`, `format`, `duplicate`), in the words of a Kubernetes API server; never throws. The
 * schema's rules are `checkRules`.
 */
export function validateStructure(value: unknown, schema: Schema, path: string, issues: IssueSink, depth = 0): void {
  if (value === undefined || depth > MAX_DEPTH) return;
  if (value === null) {
    if (schema.nullable !== true && (schema.kind !== 'any' || schema.object === true)) wrongType(value, schema, path, issues);
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
      if (schema.object === true && !isRecord(value)) wrongType(value, schema, path, issues);
  }
}

/** The type of a field in words, for completion and hints: `string`, `list of string`, `one of ALLOW, DENY`. */
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
      return schema.object === true ? 'object' : 'any value';
    case 'enum':
      return `one of ${Object.keys(schema.values).join(', ')}`;
    case 'object':
    case 'string':
    case 'number':
      return schema.kind;
  }
}

/** The JSON type that a schema stands for, as OpenAPI names it. */
export function jsonType(schema: Schema): string {
  switch (schema.kind) {
    case 'array':
    case 'string':
    case 'object':
    case 'number':
      return schema.kind;
    case 'map':
    case 'any':
      return 'object';
    case 'int':
      return 'integer';
    case 'bool':
      return 'boolean';
    case 'enum':
    case 'duration':
      return 'string';
    case 'int-or-string':
      return 'integer or string';
  }
}

/** `Invalid value: …: spec.x in body …`, as the API server's OpenAPI validation puts it; a place without a name is left out. */
function invalid(value: unknown, path: string, complaint: string): string {
  return `Invalid value: ${JSON.stringify(value)}: ${path === '' ? '' : `${path} `}in body ${complaint}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function wrongType(value: unknown, schema: Schema, path: string, issues: IssueSink): void {
  const found = typeOf(value);
  // The usual slip: YAML reads `version: 2` and `enabled: true` as other types than text.
  const hint = value === null ? ', or leave the field out' : schema.kind === 'string' && (typeof value === 'number' || typeof value === 'boolean') ? ` in quotes, as in "${value}"` : '';
  issues.error(path, invalid(found, path, `must be of type ${jsonType(schema)}: ${JSON.stringify(found)}`), { expected: `${describeType(schema)}${hint}`, code: value === null ? 'null' : 'type' });
}

function validateFields(value: unknown, schema: ObjectSchema, path: string, issues: IssueSink, depth: number): void {
  if (!isRecord(value)) return wrongType(value, schema, path, issues);
  for (const key of Object.keys(value)) {
    const field = Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined;
    const place = joinPath(path, key);
    if (field === undefined) issues.error(place, `unknown field ${JSON.stringify(place)}`, { expected: nearestNames(key, Object.keys(schema.fields)), code: 'unknown-field' });
    else validateStructure(value[key], field, place, issues, depth + 1);
  }
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) issues.error(joinPath(path, key), 'Required value', { expected: schema.fields[key]?.help ?? '', code: 'required' });
  }
  for (const group of schema.exclusive ?? []) {
    const present = group.filter((key) => value[key] !== undefined);
    if (present.length > 1) {
      issues.error(path, `Invalid value: "object": ${JSON.stringify(path)} must validate one and only one schema (oneOf). Found ${present.length} valid alternatives: ${present.join(' and ')}`, { expected: `one of ${group.join(', ')}`, code: 'exclusive' });
    }
  }
}

function validateItems(value: unknown, schema: ArraySchema, path: string, issues: IssueSink, depth: number): void {
  if (!Array.isArray(value)) return wrongType(value, schema, path, issues);
  validateCount(value.length, schema, 'items', path, issues);
  for (const [index, item] of value.entries()) validateStructure(item, schema.items, joinPath(path, index), issues, depth + 1);
  validateDistinct(value, schema, path, issues);
}

/** A list that is a map or a set has no two items with the same key. */
function validateDistinct(items: readonly unknown[], { keys, unique }: ArraySchema, path: string, issues: IssueSink): void {
  if (keys === undefined && unique !== true) return;
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const key = keys === undefined ? item : Object.fromEntries(keys.flatMap((name) => (isRecord(item) && item[name] !== undefined ? [[name, item[name]]] : [])));
    const text = JSON.stringify(key);
    if (seen.has(text)) issues.error(joinPath(path, index), `Duplicate value: ${text}`, { expected: keys === undefined ? 'every value once' : `a ${keys.join(' and ')} of its own for every item`, code: 'duplicate' });
    seen.add(text);
  }
}

function validateEntries(value: unknown, schema: MapSchema, path: string, issues: IssueSink, depth: number): void {
  if (!isRecord(value)) return wrongType(value, schema, path, issues);
  const keys = Object.keys(value);
  validateCount(keys.length, schema, 'properties', path, issues);
  for (const key of keys) validateStructure(value[key], schema.values, joinPath(path, key), issues, depth + 1);
}

function validateCount(count: number, { minItems, maxItems }: Pick<ArraySchema, 'minItems' | 'maxItems'>, noun: string, path: string, issues: IssueSink): void {
  if (minItems !== undefined && count < minItems) issues.error(path, invalid(count, path, `should have at least ${minItems} ${noun}`), { expected: `${minItems} or more`, code: 'range' });
  if (maxItems !== undefined && count > maxItems) issues.error(path, `Too many: ${count}: must have at most ${maxItems} items`, { expected: `${maxItems} or fewer`, code: 'range' });
}

function validateText(value: unknown, schema: StringSchema, path: string, issues: IssueSink): void {
  if (typeof value !== 'string') return wrongType(value, schema, path, issues);
  // Kubernetes counts characters, not UTF-16 units; a text that is short enough in units is so in characters.
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
  if (value.length < minLength) issues.error(path, invalid(value, path, `should be at least ${minLength} chars long`), { expected: schema.help, code: 'range' });
  if (value.length > maxLength && Array.from(value).length > maxLength) issues.error(path, `Too long: may not be more than ${maxLength} bytes`, { expected: `at most ${maxLength} characters`, code: 'range' });
  else if (pattern !== undefined && !pattern.test(value)) issues.error(path, invalid(value, path, `should match '${pattern.source}'`), { expected: schema.patternHelp ?? pattern.source, code: 'format' });
  if (schema.base64 === true && !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) issues.error(path, invalid(value, path, 'must be of type byte'), { expected: 'base64', code: 'format' });
}

function validateEnum(value: unknown, schema: EnumSchema, path: string, issues: IssueSink): void {
  if (typeof value !== 'string') return wrongType(value, schema, path, issues);
  if (Object.hasOwn(schema.values, value)) return;
  const supported = Object.keys(schema.values).map((word) => JSON.stringify(word)).join(', ');
  issues.error(path, `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`, { expected: nearestNames(value, Object.keys(schema.values)), code: 'enum' });
}

function validateDuration(value: unknown, schema: DurationSchema, path: string, issues: IssueSink): void {
  if (typeof value !== 'string') return wrongType(value, schema, path, issues);
  const milliseconds = parseDuration(value);
  // An API server knows nothing of the unit; that it is a duration is found out when the rule below is evaluated.
  if (milliseconds === undefined) issues.error(path, invalid(value, path, 'must be a valid duration'), { expected: describeType(schema), code: 'format' });
  else if (schema.range === 'positive' && milliseconds < 1) issues.error(path, 'Invalid value: "string": must be a valid duration greater than 1ms', { expected: '1ms or more', code: 'range' });
}

function validateNumber(value: unknown, schema: NumberSchema, path: string, issues: IssueSink): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || (schema.kind === 'int' && !Number.isInteger(value))) return wrongType(value, schema, path, issues);
  const { min, max } = schema;
  const expected = min === undefined ? `at most ${max}` : max === undefined ? `at least ${min}` : `${min} to ${max}`;
  if (min !== undefined && value < min) issues.error(path, invalid(value, path, `should be greater than or equal to ${min}`), { expected, code: 'range' });
  if (max !== undefined && value > max) issues.error(path, invalid(value, path, `should be less than or equal to ${max}`), { expected, code: 'range' });
}
