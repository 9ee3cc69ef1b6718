import { formatGoFloat } from '#server/promql/go-number.ts';
import type { AlertingRuleStatus, AlertStatus, RuleGroupStatus, RuleStatus } from './rule-status.ts';

const NEVER = '0001-01-01T00:00:00Z';

/** A group as Prometheus' `/api/v1/rules` has it, with these of its rules. Source: web/api/v1/api.go (RuleGroup). */
export function groupJson(group: RuleGroupStatus, rules: readonly RuleStatus[], excludeAlerts: boolean): object {
  return {
    name: group.name,
    file: group.file,
    rules: rules.map((rule) => ruleJson(rule, excludeAlerts)),
    interval: group.intervalSeconds,
    limit: group.limit,
    evaluationTime: group.evaluationSeconds,
    lastEvaluation: timeJson(group.lastEvaluation),
  };
}

/** An alert as Prometheus' API has it. */
export function alertJson({ labels, annotations, state, activeAt, keepFiringSince, value }: AlertStatus): object {
  return { labels, annotations, state, activeAt: timeJson(activeAt), ...(keepFiringSince === undefined ? {} : { keepFiringSince: timeJson(keepFiringSince) }), value: exponentJson(value) };
}

function ruleJson(rule: RuleStatus, excludeAlerts: boolean): object {
  const { name, query, labels, health, lastError, evaluationSeconds, lastEvaluation } = rule;
  const end = { health, ...(lastError === '' ? {} : { lastError }), evaluationTime: evaluationSeconds, lastEvaluation: timeJson(lastEvaluation) };
  if (rule.kind === 'recording') return { name, query, labels, ...end, type: 'recording' };
  return { state: rule.state, name, query, duration: rule.holdSeconds, keepFiringFor: rule.keepFiringSeconds, labels, annotations: rule.annotations, alerts: alertsJson(rule, excludeAlerts), ...end, type: 'alerting' };
}

/** Go writes a list that was never made as null. */
function alertsJson({ alerts }: AlertingRuleStatus, exclude: boolean): readonly object[] | null {
  return exclude ? null : alerts.map(alertJson);
}

/** Unix ms as Go writes a time: RFC 3339 without needless zeros. */
function timeJson(ms: number | undefined): string {
  return ms === undefined ? NEVER : new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');
}

/** strconv.FormatFloat(v, 'e', -1, 64). */
function exponentJson(value: number): string {
  return Number.isFinite(value) ? value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2') : formatGoFloat(value);
}
