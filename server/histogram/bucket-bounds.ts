import { CUSTOM_BUCKETS_SCHEMA } from './float-histogram.ts';
import { MAX_EXPONENTIAL_SCHEMA } from './histogram-schema.ts';

/** The bound after 0.5 in each schema from 1 on, as Prometheus has it: from these all bounds follow to the last bit. */
const SECOND_BOUNDS = [
  0.7071067811865475, 0.5946035575013605, 0.5452538663326288, 0.5221368912137069, 0.5109485743270583, 0.5054446430258502, 0.5027149505564014, 0.5013556375251013,
];

/** The bounds in [0.5, 1) of the finest schema; a coarser one uses every 2nd, 4th … of them. */
const FRACTIONS = finestFractions();
const LOWEST_EXPONENT = -1100;
/** 2^exponent, exact, by exponent - LOWEST_EXPONENT. */
const POWERS_OF_TWO = powersOfTwo();

/**
 * The upper bound of bucket `index` among positive buckets (the lower bound is that of `index - 1`); a negative bucket has
 * the negated ones. Custom buckets end at `customValues[index]`, the last one at +Inf, and begin at -Inf. An index of a
 * custom bucket that is not there gives +Inf. Source: model/histogram/generic.go `getBound`, bit by bit.
 */
export function bucketBound(index: number, schema: number, customValues: readonly number[]): number {
  if (schema === CUSTOM_BUCKETS_SCHEMA) return index < 0 ? -Infinity : (customValues[index] ?? Infinity);
  return exponentialBound(index, schema);
}

/** The upper bound of exponential bucket `index`; the last finite bucket ends at the largest number, the one after at +Inf. */
export function exponentialBound(index: number, schema: number): number {
  if (schema < 0) {
    const exponent = index * 2 ** -schema;
    return exponent === 1024 ? Number.MAX_VALUE : powerOfTwo(exponent);
  }
  const fraction = FRACTIONS[(index & ((1 << schema) - 1)) << (MAX_EXPONENTIAL_SCHEMA - schema)] ?? NaN;
  const exponent = (index >> schema) + 1;
  if (fraction === 0.5 && exponent === 1025) return Number.MAX_VALUE;
  // The fraction is doubled so that the largest exponent does not overflow; two steps below keep denormals rounded once.
  return exponent > -1000 ? 2 * fraction * powerOfTwo(exponent - 1) : fraction * powerOfTwo(-1000) * powerOfTwo(exponent + 1000);
}

function powerOfTwo(exponent: number): number {
  if (exponent > 1023) return Infinity;
  return exponent < LOWEST_EXPONENT ? 0 : (POWERS_OF_TWO[exponent - LOWEST_EXPONENT] ?? 0);
}

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(1024 - LOWEST_EXPONENT);
  let power = 1;
  for (let exponent = 0; exponent <= 1023; exponent++, power *= 2) powers[exponent - LOWEST_EXPONENT] = power;
  power = 1;
  for (let exponent = 0; exponent >= LOWEST_EXPONENT; exponent--, power /= 2) powers[exponent - LOWEST_EXPONENT] = power;
  return powers;
}

function finestFractions(): Float64Array {
  let coarser = Float64Array.of(0.5);
  for (const second of SECOND_BOUNDS) {
    const finer = new Float64Array(2 * coarser.length);
    for (let i = 0; i < finer.length; i++) finer[i] = i % 2 === 0 ? (coarser[i / 2] ?? NaN) : (finer[i - 1] ?? NaN) * (2 * second);
    coarser = finer;
  }
  return coarser;
}
