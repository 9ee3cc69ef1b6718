import { seriesColor, summarise, type SeriesPoint, type SeriesSummary } from '#components/charts/chart-series.ts';
import type { Labels } from '#components/api/prometheus.ts';
import type { ActiveQuery } from './query-rows.ts';
import type { QueryResult } from './read-answer.ts';
import { fullName, seriesNames } from './series-name.ts';

/** A line of the page's graph and a row of its legend. */
export interface DrawnSeries extends SeriesSummary {
  readonly id: string;
  readonly letter: string;
  readonly name: string;
  /** With all labels, as PromQL writes it. */
  readonly fullName: string;
  readonly labels: Labels;
  readonly color: string;
  readonly points: readonly SeriesPoint[];
}

/** Lines that are drawn at first; more are drawn when asked for. */
export const FIRST_DRAWN = 40;

/** All float series of the answers, coloured in the order they come. */
export function drawnSeries(answers: readonly { readonly query: ActiveQuery; readonly result: QueryResult | undefined }[]): readonly DrawnSeries[] {
  const rows = answers.flatMap(({ query, result }) => {
    const series = result?.series.filter(({ points }) => points.length > 0) ?? [];
    const names = seriesNames(series.map(({ labels }) => labels), query.legend, query.expr);
    return series.map(({ labels, points }, index) => ({ id: `${query.letter}${fullName(labels)}`, letter: query.letter, name: names[index] ?? '', fullName: fullName(labels), labels, points, ...summarise(points) }));
  });
  return rows.map((row, index) => ({ ...row, color: seriesColor(index) }));
}

/** The `count` series that reach highest (by size, not sign), in the order they came. */
export function highest(series: readonly DrawnSeries[], count: number): readonly DrawnSeries[] {
  if (series.length <= count) return series;
  const size = ({ min, max }: DrawnSeries): number => Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0));
  const kept = new Set(series.toSorted((a, b) => size(b) - size(a)).slice(0, count));
  return series.filter((one) => kept.has(one));
}
