import type { Point } from './edge-path.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';
const ARROWS: Readonly<Record<string, Direction>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };

/** The direction of an arrow key. */
export function directionOf(key: string): Direction | undefined {
  return ARROWS[key];
}

/** The node to step to: the nearest within 60° of the direction, sideways distance counting double. `undefined`: none there. */
export function nearestNode(places: ReadonlyMap<string, Point>, from: string, direction: Direction): string | undefined {
  const here = places.get(from);
  if (here === undefined) return undefined;
  let best: string | undefined;
  let bestCost = Infinity;
  for (const [id, { x, y }] of places) {
    const [dx, dy] = [x - here.x, y - here.y];
    const horizontal = direction === 'left' || direction === 'right';
    const ahead = horizontal ? (direction === 'right' ? dx : -dx) : direction === 'down' ? dy : -dy;
    const aside = Math.abs(horizontal ? dy : dx);
    if (id === from || ahead <= 0 || aside > ahead * Math.sqrt(3)) continue;
    const cost = ahead + 2 * aside;
    if (cost < bestCost) [best, bestCost] = [id, cost];
  }
  return best;
}

/** Nodes in reading order of the traffic: column by column, top to bottom. */
export function readingOrder(places: ReadonlyMap<string, Point>, columnWidth = 80): string[] {
  const column = (x: number): number => Math.round(x / columnWidth);
  return [...places].sort(([idA, a], [idB, b]) => column(a.x) - column(b.x) || a.y - b.y || (idA < idB ? -1 : 1)).map(([id]) => id);
}
