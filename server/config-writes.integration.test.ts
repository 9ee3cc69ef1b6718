import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { ApplyAnswer, PreviewAnswer } from '#server/config/schemas.ts';
import { RunningConsole, until, type Answer } from '#server/testing/running-console.ts';

let it: RunningConsole;
before(async () => {
  it = await RunningConsole.start();
  await until('the console to know the objects', async () => ((await it.ask('/healthz')).body as { kubernetes: string }).kubernetes === 'connected');
});
after(async () => {
  await it?.stop();
});

const map = (name: string, { namespace = 'default', a = '1' }: { namespace?: string | undefined; a?: string } = {}): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}${namespace === '' ? '' : `, namespace: ${namespace}`} }\ndata: { a: "${a}" }\n`;
const NAMESPACE = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`;
const all = (...documents: string[]): string => documents.join('---\n');

const apply = (yaml: string, resourceVersions?: Record<string, string>): Promise<Answer> => it.ask('/api/config/apply', { method: 'POST', body: { yaml, ...(resourceVersions === undefined ? {} : { resourceVersions }) } });
const preview = async (yaml: string): Promise<PreviewAnswer> => (await it.ask('/api/config/preview', { method: 'POST', body: { yaml } })).body as PreviewAnswer;
async function written(yaml: string): Promise<ApplyAnswer['applied'][number]> {
  const answer = await apply(yaml);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const [one] = (answer.body as ApplyAnswer).applied;
  assert.ok(one);
  return one;
}
const undo = (auditId: string | undefined): Promise<Answer> => it.ask('/api/config/undo', { method: 'POST', body: { auditId: auditId ?? '' } });

/** What the Kubernetes API has of a ConfigMap: the value of `a`, or undefined. */
async function stored(name: string, namespace = 'default'): Promise<string | undefined> {
  try {
    return (await it.kube().get(servedKind('ConfigMap'), name, namespace)).data?.['a'];
  } catch (error) {
    assert.ok(error instanceof KubeError && error.status.reason === 'NotFound', String(error));
    return undefined;
  }
}

test('nothing of a text is written when one of its objects goes into a namespace that does not exist', async () => {
  const answer = await apply(all(map('first'), map('second', { namespace: 'nowhere' })));
  assert.equal(answer.status, 404);
  const body = answer.body as { message: string; causes: { line: number }[] };
  assert.match(body.message, /namespaces "nowhere" not found/);
  assert.equal(body.causes[0]?.line, 6);
  assert.equal(await stored('first'), undefined);
});

test('nothing of a text is written when somebody else changed one of its objects meanwhile', async () => {
  const { resourceVersion } = await written(map('contested'));
  await written(map('contested', { a: 'theirs' }));
  const answer = await apply(all(map('before-it'), map('contested', { a: 'mine' })), { 'ConfigMap/default/contested': resourceVersion });
  assert.equal(answer.status, 409);
  assert.match((answer.body as { hint: string }).hint, /Somebody else/);
  assert.deepEqual([await stored('before-it'), await stored('contested')], [undefined, 'theirs']);
});

test('an object that is in a text twice is refused', async () => {
  const answer = await apply(all(map('twice'), map('twice', { namespace: '', a: '2' })));
  assert.equal(answer.status, 422);
  assert.match(JSON.stringify(answer.body), /ConfigMap default\/twice is in this text twice.*"line":8/);
  assert.equal(await stored('twice'), undefined);
});

test('a text may make a namespace and fill it, in any order; the preview shows it', async () => {
  const yaml = all(map('filling', { namespace: 'fresh' }), NAMESPACE('fresh'));
  assert.deepEqual((await preview(yaml)).objects.map((o) => [o.action, o.ref?.namespace, o.ref?.name]), [['create', 'fresh', 'filling'], ['create', undefined, 'fresh']]);
  const answer = await apply(yaml);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(await stored('filling', 'fresh'), '1');
});

test('an object that names no namespace is one of "default", in preview, write, history and undo', async () => {
  const created = await written(map('bare', { namespace: '' }));
  assert.equal(created.ref.namespace, 'default');
  assert.deepEqual((await preview(map('bare', { namespace: '', a: '2' }))).objects.map((o) => [o.action, o.resourceVersion]), [['update', created.resourceVersion]]);
  const updated = await written(map('bare', { namespace: '', a: '2' }));
  const { entries } = (await it.ask('/api/config/history?kind=ConfigMap&namespace=default&name=bare')).body as { entries: { id: string; action: string }[] };
  assert.deepEqual(entries.map((e) => [e.id, e.action]), [[updated.auditId, 'update'], [created.auditId, 'create']]);
  assert.equal((await undo(updated.auditId)).status, 200);
  assert.equal(await stored('bare'), '1');
});

