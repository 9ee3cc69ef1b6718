import type { MetricsBackend, VectorElement } from '#server/promql/metrics-backend.ts';
import { RuleEvaluationError } from './alert-state.ts';

/** Runs PromQL at a moment (Unix ms) for a rule. Rejects with QueryError or RuleEvaluationError. */
export type RuleQuery = (promql: string, at: number, lookbackMs?: number) => Promise<readonly VectorElement[]>;

/** Instant queries over a backend; a scalar is one series without labels. Source: rules/manager.go (EngineQueryFunc). */
export function createRuleQuery(metrics: Pick<MetricsBackend, 'query'>, signal: AbortSignal): RuleQuery {
  return async (promql, at, lookbackMs) => {
    const { value } = await metrics.query(promql, { time: at / 1000, signal, ...(lookbackMs === undefined ? {} : { lookbackMs }) });
    if (value.resultType === 'vector') return value.result;
    if (value.resultType === 'scalar') return [{ metric: {}, value: value.result }];
    throw new RuleEvaluationError('rule result is not a vector or scalar');
  };
}
