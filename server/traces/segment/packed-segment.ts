import { deserialize, serialize } from 'node:v8';
import { fromPlainSegment, toPlainSegment, type PlainSegment } from './plain-segment.ts';
import type { Segment } from './segment.ts';

/**
 * A segment as bytes that can be given from thread to thread without those that pass it on looking into it: a structured
 * clone of 100,000 spans would hold each of them up for 0.1 s.
 */
export interface PackedSegment {
  readonly spanCount: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Touches every column: a segment that reads from disk is read whole. */
export function packSegment(segment: Segment): PackedSegment {
  return { spanCount: segment.spanCount, bytes: ownBytes(serialize(toPlainSegment(segment))) };
}

/** The reverse of `packSegment`. The segment looks at the bytes where they are: they must not be given away any more. */
export function openPacked({ bytes }: PackedSegment): Segment {
  // Safe because only packSegment makes them.
  return fromPlainSegment(deserialize(bytes) as PlainSegment);
}

/** Bytes that are all of their buffer, as they must be to be given away: the same, or a copy. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}
