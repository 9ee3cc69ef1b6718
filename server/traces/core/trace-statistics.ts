import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** What rows are put together by: `values[codes[row] - 1]`, code 0 for rows that have no such value. */
export interface RowGroups {
  readonly values: readonly string[];
  readonly codes: ArrayLike<number>;
}

/** Of a group of rows. Nanoseconds. */
export interface GroupStatistics {
  /** Undefined: the rows without a value. */
  readonly value: string | undefined;
  readonly count: number;
  readonly errors: number;
  readonly total: number;
  readonly avg: number;
  readonly min: number;
  readonly max: number;
  readonly p50: number;
  readonly p95: number;
  readonly selfTotal: number;
  readonly selfAvg: number;
  readonly selfMin: number;
  readonly selfMax: number;
  /** Of `selfTotal` in the trace's duration, 0..1; more when rows ran at the same time. */
  readonly selfShare: number;
  /** Time on the critical path, when its times were given. */
  readonly critical: number;
  readonly groups: readonly GroupStatistics[];
}

const ERROR = SPAN_STATUSES.indexOf('error');

/**
 * Durations and own times of the rows of each value of `by`, and within each of them of `within` (the table of Jaeger UI's trace
 * statistics). Groups are in the order of their first rows, the rows without a value last. `rows` narrows it down, as
 * indexes. Linear but for sorting durations.
 */
export function traceStatistics(columns: TraceColumns, by: RowGroups, { within, critical, rows }: { readonly within?: RowGroups; readonly critical?: Float64Array; readonly rows?: ArrayLike<number> } = {}): GroupStatistics[] {
  const all = rows ?? Uint32Array.from(columns.parent.keys());
  return groupRows(all, by).map(({ value, rows: own }) => ({ ...statisticsOf(columns, own, critical), value, groups: within === undefined ? [] : groupRows(own, within).map((sub) => ({ ...statisticsOf(columns, sub.rows, critical), value: sub.value, groups: [] })) }));
}

export type BuiltInGroup = 'service' | 'operation' | 'kind' | 'status' | 'service and operation';

/** Groups that the columns alone tell. `service and operation` as `service: operation`. */
export function builtInGroups(columns: TraceColumns, by: BuiltInGroup): RowGroups {
  const { services, sources, source, names, name, kind, status } = columns;
  switch (by) {
    case 'service':
      return { values: services, codes: source.map((s) => (sources[s]?.service ?? 0) + 1) };
    case 'operation':
      return { values: names, codes: name.map((n) => n + 1) };
    case 'kind':
      return { values: SPAN_KINDS, codes: kind.map((k) => k + 1) };
    case 'status':
      return { values: SPAN_STATUSES, codes: status.map((s) => s + 1) };
    case 'service and operation': {
      const values: string[] = [];
      const known = new Map<number, number>();
      const codes = source.map((s, row) => {
        const service = sources[s]?.service ?? 0;
        const key = service * names.length + (name[row] ?? 0);
        const code = known.get(key) ?? values.push(`${services[service] ?? ''}: ${names[name[row] ?? 0] ?? ''}`);
        known.set(key, code);
        return code;
      });
      return { values, codes };
    }
  }
}

function groupRows(rows: ArrayLike<number>, { values, codes }: RowGroups): { readonly value: string | undefined; readonly rows: number[] }[] {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const code = codes[row] ?? 0;
    const group = groups.get(code);
    if (group === undefined) groups.set(code, [row]);
    else group.push(row);
  }
  const without = groups.get(0);
  groups.delete(0);
  const valued = [...groups].map(([code, own]) => ({ value: values[code - 1] ?? '', rows: own }));
  return without === undefined ? valued : [...valued, { value: undefined, rows: without }];
}

function statisticsOf({ duration, self, status, durationNano }: TraceColumns, rows: readonly number[], critical: Float64Array | undefined): Omit<GroupStatistics, 'value' | 'groups'> {
  const durations = Float64Array.from(rows, (row) => duration[row] ?? 0).sort();
  let total = 0;
  let errors = 0;
  let selfTotal = 0;
  let selfMin = Number.POSITIVE_INFINITY;
  let selfMax = 0;
  let onPath = 0;
  for (const row of rows) {
    const own = self[row] ?? 0;
    total += duration[row] ?? 0;
    selfTotal += own;
    selfMin = Math.min(selfMin, own);
    selfMax = Math.max(selfMax, own);
    onPath += critical?.[row] ?? 0;
    if (status[row] === ERROR) errors += 1;
  }
  const count = rows.length;
  return {
    count,
    errors,
    total,
    avg: total / count,
    min: durations[0] ?? 0,
    max: durations.at(-1) ?? 0,
    p50: quantile(durations, 0.5),
    p95: quantile(durations, 0.95),
    selfTotal,
    selfAvg: selfTotal / count,
    selfMin,
    selfMax,
    selfShare: durationNano === 0 ? 0 : selfTotal / durationNano,
    critical: onPath,
  };
}

/** The least of sorted values that a share `q` of them does not exceed. */
export function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? 0;
}
