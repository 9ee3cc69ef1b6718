import { parseGoFloat } from '#server/promql/go-number.ts';
import type { AlertStatus, RuleGroupStatus, RulesBackend, RuleStatus } from '#server/rules/rule-status.ts';
import { remoteRulesSchema, type RemoteRules } from '#server/rules/schemas.ts';
import type { RemoteMetricsBackend } from './remote-metrics-backend.ts';

/** The rules of a Prometheus-compatible server, to be looked at: it evaluates them. Rejects with QueryError as the metrics backend does. */
export function createRemoteRulesBackend(remote: Pick<RemoteMetricsBackend, 'read'>): RulesBackend {
  return {
    evaluatedHere: false,
    problems: () => [],
    groups: async () => (await remote.read('/rules', remoteRulesSchema)).groups.map(toGroup),
  };
}

type RemoteGroup = RemoteRules['groups'][number];

function toGroup({ name, file, interval, limit, evaluationTime, lastEvaluation, rules }: RemoteGroup): RuleGroupStatus {
  return { name, file, intervalSeconds: interval, limit, evaluationSeconds: evaluationTime, ...evaluated(lastEvaluation), rules: rules.map(toRule) };
}

function toRule(rule: RemoteGroup['rules'][number]): RuleStatus {
  const { name, query, labels, health, lastError, evaluationTime, lastEvaluation } = rule;
  const common = { name, query, labels, health, lastError, evaluationSeconds: evaluationTime, ...evaluated(lastEvaluation) };
  if (rule.type === 'recording') return { kind: 'recording', ...common };
  return { kind: 'alerting', ...common, state: rule.state, holdSeconds: rule.duration, keepFiringSeconds: rule.keepFiringFor, annotations: rule.annotations, alerts: (rule.alerts ?? []).flatMap(toAlert) };
}

function toAlert({ labels, annotations, state, activeAt, keepFiringSince, value }: NonNullable<Extract<RemoteGroup['rules'][number], { type: 'alerting' }>['alerts']>[number]): AlertStatus[] {
  if (state !== 'pending' && state !== 'firing') return [];
  const since = timeOf(keepFiringSince);
  return [{ labels, annotations, state, activeAt: timeOf(activeAt) ?? 0, value: parseGoFloat(value) ?? NaN, ...(since === undefined ? {} : { keepFiringSince: since }) }];
}

function evaluated(time: string): { readonly lastEvaluation?: number } {
  const ms = timeOf(time);
  return ms === undefined ? {} : { lastEvaluation: ms };
}

/** Unix ms of Go's RFC 3339; its zero time, year 1, stands for never. */
function timeOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}
