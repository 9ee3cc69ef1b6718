/**
 * The storage seam of metrics. PromQL evaluates over `Querier` only; the scraper writes through `Appender`.
 * Times are Unix milliseconds. Source of the shapes: Prometheus storage/interface.go.
 */
export type Labels = Readonly<Record<string, string>>;

export type MatchOp = '=' | '!=' | '=~' | '!~';
/** A label matcher. Regexes are RE2 and anchored at both ends; a missing label counts as ''. */
export interface LabelMatcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
}

/** One series with its samples in time order; `values[i]` was taken at `timestamps[i]`. Staleness markers are kept (see STALE_NAN). */
export interface SeriesSamples {
  readonly labels: Labels;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}
export interface TimeRange {
  /** Inclusive, Unix ms. */
  readonly start: number;
  readonly end: number;
}

/** Reads. Implementations: the embedded store. (A remote Prometheus is a MetricsBackend: it evaluates by itself.) */
export interface Querier {
  select(matchers: readonly LabelMatcher[], range: TimeRange): SeriesSamples[];
  labelNames(matchers: readonly LabelMatcher[][], range: TimeRange): string[];
  labelValues(name: string, matchers: readonly LabelMatcher[][], range: TimeRange): string[];
  series(matchers: readonly LabelMatcher[][], range: TimeRange): Labels[];
}

export interface Sample {
  readonly labels: Labels;
  readonly timestamp: number;
  readonly value: number;
}
export interface MetricMetadata { readonly type: string; readonly help: string; readonly unit: string }

/** Writes. `append` resolves when the samples would survive a `kill -9`. */
export interface Appender {
  append(samples: readonly Sample[]): Promise<void>;
  setMetadata(metricName: string, metadata: MetricMetadata): void;
}

const staleBits = new DataView(new ArrayBuffer(8));
staleBits.setBigUint64(0, 0x7ff0000000000002n);
/** Prometheus' staleness marker: the NaN with bits 0x7ff0000000000002 (model/value/value.go). */
export const STALE_NAN: number = staleBits.getFloat64(0);
