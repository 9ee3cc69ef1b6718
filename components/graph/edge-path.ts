export interface Point {
  readonly x: number;
  readonly y: number;
}
/** A line of straight pieces with the distance of each corner from its start. */
export interface Path {
  readonly points: readonly Point[];
  readonly distances: readonly number[];
  readonly length: number;
}

/** Measures a line. A line of fewer than two points has no length. */
export function pathOf(points: readonly Point[]): Path {
  const distances = [0];
  let length = 0;
  for (let index = 1; index < points.length; index += 1) {
    const [a, b] = [points[index - 1], points[index]];
    if (a !== undefined && b !== undefined) length += Math.hypot(b.x - a.x, b.y - a.y);
    distances.push(length);
  }
  return { points, distances, length };
}

/** The point so many px along; before the start and after the end it is the end point. */
export function pointAlong({ points, distances }: Path, distance: number): Point {
  for (let index = 1; index < points.length; index += 1) {
    const [a, b] = [points[index - 1], points[index]];
    const [from, to] = [distances[index - 1] ?? 0, distances[index] ?? 0];
    if (a === undefined || b === undefined || distance > to) continue;
    const share = to === from ? 0 : Math.max(0, (distance - from) / (to - from));
    return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
  }
  return points.at(-1) ?? { x: 0, y: 0 };
}

/** A chain of quadratic Bézier curves as straight pieces: controls meet halfway between each other, as Cytoscape draws them. */
export function flattenCurve(start: Point, controls: readonly Point[], end: Point, pieces = 14): Point[] {
  const points = [start];
  let from = start;
  controls.forEach((control, index) => {
    const next = controls[index + 1];
    const to = next === undefined ? end : { x: (control.x + next.x) / 2, y: (control.y + next.y) / 2 };
    for (let step = 1; step <= pieces; step += 1) {
      const t = step / pieces;
      const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
      points.push({ x: a * from.x + b * control.x + c * to.x, y: a * from.y + b * control.y + c * to.y });
    }
    from = to;
  });
  if (controls.length === 0) points.push(end);
  return points;
}