test('creating, changing and deleting are each undone by their entry', async () => {
  const created = await written(map('life'));
  assert.equal((await undo(created.auditId)).status, 200);
  assert.equal(await stored('life'), undefined);
  await written(map('life', { a: '2' }));
  const deleted = await it.ask('/api/config/objects/core/v1/default/configmaps/life', { method: 'DELETE' });
  assert.equal(deleted.status, 200, JSON.stringify(deleted.body));
  assert.equal(await stored('life'), undefined);
  assert.equal((await undo((deleted.body as { auditId: string }).auditId)).status, 200);
  assert.equal(await stored('life'), '2');
});

test('an undo is refused when the object changed again, when it was done before, and for what is no write', async () => {
  const first = await written(map('moved'));
  const second = await written(map('moved', { a: '2' }));
  assert.equal((await undo(first.auditId)).status, 409);
  assert.equal(await stored('moved'), '2');
  assert.equal((await undo(second.auditId)).status, 200);
  assert.equal((await undo(second.auditId)).status, 409);
  assert.equal(await stored('moved'), '1');
  assert.equal((await undo('no such entry')).status, 404);
  await it.ask('/api/sign-in-links', { method: 'POST', body: {} });
  const { entries } = (await it.ask('/api/config/history?limit=1')).body as { entries: { id: string; action: string }[] };
  assert.equal(entries[0]?.action, 'create-sign-in-link');
  assert.equal((await undo(entries[0]?.id)).status, 404);
});

test('what the preview says is what the write does, and a write that changes nothing leaves no entry', async () => {
  assert.deepEqual((await preview(map('foretold'))).objects.map((o) => o.action), ['create']);
  const created = await written(map('foretold'));
  assert.equal(created.action, 'created');
  assert.deepEqual((await preview(map('foretold'))).objects.map((o) => o.action), ['unchanged']);
  const again = await written(map('foretold'));
  assert.deepEqual([again.action, again.auditId, again.resourceVersion], ['unchanged', undefined, created.resourceVersion]);
  assert.deepEqual((await preview(map('foretold', { a: '2' }))).objects.map((o) => o.action), ['update']);
  assert.equal(await stored('foretold'), '1');
});

test('a text of two megabytes of tiny parts is refused within seconds, with the reason', async () => {
  const started = Date.now();
  const keys = Array.from({ length: 150_000 }, (_, i) => `k${i}: v\n`).join('');
  const answer = await apply(keys);
  assert.equal(answer.status, 400);
  assert.match((answer.body as { message: string }).message, /too large/);
  assert.ok(Date.now() - started < 30_000, `${Date.now() - started} ms`);
});

test('acknowledgements count proxies by version, and a version that is none is told', async () => {
  const { resourceVersion } = await written(map('acknowledged'));
  const answer = await it.ask(`/api/config/acks?resourceVersion=${resourceVersion}`);
  assert.deepEqual(answer.body, { total: 0, acknowledged: 0, rejected: [], waiting: [] });
  assert.equal((await it.ask('/api/config/acks?resourceVersion=soon')).status, 400);
  assert.equal((await it.ask('/api/config/acks')).status, 400);
});

test('open pages hear of a write, of scrapes, and of nothing before they listened', async (t) => {
  await written(map('unheard'));
  const stop = new AbortController();
  t.after(() => stop.abort());
  const stream = await fetch(`${it.consoleUrl}/api/events`, { headers: { authorization: `Bearer ${it.adminToken()}` }, signal: stop.signal });
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  let heard = '';
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream.body ?? []) heard += decoder.decode(chunk as Uint8Array, { stream: true });
  })().catch(() => undefined);
  await until('the stream to begin', async () => heard.includes(': connected'));
  const { resourceVersion } = await written(map('heard'));
  await until('the event of the write', async () => heard.includes(`event: config\ndata: ${JSON.stringify({ kind: 'config', change: 'ADDED', object: { kind: 'ConfigMap', name: 'heard', namespace: 'default', resourceVersion } })}\n\n`));
  await until('the event of a scrape', async () => /event: scraped\ndata: \{"kind":"scraped","at":\d+,"up":1,"down":0\}\n\n/.test(heard));
  assert.ok(!heard.includes('unheard'));
});
