import { formatLabels } from '#server/promql/format-labels.ts';
import { labelsKey, METRIC_NAME, withoutLabels } from '#server/timeseries/labels.ts';
import { forStateMatchers } from './alert-series.ts';
import { restoredActiveAt, type ActiveAlerts } from './alert-state.ts';
import type { RuleQuery } from './query-rule.ts';
import type { AlertingDefinition } from './rule-definition.ts';

export interface RestoreContext {
  readonly query: RuleQuery;
  /** Unix ms. */
  readonly now: number;
  readonly forGraceMs: number;
  readonly outageToleranceMs: number;
}

const NAME = new Set([METRIC_NAME]);

/**
 * The alerts of a rule with the start they had before this server stopped, from `ALERTS_FOR_STATE`. An instant query that
 * looks back over the whole outage gives the last value of each series, and nothing for an alert that had ended (its
 * series has a staleness marker). Rejects with QueryError. Source: rules/group.go (RestoreForState).
 */
export async function restoreAlerts(rule: AlertingDefinition, alerts: ActiveAlerts, { query, now, forGraceMs, outageToleranceMs }: RestoreContext): Promise<ActiveAlerts> {
  const selector = formatLabels(Object.fromEntries(forStateMatchers(rule).map(({ name, value }) => [name, value])));
  const [values, times] = await Promise.all([query(selector, now, outageToleranceMs), query(`timestamp(${selector})`, now, outageToleranceMs)]);
  const downAt = new Map(times.map(({ metric, value }) => [labelsKey(withoutLabels(metric, NAME)), value[1] * 1000]));
  const activeAt = new Map(values.map(({ metric, value }) => [labelsKey(withoutLabels(metric, NAME)), value[1] * 1000]));
  return new Map(
    [...alerts].map(([key, alert]) => {
      const since = activeAt.get(key);
      const down = downAt.get(key);
      if (since === undefined || down === undefined) return [key, alert];
      return [key, { ...alert, activeAt: restoredActiveAt({ holdMs: rule.holdMs, activeAt: since, downAt: down, now, graceMs: forGraceMs }) }];
    }),
  );
}
