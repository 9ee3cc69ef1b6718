import protobuf from 'protobufjs';
import { ProtoJsonError } from './proto-json-error.ts';
import { longToJson, longToMessage, recordOf, sortedEntries, WELL_KNOWN_FORMS, WRAPPER_TYPES } from './well-known-types.ts';

/**
 * Conversion between proto3 JSON and protobufjs messages by reflection. Source: protobuf.dev "ProtoJSON format".
 * Two deliberate differences: 64-bit integers are JSON numbers while they are safe, and an Any of a type that is not
 * loaded keeps its bytes as `{ '@type', value: base64 }` instead of failing.
 */
const ANY = 'google.protobuf.Any';

/**
 * Turns the JSON form of `type` into a message that `type.encode` accepts. Unset and default-valued fields without
 * presence are left out and maps are sorted, so equal configuration gives equal bytes. Unknown fields, wrong types and
 * unknown enum names throw ProtoJsonError with the path.
 */
export function jsonToMessage(type: protobuf.Type, json: unknown, path = ''): Record<string, unknown> {
  const name = nameOf(type);
  if (name === ANY) return anyToMessage(type.root, json, path);
  const form = WELL_KNOWN_FORMS[name];
  if (form !== undefined) return form.toMessage(json, path);
  const plan = planOf(type);
  if (WRAPPER_TYPES.has(name)) {
    const field = plan.fields[0]?.field;
    return field === undefined ? {} : dropDefault(field, scalarToMessage(field, json, path));
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new ProtoJsonError(path, `expected an object (${name})`);
  const message: Record<string, unknown> = {};
  const oneofs = new Map<string, string>();
  for (const [key, value] of Object.entries(json as Record<string, unknown>)) {
    if (value === undefined || key === '@type') continue;
    const at = path === '' ? key : `${path}.${key}`;
    const entry = plan.byJsonName.get(key) ?? plan.byProtoName.get(key);
    if (entry === undefined) throw new ProtoJsonError(at, `${name} has no such field`);
    const { field } = entry;
    if (value === null && field.resolvedType?.fullName !== '.google.protobuf.Value') continue;
    if (entry.oneof !== undefined) {
      const other = oneofs.get(entry.oneof);
      if (other !== undefined) throw new ProtoJsonError(at, `only one of ${other} and ${key} may be set`);
      oneofs.set(entry.oneof, key);
    }
    const converted = fieldToMessage(field, value, at);
    if (entry.implicit && isDefault(field, converted)) continue;
    message[field.name] = converted;
  }
  return message;
}

/**
 * Turns a decoded message into its JSON form. Fields that `alwaysPrint` lists for a message (by full name) are written
 * even when they hold their default, as `[]`, `{}`, `0`, `''`, `false` or the first enum name.
 */
export function messageToJson(type: protobuf.Type, message: Readonly<Record<string, unknown>>, alwaysPrint: Readonly<Record<string, readonly string[]>> = {}): unknown {
  const name = nameOf(type);
  if (name === ANY) return anyToJson(type.root, message, alwaysPrint);
  const form = WELL_KNOWN_FORMS[name];
  if (form !== undefined) return form.toJson(message);
  const plan = planOf(type);
  if (WRAPPER_TYPES.has(name)) {
    const field = plan.fields[0]?.field;
    return field === undefined ? null : scalarToJson(field, message['value'] ?? field.typeDefault);
  }
  const json: Record<string, unknown> = {};
  const always = alwaysPrint[name];
  for (const { field, jsonName, implicit } of plan.fields) {
    const value = Object.hasOwn(message, field.name) ? message[field.name] : undefined;
    const absent = value === undefined || value === null || (implicit && isDefault(field, value));
    if (!absent) json[jsonName] = fieldToJson(field, value, alwaysPrint);
    else if (always?.includes(jsonName) === true) json[jsonName] = defaultJson(field);
  }
  return json;
}

/** The loaded type of a `type.googleapis.com/…` URL; undefined when it is not loaded. */
export function typeOfUrl(root: protobuf.Root, typeUrl: string): protobuf.Type | undefined {
  const found = root.lookup(typeUrl.slice(typeUrl.lastIndexOf('/') + 1));
  return found instanceof protobuf.Type ? found : undefined;
}

// === one field ===

function fieldToMessage(field: protobuf.Field, json: unknown, path: string): unknown {
  if (field.map) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new ProtoJsonError(path, 'expected an object');
    return Object.fromEntries(sortedEntries(json).map(([key, value]) => [key, singleToMessage(field, value, `${path}[${key}]`)]));
  }
  if (field.repeated) {
    if (!Array.isArray(json)) throw new ProtoJsonError(path, 'expected a list');
    return json.map((item: unknown, index) => singleToMessage(field, item, `${path}[${index}]`));
  }
  return singleToMessage(field, json, path);
}

