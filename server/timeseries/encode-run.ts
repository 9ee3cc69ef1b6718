import { decodeChunk, type EncodedChunk } from './encoded-chunk.ts';
import { READ_PADDING } from './bit-stream.ts';
import type { SampleBuffer } from './sample-buffer.ts';
import { SeriesChunks } from './series-chunks.ts';
import type { Labels, SeriesSamples } from './storage.ts';

/** Compresses samples in time order into chunks that do not cross multiples of `rangeMs`. */
export function encodeRun(samples: SeriesSamples, rangeMs: number): EncodedChunk[] {
  const chunks = new SeriesChunks(rangeMs);
  chunks.open(0);
  const { timestamps, values, histograms, startTimestamps } = samples;
  for (let i = 0; i < timestamps.length; i++) chunks.append(0, timestamps[i] ?? 0, values[i] ?? NaN, histograms?.[i], startTimestamps?.[i] ?? 0);
  return chunks.encoded(0);
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
