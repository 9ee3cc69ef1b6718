import type { HeatmapAnswer, HeatmapRequest } from '#server/traces/trace-questions.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { Matched, TimeRange } from './matched.ts';
import { traceTable } from './trace-table.ts';

/** Steps of the fine scale within each doubling of a duration. */
const STEPS = 16;
/** Of the fine scale: 0 ns, then 16 steps for each of the 64 doublings. */
const FINE = 1 + 64 * STEPS;

/** Counts over time and a fine scale of durations, at `time * FINE + fine`: parts of any segments add up, and the scale that is shown is chosen at the end. */
export interface HeatmapPart {
  readonly counts: Uint32Array;
  readonly errors: Uint32Array;
}

type HeatmapShape = Pick<HeatmapRequest, 'of' | 'timeBuckets'> & TimeRange;

/** Nothing counted yet. */
export function emptyHeatmap({ timeBuckets }: Pick<HeatmapRequest, 'timeBuckets'>): HeatmapPart {
  return { counts: new Uint32Array(timeBuckets * FINE), errors: new Uint32Array(timeBuckets * FINE) };
}

/** Counts what matches in a segment. A trace counts at its start, also when that lies before the range: then in the first column. */
export function countInto({ counts, errors }: HeatmapPart, { segment, rows, traces }: Matched, request: HeatmapShape): void {
  const add = (cell: number, failed: boolean): void => {
    counts[cell] = (counts[cell] ?? 0) + 1;
    if (failed) errors[cell] = (errors[cell] ?? 0) + 1;
  };
  if (request.of === 'traces') {
    const table = traceTable(segment);
    const [durations, failures] = [table.durations(), table.errors()];
    const timeOf = timeBucket(segment, request, table.starts(), (trace) => segment.firstRow[trace] ?? 0);
    for (const trace of traces) add(timeOf(trace) * FINE + fineBucket(durations[trace] ?? 0), (failures[trace] ?? 0) > 0);
  } else {
    const { duration, status } = segment;
    const timeOf = timeBucket(segment, request, segment.start, (row) => row);
    for (const row of rows()) add(timeOf(row) * FINE + fineBucket(duration[row] ?? 0), status[row] === 2);
  }
}

/** Adds parts up, into the first. */
export function mergeHeatmaps(parts: readonly HeatmapPart[], request: Pick<HeatmapRequest, 'timeBuckets'>): HeatmapPart {
  const [first = emptyHeatmap(request), ...rest] = parts;
  for (const part of rest) {
    for (let i = 0; i < first.counts.length; i++) {
      first.counts[i] = (first.counts[i] ?? 0) + (part.counts[i] ?? 0);
      first.errors[i] = (first.errors[i] ?? 0) + (part.errors[i] ?? 0);
    }
  }
  return first;
}

/** Puts the fine scale into as many buckets as were asked for, between the shortest and the longest that is there. */
export function heatmapAnswer({ counts, errors }: HeatmapPart, request: HeatmapRequest): Omit<HeatmapAnswer, 'exact' | 'notes'> {
  let least = FINE;
  let most = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    least = Math.min(least, i % FINE);
    most = Math.max(most, i % FINE);
  }
  const { timeBuckets, durationBuckets } = request;
  const edges = durationEdges(least, most, durationBuckets);
  const cells: { time: number; duration: number; count: number; errors: number }[] = [];
  let total = 0;
  for (let time = 0; time < timeBuckets; time++) {
    for (const [duration, fine] of edges.fine.entries()) {
      const cell = { time, duration, count: 0, errors: 0 };
      const to = edges.fine[duration + 1] ?? FINE;
      for (let i = time * FINE + fine; i < time * FINE + to; i++) {
        cell.count += counts[i] ?? 0;
        cell.errors += errors[i] ?? 0;
      }
      if (cell.count > 0) cells.push(cell);
      total += cell.count;
    }
  }
  const from = BigInt(request.fromUnixNano);
  const span = BigInt(request.toUnixNano) - from;
  return { timeEdges: Array.from({ length: timeBuckets + 1 }, (_, i) => String(from + (span * BigInt(i)) / BigInt(timeBuckets))), durationEdges: edges.nano, cells, total };
}

/** The step of the fine scale that a duration in nanoseconds is in: exponent and first four bits of its mantissa, so that no logarithm is rounded. */
export function fineBucket(duration: number): number {
  if (!(duration >= 1)) return 0;
  number[0] = duration;
  return Math.min(FINE - 1, 1 + ((halves[HIGH] ?? 0) >>> 16) - 1023 * STEPS);
}
const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

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

/** The column of a start: bucket i is [edge i, edge i + 1), of the edges that are told; what lies before the range is in the first. `rowOf`: the row that the start at a place is of. */
function timeBucket({ wideTimes, baseUnixNano }: Segment, { fromUnixNano, toUnixNano, timeBuckets }: HeatmapShape, starts: Float64Array, rowOf: (place: number) => number): (place: number) => number {
  const from = fromUnixNano;
  const span = toUnixNano - from;
  if (span <= 0n) return () => 0;
  const edges = Array.from({ length: timeBuckets }, (_, i) => from + (span * BigInt(i)) / BigInt(timeBuckets));
  const numbers = Float64Array.from(edges, (edge) => Number(edge - baseUnixNano));
  const guess = timeBuckets / Number(span);
  const first = numbers[0] ?? 0;
  const near = (place: number): number => {
    const at = starts[place] ?? 0;
    let bucket = Math.min(timeBuckets - 1, Math.max(0, Math.floor((at - first) * guess)));
    while (bucket > 0 && at < (numbers[bucket] ?? 0)) bucket -= 1;
    while (bucket + 1 < timeBuckets && at >= (numbers[bucket + 1] ?? 0)) bucket += 1;
    return bucket;
  };
  if (wideTimes.size === 0) return near;
  return (place) => {
    const exact = wideTimes.get(rowOf(place));
    return exact === undefined ? near(place) : Math.max(0, edges.findLastIndex((edge) => edge <= exact.startUnixNano));
  };
}
