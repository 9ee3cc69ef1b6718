import { TYPE_URLS } from '../envoy/resources.ts';
import type { RbacFilter, RbacPolicy } from '../envoy/resources.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import type { AuthorizationPolicy } from '../resources/security.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { MATCHES_NOTHING, translateRule } from './authorization-rule.ts';
import type { RuleScope } from './authorization-rule.ts';
import { compareByCreation } from './config-order.ts';

export interface AuthorizationOptions {
  readonly trustDomainAliases?: readonly string[];
  readonly forTcp?: boolean;
}
type Action = RuleScope['action'];

const DRY_RUN_ANNOTATION = 'istio.io/dry-run';
/** What istiod adds to the name of a rule whose external provider it cannot reach: such a rule denies. */
const BAD_CUSTOM_SUFFIX = '-deny-due-to-bad-CUSTOM-action';

/** The policies that apply to a workload: those of its namespace and of the root namespace that select it. */
export function policiesFor(policies: readonly AuthorizationPolicy[], workload: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }, rootNamespace: string): AuthorizationPolicy[] {
  return policies
    .filter((policy) => {
      const namespace = namespaceOf(policy);
      // A policy with targets is meant for a Gateway API gateway or a waypoint; a sidecar does not look at it.
      const hasTarget = policy.spec?.targetRef !== undefined || (policy.spec?.targetRefs?.length ?? 0) > 0;
      return (namespace === workload.namespace || namespace === rootNamespace) && !hasTarget && matchesLabels(policy.spec?.selector?.matchLabels, workload.labels);
    })
    .sort(compareByCreation);
}

/**
 * A workload's policies as RBAC filters in the order in which they decide: CUSTOM, AUDIT, DENY, ALLOW; an action without
 * policies has no filter. CUSTOM needs an external provider; this mesh has none, so what such a policy matches is denied,
 * as Istio does with an unknown provider. Source: istio/istio pilot/pkg/security/authz/builder.
 */
export function translateAuthorization(policies: readonly AuthorizationPolicy[], trustDomain: string, options: AuthorizationOptions = {}): RbacFilter[] {
  const withAction = (action: string): AuthorizationPolicy[] => policies.filter((policy) => (policy.spec?.action ?? 'ALLOW') === action);
  const trustDomains = [trustDomain, ...(options.trustDomainAliases ?? [])];
  const scope = { trustDomains, forTcp: options.forTcp ?? false };
  return [...customFilters(withAction('CUSTOM'), scope), ...filterFor('LOG', withAction('AUDIT'), scope), ...filterFor('DENY', withAction('DENY'), scope), ...filterFor('ALLOW', withAction('ALLOW'), scope)];
}

/** The name of a rule, as logs, traces and this console show it: `ns[shop]-policy[only-catalog]-rule[0]`. */
function ruleName(namespace: string, policy: string, index: number): string {
  return `ns[${namespace}]-policy[${policy}]-rule[${index}]`;
}

/** Takes such a name apart; undefined for another name. */
export function parseRuleName(name: string): { readonly namespace: string; readonly policy: string; readonly index: number } | undefined {
  const parts = /^(?:istio-ext-authz-.*)?ns\[([^\]]*)\]-policy\[([^\]]*)\]-rule\[(\d+)\]/.exec(name);
  const [, namespace, policy, index] = parts ?? [];
  return namespace === undefined || policy === undefined ? undefined : { namespace, policy, index: Number(index) };
}

type Scope = Omit<RuleScope, 'policyNamespace' | 'action'>;

function filterFor(action: Action, policies: readonly AuthorizationPolicy[], scope: Scope): RbacFilter[] {
  if (policies.length === 0) return [];
  const enforced = policies.filter((policy) => !isDryRun(policy));
  const tried = policies.filter(isDryRun);
  return [
    {
      '@type': TYPE_URLS.rbac,
      ...(enforced.length === 0 ? undefined : { rules: { action, policies: rulesOf(enforced, action, scope) } }),
      ...(tried.length === 0 ? undefined : { shadowRules: { action, policies: rulesOf(tried, action, scope) } }),
      // istiod reads the action of shadow rules that are not there, which is the first of the enum: ALLOW.
      shadowRulesStatPrefix: action === 'DENY' && tried.length > 0 ? 'istio_dry_run_deny_' : action === 'LOG' && tried.length > 0 ? '' : 'istio_dry_run_allow_',
    },
  ];
}

function customFilters(policies: readonly AuthorizationPolicy[], scope: Scope): RbacFilter[] {
  const byProvider = Map.groupBy(policies.filter((policy) => !isDryRun(policy)), (policy) => policy.spec?.provider?.name ?? '');
  return [...byProvider].sort(([a], [b]) => (a < b ? -1 : 1)).map(([provider, group]) => {
    const prefix = provider === '' ? 'istio-ext-authz-' : `istio-ext-authz-${provider}-`;
    const rules = Object.entries(rulesOf(group, 'DENY', scope)).map(([name, policy]) => [`${prefix}${name}${BAD_CUSTOM_SUFFIX}`, policy]);
    return { '@type': TYPE_URLS.rbac, rules: { action: 'DENY', policies: Object.fromEntries(rules) } };
  });
}

/** A policy without rules still appears, as one that matches nothing: with ALLOW that denies everything. */
function rulesOf(policies: readonly AuthorizationPolicy[], action: Action, scope: Scope): Readonly<Record<string, RbacPolicy>> {
  const named = policies.flatMap((policy) => {
    const namespace = namespaceOf(policy);
    const rules = policy.spec?.rules ?? [];
    if (rules.length === 0) return [[ruleName(namespace, policy.metadata.name, 0), MATCHES_NOTHING] as const];
    return rules.flatMap((rule, index) => {
      const translated = translateRule(rule, { ...scope, action, policyNamespace: namespace });
      return translated === undefined ? [] : [[ruleName(namespace, policy.metadata.name, index), translated] as const];
    });
  });
  return Object.fromEntries(named);
}

function isDryRun(policy: AuthorizationPolicy): boolean {
  return /^(1|t|true)$/i.test(policy.metadata.annotations?.[DRY_RUN_ANNOTATION] ?? '');
}
