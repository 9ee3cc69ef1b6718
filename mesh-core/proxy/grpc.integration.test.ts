import assert from 'node:assert/strict';
import { createServer } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import { after, before, test } from 'node:test';
import { Client, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { MethodDefinition, sendUnaryData, ServerDuplexStream, ServerReadableStream, ServerUnaryCall, ServerWritableStream, ServiceError } from '@grpc/grpc-js';
import { accessLogLine, call, spiffeId, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';
import { sendsHttp2 } from './testing/http2-resources.ts';
import { assignment, clusterName, inboundCluster, inboundListener, routeTo } from './testing/mesh-resources.ts';

const bytes = { requestSerialize: (value: string): Buffer => Buffer.from(value), requestDeserialize: (value: Buffer): string => value.toString(), responseSerialize: (value: string): Buffer => Buffer.from(value), responseDeserialize: (value: Buffer): string => value.toString() };
const method = (name: string, requestStream: boolean, responseStream: boolean): MethodDefinition<string, string> => ({ path: `/test.Echo/${name}`, requestStream, responseStream, ...bytes });
const METHODS = { unary: method('Unary', false, false), up: method('Up', true, false), down: method('Down', false, true), both: method('Both', true, true), fail: method('Fail', false, false), slow: method('Slow', false, false) };

let mesh: TestMesh;
let web: TestProxy;
let caller: TestProxy;
let client: Client;
const seen: Metadata[] = [];
const cancelled = Promise.withResolvers<void>();

async function startGrpcApp(): Promise<number> {
  const server = new Server();
  server.addService(METHODS, {
    unary: (request: ServerUnaryCall<string, string>, reply: sendUnaryData<string>) => {
      seen.push(request.metadata);
      const trailers = new Metadata();
      trailers.set('x-trailer', 'yes');
      reply(null, `hello ${request.request}`, trailers);
    },
    up: (stream: ServerReadableStream<string, string>, reply: sendUnaryData<string>) => {
      const parts: string[] = [];
      stream.on('data', (part: string) => parts.push(part));
      stream.on('end', () => reply(null, parts.join('+')));
    },
    down: (stream: ServerWritableStream<string, string>) => {
      for (let i = 0; i < Number(stream.request); i++) stream.write(`message ${i}`);
      stream.end();
    },
    both: (stream: ServerDuplexStream<string, string>) => {
      stream.on('data', (part: string) => stream.write(part.toUpperCase()));
      stream.on('end', () => stream.end());
    },
    fail: (_request: ServerUnaryCall<string, string>, reply: sendUnaryData<string>) => reply({ code: status.ALREADY_EXISTS, details: 'there is one' }),
    slow: (request: ServerUnaryCall<string, string>) => request.on('cancelled', () => cancelled.resolve()),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  mesh.onClose(() => server.forceShutdown());
  return port;
}

async function startHttp2App(serve: (stream: ServerHttp2Stream) => void): Promise<number> {
  const app = createServer();
  app.on('stream', (stream) => {
    stream.on('error', () => {});
    serve(stream);
  });
  await new Promise<void>((resolve) => {
    app.listen(0, '127.0.0.1', resolve);
  });
  mesh.onClose(() => {
    app.close();
  });
  const address = app.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function unary(definition: MethodDefinition<string, string>, request: string, options: { readonly deadlineMs?: number } = {}): Promise<{ readonly response?: string; readonly error?: ServiceError; readonly trailers?: Metadata }> {
  return new Promise((resolve) => {
    let trailers: Metadata | undefined;
    const handle = client.makeUnaryRequest(definition.path, definition.requestSerialize, definition.responseDeserialize, request, new Metadata(), { deadline: Date.now() + (options.deadlineMs ?? 10_000) }, (error, response) => {
      setImmediate(() => resolve({ ...(error === null ? {} : { error }), ...(response === undefined ? {} : { response }), ...(trailers === undefined ? {} : { trailers }) }));
    });
    handle.on('status', ({ metadata }) => (trailers = metadata));
  });
}

before(async () => {
  mesh = await TestMesh.start();
  const appPort = await startGrpcApp();
  web = await mesh.proxy('web-v1', { appPort });
  mesh.control.configure('web-v1', { cluster: [{ ...inboundCluster('web', appPort), ...sendsHttp2() }], listener: [inboundListener(web.ports.inbound, appPort)] });
  await web.ready;
  caller = await mesh.client('caller-v1', [web], { cluster: { ...sendsHttp2(), spiffeIds: [spiffeId('web')] } });
  client = new Client(`127.0.0.1:${caller.ports.outbound}`, credentials.createInsecure(), { 'grpc.default_authority': 'web' });
});
after(async () => {
  client.close();
  await mesh.close();
});

test('a unary call goes through two sidecars over HTTP/2, with its trailers', async () => {
  const { response, trailers } = await unary(METHODS.unary, 'you');
  assert.equal(response, 'hello you');
  assert.deepEqual(trailers?.get('x-trailer'), ['yes']);
  assert.match(String(seen.at(-1)?.get('x-forwarded-client-cert')), /URI=spiffe:\/\/cluster.local\/ns\/test\/sa\/caller/);
  for (const proxy of [caller, web]) {
    const line = await accessLogLine(proxy, (l) => l['path'] === '/test.Echo/Unary');
    assert.deepEqual([line['protocol'], line['response_code'], line['response_flags']], ['HTTP/2', 200, '-']);
  }
});

test('streams flow both ways, message by message', async () => {
  const up = await new Promise<string | undefined>((resolve, reject) => {
    const stream = client.makeClientStreamRequest(METHODS.up.path, METHODS.up.requestSerialize, METHODS.up.responseDeserialize, (error, response) => (error === null ? resolve(response) : reject(error)));
    for (const part of ['a', 'b', 'c']) stream.write(part);
    stream.end();
  });
  assert.equal(up, 'a+b+c');
  const down: string[] = [];
  for await (const part of client.makeServerStreamRequest(METHODS.down.path, METHODS.down.requestSerialize, METHODS.down.responseDeserialize, '500')) down.push(String(part));
  assert.equal(down.length, 500);
  assert.equal(down.at(-1), 'message 499');
  const both = client.makeBidiStreamRequest(METHODS.both.path, METHODS.both.requestSerialize, METHODS.both.responseDeserialize);
  // Each answer comes before the next message is sent: nothing on the way waits for the end.
  for (const part of ['one', 'two', 'three']) {
    const answer = new Promise((resolve) => {
      both.once('data', resolve);
    });
    both.write(part);
    assert.equal(await answer, part.toUpperCase());
  }
  both.end();
  await new Promise((resolve) => {
    both.once('status', resolve);
    both.resume();
  });
});

test("an app's own status arrives, and is in the metrics and only there", async () => {
  const { error } = await unary(METHODS.fail, 'x');
  assert.deepEqual([error?.code, error?.details], [status.ALREADY_EXISTS, 'there is one']);
  const { body } = await call(caller.ports.stats, { path: '/stats/prometheus', to: 'admin' });
  assert.match(body, /istio_requests_total{reporter="source"[^\n]*request_protocol="grpc",response_code="200",grpc_response_status="6"/);
  assert.match(body, /istio_requests_total{reporter="source"[^\n]*request_protocol="grpc",response_code="200",grpc_response_status="0"/);
});

test('a deadline cancels the call at the app', async () => {
  const { error } = await unary(METHODS.slow, 'x', { deadlineMs: 300 });
  assert.equal(error?.code, status.DEADLINE_EXCEEDED);
  await cancelled.promise;
});

test('a stream that the app breaks off is broken for the client, too', async () => {
  const port = await startHttp2App((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(Buffer.from([0, 0, 0, 0, 3, 0x6f, 0x6e, 0x65]));
    setTimeout(() => stream.destroy(new Error('broken')), 50);
  });
  const breaking = await mesh.client('breaking-v1', [{ port }], { cluster: sendsHttp2() });
  const second = new Client(`127.0.0.1:${breaking.ports.outbound}`, credentials.createInsecure(), { 'grpc.default_authority': 'web' });
  const stream = second.makeServerStreamRequest(METHODS.down.path, METHODS.down.requestSerialize, METHODS.down.responseDeserialize, 'x');
  const parts: unknown[] = [];
  const error = await new Promise<ServiceError>((resolve) => {
    stream.on('data', (part) => parts.push(part));
    stream.on('error', (e) => resolve(e as ServiceError));
  });
  second.close();
  assert.deepEqual(parts, ['one']);
  assert.equal(error.code, status.INTERNAL);
  assert.equal((await accessLogLine(breaking))['response_flags'], 'UC');
});

test("the proxy's own answers are gRPC's: no messages, a status and the text as message", async () => {
  mesh.control.configure('caller-v1', { endpoint: [assignment(clusterName('web'), [])] });
  await assertStatus(status.UNAVAILABLE, 'no healthy upstream');
  const line = await accessLogLine(caller, (l) => l['response_flags'] === 'UH');
  assert.equal(line['response_code'], 200);
  mesh.control.configure('caller-v1', { endpoint: [assignment(clusterName('web'), [{ port: web.ports.inbound, workload: 'web-v1' }])] });
  await assertStatus(status.OK, '');
  const denied = await mesh.server('denied-v1', 1, { rbac: [{ action: 'DENY', policies: { all: { permissions: [{ any: true }], principals: [{ any: true }] } } }] });
  const other = await mesh.client('other-v1', [denied], { cluster: sendsHttp2(), routes: [routeTo(clusterName('web'))] });
  const second = new Client(`127.0.0.1:${other.ports.outbound}`, credentials.createInsecure(), { 'grpc.default_authority': 'web' });
  const refused = await new Promise<ServiceError | null>((resolve) => {
    second.makeUnaryRequest(METHODS.unary.path, METHODS.unary.requestSerialize, METHODS.unary.responseDeserialize, 'x', resolve);
  });
  second.close();
  assert.deepEqual([refused?.code, refused?.details], [status.PERMISSION_DENIED, 'RBAC: access denied']);
});

test('an app that refuses a stream is told of as refused, and the call is tried again', async () => {
  let calls = 0;
  const port = await startHttp2App((stream) => {
    if (++calls === 1) stream.close(7);
    else {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 0x68, 0x69]));
    }
  });
  const retrying = await mesh.client('retrying-v1', [{ port }], { cluster: sendsHttp2(), routes: [routeTo(clusterName('web'), { retryPolicy: { retryOn: 'refused-stream', numRetries: 2 } })] });
  const second = new Client(`127.0.0.1:${retrying.ports.outbound}`, credentials.createInsecure(), { 'grpc.default_authority': 'web' });
  const answer = await new Promise((resolve, reject) => {
    second.makeUnaryRequest(METHODS.unary.path, METHODS.unary.requestSerialize, METHODS.unary.responseDeserialize, 'x', (error, response) => (error === null ? resolve(response) : reject(error)));
  });
  second.close();
  assert.equal(answer, 'hi');
  assert.equal(calls, 2);
});

async function assertStatus(code: status, details: string): Promise<void> {
  for (const end = Date.now() + 5000; ; ) {
    const { error } = await unary(METHODS.unary, 'x');
    if ((error?.code ?? status.OK) === code) {
      if (error !== undefined) assert.equal(error.details, details);
      return;
    }
    assert.ok(Date.now() < end, `status ${error?.code ?? 0} ${error?.details ?? ''} instead of ${code}`);
  }
}
