const MAX_TURNS = 1024;

/**
 * Indexes in the order of their turns: each gets its weight's share, spread out (smooth weighted round robin). At most 1,024
 * turns, so that weights with nothing in common are kept approximately.
 */
export function turnsByWeight(weights: readonly number[]): readonly number[] {
  const divisor = weights.reduce(greatestCommonDivisor, 0) || 1;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const length = Math.max(weights.length, Math.min(MAX_TURNS, total / divisor));
  const credit = weights.map(() => 0);
  return Array.from({ length }, () => {
    let best = 0;
    for (const [index, weight] of weights.entries()) {
      credit[index] = (credit[index] ?? 0) + weight;
      if ((credit[index] ?? 0) > (credit[best] ?? 0)) best = index;
    }
    credit[best] = (credit[best] ?? 0) - total;
    return best;
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
