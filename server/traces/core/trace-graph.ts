import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
import { denseOperations } from './dense-operations.ts';
import { PathDictionary } from './path-dictionary.ts';

/** Calls of one operation along one path. Nanoseconds. */
export interface GraphNode {
  /** Index of the node that calls it, -1 for a root. */
  readonly parent: number;
  readonly service: string;
  readonly name: string;
  readonly rows: readonly number[];
  readonly errors: number;
  readonly total: number;
  readonly self: number;
  /** On the critical path, when its times were given. */
  readonly critical: number;
  /** Nobody waits for it: some row consumes a message. */
  readonly nonBlocking: boolean;
}

const CONSUMER = SPAN_KINDS.indexOf('consumer');
const ERROR = SPAN_STATUSES.indexOf('error');

/**
 * A trace as the graph of its calls: rows that came about along the same path of operations are one node (Jaeger UI's
 * model/trace-dag), parents before children. With `splitLeaves` a call that made calls and one that made none are two
 * nodes, as Jaeger has it; without, they are one. Linear.
 */
export function traceGraph(columns: TraceColumns, { splitLeaves = false, critical }: { readonly splitLeaves?: boolean; readonly critical?: Float64Array } = {}): GraphNode[] {
  const { service, name, skipped } = denseOperations(columns);
  const paths = new PathDictionary();
  const nodes: (Omit<GraphNode, 'rows'> & { rows: number[]; errors: number; total: number; self: number; critical: number; nonBlocking: boolean })[] = [];
  const nodeOf = new Int32Array(columns.count);
  for (let row = 0; row < columns.count; row++) {
    const above = columns.parent[row] ?? -1;
    const parent = above < 0 ? -1 : (nodeOf[above] ?? -1);
    if (skipped[row] === 1) {
      nodeOf[row] = parent;
      continue;
    }
    const place = paths.placeOf(parent, paths.stepOf(service[row] ?? '', name[row] ?? '', splitLeaves && columns.descendants[row] === 0 ? 1 : 0));
    nodeOf[row] = place;
    const node = (nodes[place] ??= { parent, service: service[row] ?? '', name: name[row] ?? '', rows: [], errors: 0, total: 0, self: 0, critical: 0, nonBlocking: false });
    node.rows.push(row);
    node.total += columns.duration[row] ?? 0;
    node.self += columns.self[row] ?? 0;
    node.critical += critical?.[row] ?? 0;
    if (columns.status[row] === ERROR) node.errors += 1;
    if (columns.kind[row] === CONSUMER) node.nonBlocking = true;
  }
  return nodes;
}
