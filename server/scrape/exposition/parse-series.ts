import { METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { ExpositionError, foundAt } from './exposition-error.ts';
import { nameEnd, quoteEnd, scanSeries, skipBlanks } from './scan-series.ts';

const LAX = { lax: true };
const ESCAPE = /\\([\\"n])/g;
const QUOTE = 34;
const COMMA = 44;
const EQUALS = 61;
const OPEN = 123;
const CLOSE = 125;

/**
 * The labels of a series text, the metric name under `__name__`. Also reads the quoted form for UTF-8 names
 * (`{"my.metric", "my.label"="x"}`). Empty values count as missing. Throws ExpositionError, with places counted in `text`.
 * Source: Prometheus text format 0.0.4, model/textparse/promparse.go Labels.
 */
export function parseSeries(text: string): Labels {
  const end = scanSeries(text, 0, LAX);
  if (end < text.length) throw new ExpositionError(`${text.charCodeAt(end - 1) === CLOSE ? 'expected the end of the series, found' : 'a metric name cannot contain'} ${foundAt(text, end)}`, end);
  return readSeries(text);
}

/** The same for a text that a parser has taken already: its form is not checked again, only whether a label is there twice. */
export function readSeries(text: string): Labels {
  const labels: Record<string, string> = {};
  const plain = nameEnd(text, 0, true);
  if (plain > 0) labels[METRIC_NAME] = text.slice(0, plain);
  const brace = skipBlanks(text, plain);
  if (text.charCodeAt(brace) === OPEN) readLabels(text, brace + 1, labels);
  return labels;
}

/** The labels between the braces of a text that scanLabels has taken; `start` is the index after the opening brace. Throws ExpositionError for a name that is there twice. */
export function parseLabels(text: string, start: number): Labels {
  const labels: Record<string, string> = {};
  readLabels(text, start, labels);
  return labels;
}

function readLabels(text: string, start: number, labels: Record<string, string>): void {
  for (let at = skipBlanks(text, start); text.charCodeAt(at) !== CLOSE; at = skipBlanks(text, at)) {
    const quoted = text.charCodeAt(at) === QUOTE;
    const end = quoted ? quoteEnd(text, at, true) : nameEnd(text, at, false);
    const name = quoted ? unescaped(text.slice(at + 1, end - 1)) : text.slice(at, end);
    at = skipBlanks(text, end);
    if (text.charCodeAt(at) === EQUALS) {
      const open = skipBlanks(text, at + 1);
      at = quoteEnd(text, open, true);
      put(labels, name, unescaped(text.slice(open + 1, at - 1)));
      at = skipBlanks(text, at);
    } else put(labels, METRIC_NAME, name);
    if (text.charCodeAt(at) === COMMA) at++;
  }
}

/** The three escapes of the text formats; any other backslash stands for itself. */
function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(ESCAPE, (_, char: string) => (char === 'n' ? '\n' : char)) : text;
}

function put(labels: Record<string, string>, name: string, value: string): void {
  if (name === '') throw new ExpositionError('a label has no name');
  if (Object.hasOwn(labels, name)) throw new ExpositionError(`the label ${name} is there twice`);
  if (value === '') return;
  if (name === '__proto__') Object.defineProperty(labels, name, { value, enumerable: true, configurable: true, writable: true });
  else labels[name] = value;
}
