import type { Segment } from '#server/traces/segment/segment.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { createEvaluator } from '#server/traces/traceql/evaluate.ts';
import { type Allowed, type Matched, matchedByMask, matchedBySets } from './matched.ts';

/** The spans of a segment that a query leaves and that may count. The query must have passed check.ts. */
export function evaluateQuery({ pipeline }: TraceQl, segment: Segment, allowed: Allowed): Matched {
  const [first, ...rest] = pipeline.stages;
  if (first?.kind !== 'filter' || rest.some((stage) => stage.kind !== 'select')) return matchedBySets(segment, createEvaluator(segment).pipeline(pipeline), allowed);
  // One filter needs no spansets: each trace's spans that fit are one.
  const mask = first.condition === undefined ? new Uint8Array(segment.spanCount).fill(1) : createEvaluator(segment).condition(first.condition).slice();
  return matchedByMask(segment, mask, allowed);
}
