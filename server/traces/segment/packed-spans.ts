import { deserialize, serialize } from 'node:v8';
import type { Span } from '#server/traces/trace-backend.ts';
import { ownBytes } from './packed-segment.ts';

/** Spans as bytes that can be given from thread to thread (see PackedSegment). */
export interface PackedSpans {
  readonly spanCount: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What spans share, as their resource, they share afterwards too. */
export function packSpans(spans: readonly Span[]): PackedSpans {
  return { spanCount: spans.length, bytes: ownBytes(serialize(spans)) };
}

/** The reverse of `packSpans`. */
export function openPackedSpans({ bytes }: PackedSpans): readonly Span[] {
  // Safe because only packSpans makes them.
  return deserialize(bytes) as readonly Span[];
}
