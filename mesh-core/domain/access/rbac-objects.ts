import type { KubeObject } from '../resources/kube-object.ts';
import type { LabelSelector } from '../resources/label-selector-object.ts';

/** Kubernetes' access control objects (rbac.authorization.k8s.io/v1). Source: k8s.io/api rbac/v1. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  /** Plurals, `plural/subresource`, or `*`. */
  readonly resources?: readonly string[];
  /** Absent or empty = every name. */
  readonly resourceNames?: readonly string[];
  /** Paths outside the API's objects; a `*` at the end stands for anything. */
  readonly nonResourceURLs?: readonly string[];
}
export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly apiGroup?: string;
  readonly name: string;
  /** ServiceAccount only. */
  readonly namespace?: string;
}
export interface RoleRef {
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
}
export interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[] | null;
}
export interface ClusterRole extends Role {
  /** The rules are those of all ClusterRoles that a selector picks. */
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
}
export interface RoleBinding extends KubeObject {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[] | null;
}
/** All access control of one cluster. Bindings of namespaces and of the cluster are told apart by their kind. */
export interface AccessRules {
  readonly roles: readonly Role[];
  readonly clusterRoles: readonly ClusterRole[];
  readonly roleBindings: readonly RoleBinding[];
  readonly clusterRoleBindings: readonly RoleBinding[];
}
/** Who asks. A service account is the user `system:serviceaccount:<namespace>:<name>`. */
export interface Requester {
  readonly name: string;
  readonly groups: readonly string[];
}
/** What is asked for: an object of the API, or a path beside it. */
export type AccessRequest =
  | { readonly verb: string; readonly group: string; readonly resource: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string }
  | { readonly verb: string; readonly path: string };
