import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { MetricsStage } from '../ast.ts';
import { boundOf, bucketOf, quantileOf } from './buckets.ts';
import type { Exemplar, MeasuredPart, SeriesPart } from './series-part.ts';

/** One line of the answer. */
export interface Series {
  readonly labels: Readonly<Record<string, AttributeValue>>;
  readonly values: readonly (number | null)[];
  readonly exemplars: readonly Exemplar[];
}

/**
 * The series of a metrics function from all that was measured, in order of their labels. Names of labels as Tempo gives
 * them: what is grouped by, `p` for quantiles, `__bucket` for histograms (upper bound, durations in seconds),
 * `__meta_type` for compare, and `__name__` where there is no other. What was counted is 0 where there is nothing, what
 * was measured is null.
 */
export function finishStage(stage: MetricsStage, part: MeasuredPart, stepNano: bigint, inSeconds: boolean): Series[] {
  if (stage.function === 'compare') return topOfEach(stage.compare?.top ?? 10, part);
  const all = [...part.series.values()];
  const unit = inSeconds ? 1e-9 : 1;
  const finished = all.flatMap((series): Series[] => {
    const labels = Object.fromEntries(series.labels);
    const given = Object.keys(labels).length === 0 ? { __name__: stage.function } : labels;
    const exemplars = [...series.exemplars.values()];
    switch (stage.function) {
      case 'rate':
        return [{ labels: given, values: Array.from(series.counts, (n) => n / (Number(stepNano) / 1e9)), exemplars }];
      case 'count_over_time':
        return [{ labels: given, values: [...series.counts], exemplars }];
      case 'sum_over_time':
        return [{ labels: given, values: where(series, (i) => series.sums?.[i]), exemplars }];
      case 'avg_over_time':
        return [{ labels: given, values: where(series, (i) => (series.sums?.[i] ?? 0) / (series.counts[i] ?? 1)), exemplars }];
      case 'min_over_time':
        return [{ labels: given, values: where(series, (i) => series.least?.[i]), exemplars }];
      case 'max_over_time':
        return [{ labels: given, values: where(series, (i) => series.most?.[i]), exemplars }];
      case 'quantile_over_time':
        return (stage.quantiles ?? []).map((p) => ({ labels: { ...labels, p }, values: where(series, (i) => scaled(quantileAt(series, p, i), unit)), exemplars }));
      default:
        return bucketsOf(series).map(([bucket, counts]) => ({ labels: { ...labels, __bucket: boundOf(bucket) * unit }, values: [...counts], exemplars: exemplars.filter((e) => bucketOf(inSeconds ? Math.round(e.value * 1e9) : e.value, false) === bucket) }));
    }
  });
  return finished.sort(byLabels);
}

function where(series: SeriesPart, of: (time: number) => number | undefined): (number | null)[] {
  return Array.from(series.counts, (count, time) => (count === 0 ? null : (of(time) ?? null)));
}

function scaled(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : value * unit;
}

function quantileAt(series: SeriesPart, quantile: number, time: number): number | undefined {
  return quantileOf(quantile, bucketsOf(series).map(([bucket, counts]) => [bucket, counts[time] ?? 0] as const));
}

/** Each bucket with its spans at each time, ascending. */
function bucketsOf({ buckets, counts }: SeriesPart): (readonly [bucket: number, counts: Float64Array])[] {
  return Array.from(buckets?.at ?? [], (bucket, i) => [bucket, buckets?.counts.subarray(i * counts.length, (i + 1) * counts.length) ?? counts]);
}

/** Of compare: of each attribute and side the most frequent values; an attribute with more has a series that says so. */
function topOfEach(top: number, part: MeasuredPart): Series[] {
  const groups = Map.groupBy(part.series.values(), (series) => `${String(series.labels[0]?.[1])} ${series.labels[1]?.[0] ?? ''}`);
  const cut = new Set(part.cut);
  const kept = [...groups.values()].flatMap((group): Series[] => {
    const counted = group.map((series) => ({ series, total: series.counts.reduce((sum, n) => sum + n, 0) })).filter(({ total }) => total > 0);
    if (counted.length > top) cut.add(group[0]?.labels[1]?.[0] ?? '');
    return counted
      .sort((a, b) => b.total - a.total || compareTexts(JSON.stringify(a.series.labels), JSON.stringify(b.series.labels)))
      .slice(0, top)
      .map(({ series }) => ({ labels: Object.fromEntries(series.labels), values: [...series.counts], exemplars: [...series.exemplars.values()] }));
  });
  const times = kept[0]?.values.length ?? 0;
  const faults = [...cut].map((name): Series => ({ labels: { __meta_error: '__too_many_values__', [name]: null }, values: Array.from({ length: times }, () => null), exemplars: [] }));
  return [...kept, ...faults].sort(byLabels);
}

/** In order of the texts of their labels; numbers by their size. */
export function byLabels(a: Pick<Series, 'labels'>, b: Pick<Series, 'labels'>): number {
  const [left, right] = [Object.entries(a.labels), Object.entries(b.labels)];
  for (const [i, [name, value]] of left.entries()) {
    const [otherName, otherValue] = right[i] ?? ['', null];
    if (name !== otherName) return compareTexts(name, otherName);
    if (value === otherValue) continue;
    const order = typeof value === 'number' && typeof otherValue === 'number' ? value - otherValue : compareTexts(JSON.stringify(value), JSON.stringify(otherValue));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
