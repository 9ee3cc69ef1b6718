import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** How far a file of records could be read. */
export interface RecordFileEnd {
  /** Bytes up to the end of the last whole record. */
  readonly validBytes: number;
  readonly totalBytes: number;
  /** Why reading stopped before the end: cut off in the middle, or a checksum that does not fit. */
  readonly damage: 'torn' | 'corrupt' | undefined;
}

const HEADER_BYTES = 8;
const MAX_RECORD_BYTES = 256 * 1024 * 1024;
const READ_BYTES = 4 * 1024 * 1024;

/** One record as it stands in a file: length and CRC-32 of the payload (both u32 little endian), then the payload. */
export function frameRecord(payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  framed.writeUInt32LE(payload.length, 0);
  framed.writeUInt32LE(crc32(payload), 4);
  framed.set(payload, HEADER_BYTES);
  return framed;
}

/**
 * Reads a file of records in pieces and calls `onRecord` for each whole one (its buffer is the callee's to keep). Stops
 * at the first damaged record and says where: what follows a bad length cannot be trusted. Throws on I/O errors.
 */
export async function readRecordFile(path: string, onRecord: (payload: Buffer) => void): Promise<RecordFileEnd> {
  const file = await open(path, 'r');
  try {
    const totalBytes = (await file.stat()).size;
    let carried: Buffer = Buffer.alloc(0);
    let validBytes = 0;
    for (;;) {
      const piece = Buffer.allocUnsafe(READ_BYTES);
      const { bytesRead } = await file.read(piece, 0, READ_BYTES);
      let data = carried.length === 0 ? piece.subarray(0, bytesRead) : Buffer.concat([carried, piece.subarray(0, bytesRead)]);
      for (;;) {
        if (data.length < HEADER_BYTES) break;
        const length = data.readUInt32LE(0);
        if (length > MAX_RECORD_BYTES) return { validBytes, totalBytes, damage: 'corrupt' };
        if (data.length < HEADER_BYTES + length) break;
        const payload = data.subarray(HEADER_BYTES, HEADER_BYTES + length);
        if (crc32(payload) !== data.readUInt32LE(4)) return { validBytes, totalBytes, damage: 'corrupt' };
        onRecord(payload);
        validBytes += HEADER_BYTES + length;
        data = data.subarray(HEADER_BYTES + length);
      }
      if (bytesRead === 0) return { validBytes, totalBytes, damage: data.length > 0 ? 'torn' : undefined };
      carried = data;
    }
  } finally {
    await file.close();
  }
}
