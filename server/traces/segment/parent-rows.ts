import { SPAN_KINDS } from './span-words.ts';

const CLIENT = SPAN_KINDS.indexOf('client');
const SERVER = SPAN_KINDS.indexOf('server');

/** The spans of one trace, by row. Ids are compared by value: texts or BigInts. */
export interface IdsOfTrace<Id> {
  readonly from: number;
  readonly to: number;
  readonly idAt: (row: number) => Id;
  /** Undefined: none is named. */
  readonly parentIdAt: (row: number) => Id | undefined;
  readonly kindAt: (row: number) => number;
}

/** Rows that share an id: the second of them, and the first of either kind. */
interface Shared {
  readonly second: number;
  client: number | undefined;
  server: number | undefined;
}

/**
 * Writes the row of each span's parent into `parentRow`: -1 for none, -2 for one that is not there. Of spans that share an
 * id it is the earliest that is not the span itself; but when one called and one was called, they are the two halves of a
 * call (Zipkin's shared spans, Envoy's default): the called one hangs below the calling one, and has the children.
 * Source of that rule: Jaeger's jaegerquery/internal/adjuster/spaniduniquifier.go. Linear.
 */
export function writeParentRows<Id>({ from, to, idAt, parentIdAt, kindAt }: IdsOfTrace<Id>, parentRow: Int32Array): void {
  const first = new Map<Id, number>();
  const shared = new Map<Id, Shared>();
  for (let row = from; row < to; row++) {
    const id = idAt(row);
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, row);
      continue;
    }
    const known = shared.get(id) ?? noteKind({ second: row, client: undefined, server: undefined }, earlier, kindAt(earlier));
    shared.set(id, noteKind(known, row, kindAt(row)));
  }
  for (let row = from; row < to; row++) {
    const caller = shared.size > 0 && kindAt(row) === SERVER ? shared.get(idAt(row))?.client : undefined;
    const parentId = parentIdAt(row);
    if (caller !== undefined) parentRow[row] = caller;
    else if (parentId === undefined) parentRow[row] = -1;
    else {
      const found = first.get(parentId);
      const others = found === undefined ? undefined : shared.get(parentId);
      if (others?.client !== undefined && others.server !== undefined) parentRow[row] = others.server;
      else parentRow[row] = found === undefined ? -2 : found === row ? (others?.second ?? row) : found;
    }
  }
}

function noteKind(shared: Shared, row: number, kind: number): Shared {
  if (kind === CLIENT) shared.client ??= row;
  else if (kind === SERVER) shared.server ??= row;
  return shared;
}
