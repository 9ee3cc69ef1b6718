import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { isToken } from './characters.ts';
import { MalformedMessage } from './malformed-message.ts';

/** How the end of a body is found. */
export type Framing = { readonly kind: 'none' } | { readonly kind: 'length'; readonly length: number } | { readonly kind: 'chunked' } | { readonly kind: 'until-close' };

export interface RequestLineParts {
  readonly method: string;
  readonly target: string;
  /** Of HTTP/1. */
  readonly minorVersion: 0 | 1;
}
export interface StatusLineParts {
  readonly status: number;
  readonly minorVersion: 0 | 1;
}

const NONE: Framing = { kind: 'none' };
const CHUNKED: Framing = { kind: 'chunked' };
const UNTIL_CLOSE: Framing = { kind: 'until-close' };
const LENGTH = /^\d{1,15}$/;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/;
const KNOWN_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);

/** Takes a request line apart; single spaces, a token, visible ASCII, HTTP/1.0 or 1.1. Throws MalformedMessage. */
export function parseRequestLine(line: string): RequestLineParts {
  const methodEnd = line.indexOf(' ');
  const targetEnd = line.indexOf(' ', methodEnd + 1);
  const method = line.slice(0, methodEnd);
  const version = line.slice(targetEnd + 1);
  if (methodEnd <= 0 || targetEnd <= methodEnd + 1 || (version !== 'HTTP/1.1' && version !== 'HTTP/1.0')) throw new MalformedMessage('the request line is malformed');
  if (!KNOWN_METHODS.has(method) && !isToken(method)) throw new MalformedMessage('the method is no token');
  for (let i = methodEnd + 1; i < targetEnd; i++) {
    const code = line.charCodeAt(i);
    if (code <= 32 || code >= 127) throw new MalformedMessage('the request target has a character that must be encoded');
  }
  return { method, target: line.slice(methodEnd + 1, targetEnd), minorVersion: version === 'HTTP/1.1' ? 1 : 0 };
}

/** Takes a status line apart. Throws MalformedMessage. */
export function parseStatusLine(line: string): StatusLineParts {
  const match = STATUS_LINE.exec(line);
  if (match === null) throw new MalformedMessage('the status line is malformed');
  return { status: Number(match[2]), minorVersion: match[1] === '1' ? 1 : 0 };
}

/**
 * How long the body of a request is. What two readers could understand differently is refused: a length beside a transfer
 * coding, a list of lengths, a coding other than chunked (501 as Envoy, when it is well-formed).
 * Source: RFC 9112 sections 6.1 to 6.3.
 */
export function requestFraming(headers: MutableHeaders, minorVersion: 0 | 1): Framing {
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding === undefined) return length === undefined ? NONE : lengthFraming(length);
  if (length !== undefined) throw new MalformedMessage('the request has both Content-Length and Transfer-Encoding');
  if (minorVersion === 0) throw new MalformedMessage('an HTTP/1.0 request has a transfer coding');
  return checkCoding(coding);
}

/** How long the body of a response is, when it answers `method`. Source: RFC 9112 section 6.3. */
export function responseFraming(status: number, headers: MutableHeaders, method: string): Framing {
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding !== undefined && length !== undefined) throw new MalformedMessage('the response has both Content-Length and Transfer-Encoding');
  const framing = coding !== undefined ? checkCoding(coding) : length !== undefined ? lengthFraming(length) : UNTIL_CLOSE;
  return method === 'HEAD' || status < 200 || status === 204 || status === 304 ? NONE : framing;
}

/** Is `token` among the options of a Connection field? Case does not matter. */
export function connectionHas(connection: string | string[] | undefined, token: string): boolean {
  if (connection === undefined) return false;
  const text = String(connection);
  if (text === token) return true;
  return text.toLowerCase().split(',').some((option) => option.trim() === token);
}

function lengthFraming(value: string | string[]): Framing {
  if (typeof value !== 'string' || !LENGTH.test(value)) throw new MalformedMessage('the Content-Length is no length');
  return value === '0' ? NONE : { kind: 'length', length: Number(value) };
}

function checkCoding(value: string | string[]): Framing {
  const text = String(value).toLowerCase();
  if (text === 'chunked') return CHUNKED;
  const codings = text.split(',').map((coding) => coding.trim());
  const chunkedOnlyLast = codings.indexOf('chunked') === codings.length - 1;
  if (!chunkedOnlyLast || !codings.every(isToken)) throw new MalformedMessage('the transfer coding does not end with chunked');
  throw new MalformedMessage('only the transfer coding chunked is supported', 501);
}
