import { KahanMean, KahanSum } from './kahan.ts';
import { quantileOf } from './quantile.ts';
import { firstAfter } from './rate-functions.ts';
import type { RangeFunction, RangeWindow } from './range-window.ts';

/** The `…_over_time` family, resets and changes. Source: promql/functions.go. */
export const overTimeFunctions: Readonly<Record<string, RangeFunction>> = {
  sum_over_time: (window) => {
    const sum = new KahanSum();
    for (let i = window.from; i < window.to; i++) sum.add(window.values[i] ?? NaN);
    return sum.total;
  },
  avg_over_time: ({ values, from, to }) => {
    const mean = new KahanMean(values[from] ?? NaN);
    for (let i = from + 1; i < to; i++) mean.add(values[i] ?? NaN);
    return mean.value;
  },
  count_over_time: ({ from, to }) => to - from,
  present_over_time: () => 1,
  absent_over_time: () => 1,
  first_over_time: ({ values, from }) => values[from],
  last_over_time: ({ values, to }) => values[to - 1],
  max_over_time: (window) => window.values[extreme(window, (value, best) => value > best)],
  min_over_time: (window) => window.values[extreme(window, (value, best) => value < best)],
  ts_of_first_over_time: ({ times, from }) => (times[from] ?? NaN) / 1000,
  ts_of_last_over_time: ({ times, to }) => (times[to - 1] ?? NaN) / 1000,
  ts_of_max_over_time: (window) => (window.times[extreme(window, (value, best) => value >= best)] ?? NaN) / 1000,
  ts_of_min_over_time: (window) => (window.times[extreme(window, (value, best) => value <= best)] ?? NaN) / 1000,
  stddev_over_time: (window) => Math.sqrt(variance(window)),
  stdvar_over_time: variance,
  quantile_over_time: (window, [q = NaN]) => {
    if (!(q >= 0 && q <= 1)) window.annotations.invalidQuantile(q, window.argSpan);
    return quantileOf(q, listValues(window));
  },
  mad_over_time: (window) => {
    const values = listValues(window);
    if (values.some(Number.isNaN)) return NaN;
    const median = quantileOf(0.5, values);
    return quantileOf(0.5, values.map((value) => Math.abs(value - median)));
  },
  resets: (window) => countSteps(window, (previous, current) => current < previous),
  changes: (window) => countSteps(window, (previous, current) => current !== previous && !(Number.isNaN(current) && Number.isNaN(previous))),
};

function listValues({ values, from, to }: RangeWindow): number[] {
  return Array.from(values.subarray(from, to));
}

/** The index of the sample that beats all before it; NaN is beaten by anything. */
function extreme({ values, from, to }: RangeWindow, beats: (value: number, best: number) => boolean): number {
  let best = from;
  for (let i = from; i < to; i++) {
    const current = values[best] ?? NaN;
    if (beats(values[i] ?? NaN, current) || Number.isNaN(current)) best = i;
  }
  return best;
}

function variance({ values, from, to }: RangeWindow): number {
  let count = 0;
  const mean = new KahanSum();
  const squares = new KahanSum();
  for (let i = from; i < to; i++) {
    const value = values[i] ?? NaN;
    count++;
    const delta = value - (mean.sum + mean.compensation);
    mean.add(delta / count);
    squares.add(delta * (value - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / count;
}

/** How often neighbours stand in a relation; an anchored window starts with the last sample before it. */
function countSteps(window: RangeWindow, counts: (previous: number, current: number) => boolean): number | undefined {
  const { times, values, to } = window;
  let { from } = window;
  if (window.extended === 'anchored') {
    const inside = firstAfter(times, from, to, window.rangeStart);
    if (inside >= to) return undefined;
    from = Math.max(from, inside - 1);
  }
  let total = 0;
  for (let i = from + 1; i < to; i++) if (counts(values[i - 1] ?? NaN, values[i] ?? NaN)) total++;
  return total;
}
