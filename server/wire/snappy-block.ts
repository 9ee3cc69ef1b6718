/** Bytes that are not a Snappy block. */
export class SnappyError extends Error {
  override readonly name = 'SnappyError';
}

/** How many bytes the block says it unpacks to, and where its elements begin. Throws SnappyError. */
export function snappyLength(block: Uint8Array): { readonly length: number; readonly start: number } {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) {
      if (length > 0xffff_ffff) break;
      return { length, start: i + 1 };
    }
  }
  throw new SnappyError('the length at its start is damaged');
}

/**
 * Unpacks a Snappy block (not the framing format). The caller checks `snappyLength` against what it allows first: that
 * much memory is taken. Every element must lie within the block, and together they must give exactly the stated length.
 * Throws SnappyError. Time is linear in the two lengths. Source: google/snappy format_description.txt.
 */
export function unpackSnappy(block: Uint8Array): Uint8Array {
  const { length, start } = snappyLength(block);
  const out = new Uint8Array(length);
  let at = start;
  let filled = 0;
  while (at < block.length) {
    const tag = block[at++] ?? 0;
    const kind = tag & 3;
    if (kind === 0) {
      let size = tag >>> 2;
      if (size >= 60) {
        const width = size - 59;
        if (at + width > block.length) throw new SnappyError('a literal has no length');
        size = littleEndian(block, at, width);
        at += width;
      }
      size++;
      if (at + size > block.length) throw new SnappyError('a literal goes beyond the end');
      if (filled + size > length) throw new SnappyError('it holds more than the stated length');
      out.set(block.subarray(at, at + size), filled);
      at += size;
      filled += size;
      continue;
    }
    const width = kind === 1 ? 1 : kind === 2 ? 2 : 4;
    if (at + width > block.length) throw new SnappyError('a copy has no offset');
    const size = kind === 1 ? 4 + ((tag >>> 2) & 7) : (tag >>> 2) + 1;
    const offset = kind === 1 ? ((tag >>> 5) << 8) | (block[at] ?? 0) : littleEndian(block, at, width);
    at += width;
    if (offset === 0 || offset > filled) throw new SnappyError('a copy points before the beginning');
    if (filled + size > length) throw new SnappyError('it holds more than the stated length');
    if (offset >= size) out.copyWithin(filled, filled - offset, filled - offset + size);
    // What is copied is being made by the copy: byte by byte.
    else for (let i = 0; i < size; i++) out[filled + i] = out[filled - offset + i] ?? 0;
    filled += size;
  }
  if (filled < length) throw new SnappyError('it ends before the stated length');
  return out;
}

function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
