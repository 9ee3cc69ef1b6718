export interface TreePlace {
  readonly x: number;
  readonly y: number;
}

/**
 * Places of a forest whose nodes come after their parents (−1: a root): levels go to the right, leaves stand below each
 * other in order, a parent in the middle of its first and last child. Linear, without recursion.
 */
export function tidyTree(parents: ArrayLike<number>, step: { readonly x: number; readonly y: number }): TreePlace[] {
  const count = parents.length;
  const depth = new Uint32Array(count);
  const children: number[][] = Array.from({ length: count }, () => []);
  const roots: number[] = [];
  for (let node = 0; node < count; node++) {
    const above = parents[node] ?? -1;
    if (above < 0) roots.push(node);
    else {
      depth[node] = (depth[above] ?? 0) + 1;
      children[above]?.push(node);
    }
  }
  // Leaves get their height in the order of a walk; the walk's order backwards has children before their parents.
  const y = new Float64Array(count);
  const order: number[] = [];
  let leaves = 0;
  const stack = roots.toReversed();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    order.push(node);
    const below = children[node] ?? [];
    if (below.length === 0) y[node] = leaves++ * step.y;
    for (const child of below.toReversed()) stack.push(child);
  }
  for (const node of order.toReversed()) {
    const below = children[node] ?? [];
    if (below.length > 0) y[node] = ((y[below[0] ?? 0] ?? 0) + (y[below.at(-1) ?? 0] ?? 0)) / 2;
  }
  return Array.from({ length: count }, (_, node) => ({ x: (depth[node] ?? 0) * step.x, y: y[node] ?? 0 }));
}
