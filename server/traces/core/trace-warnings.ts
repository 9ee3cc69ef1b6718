import type { Span } from '#server/traces/trace-backend.ts';
import { serviceOf } from './span-service.ts';
import type { TraceNode, TraceTree } from './trace-tree.ts';

/** The attributes that tell one machine's clock from another's, best first. */
const HOST_KEYS = ['host.id', 'k8s.node.name', 'host.ip', 'host.name'];

/**
 * What a reader of the trace must know: parents missing, ids used twice, circles, spans that end before they start, and
 * clocks that seem to differ. Stored times are never changed.
 */
export function traceWarnings(tree: TraceTree): string[] {
  const { nodes } = tree;
  const orphans = nodes.filter((n) => n.orphan);
  const duplicates = new Set(nodes.filter((n) => n.duplicateId).map((n) => n.span.spanId));
  const cut = nodes.filter((n) => n.cutCycle);
  const backwards = nodes.filter((n) => BigInt(n.span.endUnixNano) < BigInt(n.span.startUnixNano));
  return [
    ...(orphans.length === 0 ? [] : [`${new Set(orphans.map((n) => n.span.parentSpanId)).size} parent spans are missing: the trace is incomplete.`]),
    ...(duplicates.size === 0 ? [] : [`${duplicates.size} span ids are used by more than one span: ${sample([...duplicates])}. All of them are shown.`]),
    ...cut.map((n) => `The parents of span ${n.span.spanId} lead back to itself; it is shown as a root.`),
    ...(backwards.length === 0 ? [] : [`${backwards.length} spans end before they start: ${sample(backwards.map((n) => n.span.spanId))}. They are shown with no duration.`]),
    ...clockWarnings(nodes),
  ];
}

function clockWarnings(nodes: readonly TraceNode[]): string[] {
  const worst = new Map<string, { count: number; nanos: number; parent: Span; child: Span }>();
  for (const node of nodes) {
    const parent = nodes[node.parent];
    // A consumer may run at any time; on one host there is one clock.
    if (parent === undefined || node.start >= parent.start || node.span.kind === 'consumer') continue;
    const host = hostOf(node.span);
    if (host !== undefined && host === hostOf(parent.span)) continue;
    const nanos = parent.start - node.start;
    const key = JSON.stringify([serviceOf(parent.span), serviceOf(node.span)]);
    const known = worst.get(key);
    if (known === undefined) worst.set(key, { count: 1, nanos, parent: parent.span, child: node.span });
    else {
      known.count += 1;
      known.nanos = Math.max(known.nanos, nanos);
    }
  }
  return [...worst.values()].map((w) => `${w.count} spans of ${serviceOf(w.child)} start up to ${w.nanos / 1e6} ms before their parent in ${serviceOf(w.parent)}: the clocks of their hosts differ.`);
}

function hostOf(span: Span): string | undefined {
  for (const key of HOST_KEYS) {
    const value = span.resource[key];
    if (typeof value === 'string' && value !== '') return value;
    if (Array.isArray(value) && typeof value[0] === 'string') return value[0];
  }
  return undefined;
}

function sample(ids: readonly string[]): string {
  return ids.slice(0, 3).join(', ') + (ids.length > 3 ? ' …' : '');
}
