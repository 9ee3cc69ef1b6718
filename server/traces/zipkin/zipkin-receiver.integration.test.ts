import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { originsLike } from '#server/traces/receiver/cross-origin.ts';
import { IngestStatus } from '#server/traces/receiver/ingest-status.ts';
import { createIntake } from '#server/traces/receiver/intake.ts';
import { memoryStore } from '#server/traces/receiver/testing/memory-store.ts';
import { startZipkinReceiver } from './zipkin-receiver.ts';

const ONE = JSON.stringify([{ traceId: '0af7651916cd43dd8448eb211c80319c', id: 'b7ad6b7169203331', timestamp: 1, duration: 2 }]);

async function start(t: TestContext) {
  const store = memoryStore();
  const status = new IngestStatus(systemClock);
  const intake = createIntake({ store, status, log: silentLogger, maxBodyBytes: 2000, maxPendingBytes: 10 });
  const receiver = await startZipkinReceiver({ host: '127.0.0.1', port: 0, intake, allowsOrigin: originsLike('http://a'), clock: systemClock, log: silentLogger });
  t.after(() => receiver.close());
  const url = `http://127.0.0.1:${receiver.port}/api/v2/spans`;
  return { store, status, url, post: (body: string | Buffer, headers: Record<string, string> = {}) => fetch(url, { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body), headers: { 'content-type': 'application/json', ...headers } }) };
}

test('spans are taken with a 202, in gzip too', async (t) => {
  const { post, store, status } = await start(t);
  const plain = await post(ONE, { origin: 'http://a' });
  assert.deepEqual([plain.status, await plain.text(), plain.headers.get('access-control-allow-origin')], [202, '', 'http://a']);
  assert.equal((await post(gzipSync(ONE), { 'content-encoding': 'gzip' })).status, 202);
  assert.deepEqual(store.spans.map((s) => [s.startUnixNano, s.endUnixNano]), [['1000', '3000'], ['1000', '3000']]);
  assert.equal(status.snapshot().protocols.find((of) => of.protocol === 'zipkin')?.spans, 2);
});

test('spans are taken in protobuf', async (t) => {
  const { post, store } = await start(t);
  // One span: a trace id of 8 bytes, an id, a name.
  const span = Buffer.from('0a08000000000000000f1a0800000000000000012a0161', 'hex');
  assert.equal((await post(Buffer.concat([Buffer.from([0x0a, span.length]), span]), { 'content-type': 'application/x-protobuf' })).status, 202);
  assert.deepEqual(store.spans.map((s) => [s.traceId, s.spanId, s.name]), [['0000000000000000000000000000000f', '0000000000000001', 'a']]);
});

const REFUSED: readonly [rule: string, body: string | Buffer, headers: Record<string, string>, status: number, text: RegExp][] = [
  ['no JSON', '[', {}, 400, /not JSON/],
  ['a body over the limit', 'x'.repeat(2001), {}, 413, /larger than 2000 bytes/],
  ['Zipkin’s thrift', ONE, { 'content-type': 'application/x-thrift' }, 415, /use application\/json or application\/x-protobuf/],
  ['what is no protobuf', ONE, { 'content-type': 'application/x-protobuf' }, 400, /at byte \d+/],
  ['a damaged gzip body', 'x', { 'content-encoding': 'gzip' }, 400, /not gzip/],
];
for (const [rule, body, headers, status, text] of REFUSED) {
  test(`${rule} is a ${status} that says why`, async (t) => {
    const { post } = await start(t);
    const response = await post(body, headers);
    assert.equal(response.status, status);
    assert.match(await response.text(), text);
    assert.equal((await post(ONE)).status, 202, 'the next request is served');
  });
}

test('the first version, other methods and a store that is behind are told so', async (t) => {
  const { url, post, store } = await start(t);
  assert.match(await (await fetch(url.replace('v2', 'v1'), { method: 'POST' })).text(), /POST \/api\/v2\/spans/);
  assert.deepEqual([(await fetch(url)).status, (await fetch(url)).headers.get('allow')], [405, 'POST']);
  store.pendingBytes = 11;
  const behind = await post(ONE);
  assert.deepEqual([behind.status, behind.headers.get('retry-after')], [429, '1']);
});
