import { pathOf, pointAlong, type Point } from './edge-path.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
/** A label that wants a place on its edge. All lengths are screen px. */
export interface LabelRequest {
  readonly id: string;
  readonly points: readonly Point[];
  readonly width: number;
  readonly height: number;
  /** Higher goes first and is never left out in favour of lower. */
  readonly priority: number;
  /** Drawn even where it covers something: what is selected, or failing. */
  readonly required?: boolean;
}

/** Tried in this order, as shares of the edge's length. */
const PLACES = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82];

/**
 * Places labels on their edges so that none covers a node, a name or another label; what finds no room is left out
 * unless required. Greedy by priority, as map makers do (point-feature label placement).
 */
export function placeLabels(requests: readonly LabelRequest[], obstacles: readonly Rect[]): Map<string, Rect> {
  const taken = [...obstacles];
  const placed = new Map<string, Rect>();
  for (const request of requests.toSorted((a, b) => b.priority - a.priority)) {
    const path = pathOf(request.points);
    const candidates = PLACES.map((share): Rect => {
      const at = pointAlong(path, path.length * share);
      return { x: at.x - request.width / 2, y: at.y - request.height / 2, width: request.width, height: request.height };
    });
    const free = candidates.find((rect) => !taken.some((other) => overlaps(rect, other)));
    const chosen = free ?? (request.required === true ? leastCovering(candidates, taken) : undefined);
    if (chosen === undefined) continue;
    taken.push(chosen);
    placed.set(request.id, chosen);
  }
  return placed;
}

/** Do two boxes share more than an edge? */
export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function leastCovering(candidates: readonly Rect[], taken: readonly Rect[]): Rect | undefined {
  const covered = (rect: Rect): number => taken.reduce((sum, other) => sum + (overlaps(rect, other) ? (Math.min(rect.x + rect.width, other.x + other.width) - Math.max(rect.x, other.x)) * (Math.min(rect.y + rect.height, other.y + other.height) - Math.max(rect.y, other.y)) : 0), 0);
  return candidates.toSorted((a, b) => covered(a) - covered(b))[0];
}
