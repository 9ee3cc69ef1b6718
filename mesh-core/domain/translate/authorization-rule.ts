import type { Permission, Principal, RbacPolicy } from '../envoy/resources.ts';
import type { AuthorizationRule, Operation, Source } from '../resources/security.ts';
import {
  claimIdentity,
  destinationIpPermission,
  envoyMetadataPermission,
  headerValue,
  namespaceIdentity,
  pathPermission,
  portPermission,
  principalIdentity,
  requestPrincipalIdentities,
  serviceAccountIdentity,
  stringValue,
  trustDomainIdentity,
} from './authorization-matchers.ts';
import { parseRange } from './ip-range.ts';
import { expandPrincipals, expandTrustDomains } from './trust-domain.ts';

/** What translating one rule needs to know about its policy and mesh. */
export interface RuleScope {
  readonly policyNamespace: string;
  /** The mesh's trust domain and its aliases. */
  readonly trustDomains: readonly string[];
  readonly action: 'ALLOW' | 'DENY' | 'LOG';
  /** On a connection that is not read as HTTP, conditions on HTTP cannot be met. */
  readonly forTcp: boolean;
}

/** One condition: its matchers for `values` (one must match) and for `notValues` (none may). */
interface Condition<Matcher> {
  readonly values: readonly Matcher[];
  readonly notValues: readonly Matcher[];
}
/** Raised inside a rule when a condition cannot be expressed; never leaves this file. */
class Inexpressible extends Error {}

/**
 * One rule of an AuthorizationPolicy as an RBAC policy; undefined when it cannot be expressed: an ALLOW rule is then left
 * out whole (it allows less), a DENY or LOG rule only loses the condition (it denies more).
 * Source: istio/istio pilot/pkg/security/authz/model.
 */
export function translateRule(rule: AuthorizationRule, scope: RuleScope): RbacPolicy | undefined {
  try {
    const when = (rule.when ?? []).map(({ key, values = [], notValues = [] }) => ({ key, values, notValues }));
    if (!when.every(({ key }) => isPermissionKey(key) || isPrincipalKey(key))) return undefined;
    const permissions = when.filter(({ key }) => isPermissionKey(key)).map(({ key, values, notValues }) => permissionCondition(key, values, notValues, scope));
    const principals = when.filter(({ key }) => isPrincipalKey(key)).map(({ key, values, notValues }) => principalCondition(key, values, notValues, scope));
    const to = rule.to === undefined || rule.to.length === 0 ? [{}] : rule.to;
    const from = rule.from === undefined || rule.from.length === 0 ? [{}] : rule.from;
    return {
      permissions: to.map(({ operation }) => allPermissions([...operationConditions(operation ?? {}, scope), ...permissions])),
      principals: from.map(({ source }) => allPrincipals([...sourceConditions(source ?? {}, scope), ...principals])),
    };
  } catch (error) {
    if (error instanceof Inexpressible) return undefined;
    throw error;
  }
}

/** A policy that matches no request: what a policy without rules becomes. */
export const MATCHES_NOTHING: RbacPolicy = { permissions: [{ notRule: { any: true } }], principals: [{ notId: { any: true } }] };

function operationConditions(operation: Operation, scope: RuleScope): Condition<Permission>[] {
  return [
    permissionCondition('hosts', operation.hosts, operation.notHosts, scope),
    permissionCondition('methods', operation.methods, operation.notMethods, scope),
    permissionCondition('paths', operation.paths, operation.notPaths, scope),
    permissionCondition('destination.port', operation.ports, operation.notPorts, scope),
  ];
}

function sourceConditions(source: Source, scope: RuleScope): Condition<Principal>[] {
  return [
    principalCondition('source.principal', source.principals, source.notPrincipals, scope),
    principalCondition('request.auth.principal', source.requestPrincipals, source.notRequestPrincipals, scope),
    principalCondition('source.serviceAccount', source.serviceAccounts, source.notServiceAccounts, scope),
    principalCondition('source.trustDomain', source.trustDomains, source.notTrustDomains, scope),
    principalCondition('source.namespace', source.namespaces, source.notNamespaces, scope),
    principalCondition('remote.ip', source.remoteIpBlocks, source.notRemoteIpBlocks, scope),
    principalCondition('source.ip', source.ipBlocks, source.notIpBlocks, scope),
  ];
}

function isPermissionKey(key: string): boolean {
  return key === 'destination.ip' || key === 'destination.port' || key === 'connection.sni' || key.startsWith('experimental.envoy.filters.');
}

function isPrincipalKey(key: string): boolean {
  return /^(source\.(ip|namespace|trustDomain|serviceAccount|principal)|remote\.ip|request\.auth\.(principal|audiences|presenter))$/.test(key) || key.startsWith('request.headers') || key.startsWith('request.auth.claims');
}

