import type { MetricsOperand, MetricsStage, TraceQl } from '../traceql/ast.ts';

/**
 * A metrics query whose one value is that of `seconds` as a whole: rates become counts divided by these, so that the
 * result does not depend on how the time is cut into steps.
 */
export function instantQuery(query: TraceQl, seconds: number): TraceQl {
  const { metrics, pipeline } = query;
  if (metrics === undefined) return query;
  if (metrics.kind === 'metrics') return metrics.function === 'rate' ? { ...query, pipeline: EVERYTHING, metrics: perSecond({ kind: 'metrics-query', pipeline, stage: counting(metrics) }, seconds) } : query;
  return { ...query, metrics: { ...metrics, left: operand(metrics.left, seconds), right: operand(metrics.right, seconds) } };
}

const EVERYTHING = { kind: 'pipeline', stages: [{ kind: 'filter' }] } as const;

function operand(node: MetricsOperand, seconds: number): MetricsOperand {
  if (node.kind === 'metrics-arithmetic') return { ...node, left: operand(node.left, seconds), right: operand(node.right, seconds) };
  return node.kind === 'metrics-query' && node.stage.function === 'rate' ? perSecond({ ...node, stage: counting(node.stage) }, seconds) : node;
}

function counting(stage: MetricsStage): MetricsStage {
  return { ...stage, function: 'count_over_time' };
}

function perSecond(left: MetricsOperand, seconds: number) {
  return { kind: 'metrics-arithmetic', operator: '/', left, right: { kind: 'static', value: { type: 'float', value: seconds } } } as const;
}
