import assert from 'node:assert/strict';
import { request as httpsRequest, Agent } from 'node:https';
import { test, type TestContext } from 'node:test';
import { kindByApiVersion, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { AuditEvent } from '../access/audit-event.ts';
import { until } from '../control-harness.ts';
import { ADMIN_TOKEN, EDIT_TOKEN, startApiHarness, VIEW_TOKEN, type ApiHarness } from './api-server-harness.ts';

const VIRTUAL_SERVICE = kindOf('networking.istio.io/v1', 'VirtualService');
const NAMESPACE = kindOf('v1', 'Namespace');
const CONFIG_MAP = kindOf('v1', 'ConfigMap');
const COLLECTION = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';

function kindOf(apiVersion: string, kind: string): KindInfo {
  const info = kindByApiVersion(apiVersion, kind);
  assert.ok(info);
  return info;
}

function aVirtualService(name: string, spec: object = { hosts: [name] }): KubeObject<object> {
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name, namespace: 'default' }, spec };
}

async function harness(t: TestContext, ...args: Parameters<typeof startApiHarness>): Promise<ApiHarness> {
  const started = await startApiHarness(...args);
  t.after(() => started.stop());
  return started;
}

interface RawAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly reused: boolean;
}
interface RawOptions {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** One request past our client, to say what our client never would. */
function raw(h: ApiHarness, path: string, options: RawOptions = {}): Promise<RawAnswer> {
  const token = 'token' in options ? options.token : ADMIN_TOKEN;
  const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(options.body === undefined ? {} : { 'content-length': Buffer.byteLength(options.body) }), ...options.headers };
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(`${h.server.url}${path}`, { method: options.method ?? 'GET', ca: h.tls.cert, headers, ...(options.agent === undefined ? { agent: false } : { agent: options.agent }) }, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const json = text.startsWith('{') && !text.includes('}\n{') ? (JSON.parse(text) as Record<string, unknown>) : {};
        resolve({ code: response.statusCode ?? 0, headers: response.headers, text, json, reused: outgoing.reusedSocket });
      });
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

