import { createHash, timingSafeEqual } from 'node:crypto';

/** `view` reads; `edit` also writes what lives in a namespace; `admin` also writes cluster-scoped objects. */
export type ApiRole = 'admin' | 'edit' | 'view';
export interface ApiToken {
  readonly token: string;
  /** Who it is, for the audit. */
  readonly name: string;
  readonly role: ApiRole;
}
export interface ApiUser {
  readonly name: string;
  readonly role: ApiRole;
}

/**
 * Finds whose bearer token an `Authorization` header holds. Every known token is compared, over digests of equal length, so the time taken
 * tells nothing about how much of a guess was right.
 */
export function authenticate(tokens: readonly ApiToken[], authorization: string | undefined): ApiUser | undefined {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) return undefined;
  const digest = digestOf(given);
  let user: ApiUser | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(digest, digestOf(token.token)) && token.token !== '') user = { name: token.name, role: token.role };
  }
  return user;
}

/** May this role write objects of such a scope? */
export function mayWrite(role: ApiRole, clusterScoped: boolean): boolean {
  switch (role) {
    case 'admin':
      return true;
    case 'edit':
      return !clusterScoped;
    case 'view':
      return false;
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
