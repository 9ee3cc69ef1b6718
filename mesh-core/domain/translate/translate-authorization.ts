import { TYPE_URLS } from '../envoy/resources.ts';
import type { RbacFilter, RbacPolicy, RbacRules } from '../envoy/resources.ts';
import { SECURITY_TYPE_URLS } from '../envoy/security-filters.ts';
import type { ExtAuthzFilter, NetworkExtAuthzFilter, NetworkRbacFilter } from '../envoy/security-filters.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { AuthorizationPolicy } from '../resources/security.ts';
import { MATCHES_NOTHING, translateRule } from './authorization-rule.ts';
import type { RuleScope } from './authorization-rule.ts';
import { CUSTOM_RULE_PREFIX, CUSTOM_STAT_PREFIX, externalAuthorizer } from './external-authorization.ts';
import type { NamedService } from './external-authorization.ts';
import type { ExtensionProvider } from './mesh-providers.ts';

/** What of the mesh the translation of AuthorizationPolicy depends on. */
export interface AuthorizationMesh {
  readonly trustDomain: string;
  readonly trustDomainAliases?: readonly string[];
  /** Of MeshConfig; without the one that a CUSTOM policy names, what it matches is denied. */
  readonly extensionProviders?: readonly ExtensionProvider[];
  /** Where providers are looked up. */
  readonly services?: readonly NamedService[];
}
/** A workload's policies as filters, in the order in which they decide. */
export interface AuthorizationFilters<Filter> {
  /** Before tokens are read. */
  readonly custom: readonly Filter[];
  /** After that: AUDIT, DENY, ALLOW; an action without policies has no filter. */
  readonly rules: readonly Filter[];
}
type Action = RuleScope['action'];

const DRY_RUN_ANNOTATION = 'istio.io/dry-run';
/** What istiod adds to the name of a rule whose external provider it cannot reach: such a rule denies. */
const BAD_CUSTOM_SUFFIX = '-deny-due-to-bad-CUSTOM-action';

/**
 * Filters for HTTP. A CUSTOM policy becomes RBAC in shadow mode, which only notes the matching rule, and a filter that asks the
 * provider about noted requests. A provider that cannot be used, or a second one for the same workload, turns into denial.
 * Source: istio/istio pilot/pkg/security/authz/builder.
 */
export function httpAuthorization(policies: readonly AuthorizationPolicy[], mesh: AuthorizationMesh): AuthorizationFilters<RbacFilter | ExtAuthzFilter> {
  const scope = scopeOf(mesh, false);
  return {
    custom: customFilters(policies, scope, mesh).flatMap(({ rbac, authorizer }) => (authorizer === undefined ? [rbac] : [rbac, authorizer.http])),
    rules: ruleFilters(policies, scope),
  };
}

/** Filters for a connection that is not read as HTTP. A provider that only speaks HTTP is not asked there. */
export function tcpAuthorization(policies: readonly AuthorizationPolicy[], mesh: AuthorizationMesh): AuthorizationFilters<NetworkRbacFilter | NetworkExtAuthzFilter> {
  const scope = scopeOf(mesh, true);
  const custom = customFilters(policies, scope, mesh).flatMap(({ rbac, authorizer }) => (authorizer === undefined ? [onTcp(rbac)] : authorizer.tcp === undefined ? [] : [onTcp(rbac), authorizer.tcp]));
  return { custom, rules: ruleFilters(policies, scope).map(onTcp) };
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

/** Is the policy only tried out (annotation `istio.io/dry-run`)? The words are Go's for true. */
export function isDryRun(policy: AuthorizationPolicy): boolean {
  return /^(1|t|T|true|TRUE|True)$/.test(policy.metadata.annotations?.[DRY_RUN_ANNOTATION] ?? '');
}

type Scope = Omit<RuleScope, 'policyNamespace' | 'action'>;

function scopeOf({ trustDomain, trustDomainAliases = [] }: AuthorizationMesh, forTcp: boolean): Scope {
  return { trustDomains: [trustDomain, ...trustDomainAliases], forTcp };
}

function ofAction(policies: readonly AuthorizationPolicy[], action: string): AuthorizationPolicy[] {
  return policies.filter((policy) => (policy.spec?.action ?? 'ALLOW') === action);
}

function ruleFilters(policies: readonly AuthorizationPolicy[], scope: Scope): RbacFilter[] {
  return [...filterFor('LOG', ofAction(policies, 'AUDIT'), scope), ...filterFor('DENY', ofAction(policies, 'DENY'), scope), ...filterFor('ALLOW', ofAction(policies, 'ALLOW'), scope)];
}

function filterFor(action: Action, policies: readonly AuthorizationPolicy[], scope: Scope): RbacFilter[] {
  if (policies.length === 0) return [];
  const enforced = policies.filter((policy) => !isDryRun(policy));
  const tried = policies.filter(isDryRun);
  // istiod reads the action of shadow rules that are not there, which is the first of the enum: ALLOW.
  const shadowRulesStatPrefix = action === 'DENY' && tried.length > 0 ? 'istio_dry_run_deny_' : action === 'LOG' && tried.length > 0 ? '' : 'istio_dry_run_allow_';
  return [
    {
      '@type': TYPE_URLS.rbac,
      ...(enforced.length === 0 ? undefined : { rules: { action, policies: rulesOf(enforced, action, scope) } }),
      ...(tried.length === 0 ? undefined : { shadowRules: { action, policies: rulesOf(tried, action, scope) } }),
      ...(shadowRulesStatPrefix === '' ? undefined : { shadowRulesStatPrefix }),
    },
  ];
}

interface CustomFilter {
  readonly rbac: RbacFilter;
  /** Absent = the rules deny by themselves. */
  readonly authorizer?: { readonly http: ExtAuthzFilter; readonly tcp?: NetworkExtAuthzFilter };
}

function customFilters(policies: readonly AuthorizationPolicy[], scope: Scope, mesh: AuthorizationMesh): CustomFilter[] {
  const byProvider = [...Map.groupBy(ofAction(policies, 'CUSTOM'), (policy) => policy.spec?.provider?.name ?? '')].sort(([a], [b]) => (a < b ? -1 : 1));
  return byProvider.map(([provider, group]): CustomFilter => {
    const prefix = provider === '' ? `${CUSTOM_RULE_PREFIX}-` : `${CUSTOM_RULE_PREFIX}-${provider}-`;
    const named = (chosen: readonly AuthorizationPolicy[], suffix = ''): RbacRules => ({ action: 'DENY', policies: Object.fromEntries(Object.entries(rulesOf(chosen, 'DENY', scope)).map(([name, policy]) => [`${prefix}${name}${suffix}`, policy])) });
    const enforced = group.filter((policy) => !isDryRun(policy));
    const tried = named(group.filter(isDryRun));
    const authorizer = byProvider.length > 1 ? undefined : externalAuthorizer(provider, mesh.extensionProviders ?? [], mesh.services ?? []);
    if (authorizer === undefined || 'problem' in authorizer) return { rbac: { '@type': TYPE_URLS.rbac, rules: named(enforced, BAD_CUSTOM_SUFFIX) } };
    const rbac = { '@type': TYPE_URLS.rbac, ...(Object.keys(tried.policies).length === 0 ? undefined : { rules: tried }), shadowRules: named(enforced), shadowRulesStatPrefix: CUSTOM_STAT_PREFIX };
    return { rbac, authorizer };
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

function onTcp({ '@type': _, ...fields }: RbacFilter): NetworkRbacFilter {
  return { '@type': SECURITY_TYPE_URLS.networkRbac, ...fields, statPrefix: 'tcp.' };
}
