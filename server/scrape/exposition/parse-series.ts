import { labelsFromEntries, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { ExpositionError } from './exposition-error.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };
const METRIC = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_]\w*/y;

/**
 * Where the series text of a sample line (`name{label="value"}`) ends: the index after it. Quoted braces do not count.
 * Throws ExpositionError when the braces or a quote are not closed.
 */
export function seriesEnd(line: string): number {
  let at = 0;
  while (at < line.length && line[at] !== '{' && line[at] !== ' ' && line[at] !== '\t') at++;
  // A blank may stand between the name and the brace.
  let brace = at;
  while (line[brace] === ' ' || line[brace] === '\t') brace++;
  if (line[brace] !== '{') return at;
  let quoted = false;
  for (let i = brace + 1; i < line.length; i++) {
    const char = line[i];
    if (quoted && char === '\\') i++;
    else if (char === '"') quoted = !quoted;
    else if (char === '}' && !quoted) return i + 1;
  }
  throw new ExpositionError(quoted ? 'the quote of a label value is not closed' : 'the brace "{" is not closed');
}

/**
 * The labels of a series text, the metric name under `__name__`. Also reads the quoted form for UTF-8 names
 * (`{"my.metric", "my.label"="x"}`). Throws ExpositionError. Source: Prometheus text format 0.0.4.
 */
export function parseSeries(text: string): Labels {
  const reader = new SeriesReader(text);
  const entries: [string, string][] = [];
  const names = new Set<string>();
  let metric = reader.match(METRIC);
  reader.blanks();
  if (reader.take('{')) {
    for (reader.blanks(); !reader.take('}'); reader.blanks()) {
      const isQuoted = reader.peek() === '"';
      const name = isQuoted ? reader.quoted() : reader.match(LABEL);
      if (name === undefined) throw new ExpositionError(`expected a label name, found ${reader.rest()}`);
      reader.blanks();
      if (reader.take('=')) {
        reader.blanks();
        if (reader.peek() !== '"') throw new ExpositionError(`expected a quoted value for the label ${name}, found ${reader.rest()}`);
        if (names.has(name)) throw new ExpositionError(`the label ${name} is there twice`);
        names.add(name);
        entries.push([name, reader.quoted()]);
      } else if (isQuoted && metric === undefined) metric = name;
      else throw new ExpositionError(`expected "=" after the label name ${name}, found ${reader.rest()}`);
      reader.blanks();
      if (!reader.take(',') && reader.peek() !== '}') throw new ExpositionError(`expected "," or "}", found ${reader.rest()}`);
    }
  }
  if (metric === undefined || metric === '') throw new ExpositionError(`expected a metric name, found ${JSON.stringify(text.slice(0, 40))}`);
  if (!reader.done) throw new ExpositionError(`a metric name cannot contain ${reader.rest()}`);
  return labelsFromEntries([[METRIC_NAME, metric], ...entries]);
}

class SeriesReader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }
  get done(): boolean {
    return this.#at >= this.#text.length;
  }
  peek(): string | undefined {
    return this.#text[this.#at];
  }
  take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }
  blanks(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++;
  }
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
  quoted(): string {
    let out = '';
    for (let i = this.#at + 1; i < this.#text.length; i++) {
      const char = this.#text[i] ?? '';
      if (char === '"') {
        this.#at = i + 1;
        if (!out.isWellFormed()) throw new ExpositionError('a label value is not valid UTF-8');
        return out;
      }
      // An unknown escape stands for itself, as in the reference.
      if (char === '\\') {
        const next = this.#text[++i] ?? '';
        out += ESCAPES[next] ?? `\\${next}`;
      } else out += char;
    }
    throw new ExpositionError('the quote of a label value is not closed');
  }
  rest(): string {
    return this.done ? 'the end of the line' : JSON.stringify(this.#text.slice(this.#at, this.#at + 40));
  }
}
