import type { Requester } from '#mesh-core/domain/access/rbac-objects.ts';

/** Who makes a call of the API, as Kubernetes describes a user. */
export interface ApiUser extends Requester {
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** Who really calls, when they act as somebody else. */
  readonly impersonator?: Requester;
}

/** The user that a service account is. Source: Kubernetes "Authenticating", service account tokens. */
export function serviceAccountUser(namespace: string, name: string): ApiUser {
  return { name: `system:serviceaccount:${namespace}:${name}`, groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'] };
}
