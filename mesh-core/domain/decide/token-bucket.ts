/** How a bucket fills. */
export interface BucketLimits {
  readonly maxTokens: number;
  readonly tokensPerFill: number;
  readonly fillIntervalMs: number;
}
/** A bucket: how many tokens there were at a moment. Filled in place, since there is one for each caller. */
export interface BucketState {
  tokens: number;
  atMs: number;
}

/** A full bucket. */
export function fullBucket({ maxTokens }: BucketLimits, nowMs: number): BucketState {
  return { tokens: maxTokens, atMs: nowMs };
}

/**
 * Fills a bucket with what has come in since and says whether it holds a whole token. Tokens come in evenly rather than in
 * heaps; a clock that goes back adds none. Source: Envoy's AtomicTokenBucket.
 */
export function refill(state: BucketState, limits: BucketLimits, nowMs: number): boolean {
  const passedMs = Math.max(0, nowMs - state.atMs);
  state.tokens = Math.min(limits.maxTokens, state.tokens + (passedMs / limits.fillIntervalMs) * limits.tokensPerFill);
  state.atMs = nowMs;
  // Sums of fractions fall short by a hair of what they stand for.
  return state.tokens >= 1 - 1e-9;
}

/** Seconds until there is another token, rounded up; 0 when there is one. */
export function secondsToToken({ tokens }: BucketState, { tokensPerFill, fillIntervalMs }: BucketLimits): number {
  return tokens >= 1 ? 0 : Math.ceil((((1 - tokens) / tokensPerFill) * fillIntervalMs) / 1000);
}
