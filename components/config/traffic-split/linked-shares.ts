/** One slider moved: what the others become. All shares are whole numbers and sum to 100. */
export interface ShareMove {
  readonly shares: readonly number[];
  readonly index: number;
  readonly value: number;
  /** Shares that stay as they are. */
  readonly locked?: readonly boolean[];
  /** Shares when the hand took hold: keeps the others' proportions over a whole drag, also through 0. */
  readonly proportions?: readonly number[];
}

/**
 * Gives share `index` its new value and the rest to the unlocked others in their proportion, or evenly where they have
 * none. The value is cut to what the locked ones leave; with no other unlocked share nothing can move.
 */
export function moveShare({ shares, index, value, locked = [], proportions = shares }: ShareMove): readonly number[] {
  const free = shares.map((_, i) => i).filter((i) => i !== index && locked[i] !== true);
  if (free.length === 0 || locked[index] === true || shares[index] === undefined) return shares;
  const fixed = shares.reduce((sum, share, i) => (i === index || free.includes(i) ? sum : sum + share), 0);
  const taken = Math.max(0, Math.min(100 - fixed, Math.round(value)));
  const parts = apportion(100 - fixed - taken, free.map((i) => proportions[i] ?? 0));
  return shares.map((share, i) => (i === index ? taken : (parts[free.indexOf(i)] ?? share)));
}

/** Relative weights as whole shares of 100 by the largest remainder. Without any weight the first gets all. */
export function toShares(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length === 0) return [];
  return total <= 0 ? weights.map((_, i) => (i === 0 ? 100 : 0)) : apportion(100, weights);
}

/** Takes a share away and gives it to the others in their proportion. */
export function dropShare(shares: readonly number[], index: number): readonly number[] {
  return toShares(shares.filter((_, i) => i !== index));
}

/** Divides `amount` into whole parts in the given proportions (Hamilton's method; ties go to the first). */
function apportion(amount: number, proportions: readonly number[]): readonly number[] {
  const sum = proportions.reduce((total, part) => total + part, 0);
  const exact = proportions.map((part) => (sum > 0 ? (amount * part) / sum : amount / proportions.length));
  const whole = exact.map(Math.floor);
  const missing = Math.round(amount - whole.reduce((total, part) => total + part, 0));
  const winners = exact
    .map((part, i) => ({ i, rest: part - Math.floor(part) }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i)
    .slice(0, missing)
    .map(({ i }) => i);
  return whole.map((part, i) => (winners.includes(i) ? part + 1 : part));
}
