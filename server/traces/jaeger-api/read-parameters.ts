import { ServerError } from '#server/server-error.ts';
import { parseDurationText } from '../core/duration-text.ts';

const SECOND = 1_000_000_000n;
/** 292 years from 1970: what a signed 64-bit count of nanoseconds holds. */
const MAX_NANO = 9_223_372_036_854_775_807n;

/** The first name of `names` that has a value that is not empty, and the value; Jaeger has old and new spellings of one parameter. */
export function firstOf(query: URLSearchParams, ...names: readonly string[]): { readonly name: string; readonly value: string } | undefined {
  for (const name of names) {
    const value = query.get(name);
    if (value !== null && value !== '') return { name, value };
  }
  return undefined;
}

/** An RFC 3339 time with up to nanoseconds, as Unix nanoseconds. Throws ServerError `bad-request` that names the parameter. */
export function readRfc3339({ name, value }: { readonly name: string; readonly value: string }): bigint {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/i.exec(value);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1] ?? ''}T${match[2] ?? ''}${match[4]?.toUpperCase() ?? 'Z'}`);
  if (Number.isNaN(ms)) throw malformed(name, `"${value}" is not a time such as 2026-01-31T12:00:00.123456789Z`);
  return BigInt(ms) * 1_000_000n + BigInt((match?.[3] ?? '').padEnd(9, '0'));
}

/** Unix nanoseconds as RFC 3339 with nanoseconds, in UTC. */
export function rfc3339Nano(unixNano: bigint): string {
  const rest = ((unixNano % SECOND) + SECOND) % SECOND;
  const seconds = new Date(Number((unixNano - rest) / SECOND) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(rest).padStart(9, '0')}Z`;
}

/** A Go duration (`1.5s`, `250us`), in nanoseconds; `0` needs no unit. Throws ServerError `bad-request`. */
export function readGoDuration({ name, value }: { readonly name: string; readonly value: string }): bigint {
  if (/^[-+]?0+$/.test(value)) return 0n;
  const result = parseDurationText(value.replace(/^\+/, ''));
  if (!result.ok) throw malformed(name, `time: invalid duration "${value}": ${result.error.message}`);
  return result.value;
}

/** A whole number, as Go's ParseInt reads it. Throws ServerError `bad-request`. */
export function readInteger({ name, value }: { readonly name: string; readonly value: string }): bigint {
  if (!/^[-+]?\d{1,19}$/.test(value)) throw malformed(name, `"${value}" is not a whole number`);
  const number = BigInt(value);
  if (number > MAX_NANO || number < -MAX_NANO) throw malformed(name, `"${value}" does not fit 64 bits`);
  return number;
}

/** A boolean as Go's ParseBool reads it. Throws ServerError `bad-request`. */
export function readBoolean({ name, value }: { readonly name: string; readonly value: string }): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw malformed(name, `"${value}" is not a boolean`);
}

/**
 * A trace id as 32 hex digits: given as 1 to 32 of them in any case, or as base64 (both alphabets, with or without
 * padding) of 8 or 16 bytes. Throws ServerError `bad-request`.
 */
export function readTraceId(text: string, name = 'trace_id'): string {
  if (/^[0-9a-f]{1,32}$/i.test(text)) return text.toLowerCase().padStart(32, '0');
  if (text.length <= 24 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length === 16 || bytes.length === 8) return bytes.toString('hex').padStart(32, '0');
  }
  throw malformed(name, `"${text}" is neither 32 hex digits nor base64 of 16 bytes`);
}

/** A JSON object of texts. Throws ServerError `bad-request`. */
export function readTextMap({ name, value }: { readonly name: string; readonly value: string }): Record<string, string> {
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch (error) {
    throw malformed(name, error instanceof Error ? error.message : String(error));
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw malformed(name, 'it is not a JSON object');
  const entries = Object.entries(json);
  const wrong = entries.find(([, v]) => typeof v !== 'string');
  if (wrong !== undefined) throw malformed(name, `the value of "${wrong[0]}" is not a string`);
  // Safe because every value was just found to be a string.
  return Object.fromEntries(entries as [string, string][]);
}

/** What Jaeger says to a parameter that cannot be read. */
export function malformed(name: string, message: string): ServerError {
  return new ServerError('bad-request', `malformed parameter ${name}: ${message}`);
}
