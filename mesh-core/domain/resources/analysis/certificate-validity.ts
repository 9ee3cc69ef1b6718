/** When a certificate is valid, in milliseconds since 1970. */
export interface CertificateValidity {
  readonly from: number;
  readonly until: number;
}

/**
 * Reads from base64 of PEM (as a Secret holds it) when the first certificate is valid; undefined for what is no X.509
 * certificate. Reads only as much of the DER as it takes. Source: RFC 5280, section 4.1.
 */
export function certificateValidity(base64: string): CertificateValidity | undefined {
  const pem = decodeBase64(base64);
  const body = /-----BEGIN [A-Z0-9 ]+-----([A-Za-z0-9+/=\s]*)-----END [A-Z0-9 ]+-----/.exec(pem ?? '')?.[1];
  const der = decodeBase64((body ?? '').replaceAll(/\s/g, ''));
  if (der === undefined || der === '') return undefined;
  const certificate = elementAt(der, 0);
  const fields = certificate?.tag === SEQUENCE && certificate.end === der.length ? elementAt(der, certificate.start) : undefined;
  if (fields?.tag !== SEQUENCE) return undefined;
  // version (tagged, optional), serial number, signature, issuer, validity.
  const children = childrenOf(der, fields.start, fields.end);
  const validity = children[children[0]?.tag === VERSION ? 4 : 3];
  if (validity?.tag !== SEQUENCE) return undefined;
  const [from, until] = childrenOf(der, validity.start, validity.end).map(({ tag, start, end }) => timeOf(tag, der.slice(start, end)));
  return from === undefined || until === undefined ? undefined : { from, until };
}

const SEQUENCE = 0x30;
const VERSION = 0xa0;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Bytes as a text of as many characters; undefined for what is no base64. */
function decodeBase64(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

function elementAt(der: string, at: number): Element | undefined {
  const tag = der.charCodeAt(at);
  const first = der.charCodeAt(at + 1);
  if (Number.isNaN(tag) || Number.isNaN(first)) return undefined;
  const more = first < 0x80 ? 0 : first - 0x80;
  if (more > 4) return undefined;
  let length = more === 0 ? first : 0;
  for (let index = 0; index < more; index += 1) length = length * 256 + der.charCodeAt(at + 2 + index);
  const start = at + 2 + more;
  // A length that is cut off is not a number, and fails here too.
  return start + length <= der.length ? { tag, start, end: start + length } : undefined;
}

function childrenOf(der: string, start: number, end: number): Element[] {
  const children: Element[] = [];
  for (let at = start; at < end; ) {
    const child = elementAt(der, at);
    if (child === undefined || child.end > end) return children;
    children.push(child);
    at = child.end;
  }
  return children;
}

/** UTCTime has two digits of the year, of which 50 and later are of the last century. */
function timeOf(tag: number, text: string): number | undefined {
  const match = (tag === UTC_TIME ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : tag === GENERALIZED_TIME ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : undefined)?.exec(text);
  if (match === null || match === undefined) return undefined;
  const [year = 0, month = 1, ...rest] = match.slice(1).map(Number);
  const century = tag === UTC_TIME ? (year >= 50 ? 1900 : 2000) : 0;
  return Date.UTC(century + year, month - 1, ...rest);
}
