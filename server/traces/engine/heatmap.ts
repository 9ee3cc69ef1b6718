import type { HeatmapAnswer, HeatmapRequest } from '#server/traces/trace-questions.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { timesAt } from '#server/traces/segment/span-at.ts';
import type { Matched, TimeRange } from './matched.ts';
import { traceTable } from './trace-table.ts';

/** Steps of the fine scale within each doubling of a duration. */
const STEPS = 16;
/** Of the fine scale: 0 ns, then 16 steps for each of the 64 doublings. */
const FINE = 1 + 64 * STEPS;

/** Counts over time and a fine scale of durations: parts of any segments add up, and the scale that is shown is chosen at the end. */
export interface HeatmapPart {
  /** By `time * FINE + fine`; [count, errors]. */
  readonly cells: ReadonlyMap<number, readonly [count: number, errors: number]>;
}

type HeatmapShape = Pick<HeatmapRequest, 'of' | 'timeBuckets'> & TimeRange;

/** A segment's part. A trace counts at its start, also when that lies before the range: then in the first column. */
export function heatmapPart({ segment, mask, traces }: Matched, request: HeatmapShape): HeatmapPart {
  const cells = new Map<number, [number, number]>();
  const timeOf = timeBucket(segment, request);
  const add = (row: number, duration: number, failed: boolean): void => {
    const key = timeOf(row) * FINE + fineBucket(duration);
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, [1, failed ? 1 : 0]);
    else {
      cell[0] += 1;
      if (failed) cell[1] += 1;
    }
  };
  if (request.of === 'traces') {
    const { duration, errors } = traceTable(segment);
    for (const trace of traces) add(segment.firstRow[trace] ?? 0, duration[trace] ?? 0, (errors[trace] ?? 0) > 0);
  } else {
    const { duration, status } = segment;
    for (let row = 0; row < mask.length; row++) if (mask[row] === 1) add(row, duration[row] ?? 0, status[row] === 2);
  }
  return { cells };
}

/** Adds parts up. */
export function mergeHeatmaps(parts: readonly HeatmapPart[]): HeatmapPart {
  const cells = new Map<number, [number, number]>();
  for (const part of parts) {
    for (const [key, [count, errors]] of part.cells) {
      const cell = cells.get(key);
      if (cell === undefined) cells.set(key, [count, errors]);
      else {
        cell[0] += count;
        cell[1] += errors;
      }
    }
  }
  return { cells };
}

/** Puts the fine scale into as many buckets as were asked for, between the shortest and the longest that is there. */
export function heatmapAnswer({ cells: fine }: HeatmapPart, request: HeatmapRequest): Omit<HeatmapAnswer, 'exact' | 'notes'> {
  let least = FINE;
  let most = 0;
  for (const key of fine.keys()) {
    least = Math.min(least, key % FINE);
    most = Math.max(most, key % FINE);
  }
  const { timeBuckets, durationBuckets } = request;
  const edges = durationEdges(least, most, durationBuckets);
  const coarse = new Map<string, { time: number; duration: number; count: number; errors: number }>();
  let total = 0;
  for (const [key, [count, errors]] of fine) {
    const time = Math.floor(key / FINE);
    const duration = bucketOf(edges.fine, key % FINE);
    const cell = coarse.get(`${time} ${duration}`);
    if (cell === undefined) coarse.set(`${time} ${duration}`, { time, duration, count, errors });
    else {
      cell.count += count;
      cell.errors += errors;
    }
    total += count;
  }
  const from = BigInt(request.fromUnixNano);
  const span = BigInt(request.toUnixNano) - from;
  return {
    timeEdges: Array.from({ length: timeBuckets + 1 }, (_, i) => String(from + (span * BigInt(i)) / BigInt(timeBuckets))),
    durationEdges: edges.nano,
    cells: [...coarse.values()].sort((a, b) => a.time - b.time || a.duration - b.duration),
    total,
  };
}

/** The step of the fine scale that a duration in nanoseconds is in: exponent and first four bits of its mantissa, so that no logarithm is rounded. */
export function fineBucket(duration: number): number {
  if (!(duration >= 1)) return 0;
  bits.setFloat64(0, duration);
  return Math.min(FINE - 1, 1 + (bits.getUint32(0) >>> 16) - 1023 * STEPS);
}
const bits = new DataView(new ArrayBuffer(8));

/** The shortest duration that is in a step of the fine scale. */
export function fineEdge(fine: number): number {
  if (fine <= 0) return 0;
  const doubling = Math.floor((fine - 1) / STEPS);
  return 2 ** doubling * (1 + ((fine - 1) % STEPS) / STEPS);
}

/** First fine step of each bucket, and the edges in nanoseconds (one more). The first bucket begins at 0. */
function durationEdges(least: number, most: number, buckets: number): { fine: number[]; nano: number[] } {
  if (least > most) return { fine: [0], nano: [0, 1] };
  const width = Math.max(1, Math.ceil((most - least + 1) / buckets));
  const fine: number[] = [];
  for (let at = least; at <= most; at += width) fine.push(at);
  const nano = fine.map(fineEdge);
  // What is shorter than the shortest is not there: its bucket may as well begin where the scale does.
  nano[0] = 0;
  fine[0] = 0;
  nano.push(fineEdge((fine.length === 1 ? least : (fine.at(-1) ?? 0)) + width));
  return { fine, nano };
}

/** The last bucket that begins at or before a step. */
function bucketOf(starts: readonly number[], fine: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= fine) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The column of a row's start: bucket i is [edge i, edge i + 1), of the edges that are told; what lies before the range is in the first. */
function timeBucket(segment: Segment, { fromUnixNano, toUnixNano, timeBuckets }: HeatmapShape): (row: number) => number {
  const from = fromUnixNano;
  const span = toUnixNano - from;
  if (span <= 0n) return () => 0;
  const edges = Array.from({ length: timeBuckets }, (_, i) => from + (span * BigInt(i)) / BigInt(timeBuckets));
  const { start, wideTimes, baseUnixNano } = segment;
  const numbers = edges.map((edge) => Number(edge - baseUnixNano));
  const guess = timeBuckets / Number(span);
  return (row) => {
    if (wideTimes.has(row)) {
      const at = timesAt(segment, row).startUnixNano;
      return Math.max(0, edges.findLastIndex((edge) => edge <= at));
    }
    const at = start[row] ?? 0;
    let bucket = Math.min(timeBuckets - 1, Math.max(0, Math.floor((at - (numbers[0] ?? 0)) * guess)));
    while (bucket > 0 && at < (numbers[bucket] ?? 0)) bucket -= 1;
    while (bucket + 1 < timeBuckets && at >= (numbers[bucket + 1] ?? 0)) bucket += 1;
    return bucket;
  };
}
