import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test, type TestContext } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { compress } from 'snappyjs';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { otlpMessage } from '#server/traces/otlp/descriptor.ts';
import { originsLike } from './cross-origin.ts';
import { IngestStatus } from './ingest-status.ts';
import { createIntake, type IntakeLimits } from './intake.ts';
import { startOtlpHttp } from './otlp-http.ts';
import { memoryStore, type MemoryStore } from './testing/memory-store.ts';

type Options = IntakeLimits & { readonly store?: MemoryStore; readonly corsOrigin?: string };

async function start(t: TestContext, { store = memoryStore(), corsOrigin, ...limits }: Options = {}) {
  const counted: number[] = [];
  const status = new IngestStatus(systemClock);
  const intake = createIntake({ store, status, log: silentLogger, onSpans: (n) => counted.push(n), ...limits });
  const receiver = await startOtlpHttp({ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLogger, intake, allowsOrigin: originsLike(corsOrigin) });
  t.after(() => receiver.close());
  const url = `http://127.0.0.1:${receiver.port}/v1/traces`;
  const post = (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> => fetch(url, { method: 'POST', body: Buffer.from(body), headers: { 'content-type': 'application/json', ...headers } });
  return { store, receiver, url, post, counted, intake, ofStatus: () => status.snapshot().protocols[0] };
}

const ONE = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'op', startTimeUnixNano: '1', endTimeUnixNano: '2' }] }] }] });

test('the exporter comes back with its spans when the receiver asks it to', async (t) => {
  let asked = 0;
  const store = Object.defineProperty(memoryStore(), 'pendingBytes', { get: () => (asked++ === 0 ? 11 : 0) });
  const { url } = await start(t, { store, maxPendingBytes: 10 });
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: 20_000 });
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  t.after(() => provider.shutdown());
  provider.getTracer('t').startSpan('kept').end();
  await provider.forceFlush();
  assert.deepEqual(store.spans.map((s) => s.name), ['kept']);
  assert.equal(asked, 2);
});

test('a store that fails is a 503 with a time to come back, never a 500', async (t) => {
  const { post, counted } = await start(t, { store: memoryStore(() => Promise.reject(new Error('database or disk is full'))) });
  const response = await post(ONE);
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5']);
  assert.deepEqual(await response.json(), { code: 14, message: 'database or disk is full' });
  assert.deepEqual(counted, []);
});

for (const [encoding, pack] of [['gzip', gzipSync], ['deflate', deflateSync], ['zstd', zstdCompressSync], ['snappy', (b: Buffer) => Buffer.from(compress(b))], ['identity', (b: Buffer) => b]] as const) {
  test(`a ${encoding} body is taken`, async (t) => {
    const { post, store } = await start(t);
    const response = await post(pack(Buffer.from(ONE)), { 'content-encoding': encoding });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(await response.text(), '{}');
    assert.equal(store.spans.length, 1);
  });
}

test('a protobuf request gets protobuf answers', async (t) => {
  const { post } = await start(t);
  const good = await post(new Uint8Array(), { 'content-type': 'application/x-protobuf' });
  assert.deepEqual([good.status, good.headers.get('content-type'), (await good.arrayBuffer()).byteLength], [200, 'application/x-protobuf', 0]);
  const bad = await post('not protobuf at all', { 'content-type': 'application/x-protobuf' });
  assert.equal(bad.status, 400);
  const status = otlpMessage('RpcStatus').decode(new Uint8Array(await bad.arrayBuffer())).toJSON();
  assert.equal(status['code'], 3);
  assert.match(String(status['message']), /not an OTLP protobuf message/);
});

test('spans that are refused are told as partial success, the others are stored', async (t) => {
  const { post, store, counted } = await start(t);
  const both = JSON.parse(ONE) as { resourceSpans: { scopeSpans: { spans: object[] }[] }[] };
  both.resourceSpans[0]?.scopeSpans[0]?.spans.push({ traceId: '', spanId: 'b7ad6b7169203331', name: 'bad' });
  const response = await post(JSON.stringify(both), { 'content-type': 'application/json; charset=utf-8' });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { partialSuccess: { rejectedSpans: '1', errorMessage: '1 rejected: trace_id is not 16 bytes or is all zero' } });
  assert.equal(store.spans.length, 1);
  assert.deepEqual(counted, [1]);
});

