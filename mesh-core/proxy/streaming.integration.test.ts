import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { accessLogLine, call, eventually, statOf, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { clusterName } from './testing/mesh-resources.ts';

const CHUNK = Buffer.alloc(64 * 1024, 'x');
const MEBIBYTE = 1024 * 1024;
let mesh: TestMesh;
let caller: TestProxy;
let received = 0;

before(async () => {
  mesh = await TestMesh.start();
  const app = await mesh.app((request, response) => {
    if (request.url === '/slow-reader') {
      // Takes nothing until told to.
      request.once('readable', () => {});
      return;
    }
    if (request.url === '/echo') {
      request.pipe(response);
      return;
    }
    if (request.url === '/endless') {
      const write = (): void => {
        while (!response.destroyed && response.write(CHUNK)) received += CHUNK.length;
      };
      response.on('drain', write);
      write();
      return;
    }
    if (request.url === '/broken') {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
      return;
    }
    if (request.url === '/trailers') {
      response.writeHead(200, { trailer: 'x-sum' });
      response.write('body');
      response.addTrailers({ 'x-sum': '42' });
      response.end();
      return;
    }
    const hash = createHash('sha256');
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    request.on('end', () => response.end(`${bytes} ${hash.digest('hex')}`));
  });
  const web = await mesh.server('web-v1', app.port);
  caller = await mesh.client('caller-v1', [web]);
});
after(() => mesh.close());

test('a body of 64 MiB goes through two proxies unchanged', async () => {
  const hash = createHash('sha256');
  const answer = await new Promise<string>((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port: caller.ports.outbound, method: 'POST', path: '/sum', headers: { host: 'web' } }, (response) => {
      response.setEncoding('utf8');
      response.once('data', resolve);
    });
    outgoing.on('error', reject);
    let left = 1024;
    const write = (): void => {
      for (; left > 0; left--) {
        hash.update(CHUNK);
        if (!outgoing.write(CHUNK)) {
          left--;
          outgoing.once('drain', write);
          return;
        }
      }
      outgoing.end();
    };
    write();
  });
  assert.equal(answer, `${64 * MEBIBYTE} ${hash.digest('hex')}`);
});

test('an app that does not read holds its caller back, instead of filling memory', async () => {
  const outgoing = httpRequest({ host: '127.0.0.1', port: caller.ports.outbound, method: 'POST', path: '/slow-reader', headers: { host: 'web' } });
  outgoing.on('error', () => {});
  let written = 0;
  const stalled = new Promise<void>((resolve) => {
    const write = (): void => {
      while (written < 256 * MEBIBYTE) {
        written += CHUNK.length;
        if (outgoing.write(CHUNK)) continue;
        const late = setTimeout(resolve, 300);
        outgoing.once('drain', () => {
          clearTimeout(late);
          write();
        });
        return;
      }
      resolve();
    };
    write();
  });
  await stalled;
  outgoing.destroy();
  // What fits into the socket buffers of three connections, and no more.
  assert.ok(written < 64 * MEBIBYTE, `${Math.round(written / MEBIBYTE)} MiB were taken from the caller`);
});

test('a caller that does not read holds the app back', async () => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port: caller.ports.outbound, path: '/endless', headers: { host: 'web' } }, resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
  response.on('error', () => {});
  response.pause();
  let before = -1;
  await eventually(async () => {
    const same = before === received;
    before = received;
    await new Promise((resolve) => setTimeout(resolve, 150));
    return same || undefined;
  }, 'the standstill');
  assert.ok(received < 64 * MEBIBYTE, `${Math.round(received / MEBIBYTE)} MiB were taken from the app`);
  response.destroy();
});

test('the first part of an answer arrives before the request is complete', async () => {
  const outgoing = httpRequest({ host: '127.0.0.1', port: caller.ports.outbound, method: 'POST', path: '/echo', headers: { host: 'web' } });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
  });
  outgoing.write('first');
  const answer = await response;
  const first = await new Promise<Buffer>((resolve) => answer.once('data', resolve));
  assert.equal(first.toString(), 'first');
  outgoing.end('second');
  const rest = await new Promise<Buffer>((resolve) => answer.once('data', resolve));
  assert.equal(rest.toString(), 'second');
});

test('an answer that breaks off is broken for the caller as well', async () => {
  await assert.rejects(call(caller.ports.outbound, { path: '/broken' }), /aborted|ECONNRESET|socket hang up/);
  const line = await accessLogLine(caller, (l) => l['path'] === '/broken');
  assert.equal(line['response_flags'], 'UC');
  assert.equal(line['response_code'], 200);
});

test('a caller that leaves is recorded as such, and the app is told', async () => {
  const outgoing = httpRequest({ host: '127.0.0.1', port: caller.ports.outbound, method: 'POST', path: '/slow-reader?leaves', headers: { host: 'web' } });
  outgoing.on('error', () => {});
  outgoing.write('x');
  await eventually(async () => (await statOf(caller, `cluster.${clusterName('web')}.upstream_rq_active`)) > 0 || undefined, 'the request');
  outgoing.destroy();
  const line = await accessLogLine(caller, (l) => l['path'] === '/slow-reader?leaves');
  assert.equal(line['response_flags'], 'DC');
  assert.equal(line['response_code'], 0);
});

test('trailers are passed on', async () => {
  const trailers = await new Promise<NodeJS.Dict<string>>((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port: caller.ports.outbound, path: '/trailers', headers: { host: 'web', te: 'trailers' } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.trailers));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
  assert.deepEqual({ ...trailers }, { 'x-sum': '42' });
});

test('connections upstream are kept and used again', async () => {
  for (let i = 0; i < 20; i++) await call(caller.ports.outbound, { path: '/sum' });
  const open = await statOf(caller, `cluster.${clusterName('web')}.upstream_cx_active`);
  assert.ok(open <= 4, `${open} connections are open`);
});

test('a request that is no HTTP gets 400 and harms nobody', async () => {
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(caller.ports.outbound, '127.0.0.1', () => socket.write('hello there\r\n\r\n'));
    socket.once('data', (data) => resolve(data.toString()));
    socket.on('close', () => resolve('closed'));
  });
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.equal((await call(caller.ports.outbound, { path: '/sum' })).status, 200);
});

test('a WebSocket is joined both ways', async () => {
  const { createServer } = await import('node:http');
  const server = createServer();
  server.on('upgrade', (request, socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${request.headers.upgrade}\r\n\r\n`);
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => socket.write(`echo ${data.toString()}`));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  mesh.onClose(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const chat = await mesh.server('chat-v1', typeof address === 'object' ? (address?.port ?? 0) : 0);
  const talker = await mesh.client('talker-v1', [chat]);
  const socket = connect(talker.ports.outbound, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.write('GET /chat HTTP/1.1\r\nhost: web\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n');
  await eventually(() => /101 Switching Protocols/.test(text) || undefined, 'the upgrade');
  socket.write('ping');
  await eventually(() => text.includes('echo ping') || undefined, 'the echo');
  socket.destroy();
});
