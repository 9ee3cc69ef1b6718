import { niceTicks } from '#components/charts/ticks.ts';
import type { NanoRange } from './bar-pieces.ts';

const MINUTE = 60e9;
const HOUR = 3600e9;
const DAY = 86_400e9;

/** Round offsets from the trace's start within a range, nanoseconds: round in minutes, hours and days where they are told in those (format-number.ts axisFormatter). */
export function rulerTicks({ from, to }: NanoRange, count: number): number[] {
  const length = to - from;
  if (length <= 0) return [from];
  const unit = to >= 2 * DAY ? DAY : to >= 2 * HOUR ? HOUR : to >= 2 * MINUTE ? MINUTE : 1;
  const ticks = niceTicks(0, length / unit, count);
  const step = ((ticks[1] ?? length / unit) - (ticks[0] ?? 0)) * unit;
  const first = Math.ceil(from / step);
  const out: number[] = [];
  for (let i = first; i * step <= to && out.length <= count * 3; i++) out.push(i * step);
  return out;
}