const REFUSED: readonly [rule: string, body: string | Uint8Array, headers: Record<string, string>, status: number, text: RegExp][] = [
  ['malformed JSON is a 400 with a Status', '{', {}, 400, /^\{"code":3,"message":"not JSON/],
  ['a wrong field is a 400 that says where', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":1}]}]}]}', {}, 400, /resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]: traceId/],
  ['a body that is not gzip is a 400', 'no gzip', { 'content-encoding': 'gzip' }, 400, /the body is not gzip/],
  ['a gzip body that is cut off is a 400', gzipSync(Buffer.from(ONE)).subarray(0, -12), { 'content-encoding': 'gzip' }, 400, /the body is not gzip: unexpected end of file/],
  ['a damaged snappy body is a 400', 'x', { 'content-encoding': 'snappy' }, 400, /the body is not snappy/],
  ['a body over the limit is a 413', 'x'.repeat(2001), {}, 413, /larger than 2000 bytes/],
  ['a body over the limit once unpacked is a 413', gzipSync(Buffer.alloc(100_000)), { 'content-encoding': 'gzip' }, 413, /larger than 2000 bytes/],
  ['an unknown content type is a 415', ONE, { 'content-type': 'text/plain' }, 415, /application\/x-protobuf or application\/json/],
  ['an unknown content encoding is a 415', ONE, { 'content-encoding': 'br' }, 415, /gzip, deflate, zstd, snappy, identity/],
];
for (const [rule, body, headers, status, text] of REFUSED) {
  test(rule, async (t) => {
    const { post, store } = await start(t, { maxBodyBytes: 2000 });
    const response = await post(body, headers);
    assert.equal(response.status, status);
    assert.match(await response.text(), text);
    assert.equal((await post(ONE)).status, 200, 'the next request is served');
    assert.equal(store.spans.length, 1);
  });
}

test('other methods and paths are refused with what would be right', async (t) => {
  const { url } = await start(t);
  const get = await fetch(url);
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
  const elsewhere = await fetch(url.replace('traces', 'logs'), { method: 'POST', body: 'x' });
  assert.equal(elsewhere.status, 404);
  assert.match(await elsewhere.text(), /POST \/v1\/traces/);
});

test('when the store is behind, a request is asked to come back and not decoded', async (t) => {
  const store = memoryStore();
  const { post } = await start(t, { store, maxPendingBytes: 10 });
  store.pendingBytes = 11;
  const response = await post(ONE);
  assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '1']);
  assert.match(await response.text(), /"code":8/);
  store.pendingBytes = 0;
  assert.equal((await post(ONE)).status, 200);
});

test('bodies that are held count until they are answered', async (t) => {
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const store = memoryStore(() => {
    reached.resolve();
    return release.promise;
  });
  const { post } = await start(t, { store, maxHeldBytes: ONE.length * 1.5 });
  const first = post(ONE);
  await reached.promise;
  assert.equal((await post(ONE)).status, 429);
  release.resolve();
  assert.equal((await first).status, 200);
  assert.equal((await post(ONE)).status, 200);
});

test('a client that goes away in the middle of its body leaves nothing behind', async (t) => {
  const { url, post, receiver } = await start(t, { maxBodyBytes: 100_000, maxHeldBytes: 100_000 });
  for (let i = 0; i < 3; i++) {
    const broken = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': 90_000 } });
    broken.on('error', () => undefined);
    const closed = new Promise((resolve) => broken.on('close', resolve));
    broken.write(Buffer.alloc(1000), () => broken.destroy());
    await closed;
  }
  let response = await post(ONE);
  while (response.status === 429) response = await post(ONE);
  assert.equal(response.status, 200);
  await receiver.close();
});

test('a taken port is told in one sentence', async (t) => {
  const { receiver } = await start(t);
  const { intake } = await start(t);
  await assert.rejects(startOtlpHttp({ host: '127.0.0.1', port: receiver.port, intake, clock: systemClock, log: silentLogger }), {
    name: 'ServerError',
    message: `Port ${receiver.port} for OTLP is taken; choose another with --otlp-port.`,
  });
});

test('closing finishes the request under way and frees the port', async (t) => {
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const store = memoryStore(() => {
    reached.resolve();
    return release.promise;
  });
  const { post, receiver, intake } = await start(t, { store });
  const running = post(ONE);
  await reached.promise;
  const closed = receiver.close();
  await assert.rejects(post(ONE), 'no new connection');
  release.resolve();
  assert.equal((await running).status, 200);
  await closed;
  const again = await startOtlpHttp({ host: '127.0.0.1', port: receiver.port, intake, clock: systemClock, log: silentLogger });
  await again.close();
});

test('a gzip bomb stops at the limit, before it takes the memory it would unpack to', async (t) => {
  const { post, ofStatus } = await start(t, { maxBodyBytes: 1_000_000, maxHeldBytes: 1_500_000 });
  const bomb = gzipSync(Buffer.alloc(300_000_000));
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 1);
  const response = await post(bomb, { 'content-encoding': 'gzip' });
  clearInterval(watch);
  assert.equal(response.status, 413);
  assert.ok(most - before < 50_000_000, `${most - before} bytes more`);
  assert.equal((await post(ONE)).status, 200);
  assert.deepEqual(ofStatus()?.refused, { 'too-large': 1 });
});

