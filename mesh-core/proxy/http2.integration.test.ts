import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { sendsHttp2 } from './testing/http2-resources.ts';
import { accessLogLine, call, eventually, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { assignment, clusterName, inboundCluster, inboundListener, outboundListener, outboundRoutes, routeTo, serviceCluster } from './testing/mesh-resources.ts';

interface Http2Answer {
  readonly headers: IncomingHttpHeaders & { readonly ':status'?: number | undefined };
  readonly body: string;
  readonly trailers: IncomingHttpHeaders;
}

let mesh: TestMesh;
let web: TestProxy;
let http1: { readonly port: number; connections(): number };

before(async () => {
  mesh = await TestMesh.start();
  http1 = await mesh.app((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.setHeader('trailer', 'x-sum');
      response.write(JSON.stringify({ version: request.httpVersion, method: request.method, url: request.url, headers: request.headers, trailers: request.trailers, bytes: Buffer.concat(chunks).length }));
      response.addTrailers({ 'x-sum': '42' });
      response.end();
    });
  });
  web = await mesh.proxy('web-v1', { appPort: http1.port });
  mesh.control.configure('web-v1', { cluster: [inboundCluster('web', http1.port)], listener: [inboundListener(web.ports.inbound, http1.port)] });
  await web.ready;
});
after(() => mesh.close());

function session(port: number): ClientHttp2Session {
  const opened = connectHttp2(`http://127.0.0.1:${port}`);
  opened.on('error', () => {});
  mesh.onClose(() => opened.destroy());
  return opened;
}

function ask(client: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: Buffer, trailers?: OutgoingHttpHeaders): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const stream = client.request({ ':authority': 'web', ...headers }, { endStream: body === undefined, waitForTrailers: trailers !== undefined });
    let head: Http2Answer['headers'] = {};
    let after: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (h) => (head = h));
    stream.on('trailers', (t) => (after = t));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    stream.on('error', reject);
    stream.on('end', () => resolve({ headers: head, body: Buffer.concat(chunks).toString(), trailers: after }));
    stream.end(body);
  });
}

async function http2App(serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void): Promise<{ readonly port: number; readonly sessions: Set<ServerHttp2Session>; readonly sockets: Set<Socket> }> {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const app = createHttp2Server({ settings: { maxConcurrentStreams: 2 } });
  app.on('connection', (socket: Socket) => sockets.add(socket));
  app.on('session', (opened) => {
    sessions.add(opened);
    opened.on('close', () => sessions.delete(opened));
  });
  app.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    serve(stream, headers);
  });
  await new Promise<void>((resolve) => {
    app.listen(0, '127.0.0.1', resolve);
  });
  mesh.onClose(() => {
    for (const opened of sessions) opened.destroy();
    app.close();
  });
  return { port: (app.address() as AddressInfo).port, sessions, sockets };
}

test('HTTP/2 by prior knowledge goes to an HTTP/1.1 app and back: fields, cookies, bodies, trailers both ways', async () => {
  const caller = await mesh.client('caller-v1', [web]);
  const client = session(caller.ports.outbound);
  const sent = randomBytes(300_000);
  const { headers, body, trailers } = await ask(client, { ':method': 'POST', ':path': '/x?y=1', cookie: ['c=1', 'd=2'], 'x-one': 'a', te: 'trailers' }, sent, { 'x-after': 'yes' });
  assert.equal(headers[':status'], 200);
  assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
  assert.equal(headers['transfer-encoding'], undefined);
  assert.equal(trailers['x-sum'], '42');
  const seen = JSON.parse(body) as { version: string; method: string; url: string; headers: Record<string, string>; trailers: Record<string, string>; bytes: number };
  assert.deepEqual([seen.version, seen.method, seen.url, seen.bytes], ['1.1', 'POST', '/x?y=1', sent.length]);
  assert.deepEqual([seen.headers['host'], seen.headers['cookie'], seen.headers['x-one'], seen.trailers['x-after']], ['web', 'c=1; d=2', 'a', 'yes']);
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(client, { ':path': `/${i}` })));
  assert.ok(answers.every((answer, i) => answer.headers[':status'] === 200 && answer.body.includes(`"/${i}"`)));
  client.close();
});

test('HTTP/1.1 goes over HTTP/2 between sidecars and to an HTTP/2 app, with the fields of one connection left out', async () => {
  const app = await http2App((stream, headers) => {
    stream.respond({ ':status': 201, 'x-path': String(headers[':path']) }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }));
    stream.end(JSON.stringify(headers));
  });
  const server = await mesh.proxy('two-v1', { appPort: app.port });
  mesh.control.configure('two-v1', { cluster: [{ ...inboundCluster('two', app.port), ...sendsHttp2() }], listener: [inboundListener(server.ports.inbound, app.port)] });
  await server.ready;
  const caller = await mesh.client('caller-v2', [server], { cluster: sendsHttp2() });
  const { status, headers, body } = await call(caller.ports.outbound, { path: '/one', headers: { connection: 'keep-alive, x-drop', 'x-drop': '1', 'x-keep': '2' } });
  assert.deepEqual([status, headers['x-path']], [201, '/one']);
  const seen = JSON.parse(body) as Record<string, string>;
  assert.deepEqual([seen[':authority'], seen['x-keep'], seen['x-drop'], seen['connection'], seen['host']], ['web', '2', undefined, undefined, undefined]);
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(caller.ports.outbound, { method: 'POST', body: 'x' })));
  assert.ok(answers.every((answer) => answer.status === 201));
  // The app allows two requests at once on a connection: the others wait for room or get connections of their own.
  assert.ok(app.sessions.size >= 1);
});

