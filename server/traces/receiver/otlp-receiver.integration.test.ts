import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test, type TestContext } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { otlpMessage } from '#server/traces/otlp/descriptor.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { startOtlpReceiver, type OtlpReceiverOptions } from './otlp-receiver.ts';

/** A store that keeps spans in memory, or does what a test wants instead. */
function memoryStore(append?: (spans: readonly Span[]) => Promise<void>) {
  const spans: Span[] = [];
  return {
    spans,
    pending: 0,
    async append(batch: readonly Span[]) {
      await append?.(batch);
      spans.push(...batch);
      return { stored: batch.length, duplicates: 0 };
    },
  };
}

async function start(t: TestContext, options: Partial<OtlpReceiverOptions> & { readonly store?: ReturnType<typeof memoryStore> } = {}) {
  const store = options.store ?? memoryStore();
  const counted: number[] = [];
  const receiver = await startOtlpReceiver({ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLogger, onSpans: (n) => counted.push(n), ...options, store });
  t.after(() => receiver.close());
  const url = `http://127.0.0.1:${receiver.port}/v1/traces`;
  const post = (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> => fetch(url, { method: 'POST', body: Buffer.from(body), headers: { 'content-type': 'application/json', ...headers } });
  return { store, receiver, url, post, counted };
}

const ONE = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'op', startTimeUnixNano: '1', endTimeUnixNano: '2' }] }] }] });

test('the OpenTelemetry exporter for HTTP delivers its spans whole', async (t) => {
  const { store, url, counted } = await start(t);
  const exporter = new OTLPTraceExporter({ url });
  const provider = new TracerProvider({ resource: resourceFromAttributes({ 'service.name': 'cart' }), spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  t.after(() => provider.shutdown());
  const tracer = provider.getTracer('a test', '1.0');
  const root = tracer.startSpan('GET /cart', { kind: SpanKind.SERVER, startTime: 1_795_000_000_000, attributes: { 'http.method': 'GET', code: 503, ratio: 0.5, list: ['a', 'b'] } }, ROOT_CONTEXT);
  const child = tracer.startSpan('query', { startTime: 1_795_000_000_001 }, trace.setSpan(ROOT_CONTEXT, root));
  child.addEvent('retried', { times: 2 });
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'gone' });
  child.end(1_795_000_000_002);
  root.end(1_795_000_000_005);
  await provider.forceFlush();
  const byName = new Map(store.spans.map((span) => [span.name, span]));
  const [gotRoot, gotChild] = [byName.get('GET /cart'), byName.get('query')];
  assert.equal(store.spans.length, 2);
  assert.equal(gotRoot?.traceId, root.spanContext().traceId);
  assert.deepEqual([gotRoot?.kind, gotRoot?.startUnixNano, gotRoot?.endUnixNano, gotRoot?.parentSpanId], ['server', '1795000000000000000', '1795000000005000000', undefined]);
  assert.deepEqual(gotRoot?.attributes, { 'http.method': 'GET', code: 503, ratio: 0.5, list: ['a', 'b'] });
  assert.equal(gotRoot?.resource['service.name'], 'cart');
  assert.equal(gotRoot?.scope.name, 'a test');
  assert.equal(gotChild?.parentSpanId, root.spanContext().spanId);
  assert.deepEqual(gotChild?.status, { code: 'error', message: 'gone' });
  assert.deepEqual(gotChild?.events.map((e) => [e.name, e.attributes]), [['retried', { times: 2 }]]);
  assert.equal(counted.reduce((a, b) => a + b, 0), 2);
});

test('the exporter comes back with its spans when the receiver asks it to', async (t) => {
  let asked = 0;
  const store = Object.defineProperty(memoryStore(), 'pending', { get: () => (asked++ === 0 ? 11 : 0) });
  const { url } = await start(t, { store, maxPendingSpans: 10 });
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

for (const [encoding, pack] of [['gzip', gzipSync], ['deflate', deflateSync], ['zstd', zstdCompressSync], ['identity', (b: Buffer) => b]] as const) {
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
  ['a body over the limit is a 413', 'x'.repeat(2001), {}, 413, /larger than 2000 bytes/],
  ['a body over the limit once unpacked is a 413', gzipSync(Buffer.alloc(100_000)), { 'content-encoding': 'gzip' }, 413, /larger than 2000 bytes/],
  ['an unknown content type is a 415', ONE, { 'content-type': 'text/plain' }, 415, /application\/x-protobuf or application\/json/],
  ['an unknown content encoding is a 415', ONE, { 'content-encoding': 'br' }, 415, /gzip, deflate, zstd, identity/],
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
  const { post } = await start(t, { store, maxPendingSpans: 10 });
  store.pending = 11;
  const response = await post(ONE);
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '1']);
  assert.match(await response.text(), /"code":14/);
  store.pending = 0;
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
  assert.equal((await post(ONE)).status, 503);
  release.resolve();
  assert.equal((await first).status, 200);
  assert.equal((await post(ONE)).status, 200);
});

test('a client that goes away in the middle of its body leaves nothing behind', async (t) => {
  const { url, post, receiver } = await start(t, { maxHeldBytes: 100_000 });
  for (let i = 0; i < 3; i++) {
    const broken = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': 90_000 } });
    broken.on('error', () => undefined);
    const closed = new Promise((resolve) => broken.on('close', resolve));
    broken.write(Buffer.alloc(1000), () => broken.destroy());
    await closed;
  }
  let response = await post(ONE);
  while (response.status === 503) response = await post(ONE);
  assert.equal(response.status, 200);
  await receiver.close();
});

test('a taken port is told in one sentence', async (t) => {
  const { receiver } = await start(t);
  await assert.rejects(startOtlpReceiver({ host: '127.0.0.1', port: receiver.port, store: memoryStore(), clock: systemClock, log: silentLogger }), {
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
  const { post, receiver } = await start(t, { store });
  const running = post(ONE);
  await reached.promise;
  const closed = receiver.close();
  await assert.rejects(post(ONE), 'no new connection');
  release.resolve();
  assert.equal((await running).status, 200);
  await closed;
  const again = await startOtlpReceiver({ host: '127.0.0.1', port: receiver.port, store, clock: systemClock, log: silentLogger });
  await again.close();
});
