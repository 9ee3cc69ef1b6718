import type { WorkloadIdentity } from '#mesh-core/domain/identity/spiffe-id.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { ObjectStore } from '../store/object-store.ts';

type Binding = KubeObject & { readonly roleRef?: { readonly kind?: string; readonly name?: string }; readonly subjects?: readonly { readonly kind?: string; readonly name?: string; readonly namespace?: string }[] };
type Role = KubeObject & { readonly rules?: readonly { readonly apiGroups?: readonly string[]; readonly resources?: readonly string[]; readonly verbs?: readonly string[]; readonly resourceNames?: readonly string[] }[] };

/**
 * May a service account list the Secrets of its own namespace, by the Roles bound to it? istiod asks the API server just this
 * (SubjectAccessReview, verb list) before it sends a gateway its certificates. Source: istiod pilot/pkg/credentials/kube/secrets.go;
 * Kubernetes RBAC.
 */
export function mayReadSecrets(store: Pick<ObjectStore, 'get' | 'list'>, { namespace, serviceAccount }: WorkloadIdentity): boolean {
  const names = (binding: Binding): boolean =>
    (binding.subjects ?? []).some(({ kind, name, namespace: of }) => {
      if (kind === 'ServiceAccount') return name === serviceAccount && (of ?? binding.metadata.namespace) === namespace;
      return kind === 'Group' ? name === 'system:serviceaccounts' || name === `system:serviceaccounts:${namespace}` : kind === 'User' && name === `system:serviceaccount:${namespace}:${serviceAccount}`;
    });
  const roleOf = ({ roleRef }: Binding): Role | undefined => {
    if (roleRef?.name === undefined) return undefined;
    return roleRef.kind === 'Role' ? store.get(servedKind('Role'), roleRef.name, namespace) : store.get(servedKind('ClusterRole'), roleRef.name);
  };
  const own = store.list(servedKind('RoleBinding')).filter(({ metadata }) => metadata.namespace === namespace);
  const bindings: readonly Binding[] = [...own, ...store.list(servedKind('ClusterRoleBinding'))];
  return bindings.some((binding) => names(binding) && listsSecrets(roleOf(binding)));
}

function listsSecrets(role: Role | undefined): boolean {
  const has = (list: readonly string[] | undefined, wanted: string): boolean => list?.some((item) => item === '*' || item === wanted) === true;
  return (role?.rules ?? []).some((rule) => has(rule.apiGroups, '') && has(rule.resources, 'secrets') && has(rule.verbs, 'list') && (rule.resourceNames ?? []).length === 0);
}
