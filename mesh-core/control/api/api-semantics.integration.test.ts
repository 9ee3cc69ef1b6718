import assert from 'node:assert/strict';
import { get, request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { validateObject } from '#mesh-core/domain/resources/validate-object.ts';
import { ADMIN_TOKEN, startApiHarness, type ApiHarness } from './api-server-harness.ts';

/** What Kubernetes' clients rely on beyond single requests, with the mesh's own validation. */
const CONFIG_MAP = servedKind('ConfigMap');
const MAPS = '/api/v1/namespaces/default/configmaps';
const SERVICES = '/api/v1/namespaces/default/services';
const VIRTUAL_SERVICES = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';

interface Answer {
  readonly code: number;
  readonly warnings: readonly string[];
  readonly body: Body;
}
/** As much of any answer as the tests read. */
interface Body {
  readonly kind: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly reason: string; readonly field: string; readonly message: string }[] };
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number; readonly generation?: number; readonly labels?: object; readonly managedFields?: readonly { readonly manager: string; readonly operation: string; readonly subresource?: string; readonly fieldsV1: object }[] };
  readonly items: readonly KubeObject[];
  readonly spec: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: Readonly<Record<string, unknown>>;
}
interface Call {
  readonly method?: string;
  readonly type?: string;
  readonly body?: object;
}

async function harness(t: TestContext): Promise<ApiHarness> {
  const started = await startApiHarness({ validate: (object) => validateObject(object) });
  t.after(() => started.stop());
  return started;
}

function call(h: ApiHarness, path: string, { method = 'GET', type = 'application/json', body }: Call = {}): Promise<Answer> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(`${h.server.url}${path}`, { method, ca: h.tls.cert, agent: false, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(bytes === undefined ? {} : { 'content-type': type, 'content-length': bytes.length }) } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ code: response.statusCode ?? 0, warnings: [response.headers['warning'] ?? []].flat(), body: JSON.parse(text) as Body }));
    });
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

/** Opens a watch; gives its events one by one, as `TYPE name`. */
async function watch(t: TestContext, h: ApiHarness, path: string): Promise<() => Promise<string>> {
  const outgoing = get(`${h.server.url}${path}`, { ca: h.tls.cert, agent: false, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  t.after(() => outgoing.destroy());
  outgoing.on('error', () => undefined);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  return async () => {
    const line = await lines.next();
    if (line.done === true) return 'end';
    const event = JSON.parse(line.value) as { type: string; object: { metadata: { name?: string; annotations?: Record<string, string> } } };
    return `${event.type} ${event.object.metadata.name ?? Object.keys(event.object.metadata.annotations ?? {}).join()}`.trim();
  };
}

function aMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}
function aService(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}
function aVirtualService(spec: object): object {
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'web' }, spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }], ...spec } };
}
const names = (answer: Answer): string[] => answer.body.items.map((object) => object.metadata.name);

test('pages of a list show the state of the first one; a token whose state is gone is a 410 with a token that goes on in the present', async (t) => {
  const h = await harness(t);
  for (const name of ['a', 'b', 'c', 'd']) await h.client.create(aMap(name));
  const first = await call(h, `${MAPS}?limit=2`);
  assert.deepEqual([names(first), first.body.metadata.remainingItemCount], [['a', 'b'], 2]);
  await h.client.delete(CONFIG_MAP, 'c', 'default');
  await h.client.create(aMap('bb'));
  const second = await call(h, `${MAPS}?limit=2&continue=${first.body.metadata.continue ?? ''}`);
  assert.deepEqual([names(second), second.body.metadata.resourceVersion, second.body.metadata.continue], [['c', 'd'], first.body.metadata.resourceVersion, undefined]);
  assert.deepEqual(names(await call(h, `${MAPS}?resourceVersion=${first.body.metadata.resourceVersion}&resourceVersionMatch=Exact`)), ['a', 'b', 'c', 'd']);
  await h.restart();
  const late = await call(h, `${MAPS}?limit=2&continue=${first.body.metadata.continue ?? ''}`);
  assert.deepEqual([late.code, late.body.reason], [410, 'Expired']);
  const on = await call(h, `${MAPS}?limit=2&continue=${late.body.metadata.continue ?? ''}`);
  assert.deepEqual(names(on), ['bb', 'd']);
});

test('options of a list or watch that do not go together are refused in the words of Kubernetes', async (t) => {
  const h = await harness(t);
  const REFUSED: readonly (readonly [string, number, RegExp])[] = [
    ['resourceVersionMatch=Exact', 422, /resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided/],
    ['resourceVersionMatch=Exact&resourceVersion=0', 422, /forbidden for resourceVersion "0"/],
    ['resourceVersionMatch=Some&resourceVersion=1', 422, /Unsupported value: "Some": supported values: "Exact", "NotOlderThan"/],
    ['resourceVersion=99999', 504, /Too large resource version: 99999/],
    ['resourceVersion=x', 400, /resourceVersion is "x"/],
    ['watch=1&sendInitialEvents=true', 422, /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/],
    ['watch=1&resourceVersionMatch=NotOlderThan', 422, /forbidden for watch unless sendInitialEvents is provided/],
  ];
  for (const [query, code, message] of REFUSED) {
    const answer = await call(h, `${MAPS}?${query}`);
    assert.equal(answer.code, code, query);
    assert.match(answer.body.message ?? '', message);
  }
});

