import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf, timesAt, traceOfRow } from '#server/traces/segment/span-at.ts';
import type { Exemplar } from './series-part.ts';

/**
 * The best example of each cell: the row with the greatest value (all are equal where there are no values), of equal ones
 * that with the least trace id, then span id; -1 for none. `cells[row]` is the cell of a row, negative where it does not count.
 */
export function bestRows(segment: Segment, cells: Int32Array, cellCount: number, values: Float64Array | undefined): Int32Array {
  const best = new Int32Array(cellCount).fill(-1);
  // The first bytes of its trace's id: more are compared only where these are equal, which is nearly never.
  const leads = new Float64Array(cellCount);
  const { firstRow, traceCount, traceIds } = segment;
  for (let trace = 0, row = 0; trace < traceCount; trace++) {
    const lead = leadOf(traceIds, trace);
    for (const to = firstRow[trace + 1] ?? 0; row < to; row++) {
      const cell = cells[row] ?? -1;
      if (cell < 0) continue;
      const other = best[cell] ?? -1;
      const higher = other < 0 ? 1 : values === undefined ? 0 : (values[row] ?? 0) - (values[other] ?? 0);
      if (higher < 0) continue;
      const before = leads[cell] ?? 0;
      if (higher === 0 && (lead > before || (lead === before && compareIds(segment, row, other) >= 0))) continue;
      best[cell] = row;
      leads[cell] = lead;
    }
  }
  return best;
}

/** More are not made of a segment: an answer has some dozens of all. */
const MOST_EXAMPLES = 64;

/** Which of the best rows become examples: all, or where there are very many those with the lowest trace ids, so that segments choose alike. */
export function fewExamples({ firstRow, traceIds }: Segment, best: Int32Array | undefined): (row: number) => boolean {
  const found = best?.reduce((sum, row) => sum + (row < 0 ? 0 : 1), 0) ?? 0;
  if (found <= MOST_EXAMPLES) return () => true;
  const bound = (MOST_EXAMPLES / found) * 2 ** 32;
  return (row) => leadOf(traceIds, traceOfRow(firstRow, row)) < bound;
}

/** A row as an example. */
export function exemplarOf(segment: Segment, row: number, value: number): Exemplar {
  const trace = traceOfRow(segment.firstRow, row);
  return { traceId: hexOf(segment.traceIds, trace * 16, 16), spanId: hexOf(segment.spanIds, row * 8, 8), timeUnixNano: String(timesAt(segment, row).startUnixNano), value };
}

function leadOf(ids: Uint8Array, trace: number): number {
  const at = trace * 16;
  return (ids[at] ?? 0) * 0x100_0000 + (((ids[at + 1] ?? 0) << 16) | ((ids[at + 2] ?? 0) << 8) | (ids[at + 3] ?? 0));
}

function compareIds({ firstRow, traceIds, spanIds }: Segment, row: number, other: number): number {
  return compareBytes(traceIds, traceOfRow(firstRow, row), traceOfRow(firstRow, other), 16) || compareBytes(spanIds, row, other, 8);
}

function compareBytes(bytes: Uint8Array, a: number, b: number, width: number): number {
  for (let i = 0; i < width; i++) {
    const difference = (bytes[a * width + i] ?? 0) - (bytes[b * width + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