function singleToMessage(field: protobuf.Field, json: unknown, path: string): unknown {
  return field.resolvedType instanceof protobuf.Type ? jsonToMessage(field.resolvedType, json, path) : scalarToMessage(field, json, path);
}

function fieldToJson(field: protobuf.Field, value: unknown, alwaysPrint: Readonly<Record<string, readonly string[]>>): unknown {
  const single = (item: unknown): unknown => (field.resolvedType instanceof protobuf.Type ? messageToJson(field.resolvedType, recordOf(item), alwaysPrint) : scalarToJson(field, item));
  if (field.map) return Object.fromEntries(sortedEntries(recordOf(value)).map(([key, item]) => [key, single(item)]));
  if (field.repeated) return Array.isArray(value) ? value.map((item: unknown) => single(item)) : [];
  return single(value);
}

function scalarToMessage(field: protobuf.Field, json: unknown, path: string): unknown {
  if (field.resolvedType instanceof protobuf.Enum) {
    if (typeof json === 'number' && Number.isInteger(json)) return json;
    const number = typeof json === 'string' ? field.resolvedType.values[json] : undefined;
    if (number === undefined) throw new ProtoJsonError(path, `expected one of ${Object.keys(field.resolvedType.values).join(', ')}`);
    return number;
  }
  switch (field.type) {
    case 'string':
      if (typeof json !== 'string') throw new ProtoJsonError(path, 'expected a string');
      return json;
    case 'bool':
      if (typeof json !== 'boolean') throw new ProtoJsonError(path, 'expected true or false');
      return json;
    case 'bytes':
      if (typeof json !== 'string') throw new ProtoJsonError(path, 'expected base64 text');
      return Buffer.from(json, 'base64');
    case 'double':
    case 'float': {
      const number = typeof json === 'string' && /^(NaN|-?Infinity)$/.test(json) ? Number(json) : json;
      if (typeof number !== 'number') throw new ProtoJsonError(path, 'expected a number');
      return number;
    }
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return longToMessage(json, path);
    default:
      return integer32(field.type, json, path);
  }
}

function integer32(type: string, json: unknown, path: string): number {
  const number = typeof json === 'string' && /^-?\d+$/.test(json) ? Number(json) : json;
  const unsigned = type === 'uint32' || type === 'fixed32';
  const [low, high] = unsigned ? [0, 0xffff_ffff] : [-0x8000_0000, 0x7fff_ffff];
  if (typeof number !== 'number' || !Number.isInteger(number) || number < low || number > high) throw new ProtoJsonError(path, `expected a whole number from ${low} to ${high}`);
  return number;
}

