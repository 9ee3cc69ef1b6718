import { RequestReader } from '#server/traces/api/read-request.ts';
import { criticalPath, criticalTimes } from '#server/traces/core/critical-path.ts';
import { builtInGroups, traceStatistics, type BuiltInGroup, type GroupStatistics, type RowGroups } from '#server/traces/core/trace-statistics.ts';
import { fieldColumn } from '#server/traces/engine/field-column.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { Attribute, Intrinsic } from '#server/traces/traceql/ast.ts';
import type { BuiltTrace } from './build-columns.ts';
import type { StatisticsRequest } from './opened-trace.ts';

interface SegmentTrace extends BuiltTrace {
  readonly segment: Segment;
}

const BUILT_IN: readonly BuiltInGroup[] = ['service', 'operation', 'kind', 'status', 'service and operation'];

/** The statistics of a trace by what a request names: a group of the columns or a field of TraceQL. Throws `bad-request` for what is neither. */
export function statisticsOfTrace(trace: SegmentTrace, { by, within = '' }: StatisticsRequest): GroupStatistics[] {
  const reader = new RequestReader(0);
  const read = (name: string, text: string): RowGroups | undefined => {
    const builtIn = BUILT_IN.find((group) => group === text);
    if (builtIn !== undefined) return builtInGroups(trace.columns, builtIn);
    const [field] = reader.fields(name, text);
    return field === undefined ? undefined : fieldGroups(trace, field);
  };
  const groups = read('by', by) ?? builtInGroups(trace.columns, 'service');
  const sub = read('within', within);
  reader.finish();
  const critical = criticalTimes(criticalPath(trace.columns), trace.columns.count);
  return traceStatistics(trace.columns, groups, { critical, ...(sub === undefined ? {} : { within: sub }) });
}

function fieldGroups({ segment, segmentRows }: SegmentTrace, field: Attribute | Intrinsic): RowGroups {
  const column = fieldColumn(segment, field);
  const codes = segmentRows.map((row) => column.codeAt(row));
  // Values of different types may have one text; they are one group then.
  const values: string[] = [];
  const numbers = new Map<string, number>();
  const groupOf = (code: number): number => {
    const value = column.valueOf(code);
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    const number = numbers.get(text) ?? values.push(text);
    numbers.set(text, number);
    return number;
  };
  const merged = new Map([...new Set(codes)].filter((code) => code !== 0).map((code) => [code, groupOf(code)]));
  return { values, codes: codes.map((code) => merged.get(code) ?? 0) };
}
