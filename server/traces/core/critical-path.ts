import type { TraceTree } from './trace-tree.ts';

/** A stretch of time that ends only when this node is done. Nanoseconds from the trace's start. */
export interface CriticalPathSection {
  readonly node: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The critical path of every root, in time order for each. The sections of a root are contiguous, disjoint and sum to
 * its duration.
 *
 * Walks backwards from a root's end: the child that finished last before the point reached is what was waited for
 * (Jaeger's definition). Differs from Jaeger's code where that loses time: a child that ends exactly where the next one
 * begins is on the path, and nothing recurses. What a consumer does with a message is not waited for by its producer.
 * O(n log n).
 */
export function criticalPath(tree: TraceTree): CriticalPathSection[] {
  const { start, end, kept } = clipToParents(tree);
  const waitedFor = childrenByEnd(tree, end, kept);
  const next = new Int32Array(tree.nodes.length);
  return tree.roots.flatMap((root) => {
    const backwards: { node: number; start: number; end: number }[] = [];
    const emit = (node: number, from: number, to: number): void => {
      const last = backwards.at(-1);
      if (to <= from) return;
      if (last?.node === node && last.start === to) last.start = from;
      else backwards.push({ node, start: from, end: to });
    };
    let node = root;
    let reached = end[root] ?? 0;
    for (;;) {
      const children = waitedFor.get(node) ?? [];
      let at = next[node] ?? 0;
      // The point reached only moves back, so a child that ends after it never comes into question again.
      while (at < children.length && (end[children[at] ?? 0] ?? 0) > reached) at++;
      next[node] = at + 1;
      const child = children[at];
      if (child !== undefined) {
        const childEnd = end[child] ?? 0;
        emit(node, childEnd, reached);
        node = child;
        reached = childEnd;
        continue;
      }
      const nodeStart = start[node] ?? 0;
      emit(node, nodeStart, reached);
      if (node === root) return backwards.toReversed();
      reached = nodeStart;
      node = tree.nodes[node]?.parent ?? root;
    }
  });
}

/** Every node's interval cut to its parent's; nodes outside it, and consumers of a producer, are dropped with all below. */
function clipToParents(tree: TraceTree): { start: Float64Array; end: Float64Array; kept: Uint8Array } {
  const start = new Float64Array(tree.nodes.length);
  const end = new Float64Array(tree.nodes.length);
  const kept = new Uint8Array(tree.nodes.length);
  for (const [i, node] of tree.nodes.entries()) {
    start[i] = node.start;
    end[i] = node.end;
    const parent = tree.nodes[node.parent];
    if (parent === undefined) {
      kept[i] = 1;
      continue;
    }
    const parentStart = start[node.parent] ?? 0;
    const parentEnd = end[node.parent] ?? 0;
    if (kept[node.parent] === 0 || (parent.span.kind === 'producer' && node.span.kind === 'consumer')) continue;
    if (node.start >= parentEnd || (node.start < parentStart && node.end <= parentStart)) continue;
    kept[i] = 1;
    start[i] = Math.max(node.start, parentStart);
    end[i] = Math.min(node.end, parentEnd);
  }
  return { start, end, kept };
}

/** Of each node, the kept children, latest end first; ties by earlier start. */
function childrenByEnd(tree: TraceTree, end: Float64Array, kept: Uint8Array): Map<number, number[]> {
  const out = new Map<number, number[]>();
  for (const [i, node] of tree.nodes.entries()) {
    const children = node.children.filter((c) => kept[c] === 1);
    if (children.length > 0) out.set(i, children.sort((a, b) => (end[b] ?? 0) - (end[a] ?? 0)));
  }
  return out;
}
