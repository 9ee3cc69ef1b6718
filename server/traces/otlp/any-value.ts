import type { AttributeValue, Attributes } from '#server/traces/trace-backend.ts';
import { OtlpDecodeError } from './decode-error.ts';
import { rawInt64, rawList, rawMessage, rawText } from './raw-fields.ts';
import { escapePointer, forgetTypes, type ValueTypes } from './value-types.ts';

/** Deeper attribute values are refused: nobody sends them, and every reader of them would have to bear them. */
export const MAX_DEPTH = 32;

/** OTLP's list of KeyValue as a record; of a key given twice the last counts. `pointer` is where the record will be. */
export function readAttributes(value: unknown, pointer: string, types: ValueTypes, depth = 0): Attributes {
  const entries = new Map<string, AttributeValue>();
  for (const item of rawList(value, 'attributes')) {
    const pair = rawMessage(item, 'an attribute');
    const key = rawText(pair['key'], 'an attribute key');
    const at = `${pointer}/${escapePointer(key)}`;
    if (entries.has(key)) forgetTypes(types, at, entries.get(key) ?? null);
    entries.set(key, readAnyValue(pair['value'], at, types, depth));
  }
  // fromEntries defines own properties, so a key such as __proto__ is just a key.
  return Object.fromEntries(entries);
}

/** OTLP's AnyValue; one that has nothing set is null. */
function readAnyValue(value: unknown, pointer: string, types: ValueTypes, depth = 0): AttributeValue {
  if (depth > MAX_DEPTH) throw new OtlpDecodeError(`an attribute value is nested deeper than ${MAX_DEPTH}`);
  const any = rawMessage(value, 'an attribute value');
  const sent = (name: string): boolean => any[name] !== null && any[name] !== undefined;
  if (sent('stringValue')) return rawText(any['stringValue'], 'stringValue');
  if (sent('boolValue')) return readBoolean(any['boolValue']);
  if (sent('intValue')) return readInteger(rawInt64(any['intValue'], 'intValue', true), pointer, types);
  if (sent('doubleValue')) return readDouble(any['doubleValue'], pointer, types);
  if (sent('arrayValue')) {
    return rawList(rawMessage(any['arrayValue'], 'arrayValue')['values'], 'arrayValue.values').map((item, i) => readAnyValue(item, `${pointer}/${i}`, types, depth + 1));
  }
  if (sent('kvlistValue')) return readAttributes(rawMessage(any['kvlistValue'], 'kvlistValue')['values'], pointer, types, depth + 1);
  if (sent('bytesValue')) {
    types.set(pointer, 'bytes');
    return readBytes(any['bytesValue']);
  }
  return null;
}

/** A value as OTLP JSON's AnyValue, by `types` where its JavaScript form does not tell. The reverse of `readAnyValue`. */
function writeAnyValue(value: AttributeValue, pointer: string, types: Readonly<Record<string, string>>): object {
  const type = Object.hasOwn(types, pointer) ? types[pointer] : undefined;
  if (value === null) return {};
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return type !== 'double' && Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: Number.isFinite(value) ? value : String(value) };
  if (typeof value === 'string') return type === 'int' ? { intValue: value } : type === 'double' ? { doubleValue: value } : type === 'bytes' ? { bytesValue: value } : { stringValue: value };
  if (isList(value)) return { arrayValue: { values: value.map((item, i) => writeAnyValue(item, `${pointer}/${i}`, types)) } };
  return { kvlistValue: { values: writeAttributes(value, pointer, types) } };
}

/** A record as OTLP JSON's list of KeyValue. */
export function writeAttributes(attributes: Attributes, pointer: string, types: Readonly<Record<string, string>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: writeAnyValue(value, `${pointer}/${escapePointer(key)}`, types) }));
}

function readBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new OtlpDecodeError('boolValue should be true or false');
  return value;
}

function readInteger(value: bigint, pointer: string, types: ValueTypes): AttributeValue {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  types.set(pointer, 'int');
  return String(value);
}

function readDouble(value: unknown, pointer: string, types: ValueTypes): AttributeValue {
  const number = typeof value === 'string' && /^(NaN|-?Infinity|[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)$/i.test(value) ? Number(value) : value;
  if (typeof number !== 'number') throw new OtlpDecodeError('doubleValue should be a number');
  if (!Number.isFinite(number)) {
    types.set(pointer, 'double');
    return String(number);
  }
  if (Number.isInteger(number)) types.set(pointer, 'double');
  // Zero keeps no sign: JSON, which carries it from here on, would lose it anyway.
  return number === 0 ? 0 : number;
}

function readBytes(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) throw new OtlpDecodeError('bytesValue should be base64');
  return Buffer.from(value, 'base64').toString('base64');
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
