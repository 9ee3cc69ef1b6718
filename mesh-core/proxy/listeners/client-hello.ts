/** What the first bytes of a connection say about TLS. */
export type ClientHello =
  | { readonly kind: 'incomplete' }
  /** Not a TLS handshake, or none that a server could take. */
  | { readonly kind: 'not-tls' }
  | { readonly kind: 'too-large' }
  /** `serverName` in lower case, empty = none named; `protocols` = the ALPN names in the client's order. */
  | { readonly kind: 'hello'; readonly serverName: string; readonly protocols: readonly string[] };

/** Envoy's tls_inspector gives up past this many bytes of handshake. */
export const MAX_CLIENT_HELLO_BYTES = 16 * 1024;
/** With their headers: nobody needs many records for one hello. */
const MAX_RECORDS_BYTES = 2 * MAX_CLIENT_HELLO_BYTES;
const RECORD_HEADER = 5;
const HANDSHAKE_RECORD = 0x16;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;

const INCOMPLETE: ClientHello = { kind: 'incomplete' };
const NOT_TLS: ClientHello = { kind: 'not-tls' };

/**
 * Reads the ClientHello at the beginning of a connection, which may be spread over several records and arrive in pieces:
 * call it again with all bytes so far until the kind is no longer `incomplete`. Strict: lengths must fit exactly, an
 * extension may come once. Never throws. Source: RFC 8446 sections 4.1.2 and 5.1, RFC 6066 section 3, RFC 7301.
 */
export function parseClientHello(bytes: Buffer): ClientHello {
  const handshake: Buffer[] = [];
  let gathered = 0;
  let needed = 4;
  for (let at = 0; gathered < needed; ) {
    if (at < bytes.length && bytes[at] !== HANDSHAKE_RECORD) return NOT_TLS;
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return NOT_TLS;
    if (at > MAX_RECORDS_BYTES) return { kind: 'too-large' };
    if (at + RECORD_HEADER > bytes.length) return INCOMPLETE;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > 16_384 + 256) return NOT_TLS;
    const fragment = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    handshake.push(fragment);
    gathered += fragment.length;
    at += RECORD_HEADER + length;
    const start = handshake[0];
    if (start !== undefined && start.length > 0 && start[0] !== CLIENT_HELLO) return NOT_TLS;
    if (gathered >= 4 && needed === 4) {
      const head = Buffer.concat(handshake, gathered);
      needed = 4 + head.readUIntBE(1, 3);
      if (needed > MAX_CLIENT_HELLO_BYTES) return { kind: 'too-large' };
    }
    if (fragment.length < length && gathered < needed) return INCOMPLETE;
  }
  return readHello(Buffer.concat(handshake, gathered).subarray(4, needed)) ?? NOT_TLS;
}

function readHello(body: Buffer): ClientHello | undefined {
  const reader = new VectorReader(body);
  if (reader.bytes(2)?.[0] !== 3 || reader.bytes(32) === undefined) return undefined;
  const session = reader.vector(1);
  const suites = reader.vector(2);
  const compression = reader.vector(1);
  if (session === undefined || session.length > 32 || suites === undefined || suites.length < 2 || suites.length % 2 !== 0 || compression === undefined || compression.length === 0) return undefined;
  let serverName = '';
  let protocols: readonly string[] = [];
  if (reader.done) return { kind: 'hello', serverName, protocols };
  const extensions = reader.vector(2);
  if (extensions === undefined || !reader.done) return undefined;
  const seen = new Set<number>();
  for (const list = new VectorReader(extensions); !list.done; ) {
    const type = list.bytes(2)?.readUInt16BE(0);
    const content = list.vector(2);
    if (type === undefined || content === undefined || seen.has(type)) return undefined;
    seen.add(type);
    if (type === SERVER_NAME) {
      const name = readServerName(content);
      if (name === undefined) return undefined;
      serverName = name;
    } else if (type === ALPN) {
      const names = readProtocols(content);
      if (names === undefined) return undefined;
      protocols = names;
    }
  }
  return { kind: 'hello', serverName, protocols };
}

/** A list of exactly one name of type host_name, as every client sends it. */
function readServerName(content: Buffer): string | undefined {
  const outer = new VectorReader(content);
  const list = outer.vector(2);
  if (list === undefined || !outer.done) return undefined;
  const reader = new VectorReader(list);
  if (reader.bytes(1)?.[0] !== 0) return undefined;
  const name = reader.vector(2);
  if (name === undefined || name.length === 0 || name.length > 255 || name.includes(0) || !reader.done) return undefined;
  return name.toString('latin1').toLowerCase();
}

function readProtocols(content: Buffer): string[] | undefined {
  const outer = new VectorReader(content);
  const list = outer.vector(2);
  if (list === undefined || list.length === 0 || !outer.done) return undefined;
  const names: string[] = [];
  for (const reader = new VectorReader(list); !reader.done; ) {
    const name = reader.vector(1);
    if (name === undefined || name.length === 0) return undefined;
    names.push(name.toString('latin1'));
  }
  return names;
}

/** Reads TLS vectors: a length of 1 or 2 bytes and that many bytes. Undefined = there are not so many. */
class VectorReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  bytes(count: number): Buffer | undefined {
    if (this.#at + count > this.#bytes.length) return undefined;
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  vector(lengthBytes: 1 | 2): Buffer | undefined {
    const length = this.bytes(lengthBytes)?.readUIntBE(0, lengthBytes);
    return length === undefined ? undefined : this.bytes(length);
  }
}
