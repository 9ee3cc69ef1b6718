import type { BucketLimits, BucketState } from '#mesh-core/domain/decide/token-bucket.ts';
import { fullBucket, refill, secondsToToken } from '#mesh-core/domain/decide/token-bucket.ts';
import { isHit } from '#mesh-core/domain/decide/fault.ts';
import { LOCAL_RATE_LIMIT } from '#mesh-core/domain/envoy/rate-limit.ts';
import type { DescriptorEntry, LocalRateLimit, RouteRateLimit, TokenBucket } from '#mesh-core/domain/envoy/rate-limit.ts';
import type { FractionalPercent, HeaderValueOption } from '#mesh-core/domain/envoy/resources.ts';
import { applyHeaderMutations } from '#mesh-core/domain/decide/header-mutations.ts';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import { statusCodeOf } from '#mesh-core/domain/translate/http-status-names.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import { localReply } from '../http/exchange.ts';
import type { Exchange, Filter, Respond } from '../http/exchange.ts';
import type { RateLimitCounters, RateLimitMetrics } from '../telemetry/rate-limit-metrics.ts';
import { compileDescriptions } from './rate-limit-descriptors.ts';
import type { Describe } from './rate-limit-descriptors.ts';

export interface RateLimitDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: RateLimitMetrics;
}

/** Buckets of callers, paths …: the ones used longest ago make way, so that inventing names fills no memory. */
const MAX_BUCKETS = 10_000;
const NO_DESCRIPTIONS: readonly Describe[] = [];

/**
 * Lets through as many requests as the buckets hold; others get 429 `local_rate_limited` (flag RL), or only count when the filter is
 * not enforced. A route's own configuration takes the place of the listener's. Source: Envoy's local_ratelimit filter.
 */
export function createRateLimitFilter(config: LocalRateLimit, deps: RateLimitDependencies): Filter {
  const ofRoutes = new WeakMap<object, Limiter>();
  const described = new WeakMap<readonly RouteRateLimit[], readonly Describe[]>();
  const general = new Limiter(config, deps);
  return (next) => (exchange, respond) => {
    const limiter = limiterFor(exchange);
    const verdict = limiter.judge(exchange, descriptionsFor(exchange));
    if (verdict === undefined) {
      next(exchange, respond);
      return;
    }
    const answer: Respond = verdict.headers === undefined ? respond : (response) => {
      Object.assign(response.headers, verdict.headers);
      respond(response);
    };
    if (!verdict.refused) {
      next(exchange, answer);
      return;
    }
    const headers: MutableHeaders = {};
    applyHeaderMutations(headers, [{ responseHeadersToAdd: limiter.responseHeaders }], 'response');
    localReply(exchange, answer, { status: limiter.status, body: 'local_rate_limited', details: 'local_rate_limited', flag: 'RL', headers });
  };

  function limiterFor({ outcome }: Exchange): Limiter {
    const own = outcome === undefined || outcome.kind === 'none' ? undefined : (outcome.route?.typedPerFilterConfig?.[LOCAL_RATE_LIMIT] ?? outcome.virtualHost.typedPerFilterConfig?.[LOCAL_RATE_LIMIT]);
    if (own === undefined) return general;
    let limiter = ofRoutes.get(own);
    if (limiter === undefined) {
      // Safe because the filter's name says what the message is, and the proxy takes no other for it.
      limiter = new Limiter(own as unknown as LocalRateLimit, deps);
      ofRoutes.set(own, limiter);
    }
    return limiter;
  }

  function descriptionsFor({ outcome }: Exchange): readonly Describe[] {
    if (outcome === undefined || outcome.kind === 'none') return NO_DESCRIPTIONS;
    const ofRoute = outcome.kind === 'cluster' ? outcome.action.rateLimits : undefined;
    const limits = ofRoute !== undefined && ofRoute.length > 0 ? ofRoute : outcome.virtualHost.rateLimits;
    if (limits === undefined) return NO_DESCRIPTIONS;
    const known = described.get(limits) ?? compileDescriptions(limits);
    described.set(limits, known);
    return known;
  }
}

interface Verdict {
  readonly refused: boolean;
  /** For the answer, whoever gives it. */
  readonly headers: MutableHeaders | undefined;
}
interface Bucket {
  readonly limits: BucketLimits;
  readonly state: BucketState;
}

/** One configuration with its buckets. */
class Limiter {
  readonly status: number;
  readonly responseHeaders: readonly HeaderValueOption[];
  readonly #config: LocalRateLimit;
  readonly #deps: RateLimitDependencies;
  readonly #counters: RateLimitCounters;
  readonly #common: Bucket | undefined;
  readonly #descriptors: readonly { readonly entries: readonly DescriptorEntry[]; readonly limits: BucketLimits; readonly index: number }[];
  readonly #buckets = new Map<string, Bucket>();

