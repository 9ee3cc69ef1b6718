import { decodeChunk, type EncodedChunk } from './encoded-chunk.ts';
import { READ_PADDING } from './bit-stream.ts';
import type { SampleBuffer } from './sample-buffer.ts';
import { SeriesChunks } from './series-chunks.ts';
import type { Labels, SeriesSamples } from './storage.ts';

/** Compresses one run of samples after the other, in memory that it uses again. */
export class RunEncoder {
  readonly #chunks: SeriesChunks;

  /** No chunk will cross a multiple of `rangeMs`. */
  constructor(rangeMs: number) {
    this.#chunks = new SeriesChunks(rangeMs);
  }

  /** The chunks of samples in time order; valid until the next call. */
  encode({ timestamps, values, histograms, startTimestamps }: SeriesSamples): EncodedChunk[] {
    const chunks = this.#chunks;
    chunks.dropBefore(0, Infinity);
    chunks.open(0);
    for (let i = 0; i < timestamps.length; i++) chunks.append(0, timestamps[i] ?? 0, values[i] ?? NaN, histograms?.[i], startTimestamps?.[i] ?? 0);
    return chunks.encoded(0);
  }
}

/** The samples of chunks that stand in time order and do not overlap. Bytes that are no chunks give a DamagedDataError or a RangeError. */
export function decodeRun(labels: Labels, chunks: readonly EncodedChunk[], buffer: SampleBuffer): SeriesSamples | undefined {
  buffer.begin(chunks.reduce((sum, chunk) => sum + chunk.count, 0));
  for (const chunk of chunks) {
    const bytes = new Uint8Array(chunk.bytes.length + READ_PADDING);
    bytes.set(chunk.bytes);
    decodeChunk(chunk.kind, { bytes, view: new DataView(bytes.buffer), offset: 0, length: chunk.bytes.length }, chunk.count, chunk.minTime, -Infinity, Infinity, buffer);
  }
  return buffer.finish(labels);
}
