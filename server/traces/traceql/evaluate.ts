import type { Segment } from '#server/traces/segment/segment.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Attribute, Intrinsic, Pipeline } from './ast.ts';
import { type Column, type Mask, valueAt } from './evaluate/column.ts';
import { evaluateCondition } from './evaluate/condition.ts';
import { SegmentFields } from './evaluate/fields.ts';
import { members, type Spansets } from './evaluate/spansets.ts';
import { evaluateStages } from './evaluate/stages.ts';
import { attributeValueOf } from './evaluate/values.ts';

/** What a pipeline leaves of a segment. Sets may be empty: those that no row is in are not part of the result. */
export interface PipelineResult {
  /** Spanset of each row, -1 where the row is not in the result. */
  readonly spanset: Int32Array;
  /** Trace of each spanset, by its index; ascending. */
  readonly trace: Int32Array;
  /** What `by()` and scalar filters say of a spanset: `by(resource.service.name)` → the value, `count()` → the number. */
  attributesOf(spanset: number): Readonly<Record<string, AttributeValue>>;
}

/** Evaluates queries over one segment; what a query needs of the segment is made once and kept. */
export interface SegmentEvaluator {
  /** All stages of the query, each trace on its own. The query must have passed check.ts; metrics are left to metrics.ts. */
  pipeline(pipeline: Pipeline): PipelineResult;
  /** 1 for rows that are in the result of all stages. */
  rows(pipeline: Pipeline): Mask;
  /** The value of a field on a row as answers carry it; undefined when it is absent. */
  value(field: Attribute | Intrinsic, row: number): AttributeValue | undefined;
  /** The field over all rows: for those who count values. */
  column(field: Attribute | Intrinsic): Column;
  /** The trace of each row. */
  readonly traceOf: Int32Array;
}

/** An evaluator of a segment. It reads of the segment only what the queries it is given ask for. */
export function createEvaluator(segment: Segment): SegmentEvaluator {
  const fields = new SegmentFields(segment);
  return {
    pipeline: (pipeline) => resultOf(evaluateStages(pipeline, fields)),
    rows: (pipeline) => selectedRows(pipeline, fields),
    value: (field, row) => {
      const value = valueAt(fields.column(field, 'span'), row);
      return value.type === 'nil' ? undefined : attributeValueOf(value);
    },
    column: (field) => fields.column(field, 'span'),
    get traceOf() {
      return fields.traceOf;
    },
  };
}

/** Evaluates a pipeline over every trace of a segment. See SegmentEvaluator for many queries over one segment. */
export function evaluatePipeline(pipeline: Pipeline, segment: Segment): PipelineResult {
  return createEvaluator(segment).pipeline(pipeline);
}

/** One filter needs no spansets: each trace's spans that fit are one. */
function selectedRows({ stages }: Pipeline, fields: SegmentFields): Mask {
  const filters = stages.filter((stage) => stage.kind !== 'select');
  const [only] = filters;
  if (filters.length !== 1 || only?.kind !== 'filter') return members(evaluateStages({ kind: 'pipeline', stages: filters }, fields));
  return only.condition === undefined ? new Uint8Array(fields.segment.spanCount).fill(1) : evaluateCondition(only.condition, fields);
}

function resultOf(sets: Spansets): PipelineResult {
  return {
    spanset: sets.of,
    trace: sets.trace,
    attributesOf: (spanset) => Object.fromEntries(sets.notes.map(({ name, valueOf }) => [name, valueOf(spanset)])),
  };
}
