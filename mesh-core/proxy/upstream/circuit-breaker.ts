/** Envoy's thresholds; an absent one has no effect here. */
export interface BreakerLimits {
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  readonly maxRequests?: number;
  readonly maxRetries?: number;
  /** Retries as a share of the requests under way or waiting, in place of `maxRetries`. */
  readonly retryBudget?: { readonly budgetPercent?: { readonly value: number }; readonly minRetryConcurrency?: number };
}
/**
 * The limits as they hold for a cluster: over HTTP/2 many requests share a connection, so `maxConnections` does not bound
 * them, and one over `maxRequests` does not wait. Source: Envoy, circuit breaking.
 */
export function breakerLimits(limits: BreakerLimits, isMultiplexed: boolean): BreakerLimits {
  if (!isMultiplexed) return limits;
  const { maxConnections: _connections, ...others } = limits;
  return { ...others, maxPendingRequests: 0 };
}

export type Admission = 'running' | 'waiting' | 'overflow';

/** Envoy's retry budget where its numbers are not given. */
const BUDGET_PERCENT = 20;
const BUDGET_MIN = 3;

/**
 * Admission to one cluster. Over HTTP/1.1 a request under way holds one connection, so `maxConnections` bounds the requests
 * under way: further ones wait, and what does not fit into `maxPendingRequests` is refused (503 UO). What is over
 * `maxRequests` is refused at once. Source: Envoy, circuit breaking.
 */
export class CircuitBreaker {
  limits: BreakerLimits = {};
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #retries = 0;

  get running(): number {
    return this.#running;
  }
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Which limits are reached (1) and which not, by Envoy's names. */
  get state(): Readonly<Record<'cx_open' | 'rq_open' | 'rq_pending_open' | 'rq_retry_open', number>> {
    const { maxConnections = Infinity, maxRequests = Infinity, maxPendingRequests = Infinity } = this.limits;
    const reached = (count: number, limit: number): number => (count > 0 && count >= limit ? 1 : 0);
    return { cx_open: reached(this.#running, maxConnections), rq_open: reached(this.#running, maxRequests), rq_pending_open: reached(this.#waiting.size, maxPendingRequests), rq_retry_open: reached(this.#retries, this.#retryLimit) };
  }

  /**
   * Asks for a place. `running`: `start` was called; `waiting`: it will be, unless `leaveQueue` is called first;
   * `overflow`: it will not. Each start must be followed by one `release`.
   */
  enter(start: () => void): Admission {
    const { maxConnections = Infinity, maxRequests = Infinity } = this.limits;
    if (this.#running >= maxRequests) return 'overflow';
    if (this.#running < maxConnections) {
      this.#running++;
      start();
      return 'running';
    }
    if (this.#waiting.size >= (this.limits.maxPendingRequests ?? Infinity)) return 'overflow';
    this.#waiting.add(start);
    return 'waiting';
  }

  leaveQueue(start: () => void): void {
    this.#waiting.delete(start);
  }

  /** Gives the place back; the longest waiting request takes it. */
  release(): void {
    this.#running--;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#running++;
    next();
  }

  /** Takes a place among the retries under way; false when they are used up. */
  enterRetry(): boolean {
    if (this.#retries >= this.#retryLimit) return false;
    this.#retries++;
    return true;
  }

  get #retryLimit(): number {
    const { retryBudget, maxRetries = Infinity } = this.limits;
    if (retryBudget === undefined) return maxRetries;
    const share = retryBudget.budgetPercent?.value ?? BUDGET_PERCENT;
    return Math.max(retryBudget.minRetryConcurrency ?? BUDGET_MIN, Math.floor(((this.#running + this.#waiting.size) * share) / 100));
  }

  leaveRetry(): void {
    this.#retries--;
  }
}
