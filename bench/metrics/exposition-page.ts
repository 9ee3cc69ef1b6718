import { valueAt, type SeriesLabels } from './series.ts';

const DIGITS = 10;

/**
 * A page in the text format whose numbers can be changed in place: a page of 100,000 series is made once and costs the
 * target next to nothing at each scrape, so that what is measured is the reader.
 */
export class ExpositionPage {
  readonly #bytes: Buffer;
  readonly #at: Int32Array;

  constructor(series: readonly SeriesLabels[]) {
    const lines: string[] = [];
    this.#at = new Int32Array(series.length);
    let length = 0;
    let metric = '';
    series.forEach((labels, i) => {
      const name = labels.find(([key]) => key === '__name__')?.[1] ?? '';
      if (name !== metric) {
        const comment = `# HELP ${name} A metric of a mesh.\n# TYPE ${name} counter\n`;
        lines.push(comment);
        length += comment.length;
        metric = name;
      }
      const text = `${name}{${labels.filter(([key]) => key !== '__name__').map(([key, value]) => `${key}="${value}"`).join(',')}} `;
      this.#at[i] = length + text.length;
      lines.push(`${text}${'0'.repeat(DIGITS)}\n`);
      length += text.length + DIGITS + 1;
    });
    this.#bytes = Buffer.from(lines.join(''), 'latin1');
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** The page as of its n-th scrape. The buffer is the page's own: send it before the next call. */
  at(scrape: number): Buffer {
    for (let i = 0; i < this.#at.length; i++) {
      let value = valueAt(i, scrape);
      for (let digit = DIGITS - 1; digit >= 0; digit--) {
        this.#bytes[(this.#at[i] ?? 0) + digit] = 48 + (value % 10);
        value = Math.floor(value / 10);
      }
    }
    return this.#bytes;
  }
}
