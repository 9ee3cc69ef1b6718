import type { AccessRequest, AccessRules, PolicyRule, Requester, RoleBinding, RoleRef, Subject } from './rbac-objects.ts';

/** Allowed with the binding that says so, in Kubernetes' words; denied with what could not be resolved, if anything. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason: string;
}
/** A rule that applies to somebody, and the binding it comes from. */
export interface AppliedRule {
  readonly rule: PolicyRule;
  readonly source: string;
}

/**
 * Decides one request by role-based access control: the first rule that allows it, those of the whole cluster before those of the
 * namespace; without one it is denied. Source: Kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go.
 */
export function decideAccess(rules: AccessRules, requester: Requester, request: AccessRequest): AccessDecision {
  const { applied, unresolved } = rulesFor(rules, requester, 'path' in request ? undefined : request.namespace);
  const allowing = applied.find(({ rule }) => ruleAllows(rule, request));
  if (allowing !== undefined) return { allowed: true, reason: `RBAC: allowed by ${allowing.source}` };
  return { allowed: false, reason: unresolved.length === 0 ? '' : `RBAC: ${unresolved.length === 1 ? unresolved[0] : `[${unresolved.join(', ')}]`}` };
}

/**
 * The rules that apply to somebody in a namespace (undefined = only those of the whole cluster), and the references that lead nowhere.
 * Source: Kubernetes pkg/registry/rbac/validation/rule.go.
 */
export function rulesFor(rules: AccessRules, requester: Requester, namespace: string | undefined): { readonly applied: readonly AppliedRule[]; readonly unresolved: readonly string[] } {
  const applied: AppliedRule[] = [];
  const unresolved: string[] = [];
  const visit = (binding: RoleBinding, bindingNamespace: string | undefined): void => {
    const subject = (binding.subjects ?? []).find((candidate) => isSubject(requester, candidate, bindingNamespace));
    if (subject === undefined) return;
    const found = resolveRole(rules, binding.roleRef, bindingNamespace);
    if (typeof found === 'string') unresolved.push(found);
    else for (const rule of found) applied.push({ rule, source: describe(binding, subject, bindingNamespace) });
  };
  for (const binding of rules.clusterRoleBindings) visit(binding, undefined);
  if (namespace !== undefined && namespace !== '') for (const binding of rules.roleBindings) if (binding.metadata.namespace === namespace) visit(binding, namespace);
  return { applied, unresolved };
}

/** The rules a binding refers to, or why there are none. `bindingNamespace` is undefined for a binding of the whole cluster. */
export function resolveRole(rules: AccessRules, ref: RoleRef, bindingNamespace: string | undefined): readonly PolicyRule[] | string {
  switch (ref.kind) {
    case 'Role': {
      const role = rules.roles.find(({ metadata }) => metadata.name === ref.name && metadata.namespace === bindingNamespace);
      return role === undefined ? `role.rbac.authorization.k8s.io "${ref.name}" not found` : (role.rules ?? []);
    }
    case 'ClusterRole': {
      const role = rules.clusterRoles.find(({ metadata }) => metadata.name === ref.name);
      return role === undefined ? `clusterrole.rbac.authorization.k8s.io "${ref.name}" not found` : (role.rules ?? []);
    }
    default:
      return `unsupported role reference kind: "${ref.kind}"`;
  }
}

/** Does one rule allow a request? Source: Kubernetes pkg/apis/rbac/v1/evaluation_helpers.go. */
export function ruleAllows(rule: PolicyRule, request: AccessRequest): boolean {
  if (!rule.verbs.some((verb) => verb === '*' || verb === request.verb)) return false;
  if ('path' in request) return (rule.nonResourceURLs ?? []).some((url) => url === '*' || url === request.path || (url.endsWith('*') && request.path.startsWith(url.replace(/\*+$/, ''))));
  const { group, resource, subresource, name } = request;
  const combined = subresource === undefined || subresource === '' ? resource : `${resource}/${subresource}`;
  return (
    (rule.apiGroups ?? []).some((candidate) => candidate === '*' || candidate === group) &&
    (rule.resources ?? []).some((candidate) => candidate === '*' || candidate === combined || (combined !== resource && candidate === `*/${subresource}`)) &&
    ((rule.resourceNames ?? []).length === 0 || (rule.resourceNames ?? []).includes(name ?? ''))
  );
}

function isSubject(requester: Requester, subject: Subject, bindingNamespace: string | undefined): boolean {
  switch (subject.kind) {
    case 'User':
      return requester.name === subject.name;
    case 'Group':
      return requester.groups.includes(subject.name);
    case 'ServiceAccount': {
      const namespace = subject.namespace === undefined || subject.namespace === '' ? bindingNamespace : subject.namespace;
      return namespace !== undefined && requester.name === `system:serviceaccount:${namespace}:${subject.name}`;
    }
  }
}

function describe(binding: RoleBinding, subject: Subject, namespace: string | undefined): string {
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace === undefined || subject.namespace === '' ? (namespace ?? '') : subject.namespace}` : subject.name;
  const place = namespace === undefined ? `ClusterRoleBinding "${binding.metadata.name}"` : `RoleBinding "${binding.metadata.name}/${namespace}"`;
  return `${place} of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subject.kind} "${who}"`;
}
