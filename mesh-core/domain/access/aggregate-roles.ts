import { selectorPicks } from '../resources/label-selector-object.ts';
import { ruleText } from './rules-cover.ts';
import type { ClusterRole, PolicyRule } from './rbac-objects.ts';

/**
 * The rules an aggregated ClusterRole has by its selectors: those of every other ClusterRole that one of them picks, by name, each once.
 * Undefined for a role that is not aggregated. Source: Kubernetes pkg/controller/clusterroleaggregation.
 */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (selectors === undefined) return undefined;
  const picked = all.filter((other) => other.metadata.name !== role.metadata.name && selectors.some((selector) => selectorPicks(selector, other.metadata.labels)));
  const rules = picked.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).flatMap(({ rules: own }) => own ?? []);
  return [...new Map(rules.map((rule) => [ruleText(rule), rule])).values()];
}
