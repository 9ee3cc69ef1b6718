import type { GraphNode } from '#server/traces/core/trace-graph.ts';

/** How deep the colour of a node is, 0..1: its part of the trace's time, of its own time, or of its spans that failed. */
export function shareOf(node: Pick<GraphNode, 'total' | 'self' | 'errors' | 'rows'>, by: 'service' | 'time' | 'self' | 'errors', durationNano: number): number {
  const whole = Math.max(1, durationNano);
  switch (by) {
    case 'service':
      return 0;
    case 'time':
      return Math.min(1, node.total / whole);
    case 'self':
      return Math.min(1, node.self / whole);
    case 'errors':
      return node.rows.length === 0 ? 0 : node.errors / node.rows.length;
  }
}
