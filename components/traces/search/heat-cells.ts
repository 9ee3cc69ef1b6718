import type { HeatmapAnswer } from '#server/traces/trace-questions.ts';

type Cell = HeatmapAnswer['cells'][number];
/** Steps of colour, the lightest first. */
export const HEAT_LEVELS = [1, 2, 3, 4, 5] as const;

/** How strong a cell is drawn: the square root of its share of the fullest, so that rare ones are still seen. */
export function heatLevel(count: number, most: number): (typeof HEAT_LEVELS)[number] {
  const level = Math.ceil(Math.sqrt(most > 0 ? count / most : 0) * 5);
  return HEAT_LEVELS[Math.min(4, Math.max(0, level - 1))] ?? 1;
}

/** A map's cells as paths in a box of `width` × `height` px: one for each colour, one for the part of each that failed. */
export interface HeatPaths {
  readonly levels: readonly { readonly level: number; readonly d: string }[];
  readonly errors: string;
}

/** Thousands of cells become six elements: the browser draws them at once. Failed parts stand at the bottom of a cell, at least 2 px high. */
export function heatPaths({ cells, timeEdges, durationEdges }: Pick<HeatmapAnswer, 'cells' | 'timeEdges' | 'durationEdges'>, width: number, height: number): HeatPaths {
  const [w, h] = [width / Math.max(1, timeEdges.length - 1), height / Math.max(1, durationEdges.length - 1)];
  const gap = w > 4 && h > 4 ? 0.5 : 0;
  const most = cells.reduce((max, { count }) => Math.max(max, count), 0);
  const levels = new Map<number, string[]>();
  const errors: string[] = [];
  for (const { time, duration, count, errors: failed } of cells) {
    const [x, y] = [time * w, height - (duration + 1) * h];
    const level = heatLevel(count, most);
    const paths = levels.get(level) ?? [];
    levels.set(level, paths);
    paths.push(rectangle(x, y, w - gap, h - gap));
    if (failed > 0) {
      const tall = Math.min(h - gap, Math.max(2, (h - gap) * Math.min(1, failed / Math.max(1, count))));
      errors.push(rectangle(x, y + h - gap - tall, w - gap, tall));
    }
  }
  return { levels: [...levels].sort(([a], [b]) => a - b).map(([level, paths]) => ({ level, d: paths.join('') })), errors: errors.join('') };
}

/** The cell of a time and duration index. */
export function cellAt(cells: readonly Cell[], time: number, duration: number): Cell | undefined {
  return cells.find((cell) => cell.time === time && cell.duration === duration);
}

function rectangle(x: number, y: number, width: number, height: number): string {
  return `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}z`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
