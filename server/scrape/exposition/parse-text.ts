import { briefly, ExpositionError, foundAt } from './exposition-error.ts';
import { HintMatcher, NEWLINE, PageBytes, SPACE } from './page-bytes.ts';
import { NumberReader } from './read-number.ts';
import { nameEnd, quoteEnd, scanSeries } from './scan-series.ts';
import { NO_HINTS, PageBuilder, type ScrapePage, type SeriesHints } from './scrape-page.ts';

export interface ParseTextOptions {
  /** The series of the page before: a line that begins as it did then is not read again. */
  readonly hints?: SeriesHints;
  /** Most samples a page may have; one more is a fault. */
  readonly maxSamples?: number;
}

const LAX = { lax: true };
const TAB = 9;
const HASH = 35;
const OPEN = 123;
const CLOSE = 125;

const TYPES: ReadonlyMap<string, string> = new Map([['counter', 'counter'], ['gauge', 'gauge'], ['histogram', 'histogram'], ['summary', 'summary'], ['untyped', 'unknown']]);
const COMMENT = /^#[ \t]+(HELP|TYPE)[ \t]+/;
const TIMESTAMP = /^-?\d{1,19}$/;

/**
 * Reads a page in the Prometheus text format 0.0.4 or 1.0.0. Never throws: the first wrong line is the page's fault.
 * Source: Prometheus model/textparse promparse.go and promlex.l. One difference: negative timestamps are taken, as the
 * format's own description shows one.
 */
export function parseText(body: Buffer | string, options: ParseTextOptions = {}): ScrapePage {
  const { hints = NO_HINTS, maxSamples = Infinity } = options;
  const builder = new PageBuilder(hints);
  return readPage(body, builder, (page) => readLines(page, hints, maxSamples, builder));
}

/** Runs a parser over a page and makes the first thing that is wrong the page's fault, with its line. */
export function readPage(body: Buffer | string, builder: PageBuilder, read: (page: PageBytes) => void): ScrapePage {
  let page: PageBytes | undefined;
  try {
    page = new PageBytes(body);
    read(page);
    return builder.build();
  } catch (error) {
    if (!(error instanceof ExpositionError)) throw error;
    return builder.build(page === undefined ? error.message : `line ${page.lineOf(error.at)}: ${error.message}`);
  }
}

function readLines(page: PageBytes, hints: SeriesHints, maxSamples: number, builder: PageBuilder): void {
  const { bytes, length } = page;
  const numbers = new NumberReader(bytes);
  const matcher = new HintMatcher(page, hints);
  const known = hints.texts;
  let next = 0;
  for (let at = 0; at < length; ) {
    // Targets write their series in the same order every time: most lines begin with the text that stood here before.
    let hinted = next;
    let series = known[next] ?? '';
    let end = matcher.match(next, at);
    if (end < 0 || !endsSeries(page, end)) {
      const first = bytes[at];
      if (first === HASH) {
        at = readComment(page, at, builder);
        continue;
      }
      if (first === SPACE || first === TAB || first === NEWLINE) {
        at++;
        continue;
      }
      const start = at;
      series = atPlace(start, () => page.readOpenEnded(start, (text) => text.slice(0, scanSeries(text, 0, LAX))));
      end = start + page.bytesOf(series, series.length);
      hinted = hints.indexOf(series) ?? -1;
      if (hinted >= 0) series = known[hinted] ?? series;
    }
    if (hinted >= 0) next = hinted + 1;

    let valueAt = end;
    if (bytes[valueAt] === SPACE) valueAt++;
    if (bytes[valueAt] === SPACE || bytes[valueAt] === TAB) valueAt = page.skipBlanks(valueAt);
    const value = numbers.read(valueAt);
    if (!numbers.ok) throw wrongValue(page, valueAt, numbers.end, series);
    let timestamp = NaN;
    at = numbers.end;
    if (bytes[at] !== NEWLINE) {
      at = page.skipBlanks(at);
      if (bytes[at] !== NEWLINE) {
        let timeEnd = at;
        while (bytes[timeEnd] !== SPACE && bytes[timeEnd] !== TAB && bytes[timeEnd] !== NEWLINE) timeEnd++;
        const time = page.text(at, Math.min(timeEnd, at + 40));
        if (!TIMESTAMP.test(time)) throw new ExpositionError(`expected a timestamp in whole milliseconds, found ${JSON.stringify(time)}`, at);
        timestamp = Number(time);
        at = page.skipBlanks(timeEnd);
        if (bytes[at] !== NEWLINE) throw new ExpositionError(`expected the end of the line after the timestamp, found ${page.foundAt(at)}`, at);
      }
    }
    if (builder.count >= maxSamples) throw tooManySamples(maxSamples, valueAt);
    builder.add(series, hinted, value, timestamp);
    at++;
  }
}

/** The fault of a page with more samples than one target may have. */
export function tooManySamples(maxSamples: number, at: number): ExpositionError {
  return new ExpositionError(`the page has more than ${maxSamples} samples, the most that one target may have`, at);
}

/** Runs `read` over a text that begins at `start` of the page; the places of its errors become those of the page. */
export function atPlace<T>(start: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ExpositionError ? new ExpositionError(error.message, start + error.at) : error;
  }
}

/** Whether a series text that stands before `end` is whole: neither its name nor its labels go on. */
function endsSeries(page: PageBytes, end: number): boolean {
  const { bytes } = page;
  if (bytes[end - 1] === CLOSE) return true;
  return (bytes[end] === SPACE || bytes[end] === TAB) && bytes[page.skipBlanks(end)] !== OPEN;
}

function wrongValue(page: PageBytes, start: number, end: number, series: string): ExpositionError {
  const after = briefly(series);
  if (end === start) return new ExpositionError(`expected a value after ${after}`, start);
  return new ExpositionError(`expected a number after ${after}, found ${JSON.stringify(page.text(start, Math.min(end, start + 40)))}`, start);
}

/** Reads a line that begins with "#" and gives the index of the next line. */
function readComment(page: PageBytes, start: number, builder: PageBuilder): number {
  const lineEnd = page.lineEnd(start);
  const line = page.text(start, lineEnd);
  const [opening, keyword] = COMMENT.exec(line) ?? [];
  if (opening === undefined || keyword === undefined) return lineEnd + 1;
  const { name, end } = atPlace(start, () => readFamilyName(line, opening.length, keyword));
  // One character parts the name from the rest, whatever it is.
  const rest = line.slice(end + 1);
  if (keyword === 'HELP') {
    builder.describe(name, { help: rest.replaceAll(/\\(\\|n)/g, (_, char: string) => (char === 'n' ? '\n' : '\\')) });
    return lineEnd + 1;
  }
  const type = TYPES.get(rest);
  if (type === undefined) throw new ExpositionError(`${JSON.stringify(rest.slice(0, 40))} is not a metric type of the text format`, start);
  builder.describe(name, { type });
  builder.startFamily(name, type);
  return lineEnd + 1;
}

/** The name after a keyword such as HELP, in plain characters or quotes. Throws ExpositionError. */
export function readFamilyName(text: string, at: number, keyword: string): { readonly name: string; readonly end: number } {
  if (text.charAt(at) === '"') {
    const end = quoteEnd(text, at, false);
    return { name: text.slice(at + 1, end - 1), end };
  }
  const end = /[0-9]/.test(text.charAt(at)) ? at : nameEnd(text, at, true);
  if (end === at) throw new ExpositionError(`expected a metric name after ${keyword}, found ${foundAt(text, at)}`, at);
  return { name: text.slice(at, end), end };
}
