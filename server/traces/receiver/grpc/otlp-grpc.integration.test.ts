import assert from 'node:assert/strict';
import { connect, type ClientHttp2Session, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { test, type TestContext } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Client, credentials } from '@grpc/grpc-js';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { otlpMessage } from '#server/traces/otlp/descriptor.ts';
import { IngestStatus } from '../ingest-status.ts';
import { createIntake, type IntakeLimits } from '../intake.ts';
import { memoryStore, type MemoryStore } from '../testing/memory-store.ts';
import { frameMessage } from './grpc-wire.ts';
import { startOtlpGrpc } from './otlp-grpc.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const type = otlpMessage('ExportTraceServiceRequest');
const id = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
const requestOf = (...spans: readonly object[]): Buffer => Buffer.from(type.encode(type.fromObject({ resourceSpans: [{ scopeSpans: [{ spans }] }] })).finish());
const SPAN = { traceId: id('0af7651916cd43dd8448eb211c80319c'), spanId: id('b7ad6b7169203331'), name: 'op', startTimeUnixNano: '1', endTimeUnixNano: '2' };
const ONE = requestOf(SPAN);

async function start(t: TestContext, { store = memoryStore(), ...limits }: IntakeLimits & { readonly store?: MemoryStore } = {}) {
  const status = new IngestStatus(systemClock);
  const intake = createIntake({ store, status, log: silentLogger, ...limits });
  const receiver = await startOtlpGrpc({ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLogger, intake });
  t.after(() => receiver.close());
  const session = connect(`http://127.0.0.1:${receiver.port}`);
  t.after(() => session.destroy());
  return { store, receiver, session, intake, ofStatus: () => status.snapshot().protocols[1] };
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  /** Of the trailers, or of the headers when there is nothing else. */
  readonly status: string | undefined;
  readonly message: string | undefined;
  readonly details: { readonly code: number; readonly details: readonly { readonly typeUrl: string }[] } | undefined;
  readonly body: Buffer;
}
function call(session: ClientHttp2Session, body: Buffer | undefined, more: OutgoingHttpHeaders = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': EXPORT, 'content-type': 'application/grpc', te: 'trailers', ...more });
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (h) => (headers = h));
    stream.on('trailers', (h) => (trailers = h));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => {
      const all = { ...headers, ...trailers };
      const text = (name: string): string | undefined => (typeof all[name] === 'string' ? decodeURIComponent(all[name]) : undefined);
      const details = all['grpc-status-details-bin'];
      const status = otlpMessage('RpcStatus');
      resolve({ headers, status: text('grpc-status'), message: text('grpc-message'), details: typeof details === 'string' ? (status.toObject(status.decode(Buffer.from(details, 'base64'))) as Answer['details']) : undefined, body: Buffer.concat(chunks) });
    });
    if (body !== undefined) stream.end(body);
  });
}

test('a call succeeds with an empty answer when the spans are stored', async (t) => {
  const { session, store } = await start(t);
  const answer = await call(session, frameMessage(ONE));
  assert.deepEqual([answer.headers[':status'], answer.headers['content-type'], answer.status, answer.body.toString('hex')], [200, 'application/grpc+proto', '0', '0000000000']);
  assert.equal(store.spans[0]?.traceId, '0af7651916cd43dd8448eb211c80319c');
  assert.equal((await call(session, frameMessage(Buffer.alloc(0)))).status, '0', 'a request without spans');
});

test('spans that are rejected are told as partial success', async (t) => {
  const { session, store } = await start(t);
  const { status, body } = await call(session, frameMessage(requestOf(SPAN, { ...SPAN, spanId: id('0000000000000000') })));
  const response = otlpMessage('ExportTraceServiceResponse');
  assert.equal(status, '0');
  assert.deepEqual(response.toObject(response.decode(body.subarray(5)), { longs: String }), { partialSuccess: { rejectedSpans: '1', errorMessage: '1 rejected: span_id is not 8 bytes or is all zero' } });
  assert.equal(store.spans.length, 1);
});

for (const [encoding, pack] of [['gzip', gzipSync], ['deflate', deflateSync], ['zstd', zstdCompressSync]] as const) {
  test(`a message in ${encoding} is taken, and one beside it that is not packed`, async (t) => {
    const { session, store } = await start(t);
    const packed = frameMessage(pack(ONE));
    packed[0] = 1;
    assert.equal((await call(session, packed, { 'grpc-encoding': encoding })).status, '0');
    assert.equal((await call(session, frameMessage(ONE), { 'grpc-encoding': encoding })).status, '0');
    assert.equal(store.spans.length, 2);
  });
}

