import { OtlpDecodeError } from './decode-error.ts';

/** A message of OTLP JSON, whose fields nobody has checked. */
export type RawMessage = Readonly<Record<string, unknown>>;

/** A message; an absent one is empty. Fails on anything else, naming the field. */
export function rawMessage(value: unknown, field: string): RawMessage {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new OtlpDecodeError(`${field} should be an object`);
  // Safe because every field of it is read through the functions of this file.
  return value as RawMessage;
}

/** A repeated field; absent is empty. */
export function rawList(value: unknown, field: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new OtlpDecodeError(`${field} should be a list`);
  return value;
}

/** A string; absent is empty. */
export function rawText(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new OtlpDecodeError(`${field} should be a string`);
  return value;
}

/** A 32-bit count, as number or decimal string; absent is 0. */
export function rawUint32(value: unknown, field: string): number {
  if (value === undefined || value === null) return 0;
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 0xffffffff) throw new OtlpDecodeError(`${field} should be an unsigned 32-bit integer`);
  return number;
}

/** A 64-bit integer as decimal string or number; absent is 0. Fails beyond 64 bits. */
export function rawInt64(value: unknown, field: string, signed: boolean): bigint {
  if (value === undefined || value === null) return 0n;
  const number = toBigInt(value);
  if (number === undefined || (signed ? BigInt.asIntN(64, number) : BigInt.asUintN(64, number)) !== number) throw new OtlpDecodeError(`${field} should be ${signed ? 'a signed' : 'an unsigned'} 64-bit integer`);
  return number;
}

function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  // 20 digits hold every 64-bit integer; without a bound a long text of digits would take long to convert.
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

/** An id of so many bytes as lower-case hex, from hex in any case: undefined for an absent, empty or all-zero one, null for a wrong length or no hex. */
export function rawId(value: unknown, bytes: 8 | 16, field: string): string | undefined | null {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new OtlpDecodeError(`${field} should be ${bytes * 2} hex digits`);
  if (value.length !== bytes * 2 || !/^[0-9a-f]+$/i.test(value)) return null;
  return /^0+$/.test(value) ? undefined : value.toLowerCase();
}

/** An enum as number; a name in `names` is taken too, which the specification does not ask for. Unknown values are 0. */
export function rawEnum<T>(value: unknown, values: readonly T[], prefix: string, field: string, first: T): T {
  if (value === undefined || value === null) return first;
  if (typeof value === 'number') return values[value] ?? first;
  if (typeof value !== 'string') throw new OtlpDecodeError(`${field} should be an integer`);
  const name = value.toUpperCase();
  return values.find((v, i) => name === String(i) || name === prefix + String(v).toUpperCase()) ?? first;
}
