import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import type { Socket } from 'node:net';
import { fc } from '#mesh-core/testing/property.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { Deadlines } from '../../http/deadlines.ts';
import { FieldWriter } from '../../http/http1/write-head.ts';
import { cutAt } from '../../testing/serve-bytes.ts';
import type { UpstreamRequest } from '../connection-pool.ts';
import { Http1ClientConnection } from './client-connection.ts';
import { requestHead } from './request-head.ts';
import { Http1UpstreamStream } from './upstream-stream.ts';

const GET: UpstreamRequest = { method: 'GET', path: '/', headers: { host: 'web' }, upgrade: undefined, body: undefined };

interface Sent {
  readonly stream: Http1UpstreamStream;
  /** What has been heard, in order: `interim 103`, `response 200 body`, `end {trailers}`, `broken`, `reset`, `upgrade`. */
  readonly heard: string[];
}

class Exercise {
  readonly upstream: Duplex;
  readonly connection: Http1ClientConnection;
  readonly events: string[] = [];
  received = '';

  constructor() {
    const [near, far] = duplexPair();
    this.upstream = far;
    far.on('data', (bytes: Buffer) => (this.received += bytes.toString('latin1')));
    far.on('error', () => {});
    // Safe because the connection uses nothing of a socket that a duplex stream has not.
    this.connection = new Http1ClientConnection(near as Socket, { localAddress: '', spiffeId: undefined }, { onFree: () => void this.events.push('free'), onClosed: () => void this.events.push('closed') }, new Deadlines(systemClock));
  }

  send(request: Partial<UpstreamRequest> = {}): Sent {
    const full = { ...GET, ...request };
    const heard: string[] = [];
    const stream = new Http1UpstreamStream(full, requestHead(full, new FieldWriter()) ?? { text: '', chunked: false }, {
      onConnection: () => {},
      onInterim: (status) => void heard.push(`interim ${status}`),
      onResponse: ({ status, body, trailers }) => {
        if (Buffer.isBuffer(body)) {
          heard.push(`response ${status} ${body.toString('latin1')}`);
          return;
        }
        let text = '';
        body.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
        body.on('end', () => heard.push(`response ${status} ${text}${trailers?.() === undefined ? '' : ` ${JSON.stringify({ ...trailers() })}`}`));
        body.on('close', () => {
          if (!body.readableEnded) heard.push('broken');
        });
      },
      onUpgrade: (_response, _socket, head) => void heard.push(`upgrade ${head.toString()}`),
      onFailure: ({ kind }) => void heard.push(kind),
    });
    this.connection.start(stream);
    return { stream, heard };
  }

  async answer(...pieces: (string | Buffer)[]): Promise<void> {
    for (const piece of pieces) {
      if (this.upstream.writable) this.upstream.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
      await turn();
    }
    for (let i = 0; i < 6; i++) await turn();
  }
}

