import type { TraceTree } from './trace-tree.ts';

/**
 * Nanoseconds each node spent on its own: its duration less the union of its children's intervals, clipped to it.
 * One sweep over children sorted by start.
 */
export function selfTimes(tree: TraceTree): number[] {
  return tree.nodes.map((node) => {
    let busy = 0;
    let coveredTo = node.start;
    for (const index of node.children) {
      const child = tree.nodes[index];
      if (child === undefined) continue;
      const from = Math.max(child.start, coveredTo);
      const to = Math.min(child.end, node.end);
      if (to > from) {
        busy += to - from;
        coveredTo = to;
      }
    }
    return node.end - node.start - busy;
  });
}
