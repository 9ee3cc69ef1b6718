import type { Labels } from '#components/api/prometheus.ts';
import { summarise, type SeriesSummary } from '#components/charts/chart-series.ts';
import type { ActiveQuery } from './query-rows.ts';
import type { HistogramValue, QueryResult } from './read-answer.ts';
import { fullName } from './series-name.ts';
import type { TextTable } from './table-text.ts';

/** A series in the table: its labels, and its newest value with the summary of all that the answer has. */
export interface TableRow extends SeriesSummary {
  readonly key: string;
  readonly letter: string;
  readonly labels: Labels;
  readonly value: number | null;
  readonly histogram: HistogramValue | undefined;
  /** Samples in the answer; more than one for a range vector. */
  readonly samples: number;
  /** The text of a string result. */
  readonly text?: string;
}

/** One row a series of all answers, in their order. */
export function tableRows(answers: readonly { readonly query: ActiveQuery; readonly result: QueryResult | undefined }[]): readonly TableRow[] {
  return answers.flatMap(({ query: { letter }, result }): readonly TableRow[] => {
    if (result?.text !== undefined) return [{ key: letter, letter, labels: {}, value: null, histogram: undefined, samples: 1, text: result.text, ...summarise([]) }];
    return (result?.series ?? []).map(({ labels, points, histograms }) => ({
      key: `${letter}${fullName(labels)}`,
      letter,
      labels,
      value: points.at(-1)?.v ?? null,
      histogram: histograms.at(-1)?.h,
      samples: points.length + histograms.length,
      ...summarise(points),
    }));
  });
}

/** Names of labels that any row has: the metric first, the rest by name. */
export function labelColumns(rows: readonly TableRow[]): readonly string[] {
  return [...new Set(rows.flatMap(({ labels }) => Object.keys(labels)))].sort((a, b) => Number(b === '__name__') - Number(a === '__name__') || (a < b ? -1 : 1));
}

/** Width of a label's column, px: as wide as its longest text, within bounds. */
export function columnWidth(name: string, rows: readonly TableRow[]): number {
  const longest = rows.slice(0, 500).reduce((most, { labels }) => Math.max(most, (labels[name] ?? '').length), name === '__name__' ? 6 : name.length + 2);
  return Math.min(300, Math.max(80, Math.ceil(longest * 6.6) + 28));
}

/** The table in full precision, for the clipboard and files. */
export function textTable(rows: readonly TableRow[], over: boolean, letters: boolean): TextTable {
  const names = labelColumns(rows);
  const numbers = over ? (['last', 'mean', 'min', 'max'] as const) : (['value'] as const);
  return {
    header: [...(letters ? ['query'] : []), ...names.map((name) => (name === '__name__' ? 'metric' : name)), ...numbers],
    rows: rows.map((row) => [...(letters ? [row.letter] : []), ...names.map((name) => row.labels[name] ?? ''), ...numbers.map((key) => cellText(row, row[key]))]),
  };
}

function cellText({ text, histogram }: TableRow, value: number | null): string {
  if (text !== undefined) return text;
  if (histogram !== undefined) return `count=${histogram.count} sum=${histogram.sum}`;
  if (value === null) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
