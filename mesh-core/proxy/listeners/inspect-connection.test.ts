import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { chooseCodec } from './choose-codec.ts';
import { inspectConnection, UNINSPECTED } from './inspect-connection.ts';
import type { Inspection, InspectionOptions } from './inspect-connection.ts';

const server = createServer({ allowHalfOpen: true });
const accepted: Socket[] = [];

before(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
after(() => {
  for (const socket of accepted) socket.destroy();
  server.close();
});

/** A client's and a server's end of one connection. */
async function pair(): Promise<{ client: Socket; socket: Socket }> {
  const got = new Promise<Socket>((resolve) => {
    server.once('connection', resolve);
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  const socket = await got;
  socket.on('error', () => {});
  accepted.push(client, socket);
  return { client, socket };
}
const inspected = (socket: Socket, options: Partial<InspectionOptions>): Promise<Inspection | undefined> =>
  new Promise((resolve) => {
    inspectConnection(socket, { tls: true, http: true, timeoutMs: 200, continueOnTimeout: true, ...options }, systemClock, resolve);
  });
const everything = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
    socket.on('end', () => resolve(text));
    socket.resume();
  });

test('bytes that came in pieces are looked at and all put back', async () => {
  const { client, socket } = await pair();
  const result = inspected(socket, {});
  for (const piece of ['GE', 'T / HT', 'TP/1.1\r\nhost: x\r\n\r\n']) {
    client.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(await result, { transportProtocol: 'raw_buffer', serverName: '', applicationProtocols: ['http/1.1'] });
  client.end(' and more');
  assert.equal(await everything(socket), 'GET / HTTP/1.1\r\nhost: x\r\n\r\n and more');
});
test('a client that says too little: go on or close, as configured', async () => {
  const first = await pair();
  first.client.write('GE');
  assert.deepEqual(await inspected(first.socket, {}), UNINSPECTED);
  first.client.end();
  assert.equal(await everything(first.socket), 'GE');
  const second = await pair();
  second.client.write('GE');
  assert.equal(await inspected(second.socket, { continueOnTimeout: false }), undefined);
  assert.equal(second.socket.destroyed, true);
});
test('a client that ends before it was understood is passed on with what it said; one that said nothing is closed', async () => {
  const first = await pair();
  first.client.end('hi');
  assert.deepEqual(await inspected(first.socket, { timeoutMs: undefined }), UNINSPECTED);
  assert.equal(await everything(first.socket), 'hi');
  const second = await pair();
  second.client.end();
  assert.equal(await inspected(second.socket, { timeoutMs: undefined }), undefined);
});
test('what nobody asks to look at is not waited for', async () => {
  const { socket } = await pair();
  assert.deepEqual(await inspected(socket, { tls: false, http: false }), UNINSPECTED);
});
test('a codec is chosen by configuration, by ALPN, or by the preface, whose bytes are put back', async () => {
  const choose = (socket: Socket, configured?: 'HTTP1' | 'HTTP2'): Promise<string> =>
    new Promise((resolve) => {
      chooseCodec(socket, configured, systemClock, resolve);
    });
  assert.equal(await choose((await pair()).socket, 'HTTP2'), 'http2');
  assert.equal(await choose(Object.assign((await pair()).socket, { alpnProtocol: 'istio-h2' })), 'http2');
  assert.equal(await choose(Object.assign((await pair()).socket, { alpnProtocol: 'http/1.1' })), 'http1');
  const { client, socket } = await pair();
  const chosen = choose(socket);
  client.write('PRI * HTTP/2.0\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 5));
  client.end('SM\r\n\r\n');
  assert.equal(await chosen, 'http2');
  assert.equal(await everything(socket), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const other = await pair();
  other.client.end('PRINT / HTTP/1.1\r\n');
  assert.equal(await choose(other.socket), 'http1');
});
