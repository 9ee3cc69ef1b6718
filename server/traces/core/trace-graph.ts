import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';
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
  const paths = new PathDictionary();
  const { places, skipped } = paths.densePlacesOf(columns, (row) => (splitLeaves && columns.descendants[row] === 0 ? 1 : 0));
  const nodes = paths.parent.map((parent, place) => {
    const step = paths.steps[paths.step[place] ?? 0];
    const rows: number[] = [];
    return { parent, service: step?.service ?? '', name: step?.name ?? '', rows, errors: 0, total: 0, self: 0, critical: 0, nonBlocking: false };
  });
  for (let row = 0; row < columns.count; row++) {
    const node = nodes[places[row] ?? 0];
    if (node === undefined) continue;
    // Own time of a skipped row, such as a client's wait for the network, counts where its place was taken.
    node.self += columns.self[row] ?? 0;
    node.critical += critical?.[row] ?? 0;
    if (skipped[row] === 1) continue;
    node.rows.push(row);
    node.total += columns.duration[row] ?? 0;
    if (columns.status[row] === ERROR) node.errors += 1;
    if (columns.kind[row] === CONSUMER) node.nonBlocking = true;
  }
  return nodes;
}
