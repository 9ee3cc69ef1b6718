import { ProtoJsonError } from './proto-json-error.ts';

/**
 * The messages that proto3 JSON writes in a form of their own: durations, timestamps, wrappers, Struct and Value.
 * Source: protobuf.dev "ProtoJSON format".
 */
export interface WellKnownForm {
  toMessage(json: unknown, path: string): Record<string, unknown>;
  toJson(message: Readonly<Record<string, unknown>>): unknown;
}

/** 64-bit integers as protobufjs gives them: a number, or `{low, high}` with helpers. */
export function longToJson(value: unknown): number | string {
  if (typeof value === 'number') return value;
  const text = String(value);
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

/** A JSON integer of up to 64 bits: a number when it is safe, else its decimal text (protobufjs' writer takes both). */
export function longToMessage(json: unknown, path: string): number | string {
  if (typeof json === 'number' && Number.isSafeInteger(json)) return json;
  if (typeof json === 'string' && /^-?\d{1,20}$/.test(json)) {
    const number = Number(json);
    return Number.isSafeInteger(number) ? number : json;
  }
  throw new ProtoJsonError(path, 'expected a whole number');
}

/** Seconds and nanoseconds of a duration such as "1.5s". Fails with the path when it is not one. */
export function parseDuration(json: unknown, path: string): { seconds: number; nanos: number } {
  const match = typeof json === 'string' ? /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(json) : null;
  if (match === null) throw new ProtoJsonError(path, 'expected a duration in seconds such as "1.5s"');
  const sign = match[1] === '-' ? -1 : 1;
  return { seconds: sign * Number(match[2]) + 0, nanos: sign * Number((match[3] ?? '').padEnd(9, '0')) + 0 };
}

/** "1.5s" from seconds and nanoseconds; as many decimals as are needed. */
export function formatDuration(seconds: number, nanos: number): string {
  const negative = seconds < 0 || nanos < 0;
  const fraction = Math.abs(nanos).toString().padStart(9, '0').replace(/0+$/, '');
  return `${negative ? '-' : ''}${Math.abs(seconds)}${fraction === '' ? '' : `.${fraction}`}s`;
}

const duration: WellKnownForm = {
  toMessage: (json, path) => withoutZeros(parseDuration(json, path)),
  toJson: (message) => formatDuration(Number(longToJson(message['seconds'] ?? 0)), Number(message['nanos'] ?? 0)),
};

const timestamp: WellKnownForm = {
  toMessage(json, path) {
    const ms = typeof json === 'string' ? Date.parse(json) : Number.NaN;
    if (typeof json !== 'string' || Number.isNaN(ms)) throw new ProtoJsonError(path, 'expected an RFC 3339 time');
    const fraction = /\.(\d{1,9})/.exec(json)?.[1] ?? '';
    return withoutZeros({ seconds: Math.floor(ms / 1000), nanos: Number(fraction.padEnd(9, '0')) });
  },
  toJson(message) {
    const seconds = Number(longToJson(message['seconds'] ?? 0));
    const nanos = Number(message['nanos'] ?? 0);
    const fraction = nanos === 0 ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`;
    return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, `${fraction}Z`);
  },
};

const struct: WellKnownForm = {
  toMessage(json, path) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new ProtoJsonError(path, 'expected an object');
    return { fields: Object.fromEntries(sortedEntries(json).map(([key, item]) => [key, value.toMessage(item, `${path}.${key}`)])) };
  },
  toJson: (message) => Object.fromEntries(Object.entries(recordOf(message['fields'])).map(([key, item]) => [key, value.toJson(recordOf(item))])),
};

// protobufjs ships google/protobuf/struct.proto with camelCase field names.
const value: WellKnownForm = {
  toMessage(json, path) {
    if (json === null) return { nullValue: 0 };
    if (typeof json === 'number') return { numberValue: json };
    if (typeof json === 'string') return { stringValue: json };
    if (typeof json === 'boolean') return { boolValue: json };
    if (Array.isArray(json)) return { listValue: listValue.toMessage(json, path) };
    if (typeof json === 'object') return { structValue: struct.toMessage(json, path) };
    throw new ProtoJsonError(path, 'expected a JSON value');
  },
  toJson(message) {
    if (Object.hasOwn(message, 'numberValue')) return message['numberValue'];
    if (Object.hasOwn(message, 'stringValue')) return message['stringValue'];
    if (Object.hasOwn(message, 'boolValue')) return message['boolValue'];
    if (Object.hasOwn(message, 'structValue')) return struct.toJson(recordOf(message['structValue']));
    if (Object.hasOwn(message, 'listValue')) return listValue.toJson(recordOf(message['listValue']));
    return null;
  },
};

const listValue: WellKnownForm = {
  toMessage(json, path) {
    if (!Array.isArray(json)) throw new ProtoJsonError(path, 'expected a list');
    return { values: json.map((item: unknown, index) => value.toMessage(item, `${path}[${index}]`)) };
  },
  toJson: (message) => (Array.isArray(message['values']) ? message['values'].map((item: unknown) => value.toJson(recordOf(item))) : []),
};

/** Messages with a JSON form of their own, by full name. Wrappers are handled by the converter: they need the field's scalar type. */
export const WELL_KNOWN_FORMS: Readonly<Record<string, WellKnownForm>> = {
  'google.protobuf.Duration': duration,
  'google.protobuf.Timestamp': timestamp,
  'google.protobuf.Struct': struct,
  'google.protobuf.Value': value,
  'google.protobuf.ListValue': listValue,
};

/** `{ value }` messages that JSON writes as the bare value. */
export const WRAPPER_TYPES: ReadonlySet<string> = new Set(
  ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map((name) => `google.protobuf.${name}Value`),
);

/** Entries in key order: maps have no order of their own, and equal configuration must be equal bytes. */
export function sortedEntries(map: object): [string, unknown][] {
  return Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A decoded message seen as a record. Safe because protobufjs messages are objects whose own keys are their set fields. */
export function recordOf(message: unknown): Readonly<Record<string, unknown>> {
  return typeof message === 'object' && message !== null ? (message as Readonly<Record<string, unknown>>) : {};
}

function withoutZeros(message: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(message).filter(([, n]) => n !== 0));
}
