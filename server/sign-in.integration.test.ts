import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RunningConsole } from '#server/testing/running-console.ts';

let it: RunningConsole;
before(async () => {
  it = await RunningConsole.start();
});
after(async () => {
  await it?.stop();
});

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: kept, namespace: default }\ndata: { a: "1" }\n';

/** Opens a session through a one-time link, as a browser does. */
async function signIn(): Promise<{ readonly cookie: string; readonly csrf: string; readonly link: string }> {
  const { url } = (await it.ask('/api/sign-in-links', { method: 'POST', body: {} })).body as { url: string };
  const link = url.slice(it.consoleUrl.length);
  const answer = await it.ask(link, { headers: {} });
  assert.equal(answer.status, 303);
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const session = await it.ask('/api/session', { headers: { cookie } });
  return { cookie, csrf: (session.body as { csrfToken: string }).csrfToken, link };
}

test('without sign-in the API answers 401 and pages lead to the sign-in page', async () => {
  assert.equal((await it.ask('/api/overview', { headers: {} })).status, 401);
  assert.equal((await it.ask('/prometheus/api/v1/query?query=up', { headers: {} })).status, 401);
  const page = await it.ask('/graph?ns=shop', { headers: {} });
  assert.deepEqual([page.status, page.headers.get('location')], [303, `/signin?next=${encodeURIComponent('/graph?ns=shop')}`]);
});

test('a sign-in link works once, and its cookie is out of reach of scripts and other sites', async () => {
  const { url } = (await it.ask('/api/sign-in-links', { method: 'POST', body: {} })).body as { url: string };
  const first = await it.ask(url.slice(it.consoleUrl.length), { headers: {} });
  assert.match(first.headers.get('set-cookie') ?? '', /HttpOnly; SameSite=Lax/);
  const second = await it.ask(url.slice(it.consoleUrl.length), { headers: {} });
  assert.deepEqual([second.headers.get('location'), second.headers.get('set-cookie')], ['/signin?reason=used-link', null]);
});

test('a sign-in leads to a page of this console only, however the address is written', async () => {
  const lands = async (next: string): Promise<[number, string | null]> => {
    const { url } = (await it.ask('/api/sign-in-links', { method: 'POST', body: {} })).body as { url: string };
    const answer = await it.ask(`${url.slice(it.consoleUrl.length)}&next=${encodeURIComponent(next)}`, { headers: {} });
    return [answer.status, answer.headers.get('location')];
  };
  assert.deepEqual(await lands('/graph?ns=shop#x'), [303, '/graph?ns=shop#x']);
  assert.deepEqual(await lands('/ü'), [303, '/%C3%BC']);
  for (const next of ['//evil.example', '/\\evil.example', '/\t/evil.example', '/\n/evil.example', '/.//evil.example', 'https://evil.example', 'javascript:alert(1)', 'evil', '']) assert.deepEqual(await lands(next), [303, '/'], JSON.stringify(next));
});

test('a link checker that asks for the head only does not use the link up', async () => {
  const { url } = (await it.ask('/api/sign-in-links', { method: 'POST', body: {} })).body as { url: string };
  const path = url.slice(it.consoleUrl.length);
  const head = await it.ask(path, { method: 'HEAD', headers: {} });
  assert.deepEqual([head.status, head.headers.get('set-cookie')], [405, null]);
  assert.match((await it.ask(path, { headers: {} })).headers.get('set-cookie') ?? '', /^binnacle_session=/);
});

