import { z } from 'zod';
import type { AuditLog } from '#server/audit/audit-log.ts';
import { jsonResponse } from '#server/http/respond.ts';
import { defineRoute, type Route } from '#server/http/route.ts';
import { ServerError } from '#server/server-error.ts';
import { identifyCaller, SESSION_COOKIE } from './authenticate.ts';
import type { Session, SessionStore } from './session-store.ts';

const SignInQuery = z.object({ token: z.string().min(1), next: z.string().optional() });
const TokenSignInBody = z.object({ token: z.string().min(1) });
const CreateTokenBody = z.object({ name: z.string().min(1).max(64), role: z.enum(['view', 'edit', 'admin']) });
const CreateLinkBody = z.object({ user: z.string().min(1).max(64).default('captain'), role: z.enum(['view', 'edit', 'admin']).default('admin') });

/** Sign-in, sign-out, API tokens and one-time links. `origin` builds the links. */
export function authRoutes({ sessions, audit, origin }: { sessions: SessionStore; audit: AuditLog; origin: () => string }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/sign-in',
      scope: 'public',
      summary: 'Redeems a one-time link: sets the session cookie and goes on to the console.',
      query: SignInQuery,
      usesUp: true,
      handle: async ({ query }) => {
        const session = sessions.redeemLink(query.token);
        if (session === undefined) return redirect('/signin?reason=used-link');
        audit.record({ actor: `user:${session.user}`, action: 'sign-in' });
        return redirect(localPath(query.next), cookieOf(session));
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/sign-in',
      scope: 'public',
      summary: 'Signs a browser in with an API token.',
      body: TokenSignInBody,
      handle: async ({ body }) => {
        const session = sessions.openWithToken(body.token) ?? sessions.redeemLink(body.token);
        if (session === undefined) throw new ServerError('unauthenticated', 'That token is not known here.', { hint: 'Start prints a one-time link; `npm start -- --sign-in-link` makes a new one.' });
        audit.record({ actor: `user:${session.user}`, action: 'sign-in' });
        return jsonResponse({ user: session.user, role: session.role }, 200, { 'set-cookie': cookieOf(session) });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/session',
      scope: 'view',
      summary: 'Who is signed in, and the CSRF token for writes.',
      handle: async ({ headers, actor }) => {
        const caller = identifyCaller(headers, sessions);
        return { user: actor.id.slice(actor.id.indexOf(':') + 1), role: actor.role, ...(caller.kind === 'session' ? { csrfToken: caller.session.csrfToken, expiresAt: caller.session.expiresAt } : {}) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/session',
      scope: 'view',
      summary: 'Signs out.',
      handle: async ({ headers }) => {
        const caller = identifyCaller(headers, sessions);
        if (caller.kind === 'session') sessions.closeSession(caller.sessionId);
        return jsonResponse({ signedOut: true }, 200, { 'set-cookie': `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0` });
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/api/sign-in-links',
      scope: 'admin',
      summary: 'Makes a one-time sign-in link.',
      body: CreateLinkBody,
      handle: async ({ body, actor }) => {
        audit.record({ actor: actor.id, action: 'create-sign-in-link', detail: `for ${body.user} (${body.role})` });
        return { url: `${origin()}/api/sign-in?token=${sessions.createLink(body.user, body.role)}` };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/tokens',
      scope: 'admin',
      summary: 'API tokens, without their secrets.',
      handle: async () => ({ tokens: sessions.listTokens().map(({ secretHash: _, ...token }) => token) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/tokens',
      scope: 'admin',
      summary: 'Makes an API token; its secret is shown this once.',
      body: CreateTokenBody,
      handle: async ({ body, actor }) => {
        const { token, secret } = sessions.createToken(body.name, body.role);
        audit.record({ actor: actor.id, action: 'create-token', detail: `${token.name} (${token.role})` });
        return { id: token.id, name: token.name, role: token.role, secret };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/api/tokens/:id',
      scope: 'admin',
      summary: 'Revokes an API token.',
      handle: async ({ params, actor }) => {
        const id = params['id'] ?? '';
        if (!sessions.deleteToken(id)) throw new ServerError('not-found', 'There is no such token.');
        audit.record({ actor: actor.id, action: 'revoke-token', detail: id });
        return { revoked: id };
      },
    }),
  ];
}

function cookieOf(session: Session): string {
  return `${SESSION_COOKIE}=${session.id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${12 * 3600}`;
}

const HERE = 'http://console.invalid';

/** Only paths of this console, read as a browser reads them: `//host`, `https:` and `/<tab>/host` would leave it. */
function localPath(next: string | undefined): string {
  const url = next?.startsWith('/') === true ? URL.parse(next, HERE) : null;
  return url === null || url.origin !== HERE || url.pathname.startsWith('//') ? '/' : `${url.pathname}${url.search}${url.hash}`;
}

function redirect(location: string, cookie?: string): Response {
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store', ...(cookie === undefined ? {} : { 'set-cookie': cookie }) } });
}
