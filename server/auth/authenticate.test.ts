import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identifyCaller, requireScope } from './authenticate.ts';
import { SessionStore, type AuthState } from './session-store.ts';

let now = 1000;
let saved: AuthState = { sessions: [], tokens: [] };
const store = (): SessionStore => new SessionStore(saved, () => now, (state) => (saved = state));
const headers = (h: Record<string, string>): Headers => new Headers(h);
const write = { scope: 'edit', method: 'POST', path: '/api/x' } as const;
const read = { scope: 'view', method: 'GET', path: '/api/x' } as const;
const code = (fn: () => unknown): string => {
  try {
    fn();
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('a sign-in link works once', () => {
  const s = store();
  const link = s.createLink('captain', 'admin');
  const session = s.redeemLink(link);
  assert.equal(session?.user, 'captain');
  assert.equal(s.redeemLink(link), undefined);
});
test('a sign-in link ends after an hour', () => {
  const s = store();
  const link = s.createLink('captain', 'admin');
  now += 3600_001;
  assert.equal(s.redeemLink(link), undefined);
});
test('a session opened with a token ends when the token is revoked, others stay', () => {
  const s = store();
  const { token, secret } = s.createToken('robot', 'view');
  const [byToken, byLink] = [s.openWithToken(secret), s.redeemLink(s.createLink('captain', 'admin'))];
  assert.ok(byToken && byLink);
  assert.equal(store().findSession(byToken.id)?.user, 'robot');
  s.deleteToken(token.id);
  assert.deepEqual([s.findSession(byToken.id), store().findSession(byToken.id), s.findSession(byLink.id)?.user], [undefined, undefined, 'captain']);
});
test('a session survives a restart, and the state file holds no secret of it', () => {
  const s = store();
  const session = s.redeemLink(s.createLink('captain', 'admin'));
  assert.ok(session);
  assert.ok(!JSON.stringify(saved).includes(session.id));
  assert.equal(store().findSession(session.id)?.user, 'captain');
});
test('a write from a session needs its CSRF token and the own origin', () => {
  const s = store();
  const session = s.redeemLink(s.createLink('captain', 'admin'));
  assert.ok(session);
  const cookie = `a=b; binnacle_session=${session.id}`;
  const origins = ['http://127.0.0.1:3000'];
  const attempt = (h: Record<string, string>): string => code(() => requireScope(identifyCaller(headers({ cookie, ...h }), s), write, headers({ cookie, ...h }), origins));
  assert.equal(attempt({}), 'forbidden');
  assert.equal(attempt({ 'x-binnacle-csrf': 'wrong' }), 'forbidden');
  assert.equal(attempt({ 'x-binnacle-csrf': session.csrfToken, origin: 'http://evil.example' }), 'forbidden');
  assert.equal(attempt({ 'x-binnacle-csrf': session.csrfToken, origin: 'http://127.0.0.1:3000' }), 'ok');
});
test('an API token needs no CSRF token, and obeys its role', () => {
  const s = store();
  const { secret } = s.createToken('robot', 'view');
  const h = headers({ authorization: `Bearer ${secret}` });
  assert.equal(code(() => requireScope(identifyCaller(h, s), read, h, [])), 'ok');
  assert.equal(code(() => requireScope(identifyCaller(h, s), write, h, [])), 'forbidden');
});
test('an API token may be the password of basic authentication, but not for what a browser writes', () => {
  const s = store();
  const { secret } = s.createToken('robot', 'edit');
  const attempt = (password: string, route: typeof read | typeof write, more: Record<string, string> = {}): string => {
    const h = headers({ authorization: `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`, ...more });
    return code(() => requireScope(identifyCaller(h, s), route, h, ['http://127.0.0.1:3000']));
  };
  assert.equal(attempt(secret, read), 'ok');
  assert.equal(attempt(secret, read, { 'sec-fetch-site': 'cross-site' }), 'ok');
  assert.equal(attempt(secret, write), 'ok');
  assert.equal(attempt(secret, write, { origin: 'http://evil.example' }), 'forbidden');
  assert.equal(attempt(secret, write, { 'sec-fetch-site': 'same-origin' }), 'forbidden');
  assert.equal(attempt(`${secret}x`, read), 'unauthenticated');
  assert.equal(attempt('', read), 'unauthenticated');
  const noColon = headers({ authorization: `Basic ${Buffer.from(secret).toString('base64')}` });
  assert.equal(code(() => requireScope(identifyCaller(noColon, s), read, noColon, [])), 'unauthenticated');
});
test('a wrong token is nobody, also beside a valid cookie', () => {
  const s = store();
  const session = s.redeemLink(s.createLink('captain', 'admin'));
  assert.ok(session);
  const h = headers({ authorization: 'Bearer bnc_x_y', cookie: `binnacle_session=${session.id}` });
  assert.equal(code(() => requireScope(identifyCaller(h, s), read, h, [])), 'unauthenticated');
});
