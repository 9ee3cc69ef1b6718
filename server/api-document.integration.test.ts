import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RunningConsole, until, type Answer } from '#server/testing/running-console.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: object;
}
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly 'x-role': 'public' | 'view' | 'edit' | 'admin';
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, object>>;
}

let it: RunningConsole;
let document: { readonly openapi: string; readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
let operations: readonly Operation[];
before(async () => {
  it = await RunningConsole.start();
  await until('the console to know the objects', async () => ((await it.ask('/healthz')).body as { kubernetes: string }).kubernetes === 'connected');
  document = (await it.ask('/api/openapi.json', { headers: {} })).body as typeof document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })));
});
after(async () => {
  await it?.stop();
});

const fill = (path: string, value = 'x'): string => path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(value));
const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;
/** Never ends. */
const isStream = ({ path }: Operation): boolean => path === '/api/events';
async function tokenOf(role: 'view' | 'edit' | 'admin'): Promise<{ authorization: string }> {
  const { secret } = (await it.ask('/api/tokens', { method: 'POST', body: { name: role, role } })).body as { secret: string };
  return { authorization: `Bearer ${secret}` };
}

test('every operation has a name of its own, a summary, a role, and answers', () => {
  assert.match(document.openapi, /^3\.1/);
  assert.equal(new Set(operations.map((o) => o.operationId)).size, operations.length);
  for (const o of operations) {
    assert.match(o.operationId, /^[a-z]+([A-Z][A-Za-z0-9]*)+$|^[a-z]+$/, nameOf(o));
    assert.match(o.summary, /^[A-Z].{8,}[.:]?$/, nameOf(o));
    assert.ok(['public', 'view', 'edit', 'admin'].includes(o['x-role']), nameOf(o));
    assert.deepEqual([o.security.length, Object.keys(o.responses)], [o['x-role'] === 'public' ? 0 : 2, ['200', 'default']], nameOf(o));
  }
});

test('every parameter of a path is described, and every reference of the document leads somewhere', () => {
  for (const o of operations) {
    const inPath = [...o.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
    assert.deepEqual((o.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name), inPath, nameOf(o));
    for (const p of o.parameters ?? []) assert.ok(p.in === 'query' || p.required, `${nameOf(o)} ${p.name}`);
    for (const { schema } of Object.values(o.requestBody?.content ?? {})) assert.ok(Object.keys(schema).length > 0, nameOf(o));
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((m) => m[1] ?? '');
  assert.ok(references.length > 0);
  for (const reference of new Set(references)) {
    let at: unknown = document;
    for (const key of reference.replace(/^#\//, '').split('/')) at = (at as Record<string, unknown> | undefined)?.[key];
    assert.equal(typeof at, 'object', reference);
  }
});

test('every write names its body, and nothing is changed by GET', () => {
  for (const o of operations) {
    if (o.method === 'GET') assert.ok(o['x-role'] !== 'edit' && o.requestBody === undefined, nameOf(o));
    if (o.method === 'POST') assert.ok(o.requestBody !== undefined, nameOf(o));
  }
});

test('nothing but what is called public answers a caller that is not signed in', async () => {
  for (const o of operations) {
    if (o['x-role'] === 'public') continue;
    const answer = await it.ask(fill(o.path), { method: o.method, headers: {}, ...(o.method === 'GET' ? {} : { raw: '{}' }) });
    assert.equal(answer.status, 401, nameOf(o));
  }
  assert.deepEqual(operations.filter((o) => o['x-role'] === 'public').map(nameOf).toSorted(), ['GET /api/openapi.json', 'GET /api/sign-in', 'GET /healthz', 'GET /metrics', 'POST /api/sign-in']);
});

test('no role does what a higher one is needed for', async () => {
  const roles = ['view', 'edit', 'admin'] as const;
  for (const role of roles) {
    const headers = { ...(await tokenOf(role)), 'content-type': 'application/json' };
    for (const o of operations) {
      if (o['x-role'] === 'public' || roles.indexOf(o['x-role']) <= roles.indexOf(role)) continue;
      const answer = await it.ask(fill(o.path), { method: o.method, headers, ...(o.method === 'GET' ? {} : { raw: '{}' }) });
      assert.equal(answer.status, 403, `${role}: ${nameOf(o)}`);
      assert.match((answer.body as { message: string }).message, new RegExp(`needs the role "${o['x-role']}"; you have "${role}"`));
    }
  }
});

const NASTY = ['', 'abc', '-1', '1e308', 'NaN', '\u0000', 'ü☃', '"}) or vector(1', '../..', '__proto__', '9'.repeat(40), 'x'.repeat(2000)];

/** A failure that a caller can read: never a crash, never the server's own fault. */
function assertTold(answer: Answer, what: string): void {
  // Prometheus answers what it does not offer with this.
  if (answer.status === 500 && (answer.body as { error?: string }).error === 'admin APIs disabled') return;
  // What Jaeger's API has and this console does not, is 501.
  assert.ok(answer.status < 500 || answer.status === 501, `${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
  if (answer.status < 400) return;
  const { message, error } = typeof answer.body === 'string' ? { message: answer.body } : (answer.body as { message?: string; error?: string });
  assert.ok((message ?? error ?? '').length > 5, `${what}: ${answer.status} without a reason`);
}

test('no value of a query or path brings an operation down, and each refusal says why', async (t) => {
  let asked = 0;
  for (const o of operations) {
    if (o.method !== 'GET' || isStream(o)) continue;
    const paths = [fill(o.path), ...(o.path.includes('{') ? NASTY.map((value) => fill(o.path, value)) : [])];
    const names = (o.parameters ?? []).filter((p) => p.in === 'query').map((p) => encodeURIComponent(p.name));
    for (const name of names) paths.push(...NASTY.map((value) => `${fill(o.path)}?${name}=${encodeURIComponent(value)}`), `${fill(o.path)}?${name}=a&${name}=b`);
    for (const path of paths) {
      assertTold(await it.ask(path), `GET ${path.slice(0, 200)}`);
      asked++;
    }
  }
  t.diagnostic(`${asked} requests`);
  assert.ok(asked > 500);
});

test('no body brings an operation down, and each refusal says why', async () => {
  const headers = { authorization: `Bearer ${it.adminToken()}` };
  for (const o of operations) {
    if (o.method === 'GET' || o.path === '/api/session') continue;
    const send = async (raw: string, type: string): Promise<Answer> => {
      const answer = await it.ask(fill(o.path), { method: o.method, raw, headers: { ...headers, 'content-type': type } });
      assertTold(answer, `${nameOf(o)} ${type} ${raw}`);
      return answer;
    };
    const takesJson = o.requestBody?.content['application/json'] !== undefined;
    for (const raw of ['', '[]', 'null', '"x"', '7', '{', '\u0000']) {
      const { status } = await send(raw, 'application/json');
      assert.ok(!takesJson || status === 400, `${nameOf(o)} answered ${status} to ${raw}`);
    }
    for (const raw of ['{}', '{"yaml":null}', '{"__proto__":{"role":"admin"}}']) await send(raw, 'application/json');
    const { status } = await send('{}', 'text/plain');
    assert.ok(!takesJson || status === 415, `${nameOf(o)} answered ${status} to text`);
  }
  assert.equal((await it.ask('/healthz')).status, 200);
});
