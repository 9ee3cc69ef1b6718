/** Functions of Go's math package where JavaScript's differ. Source: Go math/dim.go, log10.go, frexp.go. */

/** The larger one; an infinity that decides wins over NaN. */
export function goMax(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
}

/** The smaller one; an infinity that decides wins over NaN. */
export function goMin(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);
}

/** The binary logarithm, exact for powers of two. */
export function goLog2(value: number): number {
  const { fraction, exponent } = frexp(value);
  return fraction === 0.5 ? exponent - 1 : Math.log(fraction) * Math.LOG2E + exponent;
}

/** ln 2 / ln 10, rounded once: dividing the rounded logarithms is one bit off. */
const LOG10_2 = 0.3010299956639812;

/** The decimal logarithm. */
export function goLog10(value: number): number {
  return goLog2(value) * LOG10_2;
}

const scratch = new DataView(new ArrayBuffer(8));

/** value = fraction × 2^exponent with 0.5 ≤ |fraction| < 1; zeros, infinities and NaN as they are. */
function frexp(value: number): { readonly fraction: number; readonly exponent: number } {
  if (value === 0 || !Number.isFinite(value)) return { fraction: value, exponent: 0 };
  const subnormal = Math.abs(value) < 2 ** -1022;
  scratch.setFloat64(0, subnormal ? value * 2 ** 52 : value);
  const high = scratch.getUint32(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1022 - (subnormal ? 52 : 0);
  scratch.setUint32(0, (high & 0x800fffff) | (1022 << 20));
  return { fraction: scratch.getFloat64(0), exponent };
}