test('a body that unpacks to more than is left for all requests is asked to come back', async (t) => {
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const store = memoryStore(() => (reached.resolve(), release.promise));
  const { post } = await start(t, { store, maxHeldBytes: 150_000 });
  const large = JSON.stringify({ ...JSON.parse(ONE), padding: 'x'.repeat(100_000) });
  const first = post(large);
  await reached.promise;
  const second = await post(gzipSync(large), { 'content-encoding': 'gzip' });
  assert.deepEqual([second.status, second.headers.get('retry-after')], [429, '1']);
  release.resolve();
  assert.equal((await first).status, 200);
  assert.equal((await post(gzipSync(large), { 'content-encoding': 'gzip' })).status, 200);
});

test('an attribute of five megabytes is stored whole', async (t) => {
  const { post, store } = await start(t);
  const sent = JSON.parse(ONE) as { resourceSpans: [{ scopeSpans: [{ spans: [Record<string, unknown>] }] }] };
  const value = 'x'.repeat(5_000_000);
  sent.resourceSpans[0].scopeSpans[0].spans[0]['attributes'] = [{ key: 'big', value: { stringValue: value } }];
  assert.equal((await post(JSON.stringify(sent))).status, 200);
  assert.equal(store.spans[0]?.attributes['big'], value);
});

test('pages of an allowed origin may send spans, pages of others may not', async (t) => {
  const { url, post } = await start(t, { corsOrigin: 'https://shop\\.example|http://localhost:\\d+' });
  const preflight = (origin: string): Promise<Response> => fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-team' } });
  const allowed = await preflight('https://shop.example');
  assert.deepEqual([allowed.status, ...['origin', 'methods', 'headers'].map((name) => allowed.headers.get(`access-control-allow-${name}`))], [204, 'https://shop.example', 'POST', 'content-type,x-team']);
  const sent = await post(ONE, { origin: 'http://localhost:5173' });
  assert.deepEqual([sent.status, sent.headers.get('access-control-allow-origin'), sent.headers.get('vary')], [200, 'http://localhost:5173', 'Origin']);
  const other = await preflight('https://shop.example.evil');
  assert.deepEqual([other.status, other.headers.get('access-control-allow-origin')], [405, null]);
});

test('what became of each request is told', async (t) => {
  const { post, ofStatus } = await start(t);
  await post(ONE);
  await post('{');
  await post(ONE.replace('b7ad6b7169203331', ''));
  const status = ofStatus();
  assert.deepEqual([status?.requests, status?.spans, status?.refused, status?.rejected], [2, 1, { malformed: 1 }, { 'span_id is not 8 bytes or is all zero': 1 }]);
  assert.match(status?.lastRefusal?.message ?? '', /^not JSON/);
});