test('a cluster that follows its client speaks what the client spoke', async () => {
  const app = await http2App((stream) => {
    stream.respond({ ':status': 200 });
    stream.end('two');
  });
  const caller = await mesh.client('caller-v3', [{ port: app.port }], { cluster: sendsHttp2('useDownstreamProtocolConfig') });
  const client = session(caller.ports.outbound);
  assert.equal((await ask(client, { ':path': '/' })).body, 'two');
  client.close();
  // An HTTP/2 server does not understand HTTP/1.1.
  assert.notEqual((await call(caller.ports.outbound)).status, 200);
});

test('a WebSocket goes over HTTP/1.1 also where requests go over HTTP/2', async () => {
  const upgrading = createServer();
  upgrading.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => {
    upgrading.listen(0, '127.0.0.1', resolve);
  });
  mesh.onClose(() => {
    upgrading.closeAllConnections();
    upgrading.close();
  });
  const caller = await mesh.client('caller-v4', [{ port: (upgrading.address() as AddressInfo).port }], { cluster: sendsHttp2() });
  const echoed = await new Promise<string>((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port: caller.ports.outbound, path: '/', headers: { host: 'web', connection: 'upgrade', upgrade: 'websocket' } });
    outgoing.on('upgrade', (_response, socket) => {
      socket.on('data', (data: Buffer) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.write('frame');
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
  assert.equal(echoed, 'frame');
});

test('GOAWAY: what is under way ends well, what comes goes on another connection', async () => {
  let calls = 0;
  const app = await http2App((stream) => {
    calls++;
    stream.respond({ ':status': 200 });
    if (calls === 1) setTimeout(() => stream.end('slow'), 300);
    else stream.end('quick');
  });
  const caller = await mesh.client('caller-v5', [{ port: app.port }], { cluster: sendsHttp2() });
  const slow = call(caller.ports.outbound);
  await eventually(() => calls === 1, 'the first request');
  for (const opened of app.sessions) opened.close();
  const quick = await Promise.all(Array.from({ length: 5 }, () => call(caller.ports.outbound)));
  assert.ok(quick.every(({ status, body }) => status === 200 && body === 'quick'));
  assert.equal((await slow).body, 'slow');
});

test('a connection that breaks under requests: 503 UC for those without an answer, a broken answer for the others', async () => {
  const app = await http2App((stream, headers) => {
    if (headers[':path'] === '/begun') {
      stream.respond({ ':status': 200 });
      stream.write('part');
    }
  });
  const caller = await mesh.client('caller-v6', [{ port: app.port }], { cluster: sendsHttp2() });
  const silent = call(caller.ports.outbound, { path: '/silent' });
  const begun = call(caller.ports.outbound, { path: '/begun' }).then(
    () => 'whole',
    () => 'broken',
  );
  await eventually(() => app.sessions.size > 0, 'the connection');
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const socket of app.sockets) socket.resetAndDestroy();
  assert.equal((await silent).status, 503);
  assert.equal(await begun, 'broken');
  assert.equal((await accessLogLine(caller, (line) => line['path'] === '/silent'))['response_flags'], 'UC');
});

test('a change of routes, of filters or of the listener leaves HTTP connections open; leaving drains them', async () => {
  const caller = await mesh.client('caller-v7', [web]);
  const client = session(caller.ports.outbound);
  let gone = false;
  client.on('goaway', () => (gone = true));
  assert.equal((await ask(client, { ':path': '/' })).headers[':status'], 200);
  const configure = (status: number): void => mesh.control.configure('caller-v7', { route: [outboundRoutes({ web: [{ name: 'x', match: { prefix: '/direct' }, directResponse: { status } }, routeTo(clusterName('web'))] })], listener: [{ ...outboundListener(caller.ports.outbound), listenerFiltersTimeout: `${status}s` }] });
  configure(299);
  await eventually(async () => (await ask(client, { ':path': '/direct' })).headers[':status'] === 299, 'the new route on the open connection');
  assert.equal(gone, false);
  // Another chain: the open connection is asked to go, a new one is served.
  const chain = outboundListener(caller.ports.outbound).filterChains.map((config) => ({ ...config, name: 'renamed' }));
  mesh.control.configure('caller-v7', { listener: [{ ...outboundListener(caller.ports.outbound), filterChains: chain }] });
  await eventually(() => gone, 'GOAWAY');
  assert.equal((await ask(session(caller.ports.outbound), { ':path': '/direct' })).headers[':status'], 299);
  mesh.control.configure('caller-v7', { cluster: [serviceCluster('web')], endpoint: [assignment(clusterName('web'), [{ port: web.ports.inbound, workload: 'web-v1' }])] });
});

test('thousands of requests over a few HTTP/2 connections between sidecars', async () => {
  const caller = await mesh.client('caller-v8', [web], { cluster: sendsHttp2() });
  const clients = Array.from({ length: 4 }, () => session(caller.ports.outbound));
  let ok = 0;
  const worker = async (client: ClientHttp2Session): Promise<void> => {
    for (let i = 0; i < 50; i++) if ((await ask(client, { ':path': '/' })).headers[':status'] === 200) ok++;
  };
  await Promise.all(Array.from({ length: 40 }, (_, i) => worker(clients[i % clients.length] ?? session(caller.ports.outbound))));
  assert.equal(ok, 2000);
});
