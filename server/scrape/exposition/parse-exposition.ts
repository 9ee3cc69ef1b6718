import type { MetricMetadata } from '#server/timeseries/storage.ts';
import { ExpositionError } from './exposition-error.ts';
import { seriesEnd } from './parse-series.ts';

/** One sample line. `series` is its text up to the value: the same for the same series as long as the target writes it so. */
export interface ExposedSample {
  readonly series: string;
  readonly value: number;
  /** Unix ms, when the target states one. */
  readonly timestamp: number | undefined;
  readonly line: number;
}
export interface Exposition {
  readonly samples: readonly ExposedSample[];
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
}

const TYPES: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped', 'unknown']);
const COMMENT = /^#[ \t]+(HELP|TYPE)[ \t]+("(?:[^"\\]|\\.)*"|\S+)(?:[ \t]+(.*))?$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?\d+$/;

/**
 * Reads a page in the Prometheus text format 0.0.4. Labels stay unread (see parseSeries), so that a scraper reads each
 * series once. Throws ExpositionError with the line for the first line that is wrong: a page is taken whole or not at all.
 */
export function parseExposition(text: string): Exposition {
  const samples: ExposedSample[] = [];
  const metadata = new Map<string, MetricMetadata>();
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
    number++;
    try {
      const first = line.charCodeAt(0);
      const trimmed = first === 32 || first === 9 || line.endsWith('\r') ? line.trim() : line;
      if (trimmed === '') continue;
      if (trimmed.startsWith('#')) readComment(trimmed, metadata);
      else samples.push(readSample(trimmed, number));
    } catch (error) {
      if (error instanceof ExpositionError) throw new ExpositionError(`line ${number}: ${error.message}`);
      throw error;
    }
  }
  return { samples, metadata };
}

function readSample(line: string, number: number): ExposedSample {
  const end = seriesEnd(line);
  const series = line.slice(0, end);
  const [valueText = '', timeText, extra] = line.slice(end).trim().split(/[ \t]+/);
  if (valueText === '') throw new ExpositionError(`expected a value after ${JSON.stringify(series.slice(0, 60))}`);
  const value = parseValue(valueText);
  if (value === undefined) throw new ExpositionError(`expected a number after ${JSON.stringify(series.slice(0, 60))}, found ${JSON.stringify(valueText.slice(0, 40))}`);
  if (timeText !== undefined && !INTEGER.test(timeText)) throw new ExpositionError(`expected a timestamp in whole milliseconds, found ${JSON.stringify(timeText.slice(0, 40))}`);
  if (extra !== undefined) throw new ExpositionError(`expected the end of the line after the timestamp, found ${JSON.stringify(extra.slice(0, 40))}`);
  return { series, value, timestamp: timeText === undefined ? undefined : Number(timeText), line: number };
}

function readComment(line: string, metadata: Map<string, MetricMetadata>): void {
  const match = COMMENT.exec(line);
  if (match === null) return;
  const [, keyword, rawName = '', rest = ''] = match;
  const name = rawName.startsWith('"') ? rawName.slice(1, -1) : rawName;
  const known = metadata.get(name) ?? { type: 'unknown', help: '', unit: '' };
  if (keyword === 'HELP') metadata.set(name, { ...known, help: rest.replaceAll(/\\(\\|n)/g, (_, char: string) => (char === 'n' ? '\n' : '\\')) });
  else {
    const type = rest.trim();
    if (!TYPES.has(type)) throw new ExpositionError(`${JSON.stringify(type.slice(0, 40))} is not a metric type`);
    metadata.set(name, { ...known, type: type === 'untyped' ? 'unknown' : type });
  }
}

function parseValue(text: string): number | undefined {
  if (FLOAT.test(text)) return Number(text);
  switch (text.toLowerCase()) {
    case 'nan':
      return NaN;
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Infinity;
    case '-inf':
    case '-infinity':
      return -Infinity;
    default:
      return undefined;
  }
}
