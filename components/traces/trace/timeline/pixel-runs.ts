import { pixelsOf, type NanoRange } from './bar-pieces.ts';

/** Stretches of pixels as pairs [x, width, x, width, …], from left to right. */
export type PixelRuns = Float32Array;

/**
 * Stretches of time as stretches of pixels: cut to the range, at least `least` pixels wide, and joined where they touch,
 * so that 100,000 of them cost as much to draw as the pixels they cover. `pieces` are pairs [from, to, …] in any order.
 */
export function pixelRuns(pieces: ArrayLike<number>, range: NanoRange, width: number, least: number): PixelRuns {
  const covered: { x: number; end: number }[] = [];
  let sorted = true;
  for (let i = 0; i < pieces.length; i += 2) {
    const part = pixelsOf(pieces[i] ?? 0, pieces[i + 1] ?? 0, range, width);
    if (part === undefined) continue;
    const end = part.x + Math.max(least, part.width);
    const last = covered.at(-1);
    if (last !== undefined && part.x < last.x) sorted = false;
    if (sorted && last !== undefined && part.x <= last.end) last.end = Math.max(last.end, end);
    else covered.push({ x: part.x, end });
  }
  if (!sorted) covered.sort((a, b) => a.x - b.x);
  const runs: number[] = [];
  let [x, end] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const next of covered) {
    if (next.x <= end) end = Math.max(end, next.end);
    else {
      if (end > x) runs.push(x, end - x);
      [x, end] = [next.x, next.end];
    }
  }
  if (end > x) runs.push(x, end - x);
  return Float32Array.from(runs);
}

/** Where the last stretch between `from` and `to` ends that no run covers and that is `least` wide; `undefined` when there is none. */
export function lastGap(runs: PixelRuns, from: number, to: number, least: number): number | undefined {
  let end = to;
  for (let i = runs.length - 2; i >= 0; i -= 2) {
    const [x, runEnd] = [runs[i] ?? 0, (runs[i] ?? 0) + (runs[i + 1] ?? 0)];
    if (x >= end) continue;
    if (end - Math.max(from, runEnd) >= least) return end;
    end = x;
  }
  return end - from >= least ? end : undefined;
}

/** Runs that were worked out for one range and width; another range begins a new one. */
export class RunCache {
  readonly #runs = new Map<string, PixelRuns>();

  /** The runs of a key, made when they are asked for first. */
  get(key: string, make: () => PixelRuns): PixelRuns {
    let runs = this.#runs.get(key);
    if (runs === undefined) {
      runs = make();
      this.#runs.set(key, runs);
    }
    return runs;
  }
}
