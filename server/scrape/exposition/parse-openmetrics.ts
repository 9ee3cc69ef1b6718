import { briefly, ExpositionError } from './exposition-error.ts';
import { OpenMetricsStarts } from './openmetrics-starts.ts';
import { parseLabels } from './parse-series.ts';
import { HintMatcher, NEWLINE, SPACE, type PageBytes } from './page-bytes.ts';
import { atPlace, readFamilyName, readPage, tooManySamples, type ParseTextOptions } from './parse-text.ts';
import { NumberReader } from './read-number.ts';
import { scanLabels, scanSeries } from './scan-series.ts';
import { NO_HINTS, PageBuilder, type ScrapePage, type SeriesHints } from './scrape-page.ts';

export interface ParseOpenMetricsOptions extends ParseTextOptions {
  /** Take `_created` lines for the start timestamps of their series instead of for series of their own. */
  readonly startTimestamps?: boolean;
}

const STRICT = { lax: false };
const HASH = 35;
const OPEN = 123;
const KEYWORD = /^# (HELP|TYPE|UNIT) |^# EOF$/;
const TYPES: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset', 'unknown']);

/**
 * Reads a page in OpenMetrics 1.0.0 or 0.0.1, as strictly as Prometheus does: single spaces, no empty lines, no other
 * comments, `# EOF` at the end. Never throws: the first wrong line is the page's fault. Source: Prometheus
 * model/textparse openmetricsparse.go and openmetricslex.l. Escapes in exemplar labels are read as the format has them.
 */
export function parseOpenMetrics(body: Buffer | string, options: ParseOpenMetricsOptions = {}): ScrapePage {
  const builder = new PageBuilder(options.hints);
  return readPage(body, builder, (page) => new OpenMetricsReader(page, options, builder).read());
}

class OpenMetricsReader {
  readonly #page: PageBytes;
  readonly #hints: SeriesHints;
  readonly #matcher: HintMatcher;
  readonly #maxSamples: number;
  readonly #builder: PageBuilder;
  readonly #numbers: NumberReader;
  readonly #starts: OpenMetricsStarts | undefined;
  #nextHint = 0;

  constructor(page: PageBytes, { hints = NO_HINTS, maxSamples = Infinity, startTimestamps = false }: ParseOpenMetricsOptions, builder: PageBuilder) {
    this.#page = page;
    this.#hints = hints;
    this.#matcher = new HintMatcher(page, hints);
    this.#maxSamples = maxSamples;
    this.#builder = builder;
    this.#numbers = new NumberReader(page.bytes);
    this.#starts = startTimestamps ? new OpenMetricsStarts(builder) : undefined;
  }

  read(): void {
    const { bytes, length } = this.#page;
    for (let at = 0; ; ) {
      if (at >= length) throw new ExpositionError('the page does not end with "# EOF"', Math.max(0, length - 1));
      if (bytes[at] !== HASH) {
        at = this.#readSample(at);
        continue;
      }
      const lineEnd = this.#page.lineEnd(at);
      const line = this.#page.text(at, lineEnd);
      const found = KEYWORD.exec(line);
      if (found === null) throw new ExpositionError(`expected HELP, TYPE, UNIT or EOF, found ${this.#page.foundAt(at)}`, at);
      const keyword = found[1];
      if (keyword === undefined) {
        this.#starts?.endFamily();
        if (lineEnd + 1 < length) throw new ExpositionError(`expected the end of the page after "# EOF", found ${this.#page.foundAt(lineEnd + 1)}`, lineEnd + 1);
        return;
      }
      const start = at;
      atPlace(start, () => this.#readMetadata(keyword, line, found[0].length));
      at = lineEnd + 1;
    }
  }

  #readMetadata(keyword: string, line: string, nameAt: number): void {
    const { name, end } = readFamilyName(line, nameAt, keyword);
    if (line.charCodeAt(end) !== SPACE) throw new ExpositionError(`expected a text after ${keyword} ${name}`, end);
    const rest = line.slice(end + 1);
    switch (keyword) {
      case 'HELP':
        this.#builder.describe(name, { help: rest.replaceAll(/\\([\\"n])/g, (_, char: string) => (char === 'n' ? '\n' : char)) });
        break;
      case 'UNIT':
        if (rest !== '' && !name.endsWith(`_${rest}`)) throw new ExpositionError(`the unit ${JSON.stringify(rest.slice(0, 40))} is not the end of the name ${name}`, nameAt);
        this.#builder.describe(name, { unit: rest });
        break;
      default:
        if (!TYPES.has(rest)) throw new ExpositionError(`${JSON.stringify(rest.slice(0, 40))} is not a metric type of OpenMetrics`, end);
        this.#builder.describe(name, { type: rest });
        this.#builder.startFamily(name, rest);
        this.#starts?.startFamily(name, rest);
    }
  }

