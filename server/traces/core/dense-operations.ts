import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import { MARKS, type TextKey, type TraceColumns } from '#server/traces/view/trace-columns.ts';
import { childRows } from './child-rows.ts';

/** The rows of a trace as a graph names them. */
export interface DenseOperations {
  readonly service: readonly string[];
  readonly name: readonly string[];
  /** 1: its service or name is another than the row's own. */
  readonly renamed: Uint8Array;
  /** 1: a row that only says again what its child says; the child takes its place. */
  readonly skipped: Uint8Array;
  /** The row that takes the place of each: itself, or of a skipped one the child that does. */
  readonly standIn: Uint32Array;
}

const CLIENT = SPAN_KINDS.indexOf('client');
const SERVER = SPAN_KINDS.indexOf('server');

/**
 * Makes a trace say each call once, by the rules of Jaeger UI's model/trace-dag/denseTransforms, row by row from the
 * roots: a leaf client takes the name of the service it calls; a client whose only child is the server it names is
 * skipped; a server that is called like its HTTP method takes the endpoint from its caller; a row without attributes
 * between two is skipped when its caller is of the same service; and so is a client above a client.
 */
export function denseOperations(columns: TraceColumns): DenseOperations {
  const { count, parent, kind, marks, source, sources, services, name, names } = columns;
  const ownService = Array.from({ length: count }, (_, row) => services[sources[source[row] ?? 0]?.service ?? 0] ?? '');
  const service = ownService.slice();
  const operation = Array.from({ length: count }, (_, row) => names[name[row] ?? 0] ?? '');
  const renamed = new Uint8Array(count);
  const skipped = new Uint8Array(count);
  const { first, child } = childRows(parent);
  const children = (row: number): number => (first[row + 1] ?? 0) - (first[row] ?? 0);
  const text = (key: TextKey, row: number): string => {
    const code = columns.texts[key]?.codes[row] ?? 0;
    return code === 0 ? '' : (columns.texts[key]?.values[code - 1] ?? '');
  };
  for (let row = 0; row < count; row++) {
    const above = parent[row] ?? -1;
    if (above < 0) continue;
    const own = operation[row] ?? '';
    const caller = operation[above] ?? '';
    const peer = text('peer', row);
    if (children(row) === 0 && kind[row] === CLIENT && peer !== '' && caller.startsWith(peer) && caller.endsWith(own)) {
      service[row] = peer;
      renamed[row] = 1;
    }
    const serviceNow = service[row] ?? '';
    const isNamed = caller.startsWith(serviceNow) || text('peer', above).startsWith(serviceNow);
    if (kind[row] === SERVER && kind[above] === CLIENT && children(above) === 1) skipped[above] = isNamed ? 1 : 0;
    const method = text('httpMethod', row);
    if (kind[row] === SERVER && own === method && isNamed) {
      renamed[row] = 1;
      operation[row] = `${method} ${caller.startsWith(serviceNow) ? caller.slice(serviceNow.length).replace(/^::/, '') : caller}`;
    }
    if (children(row) !== 1) continue;
    const below = child[first[row] ?? 0] ?? 0;
    const sameService = ownService[above] === ownService[row];
    if (((marks[row] ?? 0) & MARKS.hasAttributes) === 0) skipped[row] = sameService ? 1 : 0;
    if (kind[row] === CLIENT) skipped[row] = kind[below] === CLIENT && sameService ? 1 : 0;
  }
  // Only rows with one child are skipped; children come after their parents.
  const standIn = Uint32Array.from(parent.keys());
  for (let row = count - 1; row >= 0; row--) if (skipped[row] === 1) standIn[row] = standIn[child[first[row] ?? 0] ?? row] ?? row;
  return { service, name: operation, renamed, skipped, standIn };
}
