import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { AUTHENTICATED, MASTERS } from '#mesh-core/domain/access/built-in-roles.ts';
import { serviceAccountUser, type ApiUser } from './api-user.ts';

/** A token that stands for a user. */
export interface StaticToken {
  readonly token: string;
  readonly user: string;
  readonly groups: readonly string[];
}
/** How callers prove who they are. */
export interface Credentials {
  readonly tokens: readonly StaticToken[];
  /** Whose token it is, when it is a service account's for this API. */
  readonly serviceAccountOf?: (token: string) => Promise<{ readonly namespace: string; readonly serviceAccount: string } | undefined>;
}
/** The parts of a request that prove who makes it. */
export type AuthenticatedRequest = Pick<IncomingMessage, 'headers' | 'socket'>;

/**
 * Finds out who calls: by a client certificate that the server has verified, else by the bearer token: one of the static ones (all are
 * compared, over digests of equal length, so that the time taken tells nothing) or a service account's. Undefined = nobody known; a wrong token beside
 * a good certificate does not matter, as in Kubernetes, where the first method that knows the caller wins.
 */
export async function authenticate(credentials: Credentials, request: AuthenticatedRequest): Promise<ApiUser | undefined> {
  const byCertificate = certificateUser(request.socket);
  if (byCertificate !== undefined) return byCertificate;
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) return undefined;
  const digest = digestOf(given);
  let user: ApiUser | undefined;
  for (const { token, user: name, groups } of credentials.tokens) {
    if (timingSafeEqual(digest, digestOf(token)) && token !== '') user = { name, groups: [...groups, AUTHENTICATED] };
  }
  if (user !== undefined) return user;
  const account = await credentials.serviceAccountOf?.(given);
  return account === undefined ? undefined : serviceAccountUser(account.namespace, account.serviceAccount);
}

/** The token of the installation's own administrator. */
export function adminToken(token: string): StaticToken {
  return { token, user: 'admin', groups: [MASTERS] };
}

/** Common name = user, organisations = groups; undefined without a verified certificate that names somebody. */
function certificateUser(socket: IncomingMessage['socket']): ApiUser | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject: unknown = socket.getPeerCertificate().subject;
  if (typeof subject !== 'object' || subject === null) return undefined;
  const names = [('CN' in subject ? subject.CN : undefined) ?? []].flat();
  const groups = [('O' in subject ? subject.O : undefined) ?? []].flat().filter((group) => typeof group === 'string');
  const [name] = names;
  return typeof name === 'string' && name !== '' ? { name, groups: [...groups, AUTHENTICATED] } : undefined;
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
