import type { Point } from './edge-path.ts';

export interface Link {
  readonly source: string;
  readonly target: string;
}
export const COLUMN_GAP = 170;
export const ROW_GAP = 104;

/**
 * Places nodes that appeared among nodes that have a place, moving none of those: right of their callers, else left of
 * their callees, at the height of those neighbours, or in the nearest free row. Without any neighbour: a column on the
 * left, below everything. With no place known at all it is a plain layered layout by longest path, the fallback of the worker.
 */
export function placeNewNodes(known: ReadonlyMap<string, Point>, newcomers: readonly string[], links: readonly Link[]): Map<string, Point> {
  const places = new Map(known);
  const added = new Map<string, Point>();
  let waiting = [...newcomers];
  while (waiting.length > 0) {
    // Those that touch something placed go first; a group that touches nothing starts from a node nobody in it calls.
    const touching = waiting.filter((id) => links.some((link) => (link.source === id && link.target !== id && places.has(link.target)) || (link.target === id && link.source !== id && places.has(link.source))));
    const root = waiting.find((id) => !links.some((link) => link.target === id && waiting.includes(link.source) && link.source !== id)) ?? waiting[0];
    const id = touching[0] ?? root;
    if (id === undefined) break;
    const place = freePlace(wantedPlace(id, places, links), places);
    places.set(id, place);
    added.set(id, place);
    waiting = waiting.filter((other) => other !== id);
  }
  return added;
}

function wantedPlace(id: string, places: ReadonlyMap<string, Point>, links: readonly Link[]): Point {
  const at = (ids: readonly string[]): Point[] => ids.flatMap((other) => (other === id ? [] : (places.get(other) ?? [])));
  const callers = at(links.filter((link) => link.target === id).map((link) => link.source));
  if (callers.length > 0) return { x: Math.max(...callers.map((p) => p.x)) + COLUMN_GAP, y: mean(callers) };
  const callees = at(links.filter((link) => link.source === id).map((link) => link.target));
  if (callees.length > 0) return { x: Math.min(...callees.map((p) => p.x)) - COLUMN_GAP, y: mean(callees) };
  const all = [...places.values()];
  return all.length === 0 ? { x: 0, y: 0 } : { x: Math.min(...all.map((p) => p.x)), y: Math.max(...all.map((p) => p.y)) + ROW_GAP };
}

function mean(points: readonly Point[]): number {
  return points.reduce((sum, p) => sum + p.y, 0) / points.length;
}

/** The wanted place, or the nearest above or below it where nobody stands. */
function freePlace(wanted: Point, places: ReadonlyMap<string, Point>): Point {
  const taken = (y: number): boolean => [...places.values()].some((p) => Math.abs(p.x - wanted.x) < COLUMN_GAP * 0.6 && Math.abs(p.y - y) < ROW_GAP * 0.9);
  for (let step = 0; ; step += 1) {
    for (const y of [wanted.y + step * (ROW_GAP / 2), wanted.y - step * (ROW_GAP / 2)]) if (!taken(y)) return { x: wanted.x, y };
  }
}
