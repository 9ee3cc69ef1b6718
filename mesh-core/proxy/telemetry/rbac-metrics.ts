import type { Registry } from 'prom-client';
import { PrebuiltCounter } from './prebuilt-metrics.ts';
import type { CounterSeries } from './prebuilt-metrics.ts';

type Verdict = 'allowed' | 'denied';

/**
 * Envoy's counters of the RBAC filter as Istio's proxies show them: `envoy_http_inbound_0_0_0_0_8080_rbac` with the verdict in
 * `authz_enforce_result`, and that of policies tried out in `authz_dry_run_result` (`authz_dry_run_action` says of which kind).
 */
export class RbacMetrics {
  readonly #registry: Registry;
  readonly #counters = new Map<string, PrebuiltCounter>();
  readonly #series = new Map<string, CounterSeries>();
  /** By Envoy's names: `http.inbound_0.0.0.0_8080.rbac.allowed`. */
  readonly #byName = new Map<string, CounterSeries>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** The series of an enforced verdict; `statPrefix` is the connection manager's. */
  enforced(statPrefix: string, verdict: Verdict): CounterSeries {
    return this.#seriesOf(statPrefix, `rbac.${verdict}`, { authz_enforce_result: verdict });
  }

  /** The series of a verdict of shadow rules; `action` is `allow`, `deny` or empty (rules for an external authorizer). */
  tried(statPrefix: string, action: string, verdict: Verdict): CounterSeries {
    return this.#seriesOf(statPrefix, `rbac.${action === '' ? '' : `istio_dry_run_${action}_`}shadow_${verdict}`, action === '' ? { authz_dry_run_result: verdict } : { authz_dry_run_action: action, authz_dry_run_result: verdict });
  }

  /** Each series by the name that Envoy's `/stats` has for it. */
  *named(): Iterable<readonly [name: string, value: number]> {
    for (const [name, { value }] of this.#byName) yield [name, value];
  }

  #seriesOf(statPrefix: string, leaf: string, labels: Readonly<Record<string, string>>): CounterSeries {
    const name = `envoy_http_${statPrefix.replaceAll(/[^A-Za-z0-9_]/g, '_')}_rbac`;
    const key = `${name}|${JSON.stringify(labels)}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = new PrebuiltCounter(name, 'verdicts of authorization policies', this.#registry);
      this.#counters.set(name, counter);
    }
    const series = counter.series(labels);
    this.#series.set(key, series);
    this.#byName.set(`http.${statPrefix}.${leaf}`, series);
    return series;
  }
}
