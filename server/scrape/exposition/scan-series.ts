import { ExpositionError, foundAt } from './exposition-error.ts';

const QUOTE = 34;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

/** Which blanks a format allows within a series, and whether a comma may be missing. */
export interface SeriesGrammar {
  /** Blanks between any two tokens, a missing comma, and line breaks within quotes: text format; none of it: OpenMetrics. */
  readonly lax: boolean;
}

/**
 * Where the series that begins at `start` ends: the index after `name{label="value"}`. Checks the form, not what it says
 * (see parseSeries). Throws ExpositionError. Source: Prometheus model/textparse promlex.l, openmetricslex.l, parseLVals.
 */
export function scanSeries(text: string, start: number, grammar: SeriesGrammar): number {
  let at = isNameStart(text.charCodeAt(start), true) ? nameEnd(text, start, true) : start;
  const named = at > start;
  const nameAt = at;
  if (grammar.lax) at = skipBlanks(text, at);
  if (text.charCodeAt(at) === OPEN) return scanLabels(text, at + 1, named ? 'before' : 'within', grammar);
  if (!named) throw new ExpositionError(`expected a metric name, found ${foundAt(text, start)}`, start);
  return nameAt;
}

/** Where the name of the metric stands: before the brace, within it in quotes, or nowhere (labels of an exemplar). */
export type NamePlace = 'before' | 'within' | 'none';

/** The index after the brace that closes the labels beginning at `start`. Throws ExpositionError. */
export function scanLabels(text: string, start: number, place: NamePlace, { lax }: SeriesGrammar): number {
  let named = place !== 'within';
  let at = start;
  for (;;) {
    if (lax) at = skipBlanks(text, at);
    const c = text.charCodeAt(at);
    if (c === CLOSE) {
      if (!named) throw new ExpositionError('the series has no metric name', start - 1);
      return at + 1;
    }
    const quoted = c === QUOTE;
    if (!quoted && !isNameStart(c, false)) throw new ExpositionError(at >= text.length ? 'the brace "{" is not closed' : `expected a label name, found ${foundAt(text, at)}`, at);
    const from = at;
    at = quoted ? quoteEnd(text, at, lax) : nameEnd(text, at, false);
    if (lax) at = skipBlanks(text, at);
    const next = text.charCodeAt(at);
    if (quoted && (next === COMMA || next === CLOSE)) {
      if (place === 'none') throw new ExpositionError(`expected "=" after the label name ${text.slice(from, at)}`, at);
      if (named) throw new ExpositionError('the metric name is there twice', from);
      named = true;
      if (next === COMMA) at++;
      continue;
    }
    if (next !== EQUALS) throw new ExpositionError(`expected "=" after the label name ${text.slice(from, from + 40).split(/[\s=,}]/, 1)[0]}, found ${foundAt(text, at)}`, at);
    at++;
    if (lax) at = skipBlanks(text, at);
    if (text.charCodeAt(at) !== QUOTE) throw new ExpositionError(`expected a quoted value for the label ${text.slice(from, from + 40).split('=', 1)[0]}, found ${foundAt(text, at)}`, at);
    at = quoteEnd(text, at, lax);
    if (lax) at = skipBlanks(text, at);
    const end = text.charCodeAt(at);
    if (end === COMMA) at++;
    else if (!lax && end !== CLOSE) throw new ExpositionError(`expected "," or "}", found ${foundAt(text, at)}`, at);
  }
}

/** The index after a name in plain characters that begins at `start`; metric names may hold colons. */
export function nameEnd(text: string, start: number, colons: boolean): number {
  let at = start;
  for (let c = text.charCodeAt(at); isNameStart(c, colons) || (c >= 48 && c <= 57); c = text.charCodeAt(at)) at++;
  return at;
}

/** The index after the closing quote of the string whose opening quote stands at `start`. Throws ExpositionError. */
export function quoteEnd(text: string, start: number, lineBreaks: boolean): number {
  for (let at = start + 1; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) return at + 1;
    if (c === 10 && !lineBreaks) break;
    // An escape may be of any character but the end of a line.
    if (c === BACKSLASH && text.charCodeAt(++at) === 10) break;
  }
  throw new ExpositionError('the quote is not closed', start, 'open-quote');
}

/** The index of the first character from `start` on that is neither a space nor a tab. */
export function skipBlanks(text: string, start: number): number {
  let at = start;
  for (let c = text.charCodeAt(at); c === 32 || c === 9; c = text.charCodeAt(at)) at++;
  return at;
}

function isNameStart(c: number, colons: boolean): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || (colons && c === 58);
}
