import { parseGoFloat } from '#server/promql/go-number.ts';
import { labelsKey } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';

/** The `data` of a query in the API's JSON, without histograms. */
export interface QueryData {
  readonly resultType: string;
  readonly result: unknown;
}
type Point = readonly [time: number, value: string];
interface Series {
  readonly metric: Labels;
  readonly value?: Point;
  readonly values?: readonly Point[];
}

/**
 * Whether two answers hold the same series with the same values; undefined, or what differs. Floats may differ in the last digits
 * (1e-12 of the larger one, or of 1 near zero); NaN is NaN; the order of series does not count.
 */
export function differenceOf(ours: QueryData, theirs: QueryData): string | undefined {
  if (ours.resultType !== theirs.resultType) return `ours is a ${ours.resultType}, theirs a ${theirs.resultType}`;
  if (ours.resultType === 'scalar') return differingPoint([ours.result as Point], [theirs.result as Point]);
  if (ours.resultType === 'string') return JSON.stringify(ours.result) === JSON.stringify(theirs.result) ? undefined : 'the strings differ';
  const a = byLabels(ours.result as readonly Series[]);
  const b = byLabels(theirs.result as readonly Series[]);
  for (const [key, { metric }] of a) if (!b.has(key)) return `only ours has ${JSON.stringify(metric)}`;
  for (const [key, { metric, points }] of b) {
    const mine = a.get(key);
    if (mine === undefined) return `only theirs has ${JSON.stringify(metric)}`;
    const difference = differingPoint(mine.points, points);
    if (difference !== undefined) return `${JSON.stringify(metric)}: ${difference}`;
  }
  return undefined;
}

function byLabels(series: readonly Series[]): Map<string, { readonly metric: Labels; readonly points: readonly Point[] }> {
  return new Map(series.map(({ metric, value, values }) => [labelsKey(metric), { metric, points: values ?? (value === undefined ? [] : [value]) }]));
}

function differingPoint(ours: readonly Point[], theirs: readonly Point[]): string | undefined {
  if (ours.length !== theirs.length) return `ours has ${ours.length} points, theirs ${theirs.length}`;
  for (const [i, [time, value]] of ours.entries()) {
    const other = theirs[i];
    if (other === undefined || other[0] !== time) return `ours has a point at ${time}, theirs at ${other?.[0] ?? 'none'}`;
    if (!isClose(value, other[1])) return `at ${time} ours is ${value}, theirs ${other[1]}`;
  }
  return undefined;
}

function isClose(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [parseGoFloat(a) ?? NaN, parseGoFloat(b) ?? NaN];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y);
  return Math.abs(x - y) <= 1e-12 * Math.max(1, Math.abs(x), Math.abs(y));
}
