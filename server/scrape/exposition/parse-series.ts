import { labelsFromEntries, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { ExpositionError, foundAt } from './exposition-error.ts';
import { nameEnd, quoteEnd, scanLabels, skipBlanks } from './scan-series.ts';

const LAX = { lax: true };
const ESCAPE = /\\([\\"n])/g;

/**
 * The labels of a series text, the metric name under `__name__`. Also reads the quoted form for UTF-8 names
 * (`{"my.metric", "my.label"="x"}`). Empty values count as missing. Throws ExpositionError, with places counted in `text`.
 * Source: Prometheus text format 0.0.4, model/textparse/promparse.go Labels.
 */
export function parseSeries(text: string): Labels {
  const plain = nameEnd(text, 0, true);
  const entries: [string, string][] = [];
  if (plain > 0 && /[0-9]/.test(text.charAt(0))) throw new ExpositionError(`expected a metric name, found ${foundAt(text, 0)}`);
  if (plain > 0) entries.push([METRIC_NAME, text.slice(0, plain)]);
  const brace = skipBlanks(text, plain);
  if (text.charAt(brace) === '{') {
    const end = scanLabels(text, brace + 1, plain > 0 ? 'before' : 'within', LAX);
    if (end < text.length) throw new ExpositionError(`expected the end of the series, found ${foundAt(text, end)}`, end);
    readLabels(text, brace + 1, entries);
  } else if (brace < text.length || plain === 0) throw new ExpositionError(`${plain === 0 ? 'expected a metric name, found' : 'a metric name cannot contain'} ${foundAt(text, brace)}`, brace);
  return unique(entries);
}

/** The labels between the braces of a text that scanLabels has taken; `start` is the index after the opening brace. Throws ExpositionError for a name that is there twice. */
export function parseLabels(text: string, start: number): Labels {
  const entries: [string, string][] = [];
  readLabels(text, start, entries);
  return unique(entries);
}

function readLabels(text: string, start: number, entries: [string, string][]): void {
  for (let at = skipBlanks(text, start); text.charAt(at) !== '}'; at = skipBlanks(text, at)) {
    const quoted = text.charAt(at) === '"';
    const end = quoted ? quoteEnd(text, at, true) : nameEnd(text, at, false);
    const name = quoted ? unescaped(text.slice(at + 1, end - 1)) : text.slice(at, end);
    at = skipBlanks(text, end);
    if (text.charAt(at) === '=') {
      const open = skipBlanks(text, at + 1);
      at = quoteEnd(text, open, true);
      entries.push([name, unescaped(text.slice(open + 1, at - 1))]);
      at = skipBlanks(text, at);
    } else entries.push([METRIC_NAME, name]);
    if (text.charAt(at) === ',') at++;
  }
}

/** The three escapes of the text formats; any other backslash stands for itself. */
function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(ESCAPE, (_, char: string) => (char === 'n' ? '\n' : char)) : text;
}

function unique(entries: readonly [string, string][]): Labels {
  const names = new Set<string>();
  for (const [name] of entries) {
    if (name === '') throw new ExpositionError('a label has no name');
    if (names.has(name)) throw new ExpositionError(`the label ${name} is there twice`);
    names.add(name);
  }
  return labelsFromEntries(entries);
}
