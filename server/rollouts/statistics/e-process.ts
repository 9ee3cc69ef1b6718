/**
 * Anytime-valid sequential tests on counts, so that a rollout may be looked at after every scrape without raising the
 * chance of a false alarm. Each test is a mixture of 8 likelihood ratios; its value E satisfies P(sup E ≥ 1/α) ≤ α under
 * its null hypothesis (Ville's inequality). State: 8 log-likelihoods, started at -ln 8.
 * Source: shared field notes on canary analysis, part 3.2 (conditional test of two Poisson rates; the same idea as
 * Lindon & Malek, "Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022).
 */
export type LogLikelihoods = readonly number[];

/** One tick of one arm: requests, and those that count as bad. */
export interface ArmCounts {
  readonly requests: number;
  readonly bad: number;
}

const ALTERNATIVES = 8;
/** Multiples of the null's bound that the "worse" tests look for. */
const WORSE = [1.25, 1.5, 2, 3, 5, 10, 20, 50] as const;
/** Multiples of the null's bound that the "fine" tests look for. */
const FINE = [0.9, 0.8, 0.65, 0.5, 0.33, 0.2, 0.1, 0.02] as const;
const ALMOST_ONE = 1 - 1e-9;

/** State of a test that has seen nothing: E = 1. */
export function startTest(): number[] {
  return Array.from({ length: ALTERNATIVES }, () => -Math.log(ALTERNATIVES));
}

/** The test's evidence against its null hypothesis: at 1/α the null is rejected at level α. */
export function evidence(state: LogLikelihoods): number {
  return state.reduce((sum, logL) => sum + Math.exp(logL), 0);
}

/**
 * Compares the two arms of one tick. `bound` is the null's ratio of bad shares: for direction `worse` H0 is
 * canary ≤ bound × stable, for `fine` H0 is canary ≥ bound × stable. Stable's share may drift from tick to tick, and so
 * may the weights: only how the bad requests of the tick fall on the arms is judged.
 */
export function updateRatioTest(state: LogLikelihoods, canary: ArmCounts, stable: ArmCounts, bound: number, direction: 'worse' | 'fine'): number[] {
  const requests = canary.requests + stable.requests;
  if (requests === 0) return [...state];
  const share = canary.requests / requests;
  const bad = canary.bad + stable.bad;
  const base = Math.log(1 + share * (bound - 1));
  return multiples(direction).map((multiple, j) => {
    const alternative = bound * multiple;
    return (state[j] ?? 0) + canary.bad * Math.log(multiple) + bad * (base - Math.log(1 + share * (alternative - 1)));
  });
}

/** Compares one arm's bad share with a fixed level: `worse` H0 is share ≤ level, `fine` H0 is share ≥ level. */
export function updateLevelTest(state: LogLikelihoods, arm: ArmCounts, level: number, direction: 'worse' | 'fine'): number[] {
  return multiples(direction).map((multiple, j) => {
    const alternative = Math.min(level * multiple, ALMOST_ONE);
    return (state[j] ?? 0) + arm.bad * Math.log(alternative / level) + (arm.requests - arm.bad) * Math.log((1 - alternative) / (1 - level));
  });
}

function multiples(direction: 'worse' | 'fine'): readonly number[] {
  return direction === 'worse' ? WORSE : FINE;
}

/**
 * Canary requests needed until a canary `ratio` times as bad as stable is caught at level alpha, when stable's bad
 * share is `stableShare`: ln(8/α) / (p(ρ ln(ρ/ρ0) - (ρ-ρ0))). Infinity when the ratio is within the bound.
 */
export function requestsToCatch(stableShare: number, ratio: number, bound: number, alpha: number): number {
  const perRequest = stableShare * (ratio * Math.log(ratio / bound) - (ratio - bound));
  return perRequest > 0 && ratio > bound ? Math.log(ALTERNATIVES / alpha) / perRequest : Infinity;
}

/** Flawless canary requests needed to show that its bad share is below `level`: what a quiet, healthy canary has to serve. */
export function requestsToClear(level: number, beta: number): number {
  const perRequest = Math.log((1 - level * 0.1) / (1 - level));
  return Math.log((2 * ALTERNATIVES) / beta) / perRequest;
}