test('a streaming list begins with what exists, marks its end by a bookmark, and goes on', async (t) => {
  const h = await harness(t);
  await h.client.create(aMap('a'));
  const next = await watch(t, h, `${MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`);
  assert.deepEqual([await next(), await next()], ['ADDED a', 'BOOKMARK k8s.io/initial-events-end']);
  await h.client.create(aMap('b'));
  assert.equal(await next(), 'ADDED b');
});

test('unknown fields are refused, dropped with a warning, or dropped, as the client asks; the default is a warning', async (t) => {
  const h = await harness(t);
  const post = (query: string): Promise<Answer> => call(h, `${VIRTUAL_SERVICES}?dryRun=All${query}`, { method: 'POST', body: aVirtualService({ colour: 'red' }) });
  const strict = await post('&fieldValidation=Strict');
  assert.deepEqual([strict.code, strict.body.reason, strict.body.message], [400, 'BadRequest', 'VirtualService in version "v1" cannot be handled as a VirtualService: strict decoding error: unknown field "spec.colour"']);
  for (const query of ['', '&fieldValidation=Warn']) {
    const warned = await post(query);
    assert.deepEqual([warned.code, warned.warnings, 'colour' in warned.body.spec], [201, ['299 - "unknown field \\"spec.colour\\""'], false]);
  }
  const ignored = await post('&fieldValidation=Ignore');
  assert.deepEqual([ignored.code, ignored.warnings, 'colour' in ignored.body.spec], [201, [], false]);
  assert.equal((await post('&fieldValidation=Loose')).code, 422);
});

