import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { END_HEADERS, END_STREAM, fieldBlock, FRAME, frame, RawHttp2, requestFields } from './testing/http2-frames.ts';
import { eventually, TestMesh } from './testing/mesh-harness.ts';

const PROTOCOL_ERROR = 1;
const INTERNAL_ERROR = 2;
const ENHANCE_YOUR_CALM = 11;

let mesh: TestMesh;
let port: number;
const seen: string[] = [];

before(async () => {
  mesh = await TestMesh.start();
  const app = await mesh.app((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url === '/slow') return;
    request.resume();
    request.on('end', () => response.end(JSON.stringify(request.headers)));
  });
  port = (await mesh.client('caller-v1', [{ port: app.port }])).ports.outbound;
});
after(() => mesh.close());

const alive = async (): Promise<void> => {
  const raw = new RawHttp2(port);
  raw.request(1, requestFields());
  assert.equal(await eventually(() => raw.status(1), 'an answer on another connection'), 200);
  raw.close();
};

/** Requests that are malformed: the stream is reset, and the app never hears of them. */
const MALFORMED: readonly { readonly what: string; readonly fields: readonly (readonly [string, string])[]; readonly body?: Buffer }[] = [
  { what: 'a field name in upper case', fields: requestFields(['X-Upper', '1']) },
  { what: 'connection', fields: requestFields(['connection', 'keep-alive']) },
  { what: 'keep-alive', fields: requestFields(['keep-alive', 'timeout=5']) },
  { what: 'proxy-connection', fields: requestFields(['proxy-connection', 'close']) },
  { what: 'transfer-encoding', fields: requestFields(['transfer-encoding', 'chunked']) },
  { what: 'upgrade', fields: requestFields(['upgrade', 'websocket']) },
  { what: 'te other than trailers', fields: requestFields(['te', 'gzip']) },
  { what: 'no :method', fields: requestFields().slice(1) },
  { what: 'no :path', fields: requestFields().filter(([name]) => name !== ':path') },
  { what: 'no :scheme', fields: requestFields().filter(([name]) => name !== ':scheme') },
  { what: 'an empty :path', fields: requestFields().map(([name, value]) => [name, name === ':path' ? '' : value] as const) },
  { what: 'a :path that is no path', fields: requestFields().map(([name, value]) => [name, name === ':path' ? 'web/x' : value] as const) },
  { what: 'an :authority that is no host', fields: requestFields().map(([name, value]) => [name, name === ':authority' ? 'we b/x' : value] as const) },
  { what: 'two :method', fields: [[':method', 'GET'], ...requestFields()] },
  { what: 'an unknown pseudo-header', fields: [[':status', '200'], ...requestFields()] },
  { what: 'a pseudo-header after a field', fields: [...requestFields().slice(0, 3), ['accept', '*/*'], [':authority', 'web']] },
  { what: 'a content-length that is larger than the body', fields: [[':method', 'POST'], ...requestFields(['content-length', '5']).slice(1)], body: Buffer.from('abc') },
  { what: 'a content-length that is smaller than the body', fields: [[':method', 'POST'], ...requestFields(['content-length', '2']).slice(1)], body: Buffer.from('abc') },
  { what: 'two content-lengths', fields: [[':method', 'POST'], ...requestFields(['content-length', '3'], ['content-length', '3']).slice(1)], body: Buffer.from('abc') },
  { what: 'two hosts', fields: requestFields(['host', 'a'], ['host', 'b']) },
];
for (const { what, fields, body } of MALFORMED) {
  test(`${what}: reset with PROTOCOL_ERROR, not forwarded`, async () => {
    const before = seen.length;
    const raw = new RawHttp2(port);
    raw.request(1, fields, body);
    const code = await eventually(() => raw.errorCode(1) ?? raw.errorCode(0), 'the reset');
    // Of a body that is too long nghttp2 and the broken request tell at the same time.
    assert.ok(code === PROTOCOL_ERROR || (body !== undefined && code === INTERNAL_ERROR), `code ${code}`);
    assert.notEqual(raw.status(1), 200);
    raw.close();
    if (body === undefined) assert.equal(seen.length, before);
    await alive();
  });
}

test('Host does not count beside :authority', async () => {
  const raw = new RawHttp2(port);
  raw.request(1, requestFields(['host', 'other']));
  assert.equal(await eventually(() => raw.status(1), 'the answer'), 200);
  const body = await eventually(() => raw.frames.find((f) => f.type === FRAME.data && f.payload.length > 0)?.payload.toString(), 'the body');
  assert.match(body, /"host":"web"/);
  raw.close();
});

