import { createIssueList } from '#mesh-core/domain/resources/field-issue.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { PrometheusRule, PrometheusRuleSpec } from '#mesh-core/domain/resources/prometheus-rule.ts';
import { prometheusRuleSpec } from '#mesh-core/domain/resources/schema/prometheus-rule.ts';
import { validateStructure } from '#mesh-core/domain/resources/schema/validate-structure.ts';
import { validateRuleGroups } from '#mesh-core/domain/resources/validate-prometheus-rule.ts';
import type { ConfigCache } from '#server/config/config-cache.ts';
import { parseManifest } from '#server/config/parse-manifest.ts';
import { defineGroup } from './define-group.ts';
import type { GroupDefinition, RuleSource } from './rule-definition.ts';

/** A ConfigMap with this label holds rule files, one an entry. */
export const RULES_LABEL = 'binnacle.dev/rules';

/** A rule file of which no rule can be used. */
export interface RuleFileProblem {
  readonly file: string;
  readonly source: RuleSource;
  readonly message: string;
}
export interface RuleSources {
  readonly groups: readonly GroupDefinition[];
  readonly problems: readonly RuleFileProblem[];
}

/** Whether a change of this object may change the rules. */
export function holdsRules(object: KubeObject): boolean {
  return object.kind === 'PrometheusRule' || (object.kind === 'ConfigMap' && object.metadata.labels?.[RULES_LABEL] === 'true');
}

/** Every group of rules among the objects: of PrometheusRules, and of the ConfigMaps that are labelled as rule files. */
export function readRuleSources(config: Pick<ConfigCache, 'list'>, defaultIntervalMs: number): RuleSources {
  const groups: GroupDefinition[] = [];
  const problems: RuleFileProblem[] = [];
  const take = (value: unknown, file: string, source: RuleSource): void => {
    const message = faultOf(value);
    if (message !== undefined) {
      problems.push({ file, source, message });
      return;
    }
    // Safe: the schema has just checked it.
    for (const group of (value as PrometheusRuleSpec).groups ?? []) groups.push(defineGroup(group, { file, source, defaultIntervalMs }));
  };
  for (const { spec, metadata } of config.list<PrometheusRule>('PrometheusRule')) {
    const namespace = metadata.namespace ?? 'default';
    take(spec ?? {}, `prometheusrules/${namespace}/${metadata.name}`, { kind: 'PrometheusRule', namespace, name: metadata.name });
  }
  for (const map of config.list('ConfigMap').filter(holdsRules)) {
    const namespace = map.metadata.namespace ?? 'default';
    for (const [key, text] of Object.entries(map.data ?? {})) {
      const file = `configmaps/${namespace}/${map.metadata.name}/${key}`;
      const source: RuleSource = { kind: 'ConfigMap', namespace, name: map.metadata.name };
      const parsed = parseManifest(String(text));
      if (parsed.ok) take(parsed.documents[0]?.value ?? {}, file, source);
      else problems.push({ file, source, message: parsed.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`).join('; ') });
    }
  }
  return { groups, problems };
}

/** What a rule file is refused for, with the place. */
function faultOf(value: unknown): string | undefined {
  const issues = createIssueList();
  validateStructure(value, prometheusRuleSpec, '', issues);
  // Safe: without errors it has the structure of the schema.
  if (issues.errors.length === 0) validateRuleGroups((value as PrometheusRuleSpec).groups ?? [], 'groups', issues);
  const [first] = issues.errors;
  return first === undefined ? undefined : `${first.path}: ${first.message}${first.expected === undefined ? '' : ` (expected ${first.expected})`}${issues.errors.length > 1 ? `, and ${issues.errors.length - 1} more` : ''}`;
}
