import type { SegmentHandle } from '#server/traces/store/segment-source.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { createEvaluator, type PipelineResult } from '#server/traces/traceql/evaluate.ts';
import { rowsOf } from './kept-rows.ts';
import { type Matched, matchedByMask, type TimeRange } from './matched.ts';
import { openSegment } from './trace-table.ts';

/** The spans of a handle that a query leaves and that may count; undefined when there are none. `range` is undefined when every span starts in it. The query must have passed check.ts. */
export function evaluateQuery({ pipeline }: TraceQl, handle: SegmentHandle, range: TimeRange | undefined): Matched | undefined {
  const mask = rowsOf(handle, pipeline);
  if (mask === undefined) return undefined;
  const segment = openSegment(handle);
  const filters = pipeline.stages.filter((stage) => stage.kind !== 'select');
  const isOneSet = filters.length === 1 && filters[0]?.kind === 'filter';
  let sets: PipelineResult | undefined;
  const setsOf = isOneSet ? undefined : () => (sets ??= createEvaluator(segment).pipeline(pipeline));
  const matched = matchedByMask(segment, mask, { range, skippedTraces: handle.skippedTraces }, setsOf);
  return matched.spans === 0 ? undefined : matched;
}