test('server-side apply: ownership by field and subresource, conflicts with causes, options checked', async (t) => {
  const h = await harness(t);
  const apply = (path: string, body: object, query: string): Promise<Answer> => call(h, `${path}?${query}`, { method: 'PATCH', type: 'application/apply-patch+yaml', body });
  const path = `${SERVICES}/web`;
  const created = await apply(path, aService('web', { ports: [{ name: 'http', port: 80 }] }), 'fieldManager=a');
  assert.deepEqual([created.code, created.body.spec], [201, { ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }], type: 'ClusterIP' }]);
  assert.deepEqual(created.body.metadata.managedFields?.map((entry) => [entry.manager, entry.fieldsV1]), [['a', { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } } } }]]);
  const conflict = await apply(path, aService('web', { ports: [{ name: 'grpc', port: 80 }] }), 'fieldManager=b');
  assert.deepEqual([conflict.code, conflict.body.reason, conflict.body.details?.causes], [409, 'Conflict', [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.spec.ports[port=80,protocol="TCP"].name' }]]);
  const again = await apply(path, aService('web', { ports: [{ name: 'http', port: 80 }] }), 'fieldManager=a');
  assert.equal(again.body.metadata.resourceVersion, created.body.metadata.resourceVersion);
  await apply(`${path}/status`, { ...aService('web', {}), status: { conditions: [{ type: 'Ready', status: 'True' }] } }, 'fieldManager=c');
  const status = await apply(`${path}/status`, { ...aService('web', { selector: { is: 'ignored' } }), status: { conditions: [{ type: 'Live', status: 'True' }] } }, 'fieldManager=d');
  assert.deepEqual(status.body.status, { conditions: [{ type: 'Ready', status: 'True' }, { type: 'Live', status: 'True' }] });
  assert.deepEqual(status.body.metadata.managedFields?.map((entry) => [entry.manager, entry.subresource]), [['a', undefined], ['c', 'status'], ['d', 'status']]);
  const REFUSED: readonly (readonly [object, string, number])[] = [
    [aService('web', {}), '', 422],
    [{ ...aService('web', {}), metadata: { name: 'web', managedFields: [] } }, 'fieldManager=a', 400],
    [aService('web', { ports: [{ port: 80 }, { port: 80 }] }), 'fieldManager=a', 422],
    [aService('web', { colour: 'red' }), 'fieldManager=a&fieldValidation=Ignore', 400],
    [{ ...aService('web', {}), metadata: { name: 'web', resourceVersion: '1' } }, 'fieldManager=a', 409],
  ];
  for (const [body, query, code] of REFUSED) assert.equal((await apply(path, body, query)).code, code, JSON.stringify(body));
  assert.equal((await call(h, `${path}?force=true`, { method: 'PATCH', type: 'application/merge-patch+json', body: {} })).code, 422);
  const reset = await call(h, path, { method: 'PATCH', type: 'application/merge-patch+json', body: { metadata: { managedFields: [{}] } } });
  assert.equal(reset.body.metadata.managedFields, undefined);
});

test('a deletion with finalizers answers with the marked object, adds nothing meanwhile, and ends with the last one', async (t) => {
  const h = await harness(t);
  await h.client.create({ ...aMap('kept'), metadata: { name: 'kept', namespace: 'default', finalizers: ['example.com/one', 'example.com/two'] } });
  const deleted = await call(h, `${MAPS}/kept`, { method: 'DELETE', body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground' } });
  assert.deepEqual([deleted.code, deleted.body.kind, deleted.body.metadata.generation], [200, 'ConfigMap', 2]);
  const patch = (finalizers: readonly string[]): Promise<Answer> => call(h, `${MAPS}/kept`, { method: 'PATCH', type: 'application/merge-patch+json', body: { metadata: { finalizers } } });
  assert.match((await patch(['example.com/one', 'example.com/three'])).body.message ?? '', /no new finalizers can be added if the object is being deleted/);
  assert.equal((await patch(['example.com/one'])).code, 200);
  assert.equal((await patch([])).code, 200);
  assert.equal((await call(h, `${MAPS}/kept`)).code, 404);
});

test('secrets take text, and what is immutable stays', async (t) => {
  const h = await harness(t);
  const secrets = '/api/v1/namespaces/default/secrets';
  const created = await call(h, secrets, { method: 'POST', body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, immutable: true, stringData: { a: 'b' } } });
  assert.deepEqual([created.code, created.body.data, 'stringData' in created.body], [201, { a: 'Yg==' }, false]);
  const changed = await call(h, `${secrets}/s`, { method: 'PATCH', type: 'application/merge-patch+json', body: { data: { a: 'Yw==' } } });
  assert.deepEqual([changed.code, changed.body.details?.causes?.[0]?.field], [422, 'data']);
});

test('endpoints follow services and workloads, can be watched, and cannot be written', async (t) => {
  const h = await harness(t);
  const entry = (name: string, address: string): KubeObject<object> => ({ apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name, namespace: 'default' }, spec: { address, labels: { app: 'web' }, ports: { http: 8080 } } });
  const { body: list } = await call(h, '/api/v1/endpoints');
  const endpoints = await watch(t, h, `/api/v1/endpoints?watch=true&resourceVersion=${list.metadata.resourceVersion}`);
  const slices = await watch(t, h, '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?watch=true');
  await call(h, SERVICES, { method: 'POST', body: aService('web', { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] }) });
  assert.equal(await endpoints(), 'ADDED web');
  await h.client.create(entry('web-1', '10.0.0.1'));
  await h.client.create(entry('web-2', '10.0.0.2'));
  assert.deepEqual([await endpoints(), await endpoints()], ['MODIFIED web', 'MODIFIED web']);
  assert.match(await slices(), /^ADDED web-[0-9a-f]{5}$/);
  const found = (await call(h, '/api/v1/namespaces/default/endpoints/web')).body as Body & { subsets: readonly { addresses: readonly { ip: string }[]; ports: readonly object[] }[] };
  assert.deepEqual(found.subsets.map((subset) => [subset.addresses.map(({ ip }) => ip), subset.ports]), [[['10.0.0.1', '10.0.0.2'], [{ name: 'http', port: 8080, protocol: 'TCP' }]]]);
  await h.client.delete(servedKind('WorkloadEntry'), 'web-1', 'default');
  assert.equal(await endpoints(), 'MODIFIED web');
  await h.client.delete(servedKind('Service'), 'web', 'default');
  assert.equal(await endpoints(), 'DELETED web');
  assert.deepEqual((await call(h, '/api/v1/endpoints')).body.items, []);
  assert.equal((await call(h, '/api/v1/namespaces/default/endpoints', { method: 'POST', body: {} })).code, 405);
});

test('discovery and OpenAPI have the forms that old and new clients ask for', async (t) => {
  const h = await harness(t);
  const as = (accept: string, path: string): Promise<{ type: string; bytes: Buffer }> =>
    new Promise((resolve, reject) => {
      get(`${h.server.url}${path}`, { ca: h.tls.cert, agent: false, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, accept } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ type: response.headers['content-type'] ?? '', bytes: Buffer.concat(chunks) }));
      }).on('error', reject);
    });
  for (const version of ['v2', 'v2beta1']) {
    const { type, bytes } = await as(`application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`, '/apis');
    assert.equal(type, `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
    assert.equal((JSON.parse(bytes.toString()) as { apiVersion: string }).apiVersion, `apidiscovery.k8s.io/${version}`);
  }
  const groups = (JSON.parse((await as('application/json', '/apis')).bytes.toString()) as { groups: { name: string; preferredVersion: { version: string } }[] }).groups;
  assert.equal(groups.find((group) => group.name === 'networking.istio.io')?.preferredVersion.version, 'v1');
  const binary = await as('application/com.github.proto-openapi.spec.v2@v1.0+protobuf', '/openapi/v2');
  assert.deepEqual([binary.type, binary.bytes.subarray(0, 5).toString()], ['application/com.github.proto-openapi.spec.v2.v1.0+protobuf', '\n\x032.0']);
  assert.equal((JSON.parse((await as('application/json', '/openapi/v2')).bytes.toString()) as { swagger: string }).swagger, '2.0');
});
