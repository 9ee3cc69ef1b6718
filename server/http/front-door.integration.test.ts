import assert from 'node:assert/strict';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { SessionStore } from '#server/auth/session-store.ts';
import { createFrontDoor } from './front-door.ts';
import { createPagesProxy } from './pages-proxy.ts';
import { defineRoute } from './route.ts';

const route = defineRoute({ method: 'GET', path: '/api/thing', scope: 'public', summary: 'A thing.', handle: async () => ({ thing: true }) });
const waiting = Promise.withResolvers<void>();
const endless = defineRoute({
  method: 'GET',
  path: '/api/endless',
  scope: 'public',
  summary: 'Works until its client has enough.',
  handle: ({ signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    waiting.resolve();
  }),
});
const logged: string[] = [];
const counted = Promise.withResolvers<string>();
let pages: Server;
let door: Server;
let close: () => void;

before(async () => {
  pages = createServer((asked, response) => response.end(`page ${asked.url}`));
  await listening(pages);
  const proxy = createPagesProxy(`http://127.0.0.1:${portOf(pages)}`);
  door = createFrontDoor({ routes: [route, endless], sessions: new SessionStore({ sessions: [], tokens: [] }, () => 0, () => {}), pages: proxy, log: { ...silentLogger, error: (_fields, message) => void logged.push(message) }, onRequest: (path, status) => (path === endless.path ? counted.resolve(`${path} ${status}`) : undefined), allowedHosts: ['127.0.0.1'] });
  await listening(door);
  close = () => proxy.close();
});
after(() => {
  close();
  for (const server of [door, pages]) {
    server.closeAllConnections();
    server.close();
  }
});

test('the API is found at its path', async () => {
  assert.deepEqual(await ask('/api/thing?x=1'), { status: 200, text: '{"thing":true}', location: undefined });
});

test('a target that is no path is refused with a problem', async () => {
  for (const target of ['*', 'http://127.0.0.1/api/thing']) {
    const { status, text } = await ask(target);
    assert.equal(status, 400, target);
    assert.match(text, /is not a path/);
  }
});

test('a path that begins with two slashes is a path, not a host', async () => {
  for (const target of ['//', '//x/signin', '//x/_next/y', '//x/api/thing']) {
    const { status, location } = await ask(target);
    assert.equal(status, 303, target);
    assert.match(location ?? '', /^\/signin\?next=%2F%2F/);
  }
});

test('only what needs no sign-in is forwarded without one, as it was judged', async () => {
  assert.equal((await ask('/services')).status, 303);
  assert.equal((await ask('/_next/../services')).status, 303);
  assert.equal((await ask('/services/../signin?next=/x')).text, 'page /signin?next=/x');
});

test('a host name nobody allowed is refused', async () => {
  assert.equal((await ask('/api/thing', 'evil.example')).status, 403);
});

test('a request that its client gives up is no failure of the server', async () => {
  const outgoing = request({ host: '127.0.0.1', port: portOf(door), path: '/api/endless', headers: { host: '127.0.0.1' } }).on('error', () => {});
  outgoing.end();
  await waiting.promise;
  outgoing.destroy();
  assert.equal(await counted.promise, '/api/endless 499');
  assert.deepEqual(logged, []);
});

function ask(path: string, host = '127.0.0.1'): Promise<{ status: number; text: string; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: portOf(door), path, headers: { host } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, location: response.headers.location }));
    })
      .on('error', reject)
      .end();
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
