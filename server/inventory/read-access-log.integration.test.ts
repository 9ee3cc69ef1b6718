import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { ServerContext } from '#server/server-context.ts';
import { readAccessLog } from './read-access-log.ts';
import type { AccessLogAnswer } from './schemas.ts';

test('the lines of a workload\'s instance are read and named after it', async (t) => {
  const port = await listen(t, (request, response) => response.end(JSON.stringify([{ start_time: '2', path: request.url }, { start_time: '1' }, 'no line'])));
  const answer = await read('127.0.0.1', port);
  assert.deepEqual(answer, { entries: [{ start_time: '1', instance: 'catalog-1' }, { start_time: '2', path: '/access_log?limit=10', instance: 'catalog-1' }], errors: [] });
});

test('a redirect is not followed', async (t) => {
  const elsewhere = await listen(t, (_request, response) => response.end('[{"secret":"yes"}]'));
  const port = await listen(t, (_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${elsewhere}/` }).end());
  assert.deepEqual(await read('127.0.0.1', port), { entries: [], errors: ['catalog-1 answered 302.'] });
});

test('an answer without end is given up', async (t) => {
  const port = await listen(t, (_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024, 32);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  });
  const answer = await read('127.0.0.1', port);
  assert.match(answer.errors[0] ?? '', /catalog-1 does not answer: (its answer is longer than|The operation was aborted)/);
});

test('an instance at a link-local address is not asked', async () => {
  assert.match((await read('169.254.169.254', 80)).errors[0] ?? '', /cannot be asked: the address 169\.254\.169\.254 is link-local/);
});

function read(address: string, port: number): Promise<AccessLogAnswer> {
  const entry: WorkloadEntry = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name: 'catalog-1', namespace: 'shop', labels: { app: 'catalog' }, annotations: { 'prometheus.io/port': String(port), 'istio.io/autoRegistrationGroup': 'catalog-v1' } },
    spec: { address },
  };
  // Only `list` is called.
  const config = { list: () => [entry] } as unknown as ServerContext['config'];
  return readAccessLog({ ctx: { config }, namespace: 'shop', workload: 'catalog-v1', limit: 10 });
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
