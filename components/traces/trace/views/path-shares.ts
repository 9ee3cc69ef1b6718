import type { CriticalPath } from '#server/traces/core/critical-path.ts';
import { operationText, serviceName, type TraceModel } from '../model/trace-model.ts';

export type PathGrouping = 'service' | 'operation' | 'span';

/** Time that a service, operation or span keeps the whole trace waiting. Nanoseconds. */
export interface PathShare {
  readonly key: string;
  readonly service: string;
  readonly operation: string | undefined;
  /** Some span of it, to lead to: the one with most time on the path. */
  readonly row: number;
  readonly spans: number;
  readonly sections: number;
  readonly nano: number;
  /** Part of `nano` that is there by order alone. */
  readonly inferredNano: number;
  /** 0..1 of the path. */
  readonly share: number;
}

/** The critical path summed up. Greatest first. O(sections). */
export function pathShares(model: TraceModel, path: CriticalPath, by: PathGrouping): PathShare[] {
  const groups = new Map<string, { service: string; operation: string | undefined; rows: Map<number, number>; sections: number; nano: number; inferredNano: number }>();
  let whole = 0;
  for (let i = 0; i < path.count; i++) {
    const row = path.row[i] ?? 0;
    const nano = (path.end[i] ?? 0) - (path.start[i] ?? 0);
    whole += nano;
    const service = serviceName(model, row);
    const operation = by === 'service' ? undefined : operationText(model.columns, row);
    const key = by === 'span' ? String(row) : `${service}\n${operation ?? ''}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { service, operation, rows: new Map(), sections: 0, nano: 0, inferredNano: 0 };
      groups.set(key, group);
    }
    group.sections += 1;
    group.nano += nano;
    if (path.inferred[i] === 1) group.inferredNano += nano;
    group.rows.set(row, (group.rows.get(row) ?? 0) + nano);
  }
  return [...groups]
    .map(([key, { rows, ...group }]) => ({ ...group, key, row: longest(rows), spans: rows.size, share: whole === 0 ? 0 : group.nano / whole }))
    .sort((a, b) => b.nano - a.nano);
}

function longest(rows: ReadonlyMap<number, number>): number {
  let [best, most] = [-1, -1];
  for (const [row, nano] of rows) if (nano > most) [best, most] = [row, nano];
  return best;
}
