import type { IncomingHttpHeaders } from 'node:http';
import { AUTHENTICATED } from '#mesh-core/domain/access/built-in-roles.ts';
import type { AccessRequest } from '#mesh-core/domain/access/rbac-objects.ts';
import type { ApiUser } from './api-user.ts';

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Who the caller wants to be, and every permission that takes; undefined when the headers ask for nothing. */
export interface Impersonation {
  readonly user: ApiUser;
  readonly needs: readonly AccessRequest[];
}

/**
 * Reads `Impersonate-User`, `-Group`, `-Uid` and `-Extra-*`. A group, uid or extra without a user is a mistake: it gives 'no-user'.
 * Source: Kubernetes "Authenticating", user impersonation; apiserver pkg/endpoints/filters/impersonation.go.
 */
export function impersonationOf(headers: IncomingHttpHeaders, caller: ApiUser): Impersonation | 'no-user' | undefined {
  const name = single(headers['impersonate-user']);
  const groups = listed(headers['impersonate-group']);
  const uid = single(headers['impersonate-uid']);
  const extra = Object.entries(headers).flatMap(([header, value]) => (header.startsWith('impersonate-extra-') ? [[decodeURIComponent(header.slice('impersonate-extra-'.length)), listed(value)] as const] : []));
  if (name === undefined) return groups.length === 0 && uid === undefined && extra.length === 0 ? undefined : 'no-user';
  const account = SERVICE_ACCOUNT.exec(name);
  const needs: AccessRequest[] = [account === null ? { verb: 'impersonate', group: '', resource: 'users', name } : { verb: 'impersonate', group: '', resource: 'serviceaccounts', namespace: account[1] ?? '', name: account[2] ?? '' }];
  for (const group of groups) needs.push({ verb: 'impersonate', group: '', resource: 'groups', name: group });
  if (uid !== undefined) needs.push({ verb: 'impersonate', group: 'authentication.k8s.io', resource: 'uids', name: uid });
  for (const [key, values] of extra) for (const value of values) needs.push({ verb: 'impersonate', group: 'authentication.k8s.io', resource: 'userextras', subresource: key, name: value });
  const implied = account !== null && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account[1] ?? ''}`] : [];
  const user: ApiUser = {
    name,
    groups: [...new Set([...groups, ...implied, AUTHENTICATED])],
    ...(uid === undefined ? {} : { uid }),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
    impersonator: { name: caller.name, groups: caller.groups },
  };
  return { user, needs };
}

function single(value: string | string[] | undefined): string | undefined {
  const [first] = listed(value);
  return first;
}

/** Node joins repeated headers of these names by ", ". */
function listed(value: string | string[] | undefined): string[] {
  return [value ?? []].flat().flatMap((text) => text.split(', ')).filter((text) => text !== '');
}
