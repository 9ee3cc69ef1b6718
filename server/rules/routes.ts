import { createHash } from 'node:crypto';
import { defineRoute, type Route } from '#server/http/route.ts';
import { success } from '#server/prometheus-api/answer.ts';
import { getRoute } from '#server/prometheus-api/api-route.ts';
import { badParameter, type Parameters } from '#server/prometheus-api/parameters.ts';
import { QueryError } from '#server/promql/metrics-backend.ts';
import { parseSelector } from '#server/promql/parse.ts';
import { compileMatcher, matchesAll, type CompiledMatcher } from '#server/timeseries/label-matcher.ts';
import { groupKey } from './rule-definition.ts';
import type { AlertingRuleStatus, AlertState, RuleGroupStatus, RulesBackend, RuleStatus } from './rule-status.ts';
import { alertJson, groupJson } from './rules-json.ts';
import type { AlertsAnswer } from './schemas.ts';

const PARAMETERS = ['type', 'rule_name[]', 'rule_group[]', 'file[]', 'exclude_alerts', 'match[]', 'group_limit', 'group_next_token'];
const TRUE = new Set(['1', 't', 'true']);
const FALSE = new Set(['0', 'f', 'false', '']);
const GRAVITY: Readonly<Record<AlertState, number>> = { unknown: 0, inactive: 1, pending: 2, firing: 3 };

/** Prometheus' API of rules and alerts, and what the Alerts page reads. Source: web/api/v1/api.go. */
export function ruleRoutes(rules: RulesBackend): Route[] {
  return [
    getRoute('/rules', PARAMETERS, 'Recording and alerting rules with how their last evaluation went.', async (parameters) => success(listRules(await rules.groups(), parameters))),
    getRoute('/alerts', [], 'Alerts that are pending or firing.', async () => success({ alerts: alertsOf(await rules.groups()).map(alertJson) })),
    defineRoute({
      method: 'GET',
      path: '/api/alerts',
      scope: 'view',
      summary: 'Rules by group with their alerts, and rule files that cannot be used.',
      handle: async (): Promise<AlertsAnswer> => ({ groups: await rules.groups(), problems: rules.problems(), evaluatedHere: rules.evaluatedHere }),
    }),
  ];
}

function alertsOf(groups: readonly RuleGroupStatus[]): AlertingRuleStatus['alerts'] {
  const alerting = groups.flatMap(({ rules }) => rules.filter((rule): rule is AlertingRuleStatus => rule.kind === 'alerting'));
  return alerting.toSorted((a, b) => GRAVITY[b.state] - GRAVITY[a.state] || (a.name < b.name ? -1 : 1)).flatMap(({ alerts }) => alerts);
}

function listRules(groups: readonly RuleGroupStatus[], parameters: Parameters): object {
  const matchers = matchersOf(parameters);
  const kind = parameters.text('type')?.toLowerCase();
  if (kind !== undefined && kind !== 'alert' && kind !== 'record') throw badParameter('type', `not supported value ${JSON.stringify(kind)}`);
  const excludeAlerts = excludesAlerts(parameters);
  const { limit, token } = pageOf(parameters);
  const names = new Set(parameters.all('rule_name[]'));
  const groupNames = new Set(parameters.all('rule_group[]'));
  const files = new Set(parameters.all('file[]'));
  const wanted = (rule: RuleStatus): boolean =>
    (names.size === 0 || names.has(rule.name)) && (kind === undefined || (kind === 'alert') === (rule.kind === 'alerting')) && (matchers.length === 0 || matchers.some((set) => matchesAll(rule.labels, set)));

  const first = token === undefined ? 0 : groups.findIndex((group) => tokenOf(group) === token);
  if (first < 0) throw badParameter('group_next_token', `invalid group_next_token '${token}'. were rule groups changed?`);
  const page: object[] = [];
  for (const group of groups.slice(first)) {
    if ((groupNames.size > 0 && !groupNames.has(group.name)) || (files.size > 0 && !files.has(group.file))) continue;
    const rules = group.rules.filter(wanted);
    if (rules.length === 0) continue;
    if (page.length === limit) return { groups: page, groupNextToken: tokenOf(group) };
    page.push(groupJson(group, rules, excludeAlerts));
  }
  return { groups: page };
}

function matchersOf(parameters: Parameters): readonly CompiledMatcher[][] {
  return parameters.all('match[]').map((text) => {
    const parsed = parseSelector(text);
    if (!parsed.ok) throw new QueryError('bad_data', parsed.error.message);
    const compiled = parsed.matchers.map(compileMatcher);
    if (compiled.every(({ matchesEmpty }) => matchesEmpty)) throw new QueryError('bad_data', 'match[] must contain at least one non-empty matcher');
    return compiled;
  });
}

function excludesAlerts(parameters: Parameters): boolean {
  const text = parameters.text('exclude_alerts')?.toLowerCase() ?? '';
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw badParameter('exclude_alerts', `error converting exclude_alerts: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function pageOf(parameters: Parameters): { readonly limit: number; readonly token: string | undefined } {
  const text = parameters.text('group_limit');
  const token = parameters.text('group_next_token');
  if (text === undefined) {
    if (token !== undefined) throw badParameter('group_next_token', 'group_limit needs to be present in order to paginate over the groups');
    return { limit: Infinity, token: undefined };
  }
  if (!/^[+-]?\d+$/.test(text)) throw badParameter('group_limit', `group_limit needs to be a valid number: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const limit = Number(text);
  if (Math.abs(limit) >= 2 ** 31) throw badParameter('group_limit', `group_limit needs to be a valid number: strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  if (limit <= 0) throw badParameter('group_limit', 'group_limit needs to be greater than 0');
  return { limit, token };
}

function tokenOf(group: RuleGroupStatus): string {
  return createHash('sha256').update(groupKey(group)).digest('hex');
}