  /** Reads the sample line at `start` and gives the index of the next line. */
  #readSample(start: number): number {
    const page = this.#page;
    const { bytes, length } = page;
    let hinted = this.#nextHint;
    let series = this.#hints.texts[hinted] ?? '';
    let end = this.#matcher.match(hinted, start);
    if (end < 0 || bytes[end] !== SPACE) {
      const line = page.text(start, page.lineEnd(start));
      series = line.slice(0, atPlace(start, () => scanSeries(line, 0, STRICT)));
      end = start + page.bytesOf(series, series.length);
      hinted = this.#hints.indexOf(series) ?? -1;
      if (hinted >= 0) series = this.#hints.texts[hinted] ?? series;
    }
    if (hinted >= 0) this.#nextHint = hinted + 1;

    const value = this.#readValue(end, series);
    let at = this.#numbers.end;
    let timestamp = NaN;
    if (bytes[at] === SPACE && !this.#exemplarAt(at)) {
      timestamp = this.#readTime(at + 1);
      at = this.#numbers.end;
    }
    if (this.#builder.count >= this.#maxSamples) throw tooManySamples(this.#maxSamples, start);
    const isSample = this.#starts?.take(series, value) !== true;
    if (this.#exemplarAt(at)) at = this.#readExemplar(at + 4, isSample);
    if (bytes[at] !== NEWLINE) throw new ExpositionError(`expected the end of the line, found ${page.foundAt(at)}`, at);
    if (at >= length) throw new ExpositionError('the page does not end with "# EOF"', start);
    if (isSample) this.#builder.add(series, hinted, value, timestamp);
    return at + 1;
  }

  /** Whether ` # {` stands at `at`. */
  #exemplarAt(at: number): boolean {
    const { bytes } = this.#page;
    return bytes[at + 1] === HASH && bytes[at] === SPACE && bytes[at + 2] === SPACE && bytes[at + 3] === OPEN;
  }

  /** Reads the labels of an exemplar from after the brace on, its value and time, and gives the index after it. */
  #readExemplar(start: number, isSample: boolean): number {
    const page = this.#page;
    const line = page.text(start, page.lineEnd(start));
    const length = atPlace(start, () => scanLabels(line, 0, 'none', STRICT));
    const value = this.#readValue(start + page.bytesOf(line, length), 'the exemplar');
    let at = this.#numbers.end;
    let timestamp: number | undefined;
    if (page.bytes[at] === SPACE) {
      timestamp = this.#readTime(at + 1);
      at = this.#numbers.end;
    }
    if (isSample) this.#builder.addExemplar({ index: this.#builder.count, labels: atPlace(start, () => parseLabels(line, 0)), value, ...(timestamp === undefined ? {} : { timestamp }) });
    return at;
  }

  /** The number after exactly one space at `at`. */
  #readValue(at: number, after: string): number {
    const spaced = this.#page.bytes[at] === SPACE;
    const value = spaced ? this.#numbers.read(at + 1) : NaN;
    if (spaced && this.#numbers.ok) return value;
    throw new ExpositionError(`expected a number after ${briefly(after)}, found ${this.#page.foundAt(spaced ? at + 1 : at)}`, at);
  }

  /** A time in seconds as Unix ms, cut to whole ones. */
  #readTime(at: number): number {
    const seconds = this.#numbers.read(at);
    if (!this.#numbers.ok || !Number.isFinite(seconds)) throw new ExpositionError(`expected a timestamp in seconds, found ${this.#page.foundAt(at)}`, at);
    return Math.trunc(seconds * 1000);
  }
}
