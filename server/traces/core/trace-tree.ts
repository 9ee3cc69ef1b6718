import type { Span } from '#server/traces/trace-backend.ts';

/** A span in its place. Indexes point into `TraceTree.nodes`. */
export interface TraceNode {
  readonly span: Span;
  /** -1 for a root. */
  readonly parent: number;
  /** By start, ties in the order given. */
  readonly children: readonly number[];
  readonly depth: number;
  /** All nodes below: the subtree of node i is i … i + descendants. */
  readonly descendants: number;
  /** Nanoseconds from the trace's start; exact to 104 days. `end` is never before `start`. */
  readonly start: number;
  readonly end: number;
  /** Names a parent that is not here. */
  readonly orphan: boolean;
  /** Another span has the same id. */
  readonly duplicateId: boolean;
  /** Its parents led round in a circle, which was cut here. */
  readonly cutCycle: boolean;
}
export interface TraceTree {
  readonly startUnixNano: bigint;
  /** Nanoseconds from the earliest start to the latest end. */
  readonly duration: number;
  /** Depth first: a parent comes before its children. */
  readonly nodes: readonly TraceNode[];
  /** By start. */
  readonly roots: readonly number[];
}

/**
 * Puts the spans of one trace in depth-first order. Every span is in the tree exactly once: one whose parent is absent is
 * a root marked `orphan`, a circle of parents is cut at its earliest span, spans that share an id stay apart and the
 * earliest of them keeps the children. Iterative: depth and width are bounded by memory only.
 */
export function buildTraceTree(spans: readonly Span[]): TraceTree {
  const starts = spans.map((s) => BigInt(s.startUnixNano));
  const startUnixNano = starts.reduce((least, s) => (s < least ? s : least), starts[0] ?? 0n);
  const start = Float64Array.from(starts, (s) => Number(s - startUnixNano));
  const end = Float64Array.from(spans, (s, i) => Math.max(start[i] ?? 0, Number(BigInt(s.endUnixNano) - startUnixNano)));
  const order = spans.map((_, i) => i).sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0) || a - b);

  const byId = new Map<string, number[]>();
  for (const i of order) {
    const id = spans[i]?.spanId ?? '';
    const same = byId.get(id);
    if (same === undefined) byId.set(id, [i]);
    else same.push(i);
  }
  const parent = Int32Array.from(spans, (span, i) => {
    const candidates = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    return candidates?.find((c) => c !== i) ?? candidates?.[0] ?? -1;
  });
  const childrenOf = new Map<number, number[]>();
  for (const i of order) {
    const p = parent[i] ?? -1;
    if (p < 0) continue;
    const list = childrenOf.get(p);
    if (list === undefined) childrenOf.set(p, [i]);
    else list.push(i);
  }

  const { preorder, cut } = walkAll(order, parent, childrenOf, start);
  const positionOf = new Int32Array(spans.length);
  for (const [position, i] of preorder.entries()) positionOf[i] = position;
  const nodes: (TraceNode & { parent: number; depth: number; descendants: number; children: number[] })[] = [];
  const roots: number[] = [];
  for (const [position, i] of preorder.entries()) {
    const span = spans[i];
    if (span === undefined) continue;
    const p = cut.has(i) ? -1 : (parent[i] ?? -1);
    const parentNode = p < 0 ? undefined : nodes[positionOf[p] ?? 0];
    if (parentNode === undefined) roots.push(position);
    else parentNode.children.push(position);
    nodes.push({
      span,
      parent: parentNode === undefined ? -1 : (positionOf[p] ?? 0),
      children: [],
      depth: parentNode === undefined ? 0 : parentNode.depth + 1,
      descendants: 0,
      start: start[i] ?? 0,
      end: end[i] ?? 0,
      orphan: span.parentSpanId !== undefined && !byId.has(span.parentSpanId),
      duplicateId: (byId.get(span.spanId)?.length ?? 0) > 1,
      cutCycle: cut.has(i),
    });
  }
  // Children come after their parents, so counting from the back needs no recursion.
  for (const node of nodes.toReversed()) {
    const parentNode = nodes[node.parent];
    if (parentNode !== undefined) parentNode.descendants += node.descendants + 1;
  }
  const duration = end.reduce((latest, e) => Math.max(latest, e), 0);
  return { startUnixNano, duration, nodes, roots };
}

function walkAll(order: readonly number[], parent: Int32Array, childrenOf: ReadonlyMap<number, readonly number[]>, start: Float64Array): { preorder: number[]; cut: Set<number> } {
  const visited = new Uint8Array(parent.length);
  const preorder: number[] = [];
  const cut = new Set<number>();
  const walk = (root: number): void => {
    const stack = [root];
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      if (visited[i] === 1) continue;
      visited[i] = 1;
      preorder.push(i);
      for (const child of (childrenOf.get(i) ?? []).toReversed()) stack.push(child);
    }
  };
  for (const i of order) if ((parent[i] ?? -1) < 0) walk(i);
  for (const i of order) {
    if (visited[i] === 1) continue;
    const member = earliestOfCycle(i, parent, start);
    cut.add(member);
    walk(member);
  }
  return { preorder, cut };
}

/** From a span without a root above it, the earliest span of the circle its parents lead into. */
function earliestOfCycle(from: number, parent: Int32Array, start: Float64Array): number {
  const seen = new Set<number>();
  let i = from;
  while (!seen.has(i)) {
    seen.add(i);
    i = parent[i] ?? i;
  }
  let earliest = i;
  for (let j = parent[i] ?? i; j !== i; j = parent[j] ?? i) if ((start[j] ?? 0) < (start[earliest] ?? 0)) earliest = j;
  return earliest;
}