test('an answer that comes whole is a buffer, and the connection is free at once', async () => {
  const exercise = new Exercise();
  const { heard } = exercise.send();
  await exercise.answer('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
  assert.deepEqual([heard, exercise.events], [['response 200 hello'], ['free']]);
  assert.equal(exercise.received, 'GET / HTTP/1.1\r\nhost: web\r\n\r\n');
});
const ANSWERS: readonly { readonly name: string; readonly bytes: string; readonly method?: string; readonly heard: string[]; readonly events?: string[]; readonly end?: boolean }[] = [
  { name: 'chunks with trailers', bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n', heard: ['response 200 hello {"x-sum":"1"}'] },
  { name: 'interim answers, of which 100 is not told', bytes: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n', heard: ['interim 103', 'response 204 '] },
  { name: 'HEAD', method: 'HEAD', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n', heard: ['response 200 '] },
  { name: '304 with a length', bytes: 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n', heard: ['response 304 '] },
  { name: 'a body until the end of the connection', bytes: 'HTTP/1.1 200 OK\r\n\r\nhello', end: true, heard: ['response 200 hello'], events: ['closed'] },
  { name: 'Connection: close', bytes: 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok', heard: ['response 200 ok'], events: ['closed'] },
  { name: 'HTTP/1.0 without keep-alive', bytes: 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok', heard: ['response 200 ok'], events: ['closed'] },
  { name: 'something after the answer: it is taken, the connection is not used again', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil', heard: ['response 200 ok'], events: ['closed'] },
  { name: 'two lengths', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok', heard: ['protocol-error'], events: ['closed'] },
  { name: 'a length and chunks', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', heard: ['protocol-error'], events: ['closed'] },
  { name: 'a value that would split the answer', bytes: 'HTTP/1.1 200 OK\r\nx: a\rset-cookie: b\r\n\r\n', heard: ['protocol-error'], events: ['closed'] },
  { name: 'a bare line feed', bytes: 'HTTP/1.1 200 OK\nx: a\r\n\r\n', heard: ['protocol-error'], events: ['closed'] },
  { name: 'an upgrade nobody asked for', bytes: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n', heard: ['protocol-error'], events: ['closed'] },
  { name: 'another protocol', bytes: 'SSH-2.0-OpenSSH\r\n', heard: ['protocol-error'], events: ['closed'] },
  { name: 'a head of 64 KiB', bytes: `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(65_536)}\r\n\r\n`, heard: ['protocol-error'], events: ['closed'] },
  { name: 'a chunk gone wrong', bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n', heard: ['protocol-error'], events: ['closed'] },
  { name: 'the end before an answer', bytes: '', end: true, heard: ['reset'], events: ['closed'] },
  { name: 'the end within a head', bytes: 'HTTP/1.1 200 OK\r\n', end: true, heard: ['reset'], events: ['closed'] },
  { name: 'the end within a body', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello', end: true, heard: ['broken'], events: ['closed'] },
  { name: 'the end within a chunked body', bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n', end: true, heard: ['broken'], events: ['closed'] },
];
for (const { name, bytes, method = 'GET', heard, events = ['free'], end = false } of ANSWERS) {
  test(`an answer with ${name}`, async () => {
    const exercise = new Exercise();
    const sent = exercise.send({ method });
    await exercise.answer(bytes);
    if (end) exercise.upstream.end();
    await exercise.answer();
    if (end && !exercise.events.includes('closed')) exercise.connection.close();
    await exercise.answer();
    assert.deepEqual([sent.heard, exercise.events], [heard, events]);
  });
}
test('a kept connection that closes before it says anything is told apart', async () => {
  const exercise = new Exercise();
  exercise.send();
  await exercise.answer('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  const { heard } = exercise.send();
  exercise.connection.close();
  await exercise.answer();
  assert.deepEqual(heard, ['reset-before-request']);
});
test('a streamed request is sent in chunks with its trailers', async () => {
  const exercise = new Exercise();
  const { stream, heard } = exercise.send({ method: 'POST', body: 'streamed' });
  stream.write(Buffer.from('hello'));
  stream.end({ 'x-sum': '1' });
  await exercise.answer('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  assert.equal(exercise.received, 'POST / HTTP/1.1\r\nhost: web\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n');
  assert.deepEqual([heard, exercise.events], [['response 200 '], ['free']]);
});
test('an answer before the end of the request is given, and the connection not used again', async () => {
  const exercise = new Exercise();
  const { stream, heard } = exercise.send({ method: 'POST', body: 'streamed' });
  stream.write(Buffer.from('hello'));
  await exercise.answer('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
  assert.equal(stream.write(Buffer.from('more')), true);
  stream.end();
  assert.deepEqual([heard, exercise.events], [['response 413 '], ['closed']]);
});
test('a stream whose answer is complete cannot break the connection of the next one', async () => {
  const exercise = new Exercise();
  const first = exercise.send();
  await exercise.answer('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  const second = exercise.send();
  first.stream.destroy();
  await exercise.answer('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  assert.deepEqual(second.heard, ['response 200 ok']);
});
test('an upgrade hands over the connection with what came early', async () => {
  const exercise = new Exercise();
  const { heard } = exercise.send({ upgrade: 'websocket' });
  await exercise.answer('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nearly');
  assert.match(exercise.received, /connection: upgrade\r\nupgrade: websocket\r\n\r\n$/);
  assert.deepEqual(heard, ['upgrade early']);
});
test('a request that would be two is not written', () => {
  for (const request of [{ path: '/a b' }, { path: '/a\r\nx: y' }, { method: 'G T' }, { headers: { x: 'a\nb' } }, { headers: { 'x:': 'a' } }]) assert.equal(requestHead({ ...GET, ...request }, new FieldWriter()), undefined);
});

const ANSWER = fc.record({ status: fc.constantFrom(200, 204, 304, 404, 503), body: fc.stringMatching(/^[a-z]{0,40}$/), chunked: fc.boolean(), interim: fc.boolean() });
test('the same answers are heard however their bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(ANSWER, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), async ({ status, body, chunked, interim }, places) => {
      const bodyless = status === 204 || status === 304;
      const framed = bodyless ? '\r\n' : chunked ? `transfer-encoding: chunked\r\n\r\n${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n` : `content-length: ${body.length}\r\n\r\n${body}`;
      const exercise = new Exercise();
      const { heard } = exercise.send();
      await exercise.answer(...cutAt(Buffer.from(`${interim ? 'HTTP/1.1 103 Early Hints\r\n\r\n' : ''}HTTP/1.1 ${status} X\r\n${framed}`), places));
      assert.deepEqual([heard, exercise.events], [[...(interim ? ['interim 103'] : []), `response ${status} ${bodyless ? '' : body}`], ['free']]);
    }),
    { interruptAfterTimeLimit: 1000, numRuns: 300 },
  );
});
test('random bytes of an upstream never throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)), fc.constantFrom('HTTP/1.1 200 OK\r\n', 'transfer-encoding: chunked\r\n\r\n', 'content-length: 3\r\n', '\r\n', '5\r\n')), { maxLength: 6 }), async (pieces) => {
      const exercise = new Exercise();
      exercise.send();
      await exercise.answer(...pieces);
      exercise.connection.close();
    }),
    { interruptAfterTimeLimit: 800, numRuns: 300 },
  );
});