function permissionCondition(key: string, values: readonly string[] = [], notValues: readonly string[] = [], scope: RuleScope): Condition<Permission> {
  const translate = (list: readonly string[]): Permission[] => (key.startsWith('experimental.') ? together(list, (all) => envoyMetadataPermission(key, all), scope) : each(list, (value) => permissionOf(key, value, scope), scope));
  return { values: translate(values), notValues: translate(notValues) };
}

function permissionOf(key: string, value: string, { forTcp }: RuleScope): Permission | undefined {
  switch (key) {
    case 'hosts':
      return forTcp ? undefined : { header: headerValue(':authority', value, true) };
    case 'methods':
      return forTcp ? undefined : { header: headerValue(':method', value, false) };
    case 'paths':
      return forTcp ? undefined : pathPermission(value);
    case 'destination.port':
      return portPermission(value);
    case 'destination.ip':
      return destinationIpPermission(value);
    case 'connection.sni':
      return { requestedServerName: stringValue(value) };
    default:
      return undefined;
  }
}

function principalCondition(key: string, values: readonly string[] = [], notValues: readonly string[] = [], scope: RuleScope): Condition<Principal> {
  const translate = (list: readonly string[]): Principal[] => (key.startsWith('request.auth.') ? together(list, (all) => (scope.forTcp ? undefined : jwtPrincipal(key, all)), scope) : each(withAliases(key, list, scope), (value) => principalOf(key, value, scope), scope));
  return { values: translate(values), notValues: translate(notValues) };
}

function principalOf(key: string, value: string, scope: RuleScope): Principal | undefined {
  switch (key) {
    case 'source.principal':
      return principalIdentity(value);
    case 'source.namespace':
      return namespaceIdentity(value);
    case 'source.serviceAccount':
      return serviceAccountIdentity(value, scope.policyNamespace);
    case 'source.trustDomain':
      return trustDomainIdentity(value);
    case 'source.ip':
    case 'remote.ip': {
      const range = parseRange(value);
      return range === undefined ? undefined : key === 'source.ip' ? { directRemoteIp: range } : { remoteIp: range };
    }
    default: {
      const name = /^request\.headers\[(.*)\]$/.exec(key)?.[1];
      return name === undefined || scope.forTcp ? undefined : { header: headerValue(name, value, false) };
    }
  }
}

function jwtPrincipal(key: string, values: readonly string[]): Principal | undefined {
  if (key === 'request.auth.principal') return requestPrincipalIdentities(values);
  if (key === 'request.auth.audiences') return claimIdentity(['aud'], values);
  if (key === 'request.auth.presenter') return claimIdentity(['azp'], values);
  const brackets = key.slice('request.auth.claims'.length);
  const nested = /^(\[[^[\]]*\])+$/.test(brackets) ? [...brackets.matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1] ?? '') : undefined;
  if (nested !== undefined) return claimIdentity(nested, values);
  return brackets.startsWith('[') && brackets.endsWith(']') ? claimIdentity([brackets.slice(1, -1)], values) : undefined;
}

function withAliases(key: string, values: readonly string[], { trustDomains }: RuleScope): readonly string[] {
  if (key === 'source.principal') return expandPrincipals(values, trustDomains);
  return key === 'source.trustDomain' ? expandTrustDomains(values, trustDomains) : values;
}

/** One matcher per value. */
function each<T>(values: readonly string[], translate: (value: string) => T | undefined, scope: RuleScope): T[] {
  return values.flatMap((value) => kept(translate(value), scope));
}

/** One matcher for all values, which it holds side by side itself. */
function together<T>(values: readonly string[], translate: (values: readonly string[]) => T | undefined, scope: RuleScope): T[] {
  return values.length === 0 ? [] : kept(translate(values), scope);
}

function kept<T>(matcher: T | undefined, { action }: RuleScope): T[] {
  if (matcher !== undefined) return [matcher];
  if (action === 'ALLOW') throw new Inexpressible();
  return [];
}

/** Matchers of JWT claims and filter metadata are not wrapped in an OR: they are one already. */
function allPermissions(conditions: readonly Condition<Permission>[]): Permission {
  const rules = conditions.flatMap(({ values, notValues }) => [...anyPermission(values), ...anyPermission(notValues).map((notRule): Permission => ({ notRule }))]);
  return { andRules: { rules: rules.length === 0 ? [{ any: true }] : rules } };
}

function anyPermission(rules: readonly Permission[]): Permission[] {
  const [first] = rules;
  return first === undefined ? [] : 'metadata' in first ? [first] : [{ orRules: { rules } }];
}

function allPrincipals(conditions: readonly Condition<Principal>[]): Principal {
  const ids = conditions.flatMap(({ values, notValues }) => [...anyPrincipal(values), ...anyPrincipal(notValues).map((notId): Principal => ({ notId }))]);
  return { andIds: { ids: ids.length === 0 ? [{ any: true }] : ids } };
}

function anyPrincipal(ids: readonly Principal[]): Principal[] {
  const [first] = ids;
  return first === undefined ? [] : 'metadata' in first || 'orIds' in first || 'andIds' in first ? [first] : [{ orIds: { ids } }];
}