test('control characters in a value never reach the app', async () => {
  for (const value of ['a\rb', 'a\nb', 'a\0b']) {
    const raw = new RawHttp2(port);
    raw.request(1, requestFields(['x-split', value]));
    await eventually(() => raw.status(1) ?? raw.errorCode(1), 'an end');
    for (const { payload } of raw.frames.filter((f) => f.type === FRAME.data)) assert.doesNotMatch(payload.toString(), /x-split/);
    raw.close();
  }
});

test('a header list of more than 60 KiB, or of more than 100 fields, is reset', async () => {
  const before = seen.length;
  for (const more of [Array.from({ length: 70 }, (_, i) => [`x-large-${i}`, 'v'.repeat(1000)] as const), Array.from({ length: 200 }, (_, i) => [`x-many-${i}`, 'v'] as const)]) {
    const raw = new RawHttp2(port);
    const block = fieldBlock(requestFields(...more));
    const parts: Buffer[] = [];
    for (let at = 0; at < block.length; at += 16_000) parts.push(frame(at === 0 ? FRAME.headers : FRAME.continuation, (at === 0 ? END_STREAM : 0) | (at + 16_000 >= block.length ? END_HEADERS : 0), 1, block.subarray(at, at + 16_000)));
    raw.write(...parts);
    const code = await eventually(() => raw.errorCode(1), 'the reset');
    assert.ok(code === ENHANCE_YOUR_CALM || code === INTERNAL_ERROR, `code ${code}`);
    raw.close();
  }
  assert.equal(seen.length, before);
});

test('rapid reset (CVE-2023-44487): the connection ends with ENHANCE_YOUR_CALM', async () => {
  const raw = new RawHttp2(port);
  const cancel = Buffer.from([0, 0, 0, 8]);
  for (let i = 0; i < 600 && raw.isOpen; i++) {
    const stream = 2 * i + 1;
    raw.write(frame(FRAME.headers, END_HEADERS | END_STREAM, stream, fieldBlock([[':method', 'GET'], [':scheme', 'http'], [':path', '/slow'], [':authority', 'web']])), frame(FRAME.reset, 0, stream, cancel));
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await raw.closed;
  assert.equal(raw.errorCode(0), ENHANCE_YOUR_CALM);
  await alive();
});

test('a flood of pings, of settings, or of continuations ends the connection', async () => {
  const flood = async (what: string, count: number, next: (i: number) => Buffer): Promise<number | undefined> => {
    const raw = new RawHttp2(port);
    for (let i = 0; i < count && raw.isOpen; i++) {
      raw.write(next(i));
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.race([raw.closed, new Promise((_resolve, reject) => setTimeout(() => reject(new Error(`${what}: still open`)), 5000).unref())]);
    return raw.errorCode(0);
  };
  assert.equal(await flood('ping', 3000, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))), ENHANCE_YOUR_CALM);
  assert.equal(await flood('settings', 3000, () => frame(FRAME.settings, 0, 0)), ENHANCE_YOUR_CALM);
  const continuations = await flood('continuation', 3000, (i) => (i === 0 ? frame(FRAME.headers, 0, 1, fieldBlock(requestFields())) : frame(FRAME.continuation, 0, 1, fieldBlock([[`x-${i}`, 'v']]))));
  assert.ok(continuations !== undefined && continuations !== 0, `GOAWAY ${continuations}`);
  await alive();
});

test('what breaks the framing ends the connection with an error', async () => {
  const cases: readonly (readonly [string, Buffer])[] = [
    ['DATA on stream 0', frame(FRAME.data, 0, 0, Buffer.from('x'))],
    ['DATA on an idle stream', frame(FRAME.data, 0, 5, Buffer.from('x'))],
    ['HEADERS on an even stream', frame(FRAME.headers, END_HEADERS | END_STREAM, 2, fieldBlock(requestFields()))],
    ['a frame over the size limit', frame(FRAME.data, 0, 1, Buffer.alloc(20_000))],
    ['CONTINUATION out of the blue', frame(FRAME.continuation, END_HEADERS, 1, Buffer.alloc(0))],
    ['a header block that is no HPACK', frame(FRAME.headers, END_HEADERS | END_STREAM, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))],
    ['WINDOW_UPDATE by nothing', frame(FRAME.windowUpdate, 0, 0, Buffer.alloc(4))],
  ];
  for (const [what, bytes] of cases) {
    const raw = new RawHttp2(port);
    raw.write(bytes);
    const code = await eventually(() => raw.errorCode(0), `GOAWAY for ${what}`);
    assert.notEqual(code, 0, what);
    raw.close();
  }
  await alive();
});

test('a preface that is not finished is not served', async () => {
  const before = seen.length;
  const raw = new RawHttp2(port);
  raw.close();
  await alive();
  assert.equal(seen.length, before + 1);
});
