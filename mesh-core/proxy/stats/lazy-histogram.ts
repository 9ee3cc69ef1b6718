import { ENVOY_BUCKETS } from '../telemetry/istio-metrics.ts';
import { HistogramSeries } from '../telemetry/prebuilt-metrics.ts';

/** Milliseconds in Envoy's default buckets; holds nothing before the first value. */
export class LazyHistogram {
  #series: HistogramSeries | undefined;

  get series(): HistogramSeries | undefined {
    return this.#series;
  }

  observe(ms: number): void {
    (this.#series ??= new HistogramSeries(ENVOY_BUCKETS)).observe(ms);
  }

  reset(): void {
    this.#series = undefined;
  }
}
