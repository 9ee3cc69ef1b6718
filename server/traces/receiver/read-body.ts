import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, zstdDecompress } from 'node:zlib';

/** Content encodings that are taken, besides none; named to clients that send another. */
export const CONTENT_ENCODINGS = ['gzip', 'deflate', 'zstd', 'identity'] as const;

/** A request's body, unpacked, or why there is none. */
export type BodyResult =
  | { readonly kind: 'body'; readonly body: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unknown-encoding'; readonly encoding: string }
  | { readonly kind: 'damaged'; readonly message: string }
  | { readonly kind: 'gone' };

const UNPACK = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate), zstd: promisify(zstdDecompress) } as const;

/** Reads a body of at most `maxBytes`, both as it is sent and unpacked. Never rejects. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<BodyResult> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const unpack = encoding === 'identity' || encoding === '' ? undefined : isPacked(encoding) ? UNPACK[encoding] : null;
  if (unpack === null) return { kind: 'unknown-encoding', encoding };
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return { kind: 'too-large' };
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      // Safe because no encoding is set on the request, so it gives buffers.
      const bytes = chunk as Buffer;
      size += bytes.length;
      if (size > maxBytes) return { kind: 'too-large' };
      chunks.push(bytes);
    }
  } catch {
    return { kind: 'gone' };
  }
  const raw = Buffer.concat(chunks);
  if (unpack === undefined) return { kind: 'body', body: raw };
  try {
    return { kind: 'body', body: await unpack(raw, { maxOutputLength: maxBytes }) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return { kind: 'too-large' };
    return { kind: 'damaged', message: `the body is not ${encoding}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function isPacked(encoding: string): encoding is keyof typeof UNPACK {
  return Object.hasOwn(UNPACK, encoding);
}
