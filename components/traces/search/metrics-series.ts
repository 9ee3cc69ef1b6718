import { seriesColor, summarise } from '#components/charts/chart-series.ts';
import type { Unit } from '#components/charts/format-number.ts';
import type { DrawnSeries } from '#components/explore/drawn-series.ts';
import type { ExemplarPoint } from '#components/explore/queries.ts';
import type { DeltasAnswer, HeatmapAnswer, TraceMetricsAnswer } from '#server/traces/trace-questions.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { INTRINSIC_TYPES } from '#server/traces/traceql/words.ts';
import { valueText } from './conditions.ts';

type Series = TraceMetricsAnswer['series'][number];

/** What the numbers of a metrics query are: durations are given in seconds. */
export function unitOfMetrics(metrics: TraceQl['metrics']): Unit {
  if (metrics === undefined || metrics.kind !== 'metrics') return 'none';
  if (metrics.function === 'rate') return 'ops';
  if (metrics.function === 'count_over_time') return 'count';
  return metrics.of?.kind === 'intrinsic' && INTRINSIC_TYPES[metrics.of.name] === 'duration' ? 's' : 'none';
}

/** Series as lines of a graph, coloured in the order they come. */
export function lineSeries({ timesUnixNano, series }: TraceMetricsAnswer): readonly DrawnSeries[] {
  const times = timesUnixNano.map(toMs);
  return series.map((one, index) => {
    const points = times.map((t, at) => ({ t, v: one.values[at] ?? null }));
    const name = seriesName(one);
    return { id: name, letter: '', name, fullName: name, labels: textLabels(one), color: seriesColor(index), points, ...summarise(points) };
  });
}

/**
 * Single spans among the lines, each once though several quantiles have it; each leads to its trace. A span that was only counted
 * (`onLine`) has no value of its own on the axis: it stands on the line it was counted in.
 */
export function exemplarPoints({ series, timesUnixNano }: TraceMetricsAnswer, { onLine }: { readonly onLine: boolean }): readonly ExemplarPoint[] {
  const bySpan = new Map<string, ExemplarPoint>();
  const times = timesUnixNano.map(toMs);
  for (const one of series) {
    for (const { traceId, spanId, timeUnixNano, value } of one.exemplars) {
      const t = toMs(timeUnixNano);
      bySpan.set(`${traceId} ${spanId}`, { seriesLabels: textLabels(one), labels: { trace_id: traceId, span_id: spanId }, value: onLine ? valueAt(times, one.values, t) : value, t });
    }
  }
  return [...bySpan.values()];
}

/** The value of a line at a moment, on the straight way between its points; 0 where it has none. */
function valueAt(times: readonly number[], values: readonly (number | null)[], t: number): number {
  const after = times.findIndex((time) => time >= t);
  const [right, left] = [after === -1 ? times.length - 1 : after, after === -1 ? times.length - 1 : Math.max(0, after - 1)];
  const [from, to] = [values[left] ?? 0, values[right] ?? 0];
  const span = (times[right] ?? 0) - (times[left] ?? 0);
  return span <= 0 ? to : from + ((to - from) * Math.max(0, t - (times[left] ?? 0))) / span;
}

/** Buckets over time as cells: rows are the buckets, groups are added up. Edges are as the buckets' bounds. */
export function histogramMap({ timesUnixNano, series }: TraceMetricsAnswer): Pick<HeatmapAnswer, 'timeEdges' | 'durationEdges' | 'cells' | 'total'> {
  const bounds = [...new Set(series.flatMap(({ labels }) => bucketOf(labels) ?? []))].sort((a, b) => a - b);
  const step = timesUnixNano.length > 1 ? BigInt(timesUnixNano[1] ?? '0') - BigInt(timesUnixNano[0] ?? '0') : 1_000_000_000n;
  const last = timesUnixNano.at(-1);
  const counts = new Map<string, { time: number; duration: number; count: number; errors: number }>();
  for (const { labels, values } of series) {
    const bucket = bucketOf(labels);
    if (bucket === undefined) continue;
    const duration = bounds.indexOf(bucket);
    for (const [time, value] of values.entries()) {
      if (value === null || value <= 0) continue;
      const key = `${time} ${duration}`;
      const cell = counts.get(key) ?? { time, duration, count: 0, errors: 0 };
      counts.set(key, { ...cell, count: cell.count + value });
    }
  }
  const cells = [...counts.values()];
  // Buckets double: below the least lies half of it.
  return { timeEdges: last === undefined ? [] : [...timesUnixNano, String(BigInt(last) + step)], durationEdges: [(bounds[0] ?? 1) / 2, ...bounds], cells, total: cells.reduce((sum, { count }) => sum + count, 0) };
}

/** What `compare()` found, as attributes with shares of both sides, those that differ most first. */
export function comparisonOf({ series }: TraceMetricsAnswer): DeltasAnswer['attributes'] {
  const counts = new Map<string, Map<string, { inside: number; outside: number }>>();
  const totals = new Map<string, { inside: number; outside: number }>();
  for (const { labels, values } of series) {
    const type = valueText(labels['__meta_type'] ?? '');
    const [field, value] = Object.entries(labels).find(([name]) => !name.startsWith('__')) ?? [];
    if (field === undefined || value === undefined) continue;
    const count = values.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    const side = type.startsWith('selection') ? 'inside' : 'outside';
    if (type.endsWith('_total')) {
      const total = totals.get(field) ?? { inside: 0, outside: 0 };
      totals.set(field, { ...total, [side]: total[side] + count });
    } else {
      const byValue = counts.get(field) ?? new Map<string, { inside: number; outside: number }>();
      counts.set(field, byValue);
      const known = byValue.get(valueText(value)) ?? { inside: 0, outside: 0 };
      byValue.set(valueText(value), { ...known, [side]: known[side] + count });
    }
  }
  return [...counts]
    .map(([field, byValue]) => {
      const sums = [...byValue.values()].reduce((sum, { inside, outside }) => ({ inside: sum.inside + inside, outside: sum.outside + outside }), { inside: 0, outside: 0 });
      const present = totals.get(field) ?? sums;
      const values = [...byValue].map(([value, { inside, outside }]) => ({ value, inside: share(inside, present.inside), outside: share(outside, present.outside) }));
      return { field, score: values.reduce((most, { inside, outside }) => Math.max(most, Math.abs(inside - outside)), 0), values, present };
    })
    .toSorted((a, b) => b.score - a.score);
}

function seriesName({ labels }: Series): string {
  const entries = Object.entries(labels).filter(([name]) => name !== '__name__');
  return entries.length === 0 ? 'all matching spans' : entries.map(([name, value]) => `${name} = ${valueText(value)}`).join(', ');
}

function textLabels({ labels }: Series): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, valueText(value)]));
}

function bucketOf(labels: Series['labels']): number | undefined {
  const bound = Number(labels['__bucket'] ?? Number.NaN);
  return Number.isFinite(bound) ? bound : undefined;
}

function share(count: number, total: number): number {
  return total > 0 ? Math.min(1, count / total) : 0;
}

function toMs(unixNano: string): number {
  return Number(BigInt(unixNano) / 1_000_000n);
}
