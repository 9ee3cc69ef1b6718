import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import type { SampleBuffer } from './sample-buffer.ts';
import type { Labels, SeriesSamples } from './storage.ts';

/**
 * One series out of samples from several places. Each piece is in time order; of samples at one time that of the earliest
 * piece wins. A counter histogram after a sample from another place is of unknown reset, since the two places did not
 * know of each other (Prometheus storage/merge.go, ChainSampleIterator). `buffer` is where merged samples go.
 */
export function mergeSamples(labels: Labels, pieces: readonly SeriesSamples[], buffer: SampleBuffer): SeriesSamples | undefined {
  const [only] = pieces;
  if (only === undefined || pieces.length === 1) return only;
  const inOrder = pieces.toSorted((a, b) => (a.timestamps[0] ?? 0) - (b.timestamps[0] ?? 0));
  if (inOrder.every((piece, i) => i === 0 || (piece.timestamps[0] ?? 0) > (inOrder[i - 1]?.timestamps.at(-1) ?? 0))) return concatenate(labels, inOrder, buffer);
  const total = pieces.reduce((sum, piece) => sum + piece.timestamps.length, 0);
  buffer.begin(total);
  const cursors = pieces.map((piece) => ({ piece, at: 0 }));
  let from: SeriesSamples | undefined;
  for (;;) {
    let next: { piece: SeriesSamples; at: number } | undefined;
    let time = Infinity;
    for (const cursor of cursors) {
      const own = cursor.piece.timestamps[cursor.at];
      if (own !== undefined && (next === undefined || own < time)) {
        next = cursor;
        time = own;
      }
    }
    if (next === undefined) return buffer.finish(labels);
    const { piece, at } = next;
    const histogram = piece.histograms?.[at];
    buffer.push(time, piece.values[at] ?? NaN, from === undefined || from === piece ? histogram : unknownReset(histogram), piece.startTimestamps?.[at] ?? 0);
    from = piece;
    for (const cursor of cursors) if (cursor.piece.timestamps[cursor.at] === time) cursor.at++;
  }
}

/** Pieces that follow each other in time, copied as wholes. */
function concatenate(labels: Labels, pieces: readonly SeriesSamples[], buffer: SampleBuffer): SeriesSamples | undefined {
  buffer.begin(pieces.reduce((sum, piece) => sum + piece.timestamps.length, 0));
  for (const { timestamps, values, histograms, startTimestamps } of pieces) buffer.pushAll(timestamps, values, histograms?.map((one, i) => (i === 0 ? unknownReset(one) : one)), startTimestamps);
  return buffer.finish(labels);
}

function unknownReset(histogram: FloatHistogram | undefined): FloatHistogram | undefined {
  return histogram === undefined || histogram.counterResetHint === 'gauge' || histogram.counterResetHint === 'unknown' ? histogram : { ...histogram, counterResetHint: 'unknown' };
}
