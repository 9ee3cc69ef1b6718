import { decideAccess, resolveRole, rulesFor } from '#mesh-core/domain/access/evaluate-access.ts';
import type { AccessRules, PolicyRule, Requester, RoleRef } from '#mesh-core/domain/access/rbac-objects.ts';
import { joinVerbs, missingRules, ruleText } from '#mesh-core/domain/access/rules-cover.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';

const GROUP = 'rbac.authorization.k8s.io';

/**
 * Why somebody may not write this role or binding: nobody gives away what they do not hold, unless they hold the verb `escalate` on the
 * role, or `bind` on the role a binding refers to. Undefined = they may, or the object is no access control. `previous` is what is stored now: a write that changes
 * neither rules nor subjects gives nothing away. Source: Kubernetes pkg/registry/rbac/{role,rolebinding,clusterrole}/policybased.
 */
export function grantProblem(rules: AccessRules, requester: Requester, object: KubeObject, previous: KubeObject | undefined): string | undefined {
  if (!object.apiVersion.startsWith(`${GROUP}/`)) return undefined;
  const { name, namespace } = object.metadata;
  switch (object.kind) {
    case 'Role':
    case 'ClusterRole': {
      const resource = object.kind === 'Role' ? 'roles' : 'clusterroles';
      const wanted = rulesOf(object);
      if (previous !== undefined && JSON.stringify(rulesOf(previous)) === JSON.stringify(wanted) && JSON.stringify(fieldOf(previous, 'aggregationRule')) === JSON.stringify(fieldOf(object, 'aggregationRule'))) return undefined;
      if (holdsVerb(rules, requester, 'escalate', resource, name, namespace)) return undefined;
      // Who says which roles are gathered, gives all of them away.
      const aggregation = fieldOf(object, 'aggregationRule') === undefined ? [] : [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }];
      return lacking(rules, requester, namespace, [...wanted, ...aggregation]);
    }
    case 'RoleBinding':
    case 'ClusterRoleBinding': {
      const ref = roleRefOf(object);
      if (ref === undefined) return undefined;
      if (previous !== undefined && JSON.stringify(fieldOf(previous, 'subjects')) === JSON.stringify(fieldOf(object, 'subjects')) && JSON.stringify(fieldOf(previous, 'roleRef')) === JSON.stringify(fieldOf(object, 'roleRef'))) return undefined;
      if (holdsVerb(rules, requester, 'bind', ref.kind === 'Role' ? 'roles' : 'clusterroles', ref.name, namespace)) return undefined;
      const wanted = resolveRole(rules, ref, namespace);
      return typeof wanted === 'string' ? wanted : lacking(rules, requester, namespace, wanted);
    }
    default:
      return undefined;
  }
}

function lacking(rules: AccessRules, requester: Requester, namespace: string | undefined, wanted: readonly PolicyRule[]): string | undefined {
  const held = rulesFor(rules, requester, namespace).applied.map(({ rule }) => rule);
  const missing = joinVerbs(missingRules(held, wanted));
  if (missing.length === 0) return undefined;
  const groups = requester.groups.map((group) => JSON.stringify(group)).join(' ');
  return `user ${JSON.stringify(requester.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.map(ruleText).toSorted().join('\n')}`;
}

function holdsVerb(rules: AccessRules, requester: Requester, verb: string, resource: string, name: string, namespace: string | undefined): boolean {
  return decideAccess(rules, requester, { verb, group: GROUP, resource, name, ...(namespace === undefined ? {} : { namespace }) }).allowed;
}

function rulesOf(object: KubeObject): readonly PolicyRule[] {
  const rules = fieldOf(object, 'rules');
  // Safe: the schema of roles was checked before.
  return Array.isArray(rules) ? (rules as readonly PolicyRule[]) : [];
}

function roleRefOf(object: KubeObject): RoleRef | undefined {
  const ref = fieldOf(object, 'roleRef');
  return typeof ref === 'object' && ref !== null && 'kind' in ref && 'name' in ref && typeof ref.kind === 'string' && typeof ref.name === 'string' ? { kind: ref.kind, name: ref.name } : undefined;
}

function fieldOf(object: KubeObject, field: 'rules' | 'aggregationRule' | 'roleRef' | 'subjects'): unknown {
  const fields: Readonly<Record<string, unknown>> = { ...object };
  return fields[field];
}
