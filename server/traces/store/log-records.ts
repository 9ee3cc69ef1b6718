import { open } from 'node:fs/promises';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { DamagedDataError } from '#server/timeseries/byte-reader.ts';
import type { OtlpEncoding } from '#server/traces/otlp/decode-request.ts';
import type { Span } from '#server/traces/trace-backend.ts';

/** Begins every record, so that the next one is found behind a damaged one. */
const MAGIC = Buffer.from('BNSPNREC', 'latin1');
const KINDS = { protobuf: 1, json: 2, spans: 3, block: 4 } as const;
const BODY_AT = MAGIC.length + 1 + 8;
/** Length and CRC-32, which the log puts before each record (server/timeseries/record-file.ts). */
const FRAME_BYTES = 8;
const MAX_RECORD_BYTES = 1024 * 1024 * 1024;

/** What the log keeps: requests as they came, spans of other origin, and the spans that a flush left in the head. */
export type LogRecord =
  | { readonly kind: 'request'; readonly storedMs: number; readonly encoding: OtlpEncoding; readonly body: Uint8Array }
  | { readonly kind: 'spans'; readonly storedMs: number; readonly spans: readonly Span[] }
  | { readonly kind: 'block'; readonly storedMs: number; readonly bytes: Uint8Array };

/** A record as bytes, packed. */
export function encodeLogRecord(record: LogRecord): Buffer {
  const head = Buffer.alloc(BODY_AT);
  MAGIC.copy(head);
  head.writeDoubleLE(record.storedMs, MAGIC.length + 1);
  head[MAGIC.length] = record.kind === 'request' ? KINDS[record.encoding] : KINDS[record.kind];
  if (record.kind === 'block') return Buffer.concat([head, record.bytes]);
  return Buffer.concat([head, pack(record.kind === 'request' ? record.body : Buffer.from(JSON.stringify(record.spans)))]);
}

/** The reverse of `encodeLogRecord`. Throws DamagedDataError. */
export function decodeLogRecord(payload: Buffer): LogRecord {
  if (!payload.subarray(0, MAGIC.length).equals(MAGIC) || payload.length < BODY_AT) throw new DamagedDataError('a record of another kind');
  const storedMs = payload.readDoubleLE(MAGIC.length + 1);
  const body = payload.subarray(BODY_AT);
  switch (payload[MAGIC.length]) {
    case KINDS.protobuf:
      return { kind: 'request', storedMs, encoding: 'protobuf', body: unpack(body) };
    case KINDS.json:
      return { kind: 'request', storedMs, encoding: 'json', body: unpack(body) };
    case KINDS.spans:
      // Safe because only encodeLogRecord writes it, and the record's checksum fits.
      return { kind: 'spans', storedMs, spans: JSON.parse(unpack(body).toString('utf8')) as Span[] };
    case KINDS.block:
      return { kind: 'block', storedMs, bytes: body };
    default:
      throw new DamagedDataError(`a record of the unknown kind ${payload[MAGIC.length]}`);
  }
}

/** What was not as it was written. */
export interface LogDamage {
  /** Damaged places with whole records behind them. */
  readonly corrupt: number;
  /** Bytes at the end that are no whole record: a write that was under way. */
  readonly tornBytes: number;
}

/**
 * Gives every whole record of a log file to `onRecord`. A damaged one is passed over: the next one is found by how records
 * begin. Throws on I/O errors.
 */
export async function readLogFile(path: string, onRecord: (payload: Buffer) => Promise<void>): Promise<LogDamage> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read = async (at: number, length: number): Promise<Buffer> => {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - at)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
      return bytes.subarray(0, bytesRead);
    };
    let corrupt = 0;
    let at = 0;
    while (at < size) {
      const payload = await recordAt(read, at, size);
      if (payload !== undefined) {
        await onRecord(payload);
        at += FRAME_BYTES + payload.length;
        continue;
      }
      const next = await nextRecord(read, at + 1, size);
      if (next === undefined) return { corrupt, tornBytes: size - at };
      corrupt++;
      at = next;
    }
    return { corrupt, tornBytes: 0 };
  } finally {
    await file.close();
  }
}

type ReadAt = (at: number, length: number) => Promise<Buffer>;

async function recordAt(read: ReadAt, at: number, size: number): Promise<Buffer | undefined> {
  const head = await read(at, FRAME_BYTES + MAGIC.length);
  if (head.length < FRAME_BYTES + MAGIC.length || !head.subarray(FRAME_BYTES).equals(MAGIC)) return undefined;
  const length = head.readUInt32LE(0);
  if (length > MAX_RECORD_BYTES || at + FRAME_BYTES + length > size) return undefined;
  const payload = await read(at + FRAME_BYTES, length);
  return payload.length === length && crc32(payload) === head.readUInt32LE(4) ? payload : undefined;
}

/** Where the first whole record from `from` on begins. */
async function nextRecord(read: ReadAt, from: number, size: number): Promise<number | undefined> {
  const piece = 4 * 1024 * 1024;
  for (let start = from; start < size; start += piece) {
    const bytes = await read(start, piece + FRAME_BYTES + MAGIC.length);
    for (let found = bytes.indexOf(MAGIC); found >= 0; found = bytes.indexOf(MAGIC, found + 1)) {
      const at = start + found - FRAME_BYTES;
      if (at >= from && (await recordAt(read, at, size)) !== undefined) return at;
    }
  }
  return undefined;
}

function pack(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
}

function unpack(bytes: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(bytes);
  } catch (cause) {
    throw new DamagedDataError('a packed record cannot be unpacked', { cause });
  }
}
