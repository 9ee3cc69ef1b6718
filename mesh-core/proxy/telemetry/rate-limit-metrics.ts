import type { Registry } from 'prom-client';
import { PrebuiltCounter } from './prebuilt-metrics.ts';
import type { CounterSeries } from './prebuilt-metrics.ts';

/** What one rate limiter counts: requests looked at, let through, over the limit, and refused for it. */
export interface RateLimitCounters {
  readonly enabled: CounterSeries;
  readonly ok: CounterSeries;
  readonly rateLimited: CounterSeries;
  readonly enforced: CounterSeries;
}

/** Envoy's counters of the local rate limiter, told apart by their prefix. */
export class RateLimitMetrics {
  readonly #enabled: PrebuiltCounter;
  readonly #ok: PrebuiltCounter;
  readonly #rateLimited: PrebuiltCounter;
  readonly #enforced: PrebuiltCounter;
  readonly #byPrefix = new Map<string, RateLimitCounters>();

  constructor(registry: Registry) {
    const counter = (name: string, help: string): PrebuiltCounter => new PrebuiltCounter(`envoy_http_local_rate_limit_${name}`, help, registry);
    this.#enabled = counter('enabled', 'requests that a rate limiter looked at');
    this.#ok = counter('ok', 'requests within the limits');
    this.#rateLimited = counter('rate_limited', 'requests over a limit, refused or not');
    this.#enforced = counter('enforced', 'requests refused');
  }

  /** The series of one prefix. */
  counters(prefix: string): RateLimitCounters {
    const labels = { envoy_local_http_ratelimit_prefix: prefix };
    const counters = { enabled: this.#enabled.series(labels), ok: this.#ok.series(labels), rateLimited: this.#rateLimited.series(labels), enforced: this.#enforced.series(labels) };
    this.#byPrefix.set(prefix, counters);
    return counters;
  }

  /** Each series by the name that Envoy's `/stats` has for it: `PREFIX.http_local_rate_limit.ok`. */
  *named(): Iterable<readonly [name: string, value: number]> {
    for (const [prefix, { enabled, ok, rateLimited, enforced }] of this.#byPrefix) {
      for (const [leaf, { value }] of Object.entries({ enabled, ok, rate_limited: rateLimited, enforced })) yield [`${prefix}.http_local_rate_limit.${leaf}`, value];
    }
  }
}
