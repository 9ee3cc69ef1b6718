import type { PolicyRule } from './rbac-objects.ts';

/**
 * What of `wanted` is not held by `held`, as rules of one verb, one resource and one name each; empty = everything is. Nobody
 * may give away more than they have. Source: Kubernetes component-helpers auth/rbac/validation/policy_comparator.go.
 */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap(breakDown).filter((single) => !held.some((rule) => covers(rule, single)));
}

/** A rule in the short form of Kubernetes' refusals: `{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`. */
export function ruleText(rule: PolicyRule): string {
  const parts = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const;
  return `{${parts.flatMap(([name, values]) => (values === undefined || values.length === 0 ? [] : [`${name}:[${values.map((value) => JSON.stringify(value)).join(' ')}]`])).join(', ')}}`;
}

/** Joins rules that differ in their verbs only, keeping the order of first appearance. */
export function joinVerbs(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const joined = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = ruleText({ ...rule, verbs: [] });
    const before = joined.get(key);
    joined.set(key, before === undefined ? rule : { ...before, verbs: [...new Set([...before.verbs, ...rule.verbs])] });
  }
  return [...joined.values()];
}

function breakDown(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames ?? [];
  const ofResources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      rule.verbs.flatMap((verb): PolicyRule[] => {
        const single = { apiGroups: [group], resources: [resource], verbs: [verb] };
        return names.length === 0 ? [single] : names.map((name) => ({ ...single, resourceNames: [name] }));
      }),
    ),
  );
  return [...ofResources, ...(rule.nonResourceURLs ?? []).flatMap((url) => rule.verbs.map((verb): PolicyRule => ({ nonResourceURLs: [url], verbs: [verb] })))];
}

function covers(held: PolicyRule, single: PolicyRule): boolean {
  const names = held.resourceNames ?? [];
  return (
    hasAll(held.verbs, single.verbs) &&
    hasAll(held.apiGroups ?? [], single.apiGroups ?? []) &&
    (single.resources ?? []).every((resource) => coversResource(held.resources ?? [], resource)) &&
    (single.nonResourceURLs ?? []).every((path) => (held.nonResourceURLs ?? []).some((url) => url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, ''))))) &&
    (names.length === 0 || ((single.resourceNames ?? []).length > 0 && (single.resourceNames ?? []).every((name) => names.includes(name))))
  );
}

function hasAll(held: readonly string[], wanted: readonly string[]): boolean {
  return held.includes('*') || wanted.every((value) => held.includes(value));
}

function coversResource(held: readonly string[], resource: string): boolean {
  const slash = resource.indexOf('/');
  return held.includes('*') || held.includes(resource) || (slash !== -1 && held.includes(`*${resource.slice(slash)}`));
}