const flagged = (flag: number, message: Buffer): Buffer => {
  const frame = frameMessage(message);
  frame[0] = flag;
  return frame;
};
const REFUSED: readonly [rule: string, body: Buffer, headers: OutgoingHttpHeaders, status: string, message: RegExp, details: readonly string[]][] = [
  ['what is no request is INVALID_ARGUMENT, with what is wrong', frameMessage(Buffer.from('not protobuf at all')), {}, '3', /^not an OTLP protobuf message: /, ['BadRequest']],
  ['a damaged gzip message is INVALID_ARGUMENT', flagged(1, Buffer.from('no gzip')), { 'grpc-encoding': 'gzip' }, '3', /not gzip/, ['BadRequest']],
  ['a packed message that nobody says how is INVALID_ARGUMENT', flagged(1, gzipSync(ONE)), {}, '3', /does not say how/, ['BadRequest']],
  ['a message over the limit is RESOURCE_EXHAUSTED, and not to be sent again', frameMessage(Buffer.alloc(2001)), {}, '8', /larger than 2000 bytes/, []],
  ['a message over the limit once unpacked is RESOURCE_EXHAUSTED', flagged(1, gzipSync(Buffer.alloc(100_000))), { 'grpc-encoding': 'gzip' }, '8', /larger than 2000 bytes/, []],
  ['an encoding that is not known is UNIMPLEMENTED', frameMessage(ONE), { 'grpc-encoding': 'br' }, '12', /gzip, deflate, zstd, identity/, []],
  ['another method is UNIMPLEMENTED', frameMessage(ONE), { ':path': '/a.B/C' }, '12', /there is no \/a\.B\/C/, []],
  ['a flag that does not exist is INTERNAL', flagged(2, ONE), {}, '13', /flag/, []],
  ['a message that is cut off is INTERNAL', frameMessage(ONE).subarray(0, -1), {}, '13', /cut off/, []],
  ['no message is INTERNAL', Buffer.alloc(0), {}, '13', /cut off/, []],
  ['two messages are INTERNAL', Buffer.concat([frameMessage(ONE), frameMessage(ONE)]), {}, '13', /more than the one/, []],
];
for (const [rule, body, headers, status, message, details] of REFUSED) {
  test(rule, async (t) => {
    const { session, store } = await start(t, { maxBodyBytes: 2000 });
    const answer = await call(session, body, headers);
    assert.equal(answer.status, status);
    assert.match(answer.message ?? '', message);
    assert.deepEqual(answer.details?.details.map((d) => d.typeUrl.split('.').at(-1)) ?? [], details);
    assert.equal((await call(session, frameMessage(ONE))).status, '0', 'the next call on the connection succeeds');
    assert.equal(store.spans.length, 1);
  });
}

test('what is no gRPC is a 415', async (t) => {
  const { session } = await start(t);
  assert.equal((await call(session, Buffer.from('{}'), { 'content-type': 'application/json' })).headers[':status'], 415);
});

test('when the store is behind a call is asked to come back with RetryInfo; when it fails it is UNAVAILABLE', async (t) => {
  const store = memoryStore(() => Promise.reject(new Error('disk is full')));
  const { session, ofStatus } = await start(t, { store, maxPendingBytes: 10 });
  store.pendingBytes = 11;
  const behind = await call(session, frameMessage(ONE));
  assert.deepEqual([behind.status, behind.details?.code, behind.details?.details.map((d) => d.typeUrl)], ['8', 8, ['type.googleapis.com/google.rpc.RetryInfo']]);
  store.pendingBytes = 0;
  const failed = await call(session, frameMessage(ONE));
  assert.deepEqual([failed.status, failed.message], ['14', 'disk is full']);
  assert.deepEqual(ofStatus()?.refused, { overloaded: 1, unavailable: 1 });
});

test('a call that takes longer than its deadline ends as DEADLINE_EXCEEDED', async (t) => {
  const { session, intake } = await start(t, { maxBodyBytes: 1000, maxHeldBytes: 1000 });
  const answer = await call(session, undefined, { 'grpc-timeout': '50m' });
  assert.equal(answer.status, '4');
  const admitted = intake.admit('otlp-grpc', 1000);
  assert.ok(!('kind' in admitted), 'nothing is held for it any more');
});

test('health checks are answered for the server and its service', async (t) => {
  const { receiver, session } = await start(t);
  const client = new Client(`127.0.0.1:${receiver.port}`, credentials.createInsecure());
  t.after(() => client.close());
  const check = (service: string): Promise<Buffer | number> =>
    new Promise((resolve) => {
      const bytes = Buffer.from(service);
      const request = service === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]);
      client.makeUnaryRequest('/grpc.health.v1.Health/Check', (b: Buffer) => b, (b: Buffer) => b, request, (error, value) => resolve(error?.code ?? value ?? 0));
    });
  const serving = Buffer.from([8, 1]);
  assert.deepEqual([await check(''), await check('opentelemetry.proto.collector.trace.v1.TraceService'), await check('other.Service')], [serving, serving, 5]);
  assert.equal((await call(session, frameMessage(Buffer.from('\xff')), { ':path': '/grpc.health.v1.Health/Check' })).status, '3');
});

test('a connection that speaks something else, or breaks off, leaves the receiver serving', async (t) => {
  const { receiver, session, store } = await start(t);
  await new Promise<void>((resolve) => connectTcp(receiver.port, '127.0.0.1', function (this: ReturnType<typeof connectTcp>) {
    this.on('close', () => resolve()).on('error', () => undefined).resume();
    this.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  }));
  const broken = session.request({ ':method': 'POST', ':path': EXPORT, 'content-type': 'application/grpc' });
  broken.on('error', () => undefined);
  broken.write(frameMessage(ONE).subarray(0, 10));
  broken.close(8);
  assert.equal((await call(session, frameMessage(ONE))).status, '0');
  assert.equal(store.spans.length, 1);
});

test('closing finishes the call under way and frees the port; a taken port is told', async (t) => {
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const { session, receiver, intake } = await start(t, { store: memoryStore(() => (reached.resolve(), release.promise)) });
  await assert.rejects(startOtlpGrpc({ host: '127.0.0.1', port: receiver.port, clock: systemClock, log: silentLogger, intake }), { name: 'ServerError', message: `Port ${receiver.port} for OTLP over gRPC is taken; choose another with --otlp-grpc-port.` });
  const running = call(session, frameMessage(ONE));
  await reached.promise;
  const closed = receiver.close();
  release.resolve();
  assert.equal((await running).status, '0');
  await closed;
  const again = await startOtlpGrpc({ host: '127.0.0.1', port: receiver.port, clock: systemClock, log: silentLogger, intake });
  await again.close();
});
