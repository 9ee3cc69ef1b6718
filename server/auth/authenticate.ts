import { timingSafeEqual } from 'node:crypto';
import type { Actor, Role, Route } from '#server/http/route.ts';
import { ServerError } from '#server/server-error.ts';
import type { Session, SessionStore } from './session-store.ts';

export const SESSION_COOKIE = 'binnacle_session';
const CSRF_HEADER = 'x-binnacle-csrf';

/** Who a request comes from, by API token or session cookie. */
export type Caller =
  /** `basic`: as the password of basic authentication, which a browser that was once given it sends on its own. */
  | { readonly kind: 'token'; readonly actor: Actor; readonly basic: boolean }
  | { readonly kind: 'session'; readonly actor: Actor; readonly session: Session; readonly sessionId: string }
  | { readonly kind: 'nobody' };

/**
 * Reads the caller. An API token is a bearer token, or the password of basic authentication with any user name, because clients of
 * Prometheus such as promtool can only send that. A token that is wrong is nobody, never a fall-back to the cookie.
 */
export function identifyCaller(headers: Headers, sessions: SessionStore): Caller {
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const basic = /^basic /i.test(authorization);
    const secret = basic ? passwordOf(authorization) : authorization.startsWith('Bearer ') ? authorization.slice(7) : undefined;
    const token = secret === undefined ? undefined : sessions.findToken(secret);
    return token === undefined ? { kind: 'nobody' } : { kind: 'token', actor: { id: `token:${token.name}`, role: token.role }, basic };
  }
  const sessionId = readCookie(headers.get('cookie') ?? '', SESSION_COOKIE);
  const session = sessionId === undefined ? undefined : sessions.findSession(sessionId);
  if (session === undefined || sessionId === undefined) return { kind: 'nobody' };
  return { kind: 'session', actor: { id: `user:${session.user}`, role: session.role }, session, sessionId };
}

const RANK: Readonly<Record<Role, number>> = { view: 0, edit: 1, admin: 2 };

/**
 * Lets a caller through to a route or throws: 401 without sign-in, 403 below the route's role, 403 for a write from a
 * page without its CSRF token or from another origin, and for one by basic authentication from a browser. Bearer tokens are not sent
 * by browsers on their own, so they need none.
 */
export function requireScope(caller: Caller, route: Pick<Route, 'scope' | 'method' | 'path'>, headers: Headers, ownOrigins: readonly string[]): Actor {
  if (route.scope === 'public') return caller.kind === 'nobody' ? { id: 'anonymous', role: 'view' } : caller.actor;
  if (caller.kind === 'nobody') {
    throw new ServerError('unauthenticated', 'You are not signed in.', { hint: 'Open the one-time link that the start command prints, or send an API token as "Authorization: Bearer …".' });
  }
  if (RANK[caller.actor.role] < RANK[route.scope]) {
    throw new ServerError('forbidden', `This needs the role "${route.scope}"; you have "${caller.actor.role}".`, { hint: 'Ask an admin of this console.' });
  }
  // Prometheus' own clients read by POST, and so do previews; they change nothing.
  const isWrite = route.method !== 'GET' && route.scope !== 'view';
  if (caller.kind === 'session' && isWrite) {
    const origin = headers.get('origin');
    if (!sameSecret(headers.get(CSRF_HEADER) ?? '', caller.session.csrfToken) || (origin !== null && !ownOrigins.includes(origin))) {
      throw new ServerError('forbidden', 'This write did not come from a page of this console.', { hint: 'Reload the page and try again.' });
    }
  }
  if (caller.kind === 'token' && caller.basic && isWrite && (headers.has('origin') || headers.has('sec-fetch-site'))) {
    throw new ServerError('forbidden', 'A browser may not write with basic authentication.', { hint: 'Sign in, or send the API token as "Authorization: Bearer …".' });
  }
  return caller.actor;
}

/** The password in a header of basic authentication (RFC 7617). */
function passwordOf(authorization: string): string | undefined {
  const pair = Buffer.from(authorization.slice(6).trim(), 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? undefined : pair.slice(colon + 1);
}

/** Takes as long for a near guess as for a far one. */
function sameSecret(given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The value of one cookie in a Cookie header. */
function readCookie(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const eq = part.indexOf('=');
    if (eq !== -1 && part.slice(0, eq).trim() === name) return part.slice(eq + 1).trim();
  }
  return undefined;
}
