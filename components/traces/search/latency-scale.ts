/** Where durations stand on the height of a plot, 0 (bottom) to 1. */
export interface LatencyScale {
  readonly shareOf: (nano: number) => number;
  readonly nanoAt: (share: number) => number;
  /** Round durations to write beside it, nanoseconds, ascending. */
  readonly ticks: readonly number[];
}

/** Rows of equal height between these edges (ascending, nanoseconds, the first 0): log-spaced edges give a log scale. */
export function scaleOfEdges(edges: readonly number[]): LatencyScale {
  const rows = Math.max(1, edges.length - 1);
  const edge = (index: number): number => edges[Math.min(Math.max(index, 0), edges.length - 1)] ?? 0;
  return {
    shareOf: (nano) => {
      const row = Math.max(0, Math.min(rows - 1, edges.findLastIndex((bound) => bound <= nano)));
      return Math.min(1, Math.max(0, (row + inside(nano, edge(row), edge(row + 1))) / rows));
    },
    nanoAt: (share) => {
      const at = Math.min(1, Math.max(0, share)) * rows;
      const row = Math.min(rows - 1, Math.floor(at));
      return between(at - row, edge(row), edge(row + 1));
    },
    ticks: logTicks(edge(1), edge(rows)),
  };
}

/** A log scale around durations from `min` to `max` nanoseconds, with some air. */
export function scaleOfExtent(min: number, max: number): LatencyScale {
  const low = Math.max(1, min) / 1.3;
  const high = Math.max(low * 4, max * 1.3);
  const span = Math.log(high / low);
  return {
    shareOf: (nano) => Math.min(1, Math.max(0, Math.log(Math.max(nano, low) / low) / span)),
    nanoAt: (share) => low * Math.exp(Math.min(1, Math.max(0, share)) * span),
    ticks: logTicks(low, high),
  };
}

/** What people take for 100, 1,000, 10,000 … seconds: 1 and 10 minutes, 1 and 10 hours, 4 days. */
const LONG: ReadonlyMap<number, number> = new Map([[100e9, 60e9], [1000e9, 600e9], [10_000e9, 3600e9], [100_000e9, 36_000e9], [1_000_000e9, 345_600e9]]);

/** 1, 10, 100 … between two bounds; with 2 and 5 (then 3, 7 …) when there would be fewer than three. */
function logTicks(low: number, high: number): readonly number[] {
  for (const steps of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]]) {
    const ticks = powers(low, high).flatMap((power) => (steps.length === 1 ? [LONG.get(power) ?? power] : steps.map((step) => power * step))).filter((tick) => tick >= low && tick <= high);
    if (ticks.length >= 3) return ticks;
  }
  return [low, high];
}

function powers(low: number, high: number): readonly number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(Math.max(1, low))); 10 ** power <= high && found.length < 20; power += 1) found.push(10 ** power);
  return found;
}

function inside(nano: number, from: number, to: number): number {
  if (to <= from) return 0;
  return Math.min(1, Math.max(0, from <= 0 ? nano / to : Math.log(Math.max(nano, 1e-9) / from) / Math.log(to / from)));
}

function between(share: number, from: number, to: number): number {
  return from <= 0 ? to * share : from * (to / from) ** share;
}
