import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { kindByApiVersion, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { WatchEvent } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { ADMIN_TOKEN, startApiHarness, type ApiHarness } from './api-server-harness.ts';

const CONFIG_MAP = kindOf('v1', 'ConfigMap');
const MAPS = '/api/v1/namespaces/default/configmaps';

function kindOf(apiVersion: string, kind: string): KindInfo {
  const info = kindByApiVersion(apiVersion, kind);
  assert.ok(info);
  return info;
}

function aMap(name: string, value = '1', labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels }, data: { value } };
}

async function harness(t: TestContext, ...args: Parameters<typeof startApiHarness>): Promise<ApiHarness> {
  const started = await startApiHarness(...args);
  t.after(() => started.stop());
  return started;
}

interface RawEvent {
  readonly type: string;
  readonly object: { readonly kind: string; readonly code?: number; readonly metadata: { readonly name?: string; readonly resourceVersion?: string; readonly annotations?: Record<string, string> }; readonly rows?: readonly { readonly cells: readonly unknown[] }[] };
}

/** Opens a raw watch; `next` gives the events one by one and undefined at the end. */
async function rawWatch(t: TestContext, h: ApiHarness, query: string, headers: Record<string, string> = {}): Promise<{ next: () => Promise<RawEvent | undefined> }> {
  const options: RequestOptions = { ca: h.tls.cert, agent: false, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers } };
  const request = get(`${h.server.url}${MAPS}?watch=true&${query}`, options);
  t.after(() => request.destroy());
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  response.on('error', () => undefined);
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  return {
    next: async () => {
      const line = await lines.next();
      return line.done === true ? undefined : (JSON.parse(line.value) as RawEvent);
    },
  };
}

const brief = (event: RawEvent | undefined): string => (event === undefined ? 'end' : `${event.type} ${event.object.metadata.name ?? ''}`.trim());

/** Waits until `condition` holds, for at most five seconds. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a watch from a version gets every later change, in order, and none from before', async (t) => {
  const h = await harness(t);
  await h.client.create(aMap('before'));
  const { resourceVersion } = await h.client.list(CONFIG_MAP);
  await h.client.create(aMap('a'));
  const watch = await rawWatch(t, h, `resourceVersion=${resourceVersion}`);
  await h.client.update(aMap('a', '2'));
  await h.client.create(aMap('b'));
  await h.client.delete(CONFIG_MAP, 'a', 'default');
  assert.deepEqual([brief(await watch.next()), brief(await watch.next()), brief(await watch.next()), brief(await watch.next())], ['ADDED a', 'MODIFIED a', 'ADDED b', 'DELETED a']);
});

test('a watch without a version begins with what exists', async (t) => {
  const h = await harness(t);
  await h.client.create(aMap('a'));
  const watch = await rawWatch(t, h, '');
  assert.equal(brief(await watch.next()), 'ADDED a');
  await h.client.create(aMap('b'));
  assert.equal(brief(await watch.next()), 'ADDED b');
});

test('a watch resumed from any of its versions continues without a gap or a repetition, also after a restart', async (t) => {
  const h = await harness(t);
  const { resourceVersion: start } = await h.client.list(CONFIG_MAP);
  for (let index = 0; index < 20; index += 1) await h.client.create(aMap(`m${index}`));
  await h.restart();
  const seen: string[] = [];
  let version = start;
  while (seen.length < 20) {
    const watch = await rawWatch(t, h, `resourceVersion=${version}`);
    for (let count = 0; count < 7 && seen.length < 20; count += 1) {
      const event = await watch.next();
      seen.push(brief(event));
      version = event?.object.metadata.resourceVersion ?? version;
    }
  }
  assert.deepEqual(seen, Array.from({ length: 20 }, (_, index) => `ADDED m${index}`));
});

test('a watch from a version that is no longer in the history, or not yet in the world, gets a 410 event and ends', async (t) => {
  const h = await harness(t, { storeOptions: { historyEvents: 10 } });
  for (let index = 0; index < 300; index += 1) assert.ok(h.store.create(CONFIG_MAP, aMap(`m${index}`)).ok);
  for (const version of ['1', '999999']) {
    const watch = await rawWatch(t, h, `resourceVersion=${version}`);
    const event = await watch.next();
    assert.deepEqual([event?.type, event?.object.kind, event?.object.code], ['ERROR', 'Status', 410]);
    assert.equal(await watch.next(), undefined);
  }
});

test('bookmarks carry the present version to those who asked, and the watch ends at its timeout', async (t) => {
  const h = await harness(t, { bookmarkMs: 20 });
  const { resourceVersion } = await h.client.list(CONFIG_MAP);
  const watch = await rawWatch(t, h, `resourceVersion=${resourceVersion}&allowWatchBookmarks=true&timeoutSeconds=1`);
  await h.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } });
  let event = await watch.next();
  while (event?.object.metadata.resourceVersion === resourceVersion) event = await watch.next();
  assert.deepEqual([event?.type, event?.object.kind, event?.object.metadata.resourceVersion], ['BOOKMARK', 'ConfigMap', String(h.store.snapshotVersion)]);
  while (event !== undefined) {
    assert.equal(event.type, 'BOOKMARK');
    event = await watch.next();
  }
});

test('a watch that asks for initial events is told where they end', async (t) => {
  const h = await harness(t);
  await h.client.create(aMap('a'));
  const watch = await rawWatch(t, h, 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
  assert.equal(brief(await watch.next()), 'ADDED a');
  const end = await watch.next();
  assert.deepEqual([end?.type, end?.object.metadata.annotations], ['BOOKMARK', { 'k8s.io/initial-events-end': 'true' }]);
});

test('a watch with a label selector sees objects come and go as their labels change', async (t) => {
  const h = await harness(t);
  const { resourceVersion } = await h.client.list(CONFIG_MAP);
  const watch = await rawWatch(t, h, `resourceVersion=${resourceVersion}&labelSelector=on%3Dyes`);
  await h.client.create(aMap('a'));
  await h.client.update(aMap('a', '1', { on: 'yes' }));
  await h.client.update(aMap('a', '2', { on: 'yes' }));
  await h.client.update(aMap('a', '2', { on: 'no' }));
  await h.client.create(aMap('b', '1', { on: 'yes' }));
  assert.deepEqual([brief(await watch.next()), brief(await watch.next()), brief(await watch.next()), brief(await watch.next())], ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED b']);
});

test('a watch that asks for tables gets one row per event', async (t) => {
  const h = await harness(t);
  const { resourceVersion } = await h.client.list(CONFIG_MAP);
  const watch = await rawWatch(t, h, `resourceVersion=${resourceVersion}`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  await h.client.create(aMap('a'));
  const event = await watch.next();
  assert.deepEqual([event?.object.kind, event?.object.rows?.[0]?.cells[0]], ['Table', 'a']);
});

/** Follows ConfigMaps with the client; `state` is what the events add up to. */
function follow(t: TestContext, h: ApiHarness): { events: WatchEvent[]; state: Map<string, string>; connection: string[]; done: Promise<void>; stop: () => void; synced: () => boolean } {
  const events: WatchEvent[] = [];
  const state = new Map<string, string>();
  const connection: string[] = [];
  const controller = new AbortController();
  let synced = false;
  const done = h.client.watch(CONFIG_MAP, { signal: controller.signal, onSynced: () => (synced = true), onState: (next) => connection.push(next) }, (event) => {
    events.push(event);
    const { name } = event.object.metadata;
    if (event.type === 'ADDED') assert.equal(state.has(name), false, `${name} was added twice`);
    if (event.type === 'MODIFIED') assert.equal(state.has(name), true, `${name} was modified before it was added`);
    if (event.type === 'DELETED') state.delete(name);
    else state.set(name, event.object.data?.['value'] ?? '');
  });
  t.after(() => controller.abort());
  return { events, state, connection, done, stop: () => controller.abort(), synced: () => synced };
}

