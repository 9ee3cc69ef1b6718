import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { CertificateStates } from '#mesh-core/wire/xds/certificate-state.ts';
import type { ServerContext } from '#server/server-context.ts';
import { getProxy, getProxyConfig } from './get-proxy.ts';
import { readCertificates } from './read-certificates.ts';

const ID = 'sidecar~127.0.0.1~catalog-1.shop~shop.svc.cluster.local';
const SYNC = [{ proxyId: ID, connectedAt: '2026-01-01T00:00:00Z', types: { cluster: { state: 'nack', sentVersion: '9', ackedVersion: '8', error: 'no such thing' } } }];
const HELD = { spiffeId: 'spiffe://cluster.local/ns/shop/sa/catalog', proxies: [ID], serialNumber: 'a1', notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-01-02T00:00:00Z', root: 'f0', nextRotation: '2026-01-01T12:00:00Z' };
const ROOT = { fingerprint: 'f0', subject: 'O=cluster.local', notBefore: '2026-01-01T00:00:00Z', notAfter: '2036-01-01T00:00:00Z', signs: true };
const CERTS: CertificateStates = { stage: 'stable', rotation: '', waitingFor: [], roots: [ROOT], certificates: [HELD] };
const OFFER = { proxyId: ID, version: '9', resources: { cluster: [{ name: 'a', version: 'x', resource: { name: 'a', type: 'STATIC' } }], endpoint: [], listener: [], route: [], secret: [] } };
const DUMP = { configs: [{ dynamic_active_clusters: [{ version_info: '8', cluster: { '@type': 'c', name: 'a', type: 'EDS' } }] }] };

test('a proxy is told with its refusal, its instance, its certificate and the root of that', async (t) => {
  const answer = await getProxy(await context(t, {}), ID);
  assert.equal(answer.proxy.state, 'nack');
  assert.deepEqual(answer.instance, { namespace: 'shop', name: 'catalog-1' });
  assert.deepEqual([answer.certificate, answer.root, answer.problems], [HELD, ROOT, []]);
});

test('a proxy whose authority does not answer is told without its certificate, and why', async (t) => {
  const answer = await getProxy(await context(t, { '/debug/certsz': undefined }), ID);
  assert.equal(answer.certificate, undefined);
  assert.match(answer.problems[0] ?? '', /does not tell who holds/);
});

test('a proxy that is not connected is not found', async (t) => {
  await assert.rejects(getProxy(await context(t, {}), 'sidecar~other'), { code: 'not-found' });
});

test('what the proxy has is told beside what it is offered', async (t) => {
  const answer = await getProxyConfig(await context(t, {}), ID);
  assert.deepEqual(answer, { resources: [{ type: 'cluster', name: 'a', phase: 'active', version: '8', comparison: 'different', held: { name: 'a', type: 'EDS' }, offered: { name: 'a', type: 'STATIC' } }], offeredVersion: '9', problems: [] });
});

test('a proxy that does not answer leaves the offer, and says why', async (t) => {
  const { resources, problems } = await getProxyConfig(await context(t, { '/config_dump': undefined }), ID);
  assert.deepEqual(resources.map(({ comparison }) => comparison), ['unknown']);
  assert.deepEqual(problems, ['catalog-1 answered 404.']);
});

test('when neither side answers, that is an error with both reasons', async (t) => {
  await assert.rejects(getProxyConfig(await context(t, { '/config_dump': undefined, '/debug/config_dump': undefined }), ID), (error: { code: string; hint: string }) => error.code === 'upstream' && error.hint.includes('catalog-1 answered 404.') && error.hint.includes('no connection to this proxy'));
  await assert.rejects(getProxyConfig(await context(t, { '/config_dump': undefined, '/debug/config_dump': undefined }), 'sidecar~127.0.0.1~nobody.shop~shop.svc.cluster.local'), { code: 'not-found', message: /No such proxy/ });
});

test('certificates are read from the authority; another form, a silent one or none is an error that says so', async (t) => {
  const good = await context(t, {});
  assert.deepEqual(await readCertificates(good.controlPlaneUrl), CERTS);
  await assert.rejects(readCertificates((await context(t, { '/debug/certsz': { stage: 'odd' } })).controlPlaneUrl), { code: 'upstream', message: /form/ });
  await assert.rejects(readCertificates((await context(t, { '/debug/certsz': null })).controlPlaneUrl), { code: 'upstream', message: /still starting/ });
  await assert.rejects(readCertificates('http://127.0.0.1:1'), { code: 'upstream', message: /does not answer/ });
  await assert.rejects(readCertificates(undefined), { code: 'not-found' });
});

/** A control plane and a proxy in one, answering as given; undefined answers 404. */
async function context(t: TestContext, changed: Readonly<Record<string, unknown>>): Promise<Pick<ServerContext, 'config' | 'controlPlaneUrl'>> {
  const answers: Readonly<Record<string, unknown>> = { '/debug/syncz': SYNC, '/debug/certsz': CERTS, '/debug/config_dump': OFFER, '/config_dump': DUMP, ...changed };
  const port = await listen(t, (request, response) => {
    const answer = answers[(request.url ?? '').split('?')[0] ?? ''];
    if (answer === undefined) response.writeHead(404).end();
    else response.end(JSON.stringify(answer));
  });
  const entry: WorkloadEntry = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name: 'catalog-1', namespace: 'shop', annotations: { 'prometheus.io/port': String(port), 'proxy.istio.io/id': ID } },
    spec: { address: '127.0.0.1' },
  };
  // Only `list` is called.
  return { config: { list: () => [entry] } as unknown as ServerContext['config'], controlPlaneUrl: `http://127.0.0.1:${port}` };
}

async function listen(t: TestContext, handle: RequestListener): Promise<number> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
