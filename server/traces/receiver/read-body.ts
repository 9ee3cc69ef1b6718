import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { snappyLength, unpackSnappy } from '#server/wire/snappy-block.ts';
import type { Admission, Refusal } from './intake.ts';

/** Content encodings that are taken; named to clients that send another. */
export const CONTENT_ENCODINGS = ['gzip', 'deflate', 'zstd', 'snappy', 'identity'] as const;

type Unpacker = ReturnType<typeof createGunzip | typeof createZstdDecompress>;
const CHUNK = { chunkSize: 65_536 };
const UNPACKERS: Readonly<Record<string, () => Unpacker>> = {
  gzip: () => createGunzip(CHUNK),
  'x-gzip': () => createGunzip(CHUNK),
  deflate: () => createInflate(CHUNK),
  zlib: () => createInflate(CHUNK),
  zstd: () => createZstdDecompress(CHUNK),
};

/** Ends the reading of a body, with what is to be answered. */
class Stop extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** The packed form of a body or message; `identity` or absent: none. */
export function isKnownEncoding(encoding: string): boolean {
  return encoding === '' || encoding === 'identity' || encoding === 'snappy' || Object.hasOwn(UNPACKERS, encoding);
}

/**
 * Reads a request's body, unpacks it, and counts what it unpacks to as held while it comes: a bomb stops where the limit
 * is, not at its end. Gives a Refusal for a body that is too large or damaged, and 'gone' for a client that went away.
 * The request itself is left open, so that it can be answered.
 */
export async function readBody(request: IncomingMessage, admission: Admission, maxBytes: number): Promise<Buffer | Refusal | 'gone'> {
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (!isKnownEncoding(encoding)) return { kind: 'refused', reason: 'unsupported', message: `Content-Encoding ${encoding} is not known; use one of ${CONTENT_ENCODINGS.join(', ')}.` };
  let gone = false;
  const sent = async function* (): AsyncGenerator<Buffer> {
    let size = 0;
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        // Safe because no encoding is set on the request, so it gives buffers.
        const bytes = chunk as Buffer;
        size += bytes.length;
        if (size > maxBytes) throw new Stop({ kind: 'refused', reason: 'too-large', message: `the request is larger than ${maxBytes} bytes; send smaller batches` });
        yield bytes;
      }
    } catch (error) {
      if (!(error instanceof Stop)) gone = true;
      throw error;
    }
  };
  try {
    return await unpack(sent(), encoding, admission);
  } catch (error) {
    if (error instanceof Stop) return error.refusal;
    if (gone) return 'gone';
    return { kind: 'refused', reason: 'malformed', message: `the body is not ${encoding}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/**
 * Unpacks bytes that are there already, such as a gRPC message; the same limits hold. `encoding` is one that
 * `isKnownEncoding` knows.
 */
export async function unpackBytes(bytes: Buffer, encoding: string, admission: Admission): Promise<Buffer | Refusal> {
  try {
    return await unpack([bytes], encoding, admission);
  } catch (error) {
    return error instanceof Stop ? error.refusal : { kind: 'refused', reason: 'malformed', message: `the message is not ${encoding}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function unpack(sent: AsyncIterable<Buffer> | Iterable<Buffer>, encoding: string, admission: Admission): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const hold = (bytes: number): void => {
    const refusal = admission.hold(bytes);
    if (refusal !== undefined) throw new Stop(refusal);
  };
  const collect = async (source: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      hold(chunk.length);
      chunks.push(chunk);
    }
  };
  const unpacker = UNPACKERS[encoding]?.();
  if (unpacker === undefined) await collect(sent);
  // Without object mode a Readable would copy what it is given.
  else await pipeline(Readable.from(sent, { objectMode: true }), unpacker, collect);
  const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  if (encoding !== 'snappy') return body;
  // A block of Snappy says at its start how long it becomes.
  hold(snappyLength(body).length);
  const unpacked = unpackSnappy(body);
  return Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength);
}