test("the client's watch lists first, then follows, and returns when its signal aborts", async (t) => {
  const h = await harness(t);
  await h.client.create(aMap('a'));
  const watch = follow(t, h);
  await until(() => watch.synced(), 'the first list is told');
  assert.deepEqual([...watch.state], [['a', '1']]);
  await h.client.update(aMap('a', '2'));
  await h.client.create(aMap('b'));
  await h.client.delete(CONFIG_MAP, 'a', 'default');
  await until(() => watch.events.length === 4, 'all changes arrive');
  assert.deepEqual(watch.events.map((event) => event.type), ['ADDED', 'MODIFIED', 'ADDED', 'DELETED']);
  watch.stop();
  await watch.done;
});

test("the client's watch survives a restart of the server and misses nothing", async (t) => {
  const h = await harness(t);
  await h.client.create(aMap('a'));
  const watch = follow(t, h);
  await until(() => watch.connection.includes('connected'), 'the watch is connected');
  await h.restart();
  assert.ok(h.store.create(CONFIG_MAP, aMap('b')).ok);
  assert.ok(h.store.update(CONFIG_MAP, aMap('a', '2')).ok);
  await until(() => watch.state.get('a') === '2' && watch.state.has('b'), 'the changes after the restart arrive');
  assert.deepEqual(watch.events.map((event) => `${event.type} ${event.object.metadata.name}`), ['ADDED a', 'ADDED b', 'MODIFIED a']);
});

test('after a 410 the client lists again and tells what it missed as ADDED, MODIFIED and DELETED', async (t) => {
  const h = await harness(t, { storeOptions: { historyEvents: 10 } });
  for (const name of ['stays', 'changes', 'goes']) await h.client.create(aMap(name));
  const watch = follow(t, h);
  await until(() => watch.connection.includes('connected'), 'the watch is connected');
  await h.restart(async () => {
    const { openObjectStore } = await import('../store/object-store.ts');
    // Written while the API is down, and far enough for the history to be cut behind the watcher's version.
    const offline = openObjectStore({ file: h.file, historyEvents: 10 });
    offline.update(CONFIG_MAP, aMap('changes', '2'));
    offline.delete(CONFIG_MAP, 'goes', 'default');
    offline.create(CONFIG_MAP, aMap('comes'));
    for (let index = 0; index < 300; index += 1) offline.update(CONFIG_MAP, aMap('comes', String(index)));
    offline.close();
  });
  await until(() => watch.state.get('comes') === '299', 'the missed changes are told');
  assert.deepEqual([...watch.state].toSorted(([a], [b]) => (a < b ? -1 : 1)), [['changes', '2'], ['comes', '299'], ['stays', '1']]);
  assert.deepEqual(watch.events.slice(3).map((event) => `${event.type} ${event.object.metadata.name}`).toSorted(), ['ADDED comes', 'DELETED goes', 'MODIFIED changes']);
});

test('a client that cannot reach the server at its first list is told so', async (t) => {
  const h = await harness(t);
  await h.server.close();
  await assert.rejects(h.client.watch(CONFIG_MAP, { signal: new AbortController().signal }, () => undefined), { code: 'ECONNREFUSED' });
});

test('closing the server ends its watches at once', async (t) => {
  const h = await harness(t);
  const watch = await rawWatch(t, h, '');
  const started = Date.now();
  await h.server.close();
  assert.equal(await watch.next(), undefined);
  assert.ok(Date.now() - started < 2000);
});
