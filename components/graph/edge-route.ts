import type { Point } from './edge-path.ts';

/** How the layout led an edge: from a point of one node over corners to a point of the other. */
export interface EdgeRoute {
  readonly start: Point;
  readonly bends: readonly Point[];
  readonly end: Point;
  /** Where its two nodes were; when one has moved since, the route no longer holds. */
  readonly sourceAt: Point;
  readonly targetAt: Point;
}
/** Cytoscape's terms: ends relative to their nodes, corners relative to the line between the ends. */
export interface RouteStyle {
  readonly sourceEndpoint: string;
  readonly targetEndpoint: string;
  readonly weights: string;
  readonly distances: string;
}

/** Does the route still hold with its nodes at these places (half a px of rounding allowed)? */
export function routeHolds(route: EdgeRoute, source: Point | undefined, target: Point | undefined): boolean {
  const same = (a: Point, b: Point | undefined): boolean => b !== undefined && Math.abs(a.x - b.x) < 0.5 && Math.abs(a.y - b.y) < 0.5;
  return same(route.sourceAt, source) && same(route.targetAt, target);
}

/** The style of a routed edge. Corners are a share along the line between the ends and a signed distance from it. */
export function routeStyle({ start, bends, end, sourceAt, targetAt }: EdgeRoute): RouteStyle {
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const length = Math.hypot(dx, dy) || 1;
  const corners = bends.map((p) => {
    const [px, py] = [p.x - start.x, p.y - start.y];
    return { weight: (px * dx + py * dy) / length ** 2, distance: (py * dx - px * dy) / length };
  });
  const round = (value: number): number => Number(value.toFixed(4));
  return {
    sourceEndpoint: `${round(start.x - sourceAt.x)}px ${round(start.y - sourceAt.y)}px`,
    targetEndpoint: `${round(end.x - targetAt.x)}px ${round(end.y - targetAt.y)}px`,
    weights: corners.map((c) => round(c.weight)).join(' '),
    distances: corners.map((c) => round(c.distance)).join(' '),
  };
}
