import type { CounterResetHint } from './float-histogram.ts';

/**
 * The hint of the sum or difference of two histograms: a gauge wins, then what is not known; a reset and a not-reset
 * contradict each other, which gives unknown and a collision. Source: model/histogram/float_histogram.go `adjustCounterReset`.
 */
export function combineHints(a: CounterResetHint, b: CounterResetHint): CounterResetHint {
  if (a === b) return a;
  return a === 'gauge' || b === 'gauge' ? 'gauge' : 'unknown';
}

/** Whether two hints contradict each other: one tells of a reset, the other of none. */
export function hintsCollide(a: CounterResetHint, b: CounterResetHint): boolean {
  return (a === 'reset' && b === 'not-reset') || (a === 'not-reset' && b === 'reset');
}