  constructor(config: LocalRateLimit, deps: RateLimitDependencies) {
    this.#config = config;
    this.#deps = deps;
    this.#counters = deps.metrics.counters(config.statPrefix ?? '');
    const code = config.status === undefined ? undefined : statusCodeOf(config.status.code);
    // Envoy takes nothing below 400 for a refusal.
    this.status = code !== undefined && code >= 400 ? code : 429;
    this.responseHeaders = config.responseHeadersToAdd ?? [];
    const limits = config.tokenBucket === undefined ? undefined : limitsOf(config.tokenBucket);
    this.#common = limits === undefined ? undefined : { limits, state: fullBucket(limits, deps.clock.now()) };
    this.#descriptors = (config.descriptors ?? []).map(({ entries, tokenBucket }, index) => ({ entries, limits: limitsOf(tokenBucket), index }));
  }

  /** Undefined = the filter is off for this request. */
  judge(exchange: Exchange, descriptions: readonly Describe[]): Verdict | undefined {
    if (this.#common === undefined || !isShare(this.#config.filterEnabled, this.#deps.random)) return undefined;
    this.#counters.enabled.value++;
    const nowMs = this.#deps.clock.now();
    const covering = this.#bucketsFor(exchange, descriptions, nowMs);
    const buckets = covering.length === 0 || this.#config.alwaysConsumeDefaultTokenBucket !== false ? [...covering, this.#common] : covering;
    // All or none: a request that one bucket refuses takes nothing from the others.
    const empty = buckets.filter(({ state, limits }) => !refill(state, limits, nowMs));
    if (empty.length === 0) for (const { state } of buckets) state.tokens -= 1;
    const headers = this.#config.enableXRatelimitHeaders === 'DRAFT_VERSION_03' ? rateLimitHeaders(buckets) : undefined;
    if (empty.length === 0) {
      this.#counters.ok.value++;
      return { refused: false, headers };
    }
    this.#counters.rateLimited.value++;
    if (!isShare(this.#config.filterEnforced, this.#deps.random)) {
      applyHeaderMutations(exchange.line.headers, [{ requestHeadersToAdd: this.#config.requestHeadersToAddWhenNotEnforced ?? [] }], 'request');
      return { refused: false, headers };
    }
    this.#counters.enforced.value++;
    return { refused: true, headers };
  }

  #bucketsFor(exchange: Exchange, descriptions: readonly Describe[], nowMs: number): Bucket[] {
    const buckets: Bucket[] = [];
    for (const describe of descriptions) {
      const entries = describe(exchange);
      if (entries === undefined) continue;
      for (const descriptor of this.#descriptors) {
        if (descriptor.entries.length !== entries.length || !descriptor.entries.every(({ key, value = '' }, i) => entries[i]?.key === key && (value === '' || entries[i]?.value === value))) continue;
        buckets.push(this.#bucket(JSON.stringify([descriptor.index, ...entries.map(({ value = '' }) => value)]), descriptor.limits, nowMs));
        break;
      }
    }
    return buckets;
  }

  #bucket(key: string, limits: BucketLimits, nowMs: number): Bucket {
    const known = this.#buckets.get(key);
    const bucket = known ?? { limits, state: fullBucket(limits, nowMs) };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > MAX_BUCKETS) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }
}

function limitsOf({ maxTokens = 0, tokensPerFill = 1, fillInterval }: TokenBucket): BucketLimits {
  return { maxTokens, tokensPerFill, fillIntervalMs: parseDuration(fillInterval) ?? 1000 };
}

/** Of the bucket that is nearest to empty. Source: draft-polli-ratelimit-headers-03. */
function rateLimitHeaders(buckets: readonly Bucket[]): MutableHeaders {
  const [nearest] = buckets.toSorted((a, b) => a.state.tokens - b.state.tokens);
  if (nearest === undefined) return {};
  return { 'x-ratelimit-limit': String(nearest.limits.maxTokens), 'x-ratelimit-remaining': String(Math.max(0, Math.floor(nearest.state.tokens + 1e-9))), 'x-ratelimit-reset': String(secondsToToken(nearest.state, nearest.limits)) };
}

function isShare(fraction: { readonly defaultValue?: FractionalPercent } | undefined, random: Random): boolean {
  const percent = fraction?.defaultValue;
  return percent !== undefined && isHit(percent, random());
}