function scalarToJson(field: protobuf.Field, value: unknown): unknown {
  if (field.resolvedType instanceof protobuf.Enum) return typeof value === 'number' ? (field.resolvedType.valuesById[value] ?? value) : value;
  if (field.type === 'bytes') return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') : '';
  if (field.type.endsWith('64')) return longToJson(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}

// === Any ===

function anyToMessage(root: protobuf.Root, json: unknown, path: string): Record<string, unknown> {
  const any = recordOf(json);
  const typeUrl = any['@type'];
  if (typeof typeUrl !== 'string') throw new ProtoJsonError(path, `expected an object with '@type'`);
  const type = typeOfUrl(root, typeUrl);
  if (type === undefined) {
    const value = any['value'] ?? '';
    if (typeof value !== 'string') throw new ProtoJsonError(path, `type ${typeUrl} is not known here; expected its bytes as base64 in 'value'`);
    return { type_url: typeUrl, value: Buffer.from(value, 'base64') };
  }
  const body = hasOwnForm(type) ? any['value'] : any;
  return { type_url: typeUrl, value: type.encode(jsonToMessage(type, body, path)).finish() };
}

function anyToJson(root: protobuf.Root, message: Readonly<Record<string, unknown>>, alwaysPrint: Readonly<Record<string, readonly string[]>>): unknown {
  const typeUrl = typeof message['type_url'] === 'string' ? message['type_url'] : '';
  const bytes = message['value'] instanceof Uint8Array ? message['value'] : new Uint8Array();
  const type = typeOfUrl(root, typeUrl);
  if (type === undefined) return { '@type': typeUrl, value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
  const json = messageToJson(type, recordOf(type.decode(bytes)), alwaysPrint);
  return hasOwnForm(type) ? { '@type': typeUrl, value: json } : { '@type': typeUrl, ...recordOf(json) };
}

function hasOwnForm(type: protobuf.Type): boolean {
  const name = nameOf(type);
  return name === ANY || WRAPPER_TYPES.has(name) || WELL_KNOWN_FORMS[name] !== undefined;
}

// === what reflection says about a type, computed once ===

interface FieldPlan {
  readonly field: protobuf.Field;
  readonly jsonName: string;
  /** No presence on the wire: its default and its absence are the same. */
  readonly implicit: boolean;
  /** The real oneof it belongs to. */
  readonly oneof: string | undefined;
}
interface TypePlan {
  readonly fields: readonly FieldPlan[];
  readonly byJsonName: ReadonlyMap<string, FieldPlan>;
  readonly byProtoName: ReadonlyMap<string, FieldPlan>;
}
const plans = new WeakMap<protobuf.Type, TypePlan>();

function planOf(type: protobuf.Type): TypePlan {
  const known = plans.get(type);
  if (known !== undefined) return known;
  const fields = type.fieldsArray.map((field): FieldPlan => {
    field.resolve();
    const synthetic = field.partOf?.name === `_${field.name}`;
    return {
      field,
      jsonName: field.name.replaceAll(/_([a-zA-Z0-9])/g, (_, next: string) => next.toUpperCase()),
      implicit: field.map || field.repeated || (field.partOf === null && !(field.resolvedType instanceof protobuf.Type)),
      oneof: field.partOf === null || synthetic ? undefined : field.partOf.name,
    };
  });
  const plan = { fields, byJsonName: new Map(fields.map((f) => [f.jsonName, f])), byProtoName: new Map(fields.map((f) => [f.field.name, f])) };
  plans.set(type, plan);
  return plan;
}

function nameOf(type: protobuf.Type): string {
  return type.fullName.slice(1);
}

function isDefault(field: protobuf.Field, value: unknown): boolean {
  if (field.map) return Object.keys(recordOf(value)).length === 0;
  if (field.repeated) return Array.isArray(value) && value.length === 0;
  if (field.bytes) return value instanceof Uint8Array && value.length === 0;
  if (field.type.endsWith('64')) return String(value) === '0';
  return value === 0 ? !Object.is(value, -0) : value === '' || value === false;
}

function dropDefault(field: protobuf.Field, value: unknown): Record<string, unknown> {
  return isDefault(field, value) ? {} : { [field.name]: value };
}

function defaultJson(field: protobuf.Field): unknown {
  if (field.map) return {};
  if (field.repeated) return [];
  if (field.resolvedType instanceof protobuf.Type) return undefined;
  return scalarToJson(field, field.typeDefault);
}
