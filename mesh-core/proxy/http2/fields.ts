import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { isFieldValue, isToken } from '../http/http1/characters.ts';

/** The fields of one HTTP/2 header block. */
export interface FieldBlock {
  /** `:method`, `:path` … */
  readonly pseudo: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers: MutableHeaders;
}

/** Fields that belong to one HTTP/1.1 connection: RFC 9113 section 8.2.2. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings']);
const SINGLE: ReadonlySet<string> = new Set(['host', 'content-length']);

/** An object without inherited members, so that a field called `constructor` is a field like any other. */
const Fields = function () {} as unknown as new () => MutableHeaders;
Fields.prototype = Object.create(null);

/**
 * The fields of a block in the order of the wire (name, value, name, value …), joined as the HTTP/1.1 codec joins them:
 * with a comma, cookies with a semicolon, Set-Cookie listed. Undefined = malformed: a connection-specific field, `te` other
 * than trailers, a second content-length or host. Source: RFC 9113 sections 8.2 and 8.3.
 */
export function readFields(raw: readonly string[]): FieldBlock | undefined {
  const headers: MutableHeaders = new Fields();
  const pseudo: Record<string, string> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    if (name.startsWith(':')) {
      pseudo[name] = value;
      continue;
    }
    if (CONNECTION_FIELDS.has(name) || (name === 'te' && value.toLowerCase() !== 'trailers')) return undefined;
    const existing = headers[name];
    if (existing === undefined) headers[name] = name === 'set-cookie' ? [value] : value;
    else if (SINGLE.has(name)) return undefined;
    else if (Array.isArray(existing)) existing.push(value);
    else headers[name] = `${existing}${name === 'cookie' ? '; ' : ','}${value}`;
  }
  return { pseudo, headers };
}

/**
 * Fields as Node's HTTP/2 takes them, without those of an HTTP/1.1 connection and those named in `except`. Undefined = a field
 * cannot be written.
 */
export function writeFields(headers: MutableHeaders | undefined, except?: string): Record<string, string | string[]> | undefined {
  const fields: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name === except || CONNECTION_FIELDS.has(name)) continue;
    if (!isToken(name) || (typeof value === 'string' ? !isFieldValue(value) : !value.every(isFieldValue))) return undefined;
    fields[name] = value;
  }
  return fields;
}
