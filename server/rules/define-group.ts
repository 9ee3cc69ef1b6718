import { joinPath } from '#mesh-core/domain/resources/field-issue.ts';
import type { RuleGroupSpec, RuleSpec } from '#mesh-core/domain/resources/prometheus-rule.ts';
import { parseDurationMs } from '#server/promql/durations.ts';
import { formatExpr } from '#server/promql/format-expr.ts';
import { parsePromql } from '#server/promql/parse.ts';
import type { GroupDefinition, RuleDefinition, RuleSource } from './rule-definition.ts';
import { checkTemplate } from './template/expand-template.ts';

export interface DefineOptions {
  readonly file: string;
  readonly source: RuleSource;
  /** Time between evaluations where the group names none. */
  readonly defaultIntervalMs: number;
}

/**
 * Makes a group of a checked specification. An expression or template that cannot be parsed makes that rule's `problem`
 * and leaves the others alone. Source: rules/manager.go (LoadGroups), model/rulefmt/rulefmt.go.
 */
export function defineGroup(spec: RuleGroupSpec, { file, source, defaultIntervalMs }: DefineOptions): GroupDefinition {
  const intervalMs = durationOf(spec.interval);
  return {
    name: spec.name,
    file,
    source,
    intervalMs: intervalMs === 0 ? defaultIntervalMs : intervalMs,
    queryOffsetMs: durationOf(spec.query_offset),
    limit: spec.limit ?? 0,
    rules: (spec.rules ?? []).map((rule) => defineRule(rule, spec.labels ?? {})),
  };
}

/** What PromQL and templates say about the rules of a group, by field path: the part of rulefmt that mesh-core cannot check. */
export function findRuleProblems(spec: RuleGroupSpec): readonly { readonly path: string; readonly message: string }[] {
  return (spec.rules ?? []).flatMap((rule, index) => {
    const at = `rules[${index}]`;
    const parsed = parsePromql(String(rule.expr));
    const found = parsed.ok ? [] : [{ path: `${at}.expr`, message: `could not parse expression: ${parsed.error.message}` }];
    return [...found, ...templateProblems(rule).map(({ field, name, message }) => ({ path: joinPath(`${at}.${field}s`, name), message: `${field} ${JSON.stringify(name)}: ${message}` }))];
  });
}

function defineRule(rule: RuleSpec, groupLabels: Readonly<Record<string, string>>): RuleDefinition {
  const text = String(rule.expr);
  const parsed = parsePromql(text);
  const [template] = templateProblems(rule);
  const problem = parsed.ok ? (template === undefined ? undefined : `${template.field} ${JSON.stringify(template.name)}: ${template.message}`) : `could not parse expression: ${parsed.error.message}`;
  const common = { expr: parsed.ok ? formatExpr(parsed.expr) : text, labels: { ...groupLabels, ...rule.labels }, problem };
  if (rule.record !== undefined && rule.record !== '') return { kind: 'recording', name: rule.record, ...common };
  return { kind: 'alerting', name: rule.alert ?? '', ...common, holdMs: durationOf(rule.for), keepFiringMs: durationOf(rule.keep_firing_for), annotations: rule.annotations ?? {} };
}

function templateProblems(rule: RuleSpec): { readonly field: 'label' | 'annotation'; readonly name: string; readonly message: string }[] {
  const { alert } = rule;
  if (alert === undefined || alert === '') return [];
  const check = (field: 'label' | 'annotation', texts: Readonly<Record<string, string>> = {}) =>
    Object.entries(texts).flatMap(([name, text]) => {
      const message = checkTemplate(alert, text);
      return message === undefined ? [] : [{ field, name, message }];
    });
  return [...check('label', rule.labels), ...check('annotation', rule.annotations)];
}

/** Admission has let only durations through. */
function durationOf(text: string | undefined): number {
  return text === undefined ? 0 : (parseDurationMs(text) ?? 0);
}
