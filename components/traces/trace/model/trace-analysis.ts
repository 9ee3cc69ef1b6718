import { criticalPath, type CriticalPath } from '#server/traces/core/critical-path.ts';
import { foldMeshHops, type MeshHop } from '#server/traces/core/mesh-hops.ts';
import { foldSiblings, type SiblingFolds } from '#server/traces/core/sibling-folds.ts';
import type { HopRow } from '../rows/grouped-rows.ts';
import { ownPieces, pathByRow, type PathByRow } from '../timeline/bar-pieces.ts';
import { ERROR_CODE, type TraceModel } from './trace-model.ts';

/** What algorithms say of a trace, in the form its rows take it. Each part is worked out when it is first asked for. */
export interface TraceAnalysis {
  /** Like siblings, with the rows that hops take in left out of account or not. */
  readonly foldsFor: (hops: boolean) => SiblingFolds;
  /** By the row that stands for the hop. */
  readonly hopOf: ReadonlyMap<number, HopRow>;
  readonly criticalPath: CriticalPath;
  readonly path: PathByRow;
  /** Rows on the critical path, ascending. */
  readonly pathRows: Int32Array;
}

/** The analysis of a trace, lazily. */
export function analyseTrace(model: TraceModel): TraceAnalysis {
  const { columns } = model;
  const critical = once(() => criticalPath(columns));
  const path = once(() => pathByRow(columns.count, { rows: critical().row, starts: critical().start, ends: critical().end }));
  const pathRows = once(() => Int32Array.from(new Set(critical().row)).sort());
  const hopOf = once(() => new Map(foldMeshHops(columns).map((hop) => hopRow(model, hop)).map((hop) => [hop.row, hop])));
  const folds = once(() => foldSiblings(columns));
  const foldsOfHops = once(() => {
    const shown = new Uint8Array(columns.count).fill(1);
    for (const { absorbed } of hopOf().values()) for (const row of absorbed) shown[row] = 0;
    return foldSiblings(columns, { shown });
  });
  return {
    foldsFor: (hops) => (hops && hopOf().size > 0 ? foldsOfHops() : folds()),
    get hopOf() {
      return hopOf();
    },
    get criticalPath() {
      return critical();
    },
    get path() {
      return path();
    },
    get pathRows() {
      return pathRows();
    },
  };
}

function hopRow({ columns, serviceOf }: TraceModel, hop: MeshHop): HopRow {
  const members = [hop.outer, hop.client, ...hop.servers, hop.app].filter((row) => row !== undefined);
  const [row = 0, ...absorbed] = members;
  const callee = hop.app ?? hop.servers.at(-1);
  return {
    ...hop,
    row,
    client: hop.client,
    absorbed,
    app: hop.app,
    responseFlags: hop.responseFlags,
    service: serviceOf[callee ?? row] ?? 0,
    failed: members.some((member) => columns.status[member] === ERROR_CODE),
    working: callee === undefined ? [] : workOf(columns, hop, callee),
  };
}

/** When the callee itself worked: of the app's span, or of its proxy's when the app sends none. */
function workOf(columns: TraceModel['columns'], { app, servers }: MeshHop, callee: number): number[] {
  const pieces: number[] = [];
  for (const row of app === undefined ? servers : [...servers.slice(0, -1), callee]) pieces.push(...ownPieces(columns, columns, row, 0));
  return pieces;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

