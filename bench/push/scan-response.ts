/** What a client that looks at nothing else needs of a response to answer it. */
export interface ResponseHead {
  readonly typeUrl: string;
  readonly nonce: string;
  /** Field 1: of a response of the whole state its version. */
  readonly version: string;
}

const VERSION = 1;
const TYPE_URL = 4;
const NONCE = 5;
const LENGTH_DELIMITED = 2;

/**
 * Reads type, nonce and version of a DiscoveryResponse or a DeltaDiscoveryResponse (both number these fields alike) and steps over
 * its resources, which are nearly all of it. Throws when the bytes are not such a message.
 */
export function scanResponse(bytes: Uint8Array): ResponseHead {
  const texts: Record<number, string> = {};
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at];
      if (byte === undefined) throw new Error('The response ends in the middle of a number.');
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = tag >> 3;
    if ((tag & 7) !== LENGTH_DELIMITED) {
      varint();
      continue;
    }
    const length = varint();
    if (field === VERSION || field === TYPE_URL || field === NONCE) texts[field] = Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('utf8');
    at += length;
  }
  return { typeUrl: texts[TYPE_URL] ?? '', nonce: texts[NONCE] ?? '', version: texts[VERSION] ?? '' };
}
