import type { HistogramSeries } from '../telemetry/prebuilt-metrics.ts';

/**
 * One statistic: `SCOPE.INSTANCE.LEAF` in text, `envoy_SCOPE_LEAF{TAG="INSTANCE"}` for Prometheus, as Istio's bootstrap takes
 * tags out of names.
 */
export interface Stat {
  /** `cluster`, `http`, `server` … */
  readonly scope: string;
  /** What of its kind, by the name of the tag; absent for what there is one of. */
  readonly instance?: { readonly tag: string; readonly name: string };
  readonly leaf: string;
  readonly value: StatValue;
  /** Shown to scrapers although it is zero. */
  readonly always?: true;
  /** Another family tells scrapers this. */
  readonly textOnly?: true;
}
export type StatValue = { readonly kind: 'counter' | 'gauge'; readonly number: number } | { readonly kind: 'text'; readonly text: string } | { readonly kind: 'histogram'; readonly series: HistogramSeries };

/** `cluster.outbound|80||web.upstream_rq_total` */
export function statName({ scope, instance, leaf }: Stat): string {
  return instance === undefined ? `${scope}.${leaf}` : `${scope}.${instance.name}.${leaf}`;
}

/** Has it ever been touched? */
export function isUsed({ value }: Stat): boolean {
  return value.kind === 'counter' || value.kind === 'gauge' ? value.number !== 0 : true;
}

type Instance = Stat['instance'];

/** Makes the statistics of one thing. */
export class StatList {
  readonly stats: Stat[] = [];
  readonly #scope: string;
  readonly #instance: Instance;

  constructor(scope: string, instance?: Instance) {
    this.#scope = scope;
    this.#instance = instance;
  }

  counters(list: Iterable<readonly [leaf: string, number: number]>, prefix = ''): this {
    for (const [leaf, number] of list) this.#add(prefix + leaf, { kind: 'counter', number });
    return this;
  }

  gauges(list: Readonly<Record<string, number>>, always = false): this {
    for (const [leaf, number] of Object.entries(list)) this.#add(leaf, { kind: 'gauge', number }, always ? { always: true } : {});
    return this;
  }

  text(leaf: string, text: string): this {
    this.#add(leaf, { kind: 'text', text });
    return this;
  }

  histogram(leaf: string, series: HistogramSeries | undefined): this {
    if (series !== undefined) this.#add(leaf, { kind: 'histogram', series });
    return this;
  }

  /** Counters that a family of its own shows to scrapers. */
  textOnly(list: Iterable<readonly [leaf: string, number: number]>): this {
    for (const [leaf, number] of list) this.#add(leaf, { kind: 'counter', number }, { textOnly: true });
    return this;
  }

  #add(leaf: string, value: StatValue, more: Pick<Stat, 'always' | 'textOnly'> = {}): void {
    this.stats.push({ scope: this.#scope, ...(this.#instance === undefined ? {} : { instance: this.#instance }), leaf, value, ...more });
  }
}