async function refusal(promise: Promise<unknown>): Promise<KubeError['status']> {
  const error = await promise.then(
    () => assert.fail('should have been refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof KubeError, String(error));
  return error.status;
}

test('an object can be created, read, listed, updated, given a status, patched and deleted', async (t) => {
  const { client } = await harness(t);
  const { object: created } = await client.create(aVirtualService('web'));
  assert.match(created.metadata.creationTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.deepEqual(await client.get(VIRTUAL_SERVICE, 'web', 'default'), created);
  const { object: updated } = await client.update({ ...created, spec: { hosts: ['web', 'www'] } });
  assert.equal(updated.metadata.generation, 2);
  const { object: reported } = await client.updateStatus({ ...updated, spec: { hosts: ['not this'] }, status: { phase: 'fine' } });
  assert.deepEqual([reported.spec, reported.status], [{ hosts: ['web', 'www'] }, { phase: 'fine' }]);
  const { object: merged } = await client.patch(VIRTUAL_SERVICE, 'web', 'default', 'merge', { spec: { gateways: ['public'] } });
  assert.deepEqual(merged.spec, { hosts: ['web', 'www'], gateways: ['public'] });
  const { object: patched } = await client.patch(VIRTUAL_SERVICE, 'web', 'default', 'json', [{ op: 'test', path: '/metadata/resourceVersion', value: merged.metadata.resourceVersion }, { op: 'replace', path: '/spec/hosts/1', value: 'shop' }]);
  assert.deepEqual(patched.spec, { hosts: ['web', 'shop'], gateways: ['public'] });
  const list = await client.list(VIRTUAL_SERVICE);
  assert.deepEqual(list.items, [patched]);
  assert.equal(list.resourceVersion, patched.metadata.resourceVersion);
  await client.delete(VIRTUAL_SERVICE, 'web', 'default');
  assert.equal((await refusal(client.get(VIRTUAL_SERVICE, 'web', 'default'))).reason, 'NotFound');
});

test('a stale resourceVersion is a 409 Conflict by PUT and by patch, and a custom resource is not replaced without one', async (t) => {
  const { client } = await harness(t);
  const { object: first } = await client.create(aVirtualService('web'));
  await client.update({ ...first, spec: { hosts: ['b'] } });
  for (const attempt of [
    client.update({ ...first, spec: { hosts: ['c'] } }),
    client.patch(VIRTUAL_SERVICE, 'web', 'default', 'merge', { metadata: { resourceVersion: first.metadata.resourceVersion }, spec: { hosts: ['c'] } }),
  ]) {
    const status = await refusal(attempt);
    assert.deepEqual([status.code, status.reason], [409, 'Conflict']);
  }
  const blind = await refusal(client.update(aVirtualService('web')));
  assert.deepEqual([blind.code, blind.details?.causes?.[0]?.field], [422, 'metadata.resourceVersion']);
});

test('a JSON patch whose test does not hold is a 422 that tells why, and changes nothing', async (t) => {
  const { client } = await harness(t);
  const { object } = await client.create(aVirtualService('web', { weight: 90 }));
  const status = await refusal(client.patch(VIRTUAL_SERVICE, 'web', 'default', 'json', [{ op: 'replace', path: '/spec/weight', value: 1 }, { op: 'test', path: '/spec/weight', value: 90 }]));
  assert.deepEqual([status.code, status.reason], [422, 'Invalid']);
  assert.match(status.message, /operation 1: test failed: \/spec\/weight is 1, not 90/);
  assert.deepEqual(await client.get(VIRTUAL_SERVICE, 'web', 'default'), object);
});

test('creating what exists, or in a namespace that does not, is refused as Kubernetes does', async (t) => {
  const { client } = await harness(t);
  await client.create(aVirtualService('web'));
  assert.deepEqual([(await refusal(client.create(aVirtualService('web')))).code, (await refusal(client.create(aVirtualService('web')))).reason], [409, 'AlreadyExists']);
  const status = await refusal(client.create({ ...aVirtualService('web'), metadata: { name: 'web', namespace: 'nowhere' } }));
  assert.deepEqual([status.code, status.message, status.details?.kind], [404, 'namespaces "nowhere" not found', 'namespaces']);
});

test('validation errors are a 422 with a cause per field, warnings come as headers', async (t) => {
  const { client } = await harness(t, { warnings: () => [{ path: 'spec.http[0]', message: 'names subset "v9", which no rule defines' }] });
  const status = await refusal(client.create(aVirtualService('web', { bad: 1 })));
  assert.equal(status.code, 400);
  assert.deepEqual(status.details?.causes, [{ reason: 'FieldValueInvalid', field: 'spec.bad', message: 'is a field nobody knows (expected a known field)' }]);
  assert.equal(status.message, 'VirtualService in version "v1" cannot be handled as a VirtualService: strict decoding error: unknown field "spec.bad"');
  const names = await refusal(client.create(aVirtualService('Not_A_Name')));
  assert.deepEqual(names.details?.causes?.map((cause) => cause.field), ['metadata.name']);
  const { warnings } = await client.create(aVirtualService('web', { odd: 1 }));
  assert.deepEqual(warnings, ['spec.odd: is "odd" with  ', 'spec.http[0]: names subset "v9", which no rule defines']);
});

test('a dry run is validated and answered, and writes nothing', async (t) => {
  const h = await harness(t);
  const { object } = await h.client.create(aVirtualService('web'));
  const version = h.store.snapshotVersion;
  assert.equal((await h.client.create(aVirtualService('new'), { dryRun: true })).object.metadata.name, 'new');
  assert.deepEqual((await h.client.update({ ...object, spec: { hosts: ['b'] } }, { dryRun: true })).object.spec, { hosts: ['b'] });
  await h.client.patch(VIRTUAL_SERVICE, 'web', 'default', 'merge', { spec: { hosts: ['c'] } }, { dryRun: true });
  await h.client.delete(VIRTUAL_SERVICE, 'web', 'default', { dryRun: true });
  assert.equal((await refusal(h.client.create(aVirtualService('worse', { bad: 1 }), { dryRun: true }))).code, 400);
  assert.deepEqual([h.store.snapshotVersion, h.store.list(VIRTUAL_SERVICE)], [version, [object]]);
  assert.equal((await raw(h, `${COLLECTION}?dryRun=Some`, { method: 'POST', body: JSON.stringify(aVirtualService('x')) })).code, 400);
});

test('every version of a kind is served, and labels each answer with the version that was asked for', async (t) => {
  const h = await harness(t);
  await h.client.create({ ...aVirtualService('web'), apiVersion: 'networking.istio.io/v1alpha3' });
  for (const version of ['v1', 'v1beta1', 'v1alpha3']) {
    const answer = await raw(h, `/apis/networking.istio.io/${version}/namespaces/default/virtualservices/web`);
    assert.equal(answer.json['apiVersion'], `networking.istio.io/${version}`);
  }
  const mismatch = await raw(h, COLLECTION, { method: 'POST', body: JSON.stringify({ ...aVirtualService('b'), apiVersion: 'networking.istio.io/v1beta1' }) });
  assert.equal(mismatch.code, 400);
});

test('lists take label selectors, field selectors, limit and continue', async (t) => {
  const h = await harness(t);
  for (const name of ['a', 'b', 'c', 'd', 'e']) await h.client.create({ ...aVirtualService(name), metadata: { name, namespace: 'default', labels: { half: name < 'c' ? 'first' : 'second' } } });
  const names = async (options: { labelSelector?: string; fieldSelector?: string }): Promise<string[]> => (await h.client.list(VIRTUAL_SERVICE, options)).items.map((object) => object.metadata.name);
  assert.deepEqual(await names({ labelSelector: 'half=first' }), ['a', 'b']);
  assert.deepEqual(await names({ labelSelector: 'half notin (first)', fieldSelector: 'metadata.name!=d' }), ['c', 'e']);
  const pages: string[][] = [];
  let token = '';
  do {
    const page = (await raw(h, `${COLLECTION}?limit=2&continue=${token}`)).json as { items: KubeObject[]; metadata: { continue?: string } };
    pages.push(page.items.map((object) => object.metadata.name));
    token = page.metadata.continue ?? '';
  } while (token !== '');
  assert.deepEqual(pages, [['a', 'b'], ['c', 'd'], ['e']]);
  for (const query of ['labelSelector=a%20in', 'fieldSelector=spec.hosts%3Dx', 'limit=-1', 'continue=%21', 'watch=1&resourceVersion=x', 'watch=1&timeoutSeconds=x']) {
    assert.equal((await raw(h, `${COLLECTION}?${query}`)).code, 400, query);
  }
});

test('roles: without a token 401, view reads only, edit writes in namespaces, admin everywhere; health needs no token', async (t) => {
  const h = await harness(t);
  const post = (token: string | undefined, path: string, body: object): Promise<RawAnswer> => raw(h, path, { method: 'POST', token, body: JSON.stringify(body) });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  const anonymous = await raw(h, COLLECTION, { token: undefined });
  assert.deepEqual([anonymous.code, anonymous.json['reason'], anonymous.headers['www-authenticate']], [401, 'Unauthorized', 'Bearer']);
  assert.equal((await raw(h, '/no/such/path', { token: 'wrong' })).code, 401);
  assert.equal((await raw(h, COLLECTION, { token: VIEW_TOKEN })).code, 200);
  const codes = [
    (await post(VIEW_TOKEN, COLLECTION, aVirtualService('a'))).code,
    (await post(EDIT_TOKEN, COLLECTION, aVirtualService('a'))).code,
    (await post(EDIT_TOKEN, '/api/v1/namespaces', namespace)).code,
    (await post(ADMIN_TOKEN, '/api/v1/namespaces', namespace)).code,
    (await raw(h, `${COLLECTION}/a`, { method: 'DELETE', token: VIEW_TOKEN })).code,
    (await post(VIEW_TOKEN, '/api/v1/namespaces/default/serviceaccounts/web/token', {})).code,
  ];
  assert.deepEqual(codes, [403, 201, 403, 201, 403, 403]);
  for (const path of ['/healthz', '/livez', '/readyz', '/version']) assert.equal((await raw(h, path, { token: undefined })).code, 200, path);
});

test('whoever changes something, is refused or looks at secrets is audited, without contents', async (t) => {
  const audit: AuditEvent[] = [];
  const h = await harness(t, { audit: (event) => audit.push(event) });
  const { object: created } = await h.client.create(aVirtualService('web'));
  const { object: updated } = await h.client.update({ ...created, spec: { hosts: ['b'] } });
  await refusal(h.client.update({ ...created, spec: { hosts: ['c'] } }));
  await h.client.delete(VIRTUAL_SERVICE, 'web', 'default');
  await h.client.createServiceAccountToken('default', 'web');
  await h.client.list(VIRTUAL_SERVICE);
  await h.client.list(kindOf('v1', 'Secret'));
  await raw(h, COLLECTION, { method: 'POST', token: VIEW_TOKEN, body: JSON.stringify(aVirtualService('x')) });
  await raw(h, COLLECTION, { token: 'wrong' });
  // An event is written once its answer has gone out.
  await until(() => audit.length >= 8 || undefined, 'the events');
  const lines = audit.map(({ user, verb, objectRef, responseStatus, annotations }) => [user.username, verb, `${objectRef?.resource ?? ''}${objectRef?.subresource === undefined ? '' : `/${objectRef.subresource}`}`, objectRef?.name, responseStatus.code, objectRef?.resourceVersion, annotations['binnacle.dev/resource-version-after']]);
  const [first, second] = [created.metadata.resourceVersion, updated.metadata.resourceVersion];
  assert.deepEqual(lines, [
    ['ann', 'create', 'virtualservices', 'web', 201, undefined, first],
    ['ann', 'update', 'virtualservices', 'web', 200, first, second],
    ['ann', 'update', 'virtualservices', 'web', 409, undefined, undefined],
    ['ann', 'delete', 'virtualservices', 'web', 200, second, undefined],
    ['ann', 'create', 'serviceaccounts/token', 'web', 201, undefined, undefined],
    ['ann', 'list', 'secrets', undefined, 200, undefined, undefined],
    ['vi', 'create', 'virtualservices', undefined, 403, undefined, undefined],
    ['system:anonymous', 'list', 'virtualservices', undefined, 401, undefined, undefined],
  ]);
  assert.match(audit[0]?.annotations['authorization.k8s.io/reason'] ?? '', /^RBAC: allowed by ClusterRoleBinding "cluster-admin"/);
  assert.doesNotMatch(JSON.stringify(audit), /hosts/);
});

test('a TokenRequest gives the token of a service account in a namespace that exists', async (t) => {
  const h = await harness(t);
  assert.equal(await h.client.createServiceAccountToken('default', 'web'), 'token-of-default-web');
  assert.equal((await refusal(h.client.createServiceAccountToken('nowhere', 'web'))).code, 404);
  assert.equal((await refusal(h.client.createServiceAccountToken('default', 'Not OK'))).code, 422);
  const audience = await raw(h, '/api/v1/namespaces/default/serviceaccounts/web/token', { method: 'POST', body: JSON.stringify({ spec: { audiences: ['bank'] } }) });
  assert.equal(audience.code, 422);
  const short = await raw(h, '/api/v1/namespaces/default/serviceaccounts/web/token', { method: 'POST', body: JSON.stringify({ spec: { expirationSeconds: 60 } }) });
  assert.equal(short.code, 422);
});

test('deleting a namespace deletes its objects; deletecollection deletes what the selector names', async (t) => {
  const h = await harness(t);
  await h.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (const name of ['a', 'b', 'c']) await h.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop', labels: { name } }, data: {} });
  const some = await raw(h, '/api/v1/namespaces/shop/configmaps?labelSelector=name%20in%20(a,b)', { method: 'DELETE' });
  assert.equal(some.code, 200);
  assert.deepEqual((await h.client.list(CONFIG_MAP)).items.map((object) => object.metadata.name), ['c']);
  await h.client.delete(NAMESPACE, 'shop');
  assert.deepEqual((await h.client.list(CONFIG_MAP)).items, []);
  assert.equal((await refusal(h.client.delete(NAMESPACE, 'default'))).code, 403);
});

test('delete honours the preconditions of its options', async (t) => {
  const h = await harness(t);
  const { object } = await h.client.create(aVirtualService('web'));
  const remove = (preconditions: object): Promise<RawAnswer> => raw(h, `${COLLECTION}/web`, { method: 'DELETE', body: JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions }) });
  assert.equal((await remove({ uid: 'other' })).code, 409);
  assert.equal((await remove({ resourceVersion: '1' })).code, 409);
  assert.equal((await remove({ uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion })).code, 200);
});

test('server-side apply creates, then merges, and notes its manager', async (t) => {
  const h = await harness(t);
  const apply = (spec: object, query = 'fieldManager=gitops&force=true'): Promise<RawAnswer> =>
    raw(h, `${COLLECTION}/web?${query}`, { method: 'PATCH', headers: { 'content-type': 'application/apply-patch+yaml' }, body: JSON.stringify(aVirtualService('web', spec)) });
  assert.deepEqual([(await apply({ hosts: ['a'] })).code, (await apply({ gateways: ['g'] })).code, (await apply({}, '')).code], [201, 200, 422]);
  const object = await h.client.get<KubeObject & { metadata: { managedFields?: readonly { manager: string; operation: string }[] } }>(VIRTUAL_SERVICE, 'web', 'default');
  // What the manager does not apply any more goes, when nobody else has it.
  assert.deepEqual(object.spec, { gateways: ['g'] });
  assert.deepEqual(object.metadata.managedFields?.map((entry) => [entry.manager, entry.operation]), [['gitops', 'Apply']]);
});

test('a kubectl-style Accept gets a Table, metadata only, YAML, or aggregated discovery', async (t) => {
  const h = await harness(t);
  await h.client.create(aVirtualService('web'));
  const get = (path: string, accept: string): Promise<RawAnswer> => raw(h, path, { headers: { accept } });
  const table = await get(COLLECTION, 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json');
  const { kind, columnDefinitions, rows } = table.json as { kind: string; columnDefinitions: { name: string }[]; rows: { cells: unknown[]; object: { kind: string } }[] };
  assert.deepEqual([kind, columnDefinitions.map((column) => column.name), rows[0]?.cells.slice(0, 3), rows[0]?.object.kind], ['Table', ['Name', 'Gateways', 'Hosts', 'Age'], ['web', '', '["web"]'], 'PartialObjectMetadata']);
  const metadata = await get(COLLECTION, 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
  assert.equal(metadata.json['kind'], 'PartialObjectMetadataList');
  const yaml = await get(`${COLLECTION}/web`, 'application/yaml');
  assert.match(yaml.text, /^kind: VirtualService$/m);
  const discovery = await get('/apis', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json');
  assert.deepEqual([discovery.json['kind'], String(discovery.headers['content-type']).includes('as=APIGroupDiscoveryList')], ['APIGroupDiscoveryList', true]);
  const plain = await raw(h, '/apis/networking.istio.io/v1');
  assert.deepEqual([plain.json['kind'], plain.json['groupVersion']], ['APIResourceList', 'networking.istio.io/v1']);
});

test('a 10 MB body is refused with 413 and the connection goes on', async (t) => {
  const h = await harness(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const huge = await raw(h, COLLECTION, { method: 'POST', agent, headers: { 'content-type': 'application/json' }, body: Buffer.alloc(10_000_000, 0x20) });
  assert.deepEqual([huge.code, huge.json['reason']], [413, 'RequestEntityTooLarge']);
  const next = await raw(h, COLLECTION, { agent });
  assert.deepEqual([next.code, next.reused], [200, true]);
});

test('bad input of every sort gets a Status with the right code, and the server goes on', async (t) => {
  const h = await harness(t);
  await h.client.create(aVirtualService('web'));
  const json = { 'content-type': 'application/json' };
  const CASES: readonly (readonly [string, string, RawOptions, number])[] = [
    ['broken JSON', COLLECTION, { method: 'POST', headers: json, body: '{' }, 400],
    ['broken YAML', COLLECTION, { method: 'POST', headers: { 'content-type': 'application/yaml' }, body: 'a: [' }, 400],
    ['a list instead of an object', COLLECTION, { method: 'POST', body: '[]' }, 400],
    ['null', COLLECTION, { method: 'POST', body: 'null' }, 400],
    ['no kind', COLLECTION, { method: 'POST', body: '{"apiVersion":"networking.istio.io/v1"}' }, 400],
    ['another kind', COLLECTION, { method: 'POST', body: JSON.stringify({ ...aVirtualService('x'), kind: 'Gateway' }) }, 400],
    ['no metadata', COLLECTION, { method: 'POST', body: '{"apiVersion":"networking.istio.io/v1","kind":"VirtualService"}' }, 400],
    ['metadata of a wrong type', COLLECTION, { method: 'POST', body: '{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":{"a":1},"labels":7}}' }, 422],
    ['another namespace than the path', COLLECTION, { method: 'POST', body: JSON.stringify({ ...aVirtualService('x'), metadata: { name: 'x', namespace: 'shop' } }) }, 400],
    ['another name than the path', `${COLLECTION}/web`, { method: 'PUT', body: JSON.stringify(aVirtualService('x')) }, 400],
    ['a form', COLLECTION, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1' }, 415],
    ['a plain JSON patch type', `${COLLECTION}/web`, { method: 'PATCH', headers: json, body: '{}' }, 415],
    ['a merge patch that is a list', `${COLLECTION}/web`, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: '[]' }, 400],
    ['a patch that takes the metadata away', `${COLLECTION}/web`, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: '{"metadata":null}' }, 400],
    ['a patch that renames', `${COLLECTION}/web`, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: '{"metadata":{"name":"other"}}' }, 400],
    ['a JSON patch that replaces the object by a text', `${COLLECTION}/web`, { method: 'PATCH', headers: { 'content-type': 'application/json-patch+json' }, body: '[{"op":"replace","path":"","value":"x"}]' }, 400],
    ['a status that is a text', `${COLLECTION}/web/status`, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: '{"status":"x"}' }, 422],
    ['a patch of what is not there', `${COLLECTION}/nope`, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: '{}' }, 404],
    ['an unknown kind', '/apis/apps/v1/namespaces/default/deployments', {}, 404],
    ['an unknown path', '/favicon.ico', {}, 404],
    ['a path that does not decode', '/api/v1/%ff', {}, 404],
    ['a method that is not served', COLLECTION, { method: 'PUT' }, 405],
    ['a create across namespaces', '/apis/networking.istio.io/v1/virtualservices', { method: 'POST', body: '{}' }, 405],
    ['a method nobody knows', COLLECTION, { method: 'PROPFIND' }, 405],
    ['nesting without end', COLLECTION, { method: 'POST', body: `{"a":${'['.repeat(200_000)}` }, 400],
    ['an object that is too large', '/api/v1/namespaces/default/configmaps', { method: 'POST', body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' }, data: { a: 'x'.repeat(2_000_000) } }) }, 413],
  ];
  for (const [what, path, options, code] of CASES) {
    const answer = await raw(h, path, options);
    assert.deepEqual([answer.code, answer.json['kind'], answer.json['code']], [code, 'Status', code], `${what}: ${answer.text.slice(0, 200)}`);
  }
  assert.equal((await h.client.list(VIRTUAL_SERVICE)).items.length, 1);
});

test('a defect behind the API is a 500 without its details, and the server goes on', async (t) => {
  const h = await harness(t, {
    validate: () => {
      throw new Error('secret detail');
    },
  });
  const status = await refusal(h.client.create(aVirtualService('web')));
  assert.deepEqual([status.code, status.reason, status.message.includes('secret')], [500, 'InternalError', false]);
  assert.deepEqual((await h.client.list(VIRTUAL_SERVICE)).items, []);
});

test('generateName makes a fresh name', async (t) => {
  const h = await harness(t);
  const post = (): Promise<RawAnswer> => raw(h, '/api/v1/namespaces/default/events', { method: 'POST', body: JSON.stringify({ apiVersion: 'v1', kind: 'Event', metadata: { generateName: 'web-' }, reason: 'Started' }) });
  const names = [await post(), await post()].map((answer) => (answer.json['metadata'] as { name: string }).name);
  assert.match(names[0] ?? '', /^web-[b-z2-9]{5}$/);
  assert.notEqual(names[0], names[1]);
});
