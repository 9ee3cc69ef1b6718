import { ByteReader, DamagedDataError } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { isChunkKind, type EncodedChunk } from './encoded-chunk.ts';
import { canonicalValue } from './stale-marker.ts';
import type { SeriesRef } from './storage.ts';

/** The first byte of records in a snapshot, beside COMMIT_RECORD: the state of the head, and chunks of some series. */
export const HEAD_RECORD = 5;
export const CHUNKS_RECORD = 6;

/** What is true of the whole head. */
export interface HeadState {
  readonly nextRef: SeriesRef;
  /** Unix ms; -Infinity when no block was written yet. */
  readonly validFrom: number;
}

/** What memory holds of one series. */
export interface HeadSeries {
  readonly ref: SeriesRef;
  readonly lastTime: number;
  readonly lastValue: number;
  readonly chunks: readonly EncodedChunk[];
  /** Samples out of order, as chunks. */
  readonly late: readonly EncodedChunk[];
}

/** Writes the state of the head as a record. */
export function writeHeadState(out: ByteWriter, state: HeadState): void {
  out.u8(HEAD_RECORD);
  out.varint(state.nextRef);
  out.f64(state.validFrom);
}
/** Reads it back. Throws DamagedDataError. */
export function readHeadState(payload: Uint8Array): HeadState {
  const from = new ByteReader(payload, 1);
  return { nextRef: from.varint(), validFrom: from.f64() };
}

/** Writes one series; several follow each other in a record that begins with CHUNKS_RECORD. */
export function writeHeadSeries(out: ByteWriter, series: HeadSeries): void {
  out.varint(series.ref);
  out.f64(series.lastTime);
  out.f64(canonicalValue(series.lastValue));
  writeChunks(out, series.chunks);
  writeChunks(out, series.late);
}
/** Reads all series of a record back; their chunks share memory with it. Throws DamagedDataError. */
export function readHeadSeries(payload: Uint8Array): HeadSeries[] {
  const from = new ByteReader(payload, 1);
  const series: HeadSeries[] = [];
  while (from.remaining > 0) series.push({ ref: from.varint(), lastTime: from.f64(), lastValue: from.f64(), chunks: readChunks(from), late: readChunks(from) });
  return series;
}

function writeChunks(out: ByteWriter, chunks: readonly EncodedChunk[]): void {
  out.varint(chunks.length);
  for (const { kind, minTime, maxTime, count, bytes } of chunks) {
    out.u8(kind);
    out.f64(minTime);
    out.f64(maxTime);
    out.varint(count);
    out.varint(bytes.length);
    out.bytes(bytes);
  }
}
function readChunks(from: ByteReader): EncodedChunk[] {
  const chunks: EncodedChunk[] = [];
  for (let left = from.count(19); left > 0; left--) {
    const kind = from.u8();
    if (!isChunkKind(kind)) throw new DamagedDataError(`a chunk of kind ${kind}`);
    const minTime = from.f64();
    const maxTime = from.f64();
    const count = from.varint();
    chunks.push({ kind, minTime, maxTime, count, bytes: from.bytes(from.varint()) });
  }
  return chunks;
}
