import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { RuleGroupSpec, RuleSpec } from './prometheus-rule.ts';

/**
 * The rules for groups of rules that their schema cannot say, in Prometheus' words. What needs PromQL or templates is
 * checked by who evaluates. Source: Prometheus model/rulefmt/rulefmt.go.
 */
export function validateRuleGroups(groups: readonly RuleGroupSpec[], path: string, issues: IssueSink): void {
  const names = new Set<string>();
  for (const [index, group] of groups.entries()) {
    const at = joinPath(path, index);
    if (names.has(group.name)) issues.error(`${at}.name`, `groupname: "${group.name}" is repeated in the same file`, { expected: 'a name of its own' });
    names.add(group.name);
    checkLabelNames(group.labels, `${at}.labels`, issues);
    for (const [position, rule] of (group.rules ?? []).entries()) validateRule(rule, joinPath(`${at}.rules`, position), issues);
  }
}

function validateRule(rule: RuleSpec, path: string, issues: IssueSink): void {
  const { record = '', alert = '', expr } = rule;
  if (record !== '' && alert !== '') issues.error(path, "only one of 'record' and 'alert' must be set", { expected: 'record or alert' });
  if (record === '' && alert === '') issues.error(path, "one of 'record' or 'alert' must be set", { expected: 'record or alert' });
  if (expr === '') issues.error(`${path}.expr`, "field 'expr' must be set in rule", { expected: 'PromQL' });
  if (record !== '') {
    if (Object.keys(rule.annotations ?? {}).length > 0) issues.error(`${path}.annotations`, "invalid field 'annotations' in recording rule");
    if (isSet(rule.for)) issues.error(`${path}.for`, "invalid field 'for' in recording rule");
    if (isSet(rule.keep_firing_for)) issues.error(`${path}.keep_firing_for`, "invalid field 'keep_firing_for' in recording rule");
    if (!record.isWellFormed()) issues.error(`${path}.record`, `invalid recording rule name: ${record}`);
    if (/[{}]/.test(record)) issues.error(`${path}.record`, `braces present in the recording rule name; should it be in expr?: ${record}`, { expected: 'the name of a metric' });
  }
  checkLabelNames(rule.labels, `${path}.labels`, issues);
  for (const name of Object.keys(rule.annotations ?? {})) {
    if (name === '' || !name.isWellFormed()) issues.error(joinPath(`${path}.annotations`, name), `invalid annotation name: ${name}`);
  }
}

function checkLabelNames(labels: Readonly<Record<string, string>> | undefined, path: string, issues: IssueSink): void {
  for (const [name, value] of Object.entries(labels ?? {})) {
    if (name === '' || name === '__name__' || !name.isWellFormed()) issues.error(joinPath(path, name), `invalid label name: ${name}`);
    if (!value.isWellFormed()) issues.error(joinPath(path, name), `invalid label value: ${value}`);
  }
}

/** A duration of nothing counts as left out, as in Go. */
function isSet(duration: string | undefined): boolean {
  return duration !== undefined && /[1-9]/.test(duration);
}
