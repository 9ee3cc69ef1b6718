import { STALE_NAN, type Labels } from '#server/timeseries/storage.ts';
import { labelsFromEntries, METRIC_NAME } from '#server/timeseries/labels.ts';
import { parsePromNumber } from '../go-number.ts';
import { unquote } from '../go-string.ts';

/** One point of a series line; a histogram is kept as its text because the engine holds floats only. */
export type SeriesPoint = { readonly kind: 'float'; readonly value: number } | { readonly kind: 'histogram'; readonly text: string } | { readonly kind: 'omitted' };

export interface SeriesDescription {
  readonly labels: Labels;
  readonly points: readonly SeriesPoint[];
}

const OMITTED: SeriesPoint = { kind: 'omitted' };

/**
 * Reads a line such as `http_requests{path="/foo"} 1+2x3 _ stale` of Prometheus' test scripts
 * (docs/configuration/unit_testing_rules.md#series). Throws an Error that quotes what it does not understand.
 */
export function parseSeriesLine(line: string): SeriesDescription {
  const { labels, rest } = parseMetric(line.trim());
  return { labels, points: parsePoints(rest.trim()) };
}

function parseMetric(text: string): { labels: Labels; rest: string } {
  const name = /^[a-zA-Z_:][\w:]*/.exec(text)?.[0] ?? '';
  const entries: [string, string][] = name === '' ? [] : [[METRIC_NAME, name]];
  let at = name.length;
  while (text[at] === ' ') at++;
  if (text[at] !== '{' || text[at + 1] === '{') return { labels: labelsFromEntries(entries), rest: text.slice(at) };
  at++;
  for (;;) {
    const pair = /^\s*,?\s*(?:([a-zA-Z_]\w*)|("(?:[^"\\]|\\.)*"))\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))?/.exec(text.slice(at));
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
    const histogram = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\}))?(?:x(\d+))?(?=\s|$)\s*/.exec(rest);
    if (histogram !== null) {
      const count = histogram[4] === undefined ? 1 : Number(histogram[4]) + 1;
      for (let i = 0; i < count; i++) out.push({ kind: 'histogram', text: histogram[1] ?? '' });
      rest = rest.slice(histogram[0].length);
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
  if (series === null || first === undefined) throw new Error(`cannot read the value ${item}`);
  const step = series[2] === undefined ? 0 : (parsePromNumber(series[2]) ?? NaN);
  if (series[3] === undefined) return [{ kind: 'float', value: first }];
  // Added up one by one, as the reference does: the rounding is part of the expected values.
  let value = first;
  return Array.from({ length: Number(series[3]) + 1 }, (_, i): SeriesPoint => {
    if (i > 0 && step !== 0) value += step;
    return { kind: 'float', value };
  });
}
