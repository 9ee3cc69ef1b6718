import type { Bucket } from './buckets.ts';

/** 1/ln 2, as Go's math.Ln2 has it. */
const PER_LN2 = 1 / Math.LN2;
const LN2_HIGH = 6.93147180369123816490e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const scratch = new DataView(new ArrayBuffer(8));

/**
 * Which part of a bucket (0 … 1) lies at or below `value`, which is within its finite bounds: by length when `linear`, else on
 * a logarithmic scale. Source: model/histogram/generic.go `FractionBelow`.
 */
export function fractionBelow({ lower, upper }: Pick<Bucket, 'lower' | 'upper'>, value: number, linear: boolean): number {
  if (linear) return (value - lower) / (upper - lower);
  const logLower = log2(Math.abs(lower));
  const logUpper = log2(Math.abs(upper));
  const logValue = log2(Math.abs(value));
  return value > 0 ? (logValue - logLower) / (logUpper - logLower) : 1 - (logValue - logUpper) / (logLower - logUpper);
}

/** The value at `fraction` (0 … 1) of an exponential bucket that does not hold zero. Source: promql/quantile.go `HistogramQuantile`. */
export function exponentialValueAt(lower: number, upper: number, fraction: number): number {
  const logLower = log2(Math.abs(lower));
  const logUpper = log2(Math.abs(upper));
  if (lower > 0) return exp2(logLower + (logUpper - logLower) * fraction);
  return -exp2(logUpper + (logLower - logUpper) * (1 - fraction));
}

/** log2 as Go computes it: exact for powers of two, which bucket bounds often are. Source: Go math/log10.go. */
function log2(value: number): number {
  if (!(value > 0 && value < Infinity)) return Math.log2(value);
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  const exponent = (high >>> 20) - 1022;
  if (exponent === -1022) return Math.log2(value);
  scratch.setUint32(0, (high & 0xfffff) | 0x3fe00000);
  const fraction = scratch.getFloat64(0);
  return fraction === 0.5 ? exponent - 1 : Math.log(fraction) * PER_LN2 + exponent;
}

/** 2^value as Go computes it (FreeBSD's exp on the rest of the exponent), exact for whole numbers. Source: Go math/exp.go. */
function exp2(value: number): number {
  if (!(value > -1000 && value < 1023)) return 2 ** value;
  const whole = Math.trunc(value > 0 ? value + 0.5 : value - 0.5);
  const rest = value - whole;
  const high = rest * LN2_HIGH;
  const low = -rest * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c = r - t * (1.66666666666666657415e-1 + t * (-2.77777777770155933842e-3 + t * (6.61375632143793436117e-5 + t * (-1.65339022054652515390e-6 + t * 4.13813679705723846039e-8))));
  return (1 - (low - (r * c) / (2 - c) - high)) * 2 ** whole;
}
