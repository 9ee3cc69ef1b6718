import assert from 'node:assert/strict';
import { createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { kindByWord } from '#mesh-core/domain/resources/kinds.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { RunningConsole, until } from '#server/testing/running-console.ts';

let it: RunningConsole;
before(async () => {
  it = await RunningConsole.start();
});
after(async () => {
  await it?.stop();
});

const SPLIT = (weight: string): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: split, namespace: default }
spec:
  hosts: [catalog]
  http:
    - route:
        - destination: { host: catalog, subset: v1 }
          weight: ${weight}
`;
const GOOD = `apiVersion: v1
kind: ConfigMap
metadata: { name: good, namespace: default }
data: { a: b }
`;

/** The problem of an answer as JSON text: what a person would read. */
const words = (body: unknown): string => JSON.stringify(body);

async function nothingStoredAndAlive(): Promise<void> {
  const kube = it.kube();
  for (const word of ['VirtualService', 'ConfigMap']) {
    const kind = kindByWord(word);
    assert.ok(kind);
    const { items } = await kube.list(kind, { namespace: 'default' });
    assert.deepEqual(items.map((item) => item.metadata.name), []);
  }
  assert.equal((await it.ask('/healthz')).status, 200);
}

test('YAML that does not parse is told with its line and column, and nothing is stored', async () => {
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good\ndata: [';
  const preview = await it.ask('/api/config/preview', { method: 'POST', body: { yaml } });
  const { parseErrors } = preview.body as { parseErrors: { line: number; column: number; message: string }[] };
  assert.ok((parseErrors[0]?.line ?? 0) >= 3 && (parseErrors[0]?.column ?? 0) >= 1 && (parseErrors[0]?.message.length ?? 0) > 5, words(preview.body));
  const apply = await it.ask('/api/config/apply', { method: 'POST', body: { yaml } });
  assert.ok(apply.status >= 400 && apply.status < 500, words(apply));
  await nothingStoredAndAlive();
});

test('an object of an unknown kind is refused by name', async () => {
  const apply = await it.ask('/api/config/apply', { method: 'POST', body: { yaml: 'apiVersion: v1\nkind: Wizard\nmetadata: {name: w, namespace: default}\n' } });
  assert.ok(apply.status >= 400 && apply.status < 500);
  assert.match(words(apply.body), /Wizard/);
  await nothingStoredAndAlive();
});

test('a negative weight is refused with its field, in the console and at the Kubernetes API', async () => {
  const apply = await it.ask('/api/config/apply', { method: 'POST', body: { yaml: SPLIT('-1') } });
  assert.equal(apply.status, 422, words(apply.body));
  assert.match(words(apply.body), /spec\.http\[0\]\.route\[0\]\.weight/);
  const preview = await it.ask('/api/config/preview', { method: 'POST', body: { yaml: SPLIT('-1') } });
  const issues = (preview.body as { objects: { issues: { path: string; line?: number }[] }[] }).objects[0]?.issues ?? [];
  assert.deepEqual(issues.map((i) => [i.path, i.line]).slice(0, 1), [['spec.http[0].route[0].weight', 9]]);
  await assert.rejects(it.kube().create({ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'split', namespace: 'default' }, spec: { hosts: ['catalog'], http: [{ route: [{ destination: { host: 'catalog' }, weight: -1 }] }] } }), /weight/);
  await nothingStoredAndAlive();
});

test('of several documents none is written when one is wrong', async () => {
  const apply = await it.ask('/api/config/apply', { method: 'POST', body: { yaml: `${GOOD}---\n${SPLIT('-1')}` } });
  assert.equal(apply.status, 422, words(apply.body));
  await nothingStoredAndAlive();
});

test('a body of 10 MB is refused as too large, by the console and by the Kubernetes API', async () => {
  const answer = await it.ask('/api/config/apply', { method: 'POST', raw: `{"yaml": "${'x'.repeat(10_000_000)}"}` }).catch((error: unknown) => error);
  // A server may answer and close while the client still sends.
  if (!(answer instanceof Error)) assert.equal((answer as { status: number }).status, 413);
  await assert.rejects(it.kube().create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'good', namespace: 'default' }, data: { a: 'x'.repeat(10_000_000) } }), (error: unknown) => error instanceof KubeError && error.status.code === 413);
  await nothingStoredAndAlive();
});

test('a body without a length is refused as soon as it is too large', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(it.consoleUrl);
    const sent = request({ hostname, port, method: 'POST', path: '/api/config/apply', headers: { authorization: `Bearer ${it.adminToken()}`, 'content-type': 'application/json', 'transfer-encoding': 'chunked' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject);
    for (let i = 0; i < 100; i++) sent.write('x'.repeat(100_000));
    sent.end();
  });
  assert.equal(status, 413);
  await nothingStoredAndAlive();
});

test('what is no HTTP is answered with the reason', async () => {
  const answerTo = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(it.consoleUrl);
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
  assert.match(await answerTo('\u0016\u0003\u0001 a TLS greeting\r\n\r\n'), /^HTTP\/1\.1 400 [^]*not an HTTP request/);
  assert.match(await answerTo(`GET /api/search?q=${'x'.repeat(20_000)} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`), /^HTTP\/1\.1 431 [^]*too long/);
  await nothingStoredAndAlive();
});

test('JSON that does not parse, a wrong type and an unknown route are each told', async () => {
  const broken = await it.ask('/api/config/apply', { method: 'POST', raw: '{"yaml": ' });
  assert.equal(broken.status, 400);
  assert.match(words(broken.body), /not JSON/);
  const wrong = await it.ask('/api/config/apply', { method: 'POST', body: { yaml: 7 } });
  assert.equal(wrong.status, 400);
  assert.match(words(wrong.body), /yaml/);
  assert.equal((await it.ask('/api/nowhere')).status, 404);
  assert.equal((await it.ask('/api/config/apply')).status, 405);
  await nothingStoredAndAlive();
});

test('a PromQL syntax error is 400 with its position, as Prometheus answers it', async () => {
  const answer = await it.ask(`/prometheus/api/v1/query?query=${encodeURIComponent('sum(rate(x[5m])')}`);
  assert.equal(answer.status, 400);
  const body = answer.body as { status: string; errorType: string; error: string };
  assert.deepEqual([body.status, body.errorType], ['error', 'bad_data']);
  assert.match(body.error, /1:\d+/);
  assert.equal((await it.ask('/prometheus/api/v1/query_range?query=up&start=0&end=1000000&step=1')).status, 400);
  await nothingStoredAndAlive();
});

test('malformed OTLP is refused with a reason, and the receiver goes on', async () => {
  const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>): Promise<Response> => fetch(`${it.otlpUrl}/v1/traces`, { method: 'POST', headers, body });
  const json = { 'content-type': 'application/json' };
  assert.equal((await send('{"resourceSpans": [', json)).status, 400);
  assert.equal((await send('{"resourceSpans": 7}', json)).status, 400);
  assert.equal((await send(new Uint8Array([255, 255, 255, 255]), { 'content-type': 'application/x-protobuf' })).status, 400);
  assert.equal((await send('not gzip', { ...json, 'content-encoding': 'gzip' })).status, 400);
  assert.equal((await send('a,b', { 'content-type': 'text/csv' })).status, 415);
  const bomb = new Uint8Array(gzipSync(Buffer.alloc(200 * 1024 * 1024)));
  assert.equal((await send(bomb, { ...json, 'content-encoding': 'gzip' })).status, 413);
  const span = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', name: 'good', kind: 1, startTimeUnixNano: `${Date.now()}000000`, endTimeUnixNano: `${Date.now()}000001` };
  assert.equal((await send(JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans: [span] }] }] }), json)).status, 200);
  assert.equal((await it.ask(`/api/traces/${span.traceId}`)).status, 200);
  await nothingStoredAndAlive();
});

test('targets that answer HTML, hang, send without end or are not there are down with their reasons; the others are scraped', async (t) => {
  const servers: Server[] = [];
  t.after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
  const serve = async (handler: Parameters<typeof createServer>[1]): Promise<number> => {
    const server = createServer(handler as never);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const ports: Record<string, number> = {
    html: await serve((_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Hello</body></html>')),
    hangs: await serve(() => undefined),
    endless: await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      const line = `${'# padding padding padding\n'.repeat(4000)}`;
      const more = (): void => {
        while (!response.destroyed && response.write(line));
      };
      response.on('drain', more);
      more();
    }),
    good: await serve((_request, response) => void response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end('demo_total 1\n')),
    gone: 1,
  };
  const kube = it.kube();
  for (const [name, port] of Object.entries(ports)) {
    await kube.create({ apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name, namespace: 'default', annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port), 'prometheus.io/path': '/metrics' } }, spec: { address: '127.0.0.1', labels: { app: name } } });
  }
  interface Target { readonly labels: Record<string, string>; readonly health: string; readonly lastError: string }
  const targets = async (): Promise<Map<string, Target>> => new Map(((await it.ask('/api/targets')).body as { targets: Target[] }).targets.map((target) => [target.labels['app'] ?? '', target]));
  await until('every target to be judged', async () => {
    const found = await targets();
    return Object.keys(ports).every((name) => ['up', 'down'].includes(found.get(name)?.health ?? ''));
  });
  const found = await targets();
  assert.equal(found.get('good')?.health, 'up');
  for (const [name, reason] of [['html', /html|content type/i], ['hangs', /time|answer/i], ['endless', /large|bytes|MiB|time/i], ['gone', /refused|ECONN|connect/i]] as const) {
    assert.equal(found.get(name)?.health, 'down', name);
    assert.match(found.get(name)?.lastError ?? '', reason, name);
  }
  await until('up to be 1 for the good one and 0 for the others', async () => {
    const { data } = (await it.ask(`/prometheus/api/v1/query?query=${encodeURIComponent('up{namespace="default"}')}`)).body as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
    const up = Object.fromEntries(data.result.map(({ metric, value }) => [metric['app'], value[1]]));
    return up['good'] === '1' && ['html', 'hangs', 'endless', 'gone'].every((name) => up[name] === '0');
  });
  assert.equal((await it.ask('/healthz')).status, 200);
});
