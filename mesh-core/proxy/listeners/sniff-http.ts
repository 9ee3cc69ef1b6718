/** What the first bytes of a plain connection say about HTTP. */
export type HttpSniff = 'incomplete' | 'not-http' | 'http/1.0' | 'http/1.1' | 'h2c';

export const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** A request line that is longer is not waited for. */
const MAX_REQUEST_LINE_BYTES = 8 * 1024;
const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;

/**
 * Tells HTTP from other protocols by HTTP/2's preface or a request line. Call it again with all bytes so far until the
 * answer is no longer `incomplete`. Never throws. Source: RFC 9113 section 3.4, RFC 9112 section 3; Envoy's http_inspector.
 */
export function sniffHttp(bytes: Buffer): HttpSniff {
  if (bytes.length === 0) return 'incomplete';
  const compared = Math.min(bytes.length, HTTP2_PREFACE.length);
  if (bytes.compare(HTTP2_PREFACE, 0, compared, 0, compared) === 0) return compared === HTTP2_PREFACE.length ? 'h2c' : 'incomplete';
  let at = 0;
  while (at < bytes.length && isMethodCharacter(bytes[at])) at++;
  if (at === bytes.length) return at <= MAX_METHOD_BYTES ? 'incomplete' : 'not-http';
  if (at === 0 || at > MAX_METHOD_BYTES || bytes[at] !== SPACE) return 'not-http';
  const target = ++at;
  while (at < bytes.length && isTargetCharacter(bytes[at])) at++;
  if (at === bytes.length) return at <= MAX_REQUEST_LINE_BYTES ? 'incomplete' : 'not-http';
  if (at === target || bytes[at] !== SPACE) return 'not-http';
  return sniffVersion(bytes.subarray(at + 1));
}

const MAX_METHOD_BYTES = 32;

function sniffVersion(bytes: Buffer): HttpSniff {
  for (const version of ['http/1.1', 'http/1.0'] as const) {
    const expected = Buffer.from(version.toUpperCase(), 'latin1');
    const compared = Math.min(bytes.length, expected.length);
    if (bytes.compare(expected, 0, compared, 0, compared) !== 0) continue;
    if (compared < expected.length || bytes.length === expected.length) return 'incomplete';
    const next = bytes[expected.length];
    return next === CR || next === LF ? version : 'not-http';
  }
  return 'not-http';
}

/** Upper-case letters, `-` and `_`: every registered method. */
function isMethodCharacter(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x41 && byte <= 0x5a) || byte === 0x2d || byte === 0x5f);
}

function isTargetCharacter(byte: number | undefined): boolean {
  return byte !== undefined && byte > SPACE && byte !== 0x7f;
}
