import { labelsKey, METRIC_NAME, labelValue, withoutLabels } from '#server/timeseries/labels.ts';
import { parseSeries } from './parse-series.ts';
import type { PageBuilder } from './scrape-page.ts';

const CREATED = '_created';
/** The types whose samples have a start, and the label that tells samples of one metric apart. */
const PART_LABEL: ReadonlyMap<string, string> = new Map([['counter', ''], ['histogram', 'le'], ['summary', 'quantile']]);

/**
 * Gives the samples of an OpenMetrics page their start timestamps, from the `_created` lines of their family, wherever in
 * the family these stand. Source: Prometheus model/textparse/openmetricsparse.go StartTimestamp (which looks ahead only).
 */
export class OpenMetricsStarts {
  readonly #page: PageBuilder;
  #name = '';
  #partLabel: string | undefined;
  #samples: { readonly index: number; readonly series: string }[] = [];
  #created = new Map<string, number>();

  constructor(page: PageBuilder) {
    this.#page = page;
  }

  startFamily(name: string, type: string): void {
    this.endFamily();
    this.#name = name;
    this.#partLabel = PART_LABEL.get(type);
  }

  /** Looks at the next sample of the page. True when it is a `_created` line, which is then no sample. `value` in seconds. */
  take(series: string, value: number): boolean {
    if (this.#partLabel === undefined) return false;
    if (!series.includes(CREATED)) {
      this.#samples.push({ index: this.#page.count, series });
      return false;
    }
    const labels = parseSeries(series);
    const name = labelValue(labels, METRIC_NAME);
    if (!name.endsWith(CREATED)) return false;
    if (name === `${this.#name}${CREATED}`) this.#created.set(labelsKey(withoutLabels(labels, new Set([METRIC_NAME]))), Math.trunc(value * 1000));
    return true;
  }

  /** Call at the end of the page: its last family has no other end. */
  endFamily(): void {
    if (this.#created.size > 0 && this.#partLabel !== undefined) {
      const apart = new Set([METRIC_NAME, this.#partLabel]);
      for (const { index, series } of this.#samples) {
        const labels = parseSeries(series);
        const start = labelValue(labels, METRIC_NAME).startsWith(this.#name) ? this.#created.get(labelsKey(withoutLabels(labels, apart))) : undefined;
        if (start !== undefined && start > 0) this.#page.setStartTimestamp(index, start);
      }
    }
    this.#samples = [];
    this.#created = new Map();
    this.#partLabel = undefined;
  }
}