test('a session ends with the sign-out, and one opened with a token ends with that token', async () => {
  const { cookie, csrf } = await signIn();
  const out = await it.ask('/api/session', { method: 'DELETE', headers: { cookie, 'x-binnacle-csrf': csrf } });
  assert.match(out.headers.get('set-cookie') ?? '', /^binnacle_session=;.*Max-Age=0/);
  assert.equal((await it.ask('/api/session', { headers: { cookie } })).status, 401);
  const { id, secret } = (await it.ask('/api/tokens', { method: 'POST', body: { name: 'laptop', role: 'view' } })).body as { id: string; secret: string };
  const opened = await it.ask('/api/sign-in', { method: 'POST', body: { token: secret }, headers: { 'content-type': 'application/json' } });
  const byToken = { cookie: (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
  assert.equal((await it.ask('/api/session', { headers: byToken })).status, 200);
  assert.equal((await it.ask(`/api/tokens/${id}`, { method: 'DELETE' })).status, 200);
  assert.equal((await it.ask('/api/session', { headers: byToken })).status, 401);
  const wrong = await it.ask('/api/sign-in', { method: 'POST', body: { token: secret }, headers: { 'content-type': 'application/json' } });
  assert.deepEqual([wrong.status, wrong.headers.get('set-cookie')], [401, null]);
});

test('a write of a browser needs the token of its page and the own origin', async () => {
  const { cookie, csrf } = await signIn();
  const write = (headers: Record<string, string>): Promise<{ status: number }> => it.ask('/api/config/apply', { method: 'POST', body: { yaml: CONFIG_MAP }, headers: { cookie, 'content-type': 'application/json', ...headers } });
  assert.equal((await write({})).status, 403);
  assert.equal((await write({ 'x-binnacle-csrf': csrf, origin: 'http://evil.example' })).status, 403);
  assert.equal((await write({ 'x-binnacle-csrf': csrf, origin: 'null' })).status, 403);
  // The demo's gateway is on another port of this host: cookies do not know ports, origins do.
  assert.equal((await write({ 'x-binnacle-csrf': csrf, origin: 'http://127.0.0.1:8080' })).status, 403);
  assert.equal((await write({ 'x-binnacle-csrf': csrf, origin: it.consoleUrl })).status, 200);
  assert.equal((await write({ 'x-binnacle-csrf': csrf, origin: it.consoleUrl.replace('http:', 'https:') })).status, 200, 'TLS may end at a proxy in front');
});

test('another host name is not answered, so that no foreign page can reach the console by its own name', async () => {
  const { request } = await import('node:http');
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(it.consoleUrl);
    request({ hostname, port, path: '/healthz', headers: { host: 'evil.example' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject).end();
  });
  assert.equal(status, 403);
});

test('a token does what its role may, and nothing once it is revoked', async () => {
  const { id, secret } = (await it.ask('/api/tokens', { method: 'POST', body: { name: 'robot', role: 'view' } })).body as { id: string; secret: string };
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  assert.equal((await it.ask('/api/overview', { headers })).status, 200);
  assert.equal((await it.ask('/api/config/apply', { method: 'POST', body: { yaml: CONFIG_MAP }, headers })).status, 403);
  assert.equal((await it.ask(`/api/tokens/${id}`, { method: 'DELETE' })).status, 200);
  assert.equal((await it.ask('/api/overview', { headers })).status, 401);
});

test('a write is audited, refused when somebody was faster, and undone', async () => {
  const applied = (await it.ask('/api/config/apply', { method: 'POST', body: { yaml: CONFIG_MAP.replace('"1"', '"2"') } })).body as { applied: { resourceVersion: string; auditId: string }[] };
  const [one] = applied.applied;
  assert.ok(one);
  const stale = await it.ask('/api/config/apply', { method: 'POST', body: { yaml: CONFIG_MAP.replace('"1"', '"3"'), resourceVersions: { 'ConfigMap/default/kept': '1' } } });
  assert.equal(stale.status, 409, JSON.stringify(stale.body));
  const { entries } = (await it.ask('/api/config/history?kind=ConfigMap&name=kept')).body as { entries: { id: string; actor: string; before?: { data: object }; after: { data: object } }[] };
  assert.deepEqual([entries[0]?.id, entries[0]?.actor, entries[0]?.before?.data, entries[0]?.after.data], [one.auditId, 'token:local-admin', { a: '1' }, { a: '2' }]);
  assert.equal((await it.ask('/api/config/undo', { method: 'POST', body: { auditId: one.auditId } })).status, 200);
  const kept = (await it.ask('/api/config/objects/core/v1/default/configmaps/kept')).body as { object: { data: object } };
  assert.deepEqual(kept.object.data, { a: '1' });
});

test('kill -9 loses no session, token, audit entry or span', async () => {
  const { cookie } = await signIn();
  const { secret } = (await it.ask('/api/tokens', { method: 'POST', body: { name: 'lasting', role: 'edit' } })).body as { secret: string };
  const traceId = '6b8efff798038103d269b633813fc60d';
  const sent = await fetch(`${it.otlpUrl}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, spanId: 'eee19b7ec3c1b174', name: 'kept', startTimeUnixNano: `${Date.now()}000000`, endTimeUnixNano: `${Date.now()}500000` }] }] }] }) });
  assert.equal(sent.status, 200);
  const history = (await it.ask('/api/config/history')).body as { entries: { id: string }[] };
  await it.killServer();
  await it.startServer();
  assert.equal((await it.ask('/api/session', { headers: { cookie } })).status, 200);
  assert.equal((await it.ask('/api/session', { headers: { authorization: `Bearer ${secret}` } })).status, 200);
  assert.deepEqual(((await it.ask('/api/config/history')).body as typeof history).entries.map((e) => e.id), history.entries.map((e) => e.id));
  assert.equal((await it.ask(`/api/traces/${traceId}`)).status, 200);
});
