import type { DescribedHistogram } from '#server/histogram/testing/parse-histogram.ts';
import { parseHistogramSequence } from '#server/histogram/testing/parse-histogram.ts';
import { STALE_NAN, type Labels } from '#server/timeseries/storage.ts';
import { labelsFromEntries, METRIC_NAME } from '#server/timeseries/labels.ts';
import { parseDurationMs } from '../durations.ts';
import { parsePromNumber } from '../go-number.ts';
import { unquote } from '../go-string.ts';

/** One point of a series line. */
export type SeriesPoint = { readonly kind: 'float'; readonly value: number } | ({ readonly kind: 'histogram' } & DescribedHistogram) | { readonly kind: 'omitted' };

export interface SeriesDescription {
  readonly labels: Labels;
  readonly points: readonly SeriesPoint[];
}
/** When the counters behind a series' points began: ms relative to each point; undefined = not known. */
export interface StartTimesDescription {
  readonly labels: Labels;
  readonly offsets: readonly (number | undefined)[];
}

const OMITTED: SeriesPoint = { kind: 'omitted' };

/**
 * Reads a line such as `http_requests{path="/foo"} 1+2x3 _ stale {{schema:1 sum:3 count:2 buckets:[2]}}` of Prometheus' test
 * scripts (docs/configuration/unit_testing_rules.md#series). Throws an Error that quotes what it does not understand.
 */
export function parseSeriesLine(line: string): SeriesDescription {
  const { labels, rest } = parseMetric(line.trim());
  return { labels, points: parsePoints(rest.trim()) };
}

/** Whether a line of a load tells start times: its metric is followed by `@st` at once. */
export function isStartTimesLine(line: string): boolean {
  return /^\S*@st\s/.test(line.trim());
}

/** Reads `metric{labels}@st -1m _x2 -30s+0sx3`. Throws as `parseSeriesLine` does. Source: promql/promqltest/test.go parseSTLine. */
export function parseStartTimesLine(line: string): StartTimesDescription {
  const [, metric = '', items = ''] = /^(\S*)@st\s+(.*)$/.exec(line.trim()) ?? [];
  const { labels, rest } = parseMetric(metric);
  if (rest.trim() !== '') throw new Error(`cannot read the metric of the start times ${line}`);
  return { labels, offsets: items.split(/\s+/).filter((item) => item !== '').flatMap(expandStartTimes) };
}

function expandStartTimes(item: string): (number | undefined)[] {
  if (item === '_') return [undefined];
  const gap = /^_x(\d+)$/.exec(item);
  if (gap !== null) return Array.from({ length: Number(gap[1]) }, () => undefined);
  const match = /^([+-]?\d+[a-wyzA-WYZ]*)(?:([+-])([+-]?\d+[a-wyzA-WYZ]*))?(?:x(\d+))?$/.exec(item);
  if (match === null || (match[2] !== undefined && match[4] === undefined)) throw new Error(`cannot read the start time ${item}: write -1m, -1mx3 or -1m+30sx3`);
  const base = signedDuration(match[1] ?? '');
  const step = match[2] === undefined ? 0 : (match[2] === '-' ? -1 : 1) * signedDuration(match[3] ?? '');
  return Array.from({ length: Number(match[4] ?? 0) + 1 }, (_, i) => base + i * step);
}

function signedDuration(text: string): number {
  const ms = parseDurationMs(text.replace(/^[+-]/, ''));
  if (ms === undefined) throw new Error(`not a duration: ${text}`);
  return text.startsWith('-') ? -ms : ms;
}

function parseMetric(text: string): { labels: Labels; rest: string } {
  const name = /^[a-zA-Z_:][\w:]*/.exec(text)?.[0] ?? '';
  const entries: [string, string][] = name === '' ? [] : [[METRIC_NAME, name]];
  let at = name.length;
  while (/[ \t]/.test(text[at] ?? '')) at++;
  if (text[at] !== '{' || text[at + 1] === '{') return { labels: labelsFromEntries(entries), rest: text.slice(at) };
  at++;
  for (;;) {
    const pair = /^\s*,?\s*(?:([a-zA-Z_]\w*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))?/.exec(text.slice(at));
    if (pair === null) break;
    const [whole, plain, quoted, value] = pair;
    at += whole.length;
    const key = plain ?? unquote(quoted ?? '') ?? '';
    if (value === undefined) entries.push([METRIC_NAME, key]);
    else entries.push([key, unquote(value) ?? '']);
  }
  const close = /^\s*,?\s*\}/.exec(text.slice(at));
  if (close === null) throw new Error(`cannot read the labels of ${text}`);
  return { labels: labelsFromEntries(entries), rest: text.slice(at + close[0].length) };
}

function parsePoints(text: string): SeriesPoint[] {
  const out: SeriesPoint[] = [];
  let rest = text;
  while (rest !== '') {
    const histogram = /^\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x\d+)?(?=\s|$)/.exec(rest);
    if (histogram !== null) {
      for (const one of parseHistogramSequence(histogram[0])) out.push({ kind: 'histogram', ...one });
      rest = rest.slice(histogram[0].length).trimStart();
      continue;
    }
    const [item = ''] = /^\S+/.exec(rest) ?? [];
    out.push(...expandItem(item));
    rest = rest.slice(item.length).trimStart();
  }
  return out;
}

function expandItem(item: string): SeriesPoint[] {
  if (item === '_') return [OMITTED];
  if (item === 'stale') return [{ kind: 'float', value: STALE_NAN }];
  const gap = /^_x(\d+)$/.exec(item);
  if (gap !== null) return Array.from({ length: Number(gap[1]) }, () => OMITTED);
  const series = /^([+-]?(?:inf|nan|[\d.]+(?:e[+-]?\d+)?))(?:([+-](?:inf|nan|[\d.]+(?:e[+-]?\d+)?)))?(?:x(\d+))?$/i.exec(item);
  const first = parsePromNumber(series?.[1] ?? '');
  if (series === null || first === undefined || (series[2] !== undefined && series[3] === undefined)) throw new Error(`cannot read the value ${item}`);
  const step = series[2] === undefined ? 0 : (parsePromNumber(series[2]) ?? NaN);
  if (series[3] === undefined) return [{ kind: 'float', value: first }];
  // Added up one by one, as the reference does: the rounding is part of the expected values.
  let value = first;
  return Array.from({ length: Number(series[3]) + 1 }, (_, i): SeriesPoint => {
    if (i > 0 && series[2] !== undefined) value += step;
    return { kind: 'float', value };
  });
}
