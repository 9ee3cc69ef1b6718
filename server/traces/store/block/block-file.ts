import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { crc32, zstdDecompressSync } from 'node:zlib';
import { DamagedDataError } from '#server/timeseries/byte-reader.ts';
import { bloomMayHave, type ItemHash } from './bloom.ts';
import { BLOCK_MAGIC, TRAILER_BYTES, type BlockMeta, type PagePlace } from './block-meta.ts';
import type { ByteCache } from './page-cache.ts';

const MIN_CHUNK = 64;

/** Reads the bytes of a block from wherever they are. */
export type ReadBytes = (offset: number, length: number) => Uint8Array;

/** A block that can be read: its footer in memory, its pages where they are. */
export interface BlockFile {
  /** Of the file, which is never used for another block. */
  readonly id: string;
  readonly bytes: number;
  readonly meta: BlockMeta;
  /** A page, checked and unpacked; `keep` when others may want it too. Throws DamagedDataError. */
  page(place: PagePlace, keep?: boolean): Uint8Array;
  /** For what is read from the file. */
  readonly cache: ByteCache;
  /** For what others make of its spans: smaller, and not to be pushed out by a question that reads much. */
  readonly kept: ByteCache;
  /** False when no span of the trace is in it. */
  mayHaveTrace(hash: ItemHash): boolean;
  close(): void;
}

/** Opens the file of a block. Throws DamagedDataError, with its path, when it is none, and what the system says when it cannot be read. */
export function openBlockFile(path: string, id: string, cache: ByteCache, kept: ByteCache = cache): BlockFile {
  const { size } = statSync(path);
  const descriptor = openSync(path, 'r');
  const read: ReadBytes = (offset, length) => {
    const bytes = Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      const got = readSync(descriptor, bytes, done, length - done, offset + done);
      if (got === 0) throw new DamagedDataError(`${path} ends at ${offset + done} bytes`);
      done += got;
    }
    return bytes;
  };
  try {
    return blockOver(read, size, id, path, { cache, kept }, () => closeSync(descriptor));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** The same over bytes in memory. */
export function openBlockBytes(bytes: Uint8Array, id: string, cache: ByteCache): BlockFile {
  return blockOver((offset, length) => bytes.subarray(offset, offset + length), bytes.length, id, id, { cache, kept: cache }, () => undefined);
}

function blockOver(read: ReadBytes, size: number, id: string, path: string, { cache, kept }: Pick<BlockFile, 'cache' | 'kept'>, close: () => void): BlockFile {
  const unpack = ([offset, stored, raw, crc]: PagePlace): Uint8Array => {
    if (offset + stored > size) throw new DamagedDataError(`${path}: a page ends at ${offset + stored} of ${size} bytes`);
    const bytes = read(offset, stored);
    if (crc32(bytes) !== crc) throw new DamagedDataError(`${path}: the page at ${offset} does not fit its checksum`);
    if (stored === raw) return bytes;
    // In one piece: the default is many small ones, put together in the end.
    return zstdDecompressSync(bytes, { maxOutputLength: raw, chunkSize: Math.max(MIN_CHUNK, raw) });
  };
  const meta = readMeta(read, size, path, unpack);
  const traceBloom = unpack(meta.traceBloom);
  return {
    id,
    bytes: size,
    meta,
    cache,
    kept,
    close,
    page: (place, keep = false) =>
      keep
        ? cache.get(`${id}/${place[0]}`, () => {
            const value = unpack(place);
            return { value, bytes: value.length + 200 };
          })
        : unpack(place),
    mayHaveTrace: (hash) => bloomMayHave(traceBloom, hash),
  };
}

function readMeta(read: ReadBytes, size: number, path: string, unpack: (place: PagePlace) => Uint8Array): BlockMeta {
  if (size < BLOCK_MAGIC.length + TRAILER_BYTES) throw new DamagedDataError(`${path} is too short for a block of spans`);
  const trailer = Buffer.from(read(size - TRAILER_BYTES, TRAILER_BYTES));
  if (!trailer.subarray(8).equals(BLOCK_MAGIC)) throw new DamagedDataError(`${path} is no block of spans, or was not written to its end`);
  const length = trailer.readUInt32LE(0);
  const offset = size - TRAILER_BYTES - length;
  if (offset < BLOCK_MAGIC.length) throw new DamagedDataError(`${path}: its footer of ${length} bytes does not fit`);
  const raw = unpack([offset, length, length, trailer.readUInt32LE(4)]);
  try {
    // Safe because only finishBlock writes it, and its checksum fits.
    return JSON.parse(zstdDecompressSync(raw).toString('utf8')) as BlockMeta;
  } catch (cause) {
    throw new DamagedDataError(`${path}: its footer cannot be read`, { cause });
  }
}
