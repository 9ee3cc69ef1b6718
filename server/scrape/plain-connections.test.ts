import assert from 'node:assert/strict';
import { lookup } from 'node:dns';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { PlainConnections } from './plain-connections.ts';

const SIZE = 3_000_000;

async function aServer(t: TestContext, listener: RequestListener): Promise<{ readonly ask: (path: string, signal?: AbortSignal) => Promise<{ status: number; body: string }>; readonly connections: Set<Socket> }> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connections = new PlainConnections();
  t.after(() => {
    connections.close();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = async (path: string, signal = new AbortController().signal): Promise<{ status: number; body: string }> => {
    const pieces: Buffer[] = [];
    const { status } = await connections.get({ url: new URL(`http://127.0.0.1:${port}${path}`), headers: { accept: 'text/plain' }, lookup, signal, onHead: (head) => (head.status === 200 ? (piece) => pieces.push(Buffer.from(piece)) : undefined) });
    return { status, body: Buffer.concat(pieces).toString('latin1') };
  };
  return { ask, connections: sockets };
}

test('answers that arrive at the same time over the one buffer are each whole, by length and in chunks, over kept connections', async (t) => {
  const { ask, connections } = await aServer(t, (request, response) => {
    const letter = request.url?.[1] ?? '';
    if (request.url?.endsWith('length') === true) response.setHeader('content-length', SIZE);
    for (let sent = 0; sent < SIZE; sent += 100_000) response.write(letter.repeat(100_000));
    response.end();
  });
  for (let round = 0; round < 12; round++) {
    const answers = await Promise.all(['/a-length', '/b-chunks', '/c-length', '/d-chunks'].map((path) => ask(path)));
    assert.deepEqual(answers.map(({ body }) => [body.length, [...new Set(body)].join('')]), [[SIZE, 'a'], [SIZE, 'b'], [SIZE, 'c'], [SIZE, 'd']]);
  }
  assert.ok(connections.size <= 8, `${connections.size} connections for 48 requests`);
});

test('a body that is not wanted ends the connection, and the next request has its own', async (t) => {
  const { ask, connections } = await aServer(t, (request, response) => {
    response.statusCode = request.url === '/no' ? 503 : 200;
    response.end('x'.repeat(SIZE));
  });
  assert.deepEqual(await ask('/no'), { status: 503, body: '' });
  assert.equal((await ask('/yes')).body.length, SIZE);
  assert.equal(connections.size, 2);
});

test('a kept connection that the server closed meanwhile is replaced', async (t) => {
  const { ask, connections } = await aServer(t, (_, response) => void response.end('ok'));
  assert.equal((await ask('/')).body, 'ok');
  for (const socket of connections) socket.destroy();
  assert.equal((await ask('/')).body, 'ok');
  assert.equal(connections.size, 2);
});

test('an aborted request ends at once, and so does its connection', async (t) => {
  const { ask, connections } = await aServer(t, (_, response) => void response.write('begins'));
  const abort = new AbortController();
  const asked = ask('/', abort.signal);
  await new Promise<void>((resolve) => {
    const look = (): void => void (connections.size > 0 ? resolve() : setImmediate(look));
    look();
  });
  const [socket] = connections;
  const closed = new Promise((resolve) => socket?.once('close', resolve));
  abort.abort();
  await assert.rejects(asked);
  await closed;
  await assert.rejects(ask('/', AbortSignal.abort()));
});

test('what is thrown while a body is taken, and headers that could hold a second request, end the request', async (t) => {
  const server = createTcpServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connections = new PlainConnections();
  t.after(() => {
    connections.close();
    server.close();
  });
  const request = { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), headers: {}, lookup, signal: new AbortController().signal };
  await assert.rejects(connections.get({ ...request, onHead: () => () => assert.fail('too large') }), /too large/);
  await assert.rejects(connections.get({ ...request, headers: { authorization: 'Bearer a\r\nhost: b' }, onHead: () => () => undefined }), /authorization has a character/);
});
