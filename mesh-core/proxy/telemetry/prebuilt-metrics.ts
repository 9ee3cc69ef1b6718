import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** One series of a counter: incremented without touching its labels again. */
export interface CounterSeries {
  value: number;
}

/**
 * A prom-client counter whose series are made once and then incremented as plain numbers. prom-client itself hashes all
 * (here 24) labels at every increment, which costs more than the rest of a proxied request's book-keeping.
 */
export class PrebuiltCounter extends Counter {
  readonly #series = new Map<string, { labels: Labels; series: CounterSeries }>();

  constructor(name: string, help: string, registry: Registry) {
    super({ name, help, registers: [registry] });
  }

  /** The series of these labels, made when it is first asked for; the caller keeps it. */
  series(labels: Labels): CounterSeries {
    const key = JSON.stringify(labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known.series;
    const series = { value: 0 };
    this.#series.set(key, { labels, series });
    return series;
  }

  /** All series begin anew; whoever holds one goes on counting in it. */
  override reset(): void {
    // The parent's constructor calls it, too, when there is nothing here yet.
    if (#series in this) for (const { series } of this.#series.values()) series.value = 0;
    super.reset();
  }

  override async get(): ReturnType<Counter['get']> {
    const base = await super.get();
    return { ...base, values: [...this.#series.values()].map(({ labels, series }) => ({ labels: { ...labels }, value: series.value })) };
  }
}

/** One series of a histogram. */
export class HistogramSeries {
  readonly buckets: Float64Array;
  /** Upper, inclusive. */
  readonly bounds: readonly number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.buckets = new Float64Array(bounds.length);
  }

  /** Counts `value` into its bucket (upper bounds are inclusive). */
  observe(value: number): void {
    this.sum += value;
    this.count++;
    const { bounds } = this;
    for (let i = 0; i < bounds.length; i++) {
      if (value <= (bounds[i] ?? Infinity)) {
        this.buckets[i] = (this.buckets[i] ?? 0) + 1;
        return;
      }
    }
  }
}

/** The histogram counterpart of PrebuiltCounter. */
export class PrebuiltHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, { labels: Labels; series: HistogramSeries }>();

  constructor(name: string, help: string, buckets: readonly number[], registry: Registry) {
    super({ name, help, buckets: [...buckets], registers: [registry] });
    this.#name = name;
    this.#help = help;
    this.#bounds = buckets;
  }

  /** The series of these labels, made when it is first asked for; the caller keeps it. */
  series(labels: Labels): HistogramSeries {
    const key = JSON.stringify(labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known.series;
    const series = new HistogramSeries(this.#bounds);
    this.#series.set(key, { labels, series });
    return series;
  }

  override get(): ReturnType<Histogram['get']> {
    const values = [...this.#series.values()].flatMap(({ labels, series }) => this.#samples(labels, series));
    // Safe because the registry prints `type` as text: prom-client's own classes hold the same lower-case word here.
    return Promise.resolve({ name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', collect: () => {}, values } as unknown as Awaited<ReturnType<Histogram['get']>>);
  }

  /** What prom-client's registry calls for the text format, in preference to `get`. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }

  #samples(labels: Labels, series: HistogramSeries): { metricName: string; labels: Record<string, string | number>; value: number }[] {
    let total = 0;
    const samples = this.#bounds.map((le, i) => ({ metricName: `${this.#name}_bucket`, labels: { ...labels, le }, value: (total += series.buckets[i] ?? 0) }));
    return [
      ...samples,
      { metricName: `${this.#name}_bucket`, labels: { ...labels, le: '+Inf' }, value: series.count },
      { metricName: `${this.#name}_sum`, labels: { ...labels }, value: series.sum },
      { metricName: `${this.#name}_count`, labels: { ...labels }, value: series.count },
    ];
  }
}
