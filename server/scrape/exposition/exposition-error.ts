/** Text that is not in its format. `at` is where, counted in the text that was read; the parser of a page makes a line of it. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
  readonly at: number;
  /** Set when more text could make it right. */
  readonly reason: 'open-quote' | undefined;
  constructor(message: string, at = 0, reason?: 'open-quote') {
    super(message);
    this.at = at;
    this.reason = reason;
  }
}

/** What stands at a place of a text, for a message: up to 40 characters of its line, quoted. */
export function foundAt(text: string, at: number): string {
  const found = /[^\n]{0,40}/y;
  found.lastIndex = at;
  const rest = at > text.length ? '' : (found.exec(text)?.[0] ?? '');
  return rest === '' ? 'the end of the line' : JSON.stringify(rest);
}

/** A series as a message names it: its beginning, in quotes unless it has some of its own. */
export function briefly(series: string): string {
  const text = series.length > 120 ? `${series.slice(0, 120)}…` : series;
  return text.includes('"') ? text : `"${text}"`;
}
