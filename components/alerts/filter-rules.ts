import type { RuleGroupStatus, RuleStatus } from '#server/rules/schemas.ts';

/** Which rules are shown: those with alerts in a state, those that only record, those that cannot be evaluated. */
export const RULE_FILTERS = ['all', 'firing', 'pending', 'inactive', 'recording', 'broken'] as const;
export type RuleFilter = (typeof RULE_FILTERS)[number];

export interface RuleSelection {
  readonly state: RuleFilter;
  /** Words that all must stand in the rule, its group, its labels or its alerts. */
  readonly search: string;
  /** Empty is all; groups of another server have none and are in all. */
  readonly namespaces: readonly string[];
}

/** A rule and what names it in the URL. */
export interface ShownRule {
  readonly key: string;
  readonly rule: RuleStatus;
}
export interface ShownGroup {
  readonly group: RuleGroupStatus;
  readonly rules: readonly ShownRule[];
}

/** Groups with the rules that fit; those with firing alerts first, then those with pending ones, else in their order. */
export function filterRules(groups: readonly RuleGroupStatus[], { state, search, namespaces }: RuleSelection): readonly ShownGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return inNamespaces(groups, namespaces)
    .flatMap((group) => {
      const rules = group.rules.flatMap((rule, index) => (fits(rule, state) && hasWords(group, rule, words) ? [{ key: `${group.name}/${rule.name}/${index}`, rule }] : []));
      return rules.length === 0 ? [] : [{ group, rules }];
    })
    .toSorted((a, b) => gravity(b) - gravity(a));
}

/** How many rules each filter has. */
export function countRules(groups: readonly RuleGroupStatus[], namespaces: readonly string[]): Readonly<Record<RuleFilter, number>> {
  const rules = inNamespaces(groups, namespaces).flatMap((group) => group.rules);
  const count = (state: RuleFilter): number => rules.filter((rule) => fits(rule, state)).length;
  return { all: rules.length, firing: count('firing'), pending: count('pending'), inactive: count('inactive'), recording: count('recording'), broken: count('broken') };
}

function inNamespaces(groups: readonly RuleGroupStatus[], namespaces: readonly string[]): readonly RuleGroupStatus[] {
  return groups.filter(({ source }) => namespaces.length === 0 || source === undefined || namespaces.includes(source.namespace));
}

function fits(rule: RuleStatus, state: RuleFilter): boolean {
  if (state === 'all') return true;
  if (state === 'broken') return rule.health === 'err';
  if (rule.kind === 'recording') return state === 'recording';
  if (state === 'pending') return rule.alerts.some((alert) => alert.state === 'pending');
  if (state === 'inactive') return rule.state === 'inactive' || rule.state === 'unknown';
  return rule.state === state;
}

function hasWords(group: RuleGroupStatus, rule: RuleStatus, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const alerts = rule.kind === 'alerting' ? rule.alerts.flatMap(({ labels, annotations }) => [...Object.values(labels), ...Object.values(annotations)]) : [];
  const text = [group.name, group.file, rule.name, rule.query, ...Object.entries(rule.labels).flat(), ...alerts].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

function gravity({ rules }: ShownGroup): number {
  const states = rules.map(({ rule }) => (rule.kind === 'alerting' ? rule.state : 'inactive'));
  return states.includes('firing') ? 2 : states.includes('pending') ? 1 : 0;
}
