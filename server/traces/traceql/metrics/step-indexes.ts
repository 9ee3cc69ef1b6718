import type { Segment } from '#server/traces/segment/segment.ts';
import { timesAt } from '#server/traces/segment/span-at.ts';
import { type MetricsWindow, type StepRange, stepOf } from './window.ts';

/** Spans whose time is none of the answer's. */
export const OUTSIDE = -1;

/** Beyond this a sum of times would be rounded. */
const SAFE = 2 ** 52;

/** Of the starts of a segment's spans, both inclusive: what is known of them without reading them. */
export interface StartBounds {
  readonly minStartUnixNano: bigint;
  readonly maxStartUnixNano: bigint;
}

/** The times that a segment's spans start at within a window, and for each row which of them, or OUTSIDE. Undefined when it has none. Where all are at one time the starts are not read. */
export function stepIndexes(segment: Segment, window: Pick<MetricsWindow, 'fromUnixNano' | 'toUnixNano' | 'stepNano'>, bounds: StartBounds = boundsOf(segment)): (StepRange & { readonly at: Int32Array }) | undefined {
  const { fromUnixNano, toUnixNano, stepNano } = window;
  const { minStartUnixNano, maxStartUnixNano } = bounds;
  const whole = minStartUnixNano >= fromUnixNano && maxStartUnixNano <= toUnixNano;
  const first = whole || minStartUnixNano > fromUnixNano ? minStartUnixNano : fromUnixNano;
  const last = whole || maxStartUnixNano < toUnixNano ? maxStartUnixNano : toUnixNano;
  if (segment.spanCount === 0 || first > last) return undefined;
  const firstStep = stepOf(first, stepNano);
  const count = Number(stepOf(last, stepNano) - firstStep) + 1;
  const at = new Int32Array(segment.spanCount);
  if (whole && count === 1) return { firstStep, count, at };
  const { start, baseUnixNano, wideTimes } = segment;
  const exact = (row: number): number => {
    const { startUnixNano } = timesAt(segment, row);
    return startUnixNano >= fromUnixNano && startUnixNano <= toUnixNano ? Number(stepOf(startUnixNano, stepNano) - firstStep) : OUTSIDE;
  };
  const step = Number(stepNano);
  const [offset, from, to] = [Number(baseUnixNano - firstStep * stepNano), Number(fromUnixNano - baseUnixNano), Number(toUnixNano - baseUnixNano)];
  if (Math.abs(offset) > SAFE || step > SAFE) {
    for (let row = 0; row < at.length; row++) at[row] = exact(row);
    return { firstStep, count, at };
  }
  for (let row = 0; row < at.length; row++) {
    const s = start[row] ?? 0;
    at[row] = s >= from && s <= to ? Math.ceil((s + offset) / step) : OUTSIDE;
  }
  for (const row of wideTimes.keys()) at[row] = exact(row);
  return { firstStep, count, at };
}

function boundsOf(segment: Segment): StartBounds {
  const { start, baseUnixNano, wideTimes } = segment;
  let [least, most] = [Infinity, -Infinity];
  for (let row = 0; row < start.length; row++) {
    const s = start[row] ?? 0;
    if (wideTimes.size > 0 && wideTimes.has(row)) continue;
    if (s < least) least = s;
    if (s > most) most = s;
  }
  const starts = [...wideTimes.values()].map((t) => t.startUnixNano);
  if (least <= most) starts.push(baseUnixNano + BigInt(least), baseUnixNano + BigInt(most));
  const [any = 0n] = starts;
  return { minStartUnixNano: starts.reduce((a, b) => (b < a ? b : a), any), maxStartUnixNano: starts.reduce((a, b) => (b > a ? b : a), any) };
}
