import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Exchange, Respond } from '../exchange.ts';
import { cutAt, sendPieces, serveBytes } from '../../testing/serve-bytes.ts';

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);

test('requests that come all at once are answered one after another, in their order', async () => {
  const pending: { exchange: Exchange; respond: Respond }[] = [];
  const served = serveBytes({ dispatch: (exchange, respond) => void pending.push({ exchange, respond }) });
  await sendPieces(served, ['GET /1 HTTP/1.1\r\nHost: web\r\n\r\nGET /2 HTTP/1.1\r\nHost: web\r\n\r\nGET /3 HTTP/1.1\r\nHost: web\r\n\r\n']);
  assert.deepEqual(pending.map(({ exchange }) => exchange.line.path), ['/1']);
  for (let i = 0; i < 3; i++) {
    pending[i]?.respond({ status: 200, headers: {}, body: String(i) });
    await sendPieces(served, []);
  }
  assert.deepEqual(pending.map(({ exchange }) => exchange.line.path), ['/1', '/2', '/3']);
  assert.deepEqual(served.text().match(/\r\n\r\n\d/g), ['\r\n\r\n0', '\r\n\r\n1', '\r\n\r\n2']);
  assert.equal(served.closed(), false);
});
test('Connection: close is obeyed, and HTTP/1.0 closes unless it asks to stay', async () => {
  const close = serveBytes();
  await sendPieces(close, ['GET / HTTP/1.1\r\nHost: web\r\nConnection: Foo, Close\r\n\r\n']);
  assert.match(close.text(), /\r\nconnection: close\r\n/);
  assert.equal(close.closed(), true);
  const old = serveBytes();
  await sendPieces(old, ['GET / HTTP/1.0\r\n\r\n']);
  assert.equal(old.closed(), true);
  const stays = serveBytes();
  await sendPieces(stays, ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n']);
  assert.match(stays.text(), /\r\nconnection: keep-alive\r\n/);
  assert.equal(stays.closed(), false);
});
test('a client is asked to go after as many requests as it may make', async () => {
  const served = serveBytes({ connection: { maxRequests: 2 } });
  await sendPieces(served, [GET]);
  assert.equal(served.closed(), false);
  await sendPieces(served, [GET]);
  assert.match(served.text(), /200 OK[^]*200 OK[^]*connection: close/);
  assert.equal(served.closed(), true);
});
test('fields with underscores are passed on, dropped or refused as configured', async () => {
  const request = 'GET / HTTP/1.1\r\nHost: web\r\nx_y: 1\r\n\r\n';
  for (const [underscores, status, value] of [['ALLOW', 200, '1'], ['DROP_HEADER', 200, undefined], ['REJECT_REQUEST', 400, undefined]] as const) {
    const served = serveBytes({ connection: { underscores } });
    await sendPieces(served, [request]);
    assert.match(served.text(), new RegExp(`^HTTP/1.1 ${status} `));
    assert.equal(served.seen[0]?.headers['x_y'], value);
  }
});
test('HEAD, 204 and 304 have no body', async () => {
  for (const [method, status, length] of [['HEAD', 200, '5'], ['GET', 204, undefined], ['GET', 304, '5']] as const) {
    const served = serveBytes({ dispatch: (_exchange, respond) => respond({ status, headers: { 'content-length': '5' }, body: 'hello' }) });
    await sendPieces(served, [`${method} / HTTP/1.1\r\nHost: web\r\n\r\n`, GET]);
    assert.equal(bodyOf(served.text()).startsWith('HTTP/1.1'), true, served.text());
    assert.equal(/content-length: (\d+)/.exec(served.text())?.[1], length);
  }
});
test('a client that expects 100-continue gets it before the body is read', async () => {
  const served = serveBytes();
  await sendPieces(served, ['POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n']);
  assert.equal(served.text(), 'HTTP/1.1 100 Continue\r\n\r\n');
  await sendPieces(served, ['hello']);
  assert.match(served.text(), /HTTP\/1\.1 200 OK[^]*hello$/);
});
test('a streamed answer is chunked, with its trailers; for HTTP/1.0 it ends with the connection', async () => {
  const streamed = (): { dispatch: (exchange: Exchange, respond: Respond) => void; body: PassThrough } => {
    const body = new PassThrough();
    return { body, dispatch: (_exchange, respond) => respond({ status: 200, headers: {}, body, trailers: () => ({ 'x-sum': '5' }) }) };
  };
  const one = streamed();
  const served = serveBytes(one);
  await sendPieces(served, [GET]);
  one.body.write('hello');
  one.body.end();
  await sendPieces(served, []);
  assert.equal(bodyOf(served.text()), '5\r\nhello\r\n0\r\nx-sum: 5\r\n\r\n');
  const other = streamed();
  const old = serveBytes(other);
  await sendPieces(old, ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n']);
  other.body.end('hello');
  await sendPieces(old, []);
  assert.equal(bodyOf(old.text()), 'hello');
  assert.equal(old.closed(), true);
});
test('an answer that breaks off breaks the connection', async () => {
  const body = new PassThrough();
  body.on('error', () => {});
  const served = serveBytes({ dispatch: (_exchange, respond) => respond({ status: 200, headers: { 'content-length': '10' }, body }) });
  await sendPieces(served, [GET]);
  body.write('half');
  await sendPieces(served, []);
  body.destroy(new Error('gone'));
  await sendPieces(served, []);
  assert.equal(served.closed(), true);
  assert.equal(bodyOf(served.text()), 'half');
});
test('an answer whose header would split the message becomes 502', async () => {
  for (const headers of [{ 'x-a': 'b\r\nx-c: d' }, { 'x a': 'b' }, { 'x-a': 'b\0' }, { 'set-cookie': ['a', 'b\n'] }, { 'x-a': 'Ω' }]) {
    const served = serveBytes({ dispatch: (_exchange, respond) => respond({ status: 200, headers, body: 'x' }) });
    await sendPieces(served, [GET]);
    assert.match(served.text(), /^HTTP\/1\.1 502 /);
    assert.equal(served.closed(), true);
    assert.deepEqual(served.records.map(({ status, flags }) => [status, flags]), [[502, ['UPE']]]);
  }
});
test('an answer before the end of the request closes the connection after the client has had time to read it', async () => {
  const served = serveBytes({ dispatch: (_exchange, respond) => respond({ status: 403, headers: {}, body: 'no' }) });
  await sendPieces(served, ['POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 100000\r\n\r\nsome']);
  assert.match(served.text(), /^HTTP\/1\.1 403 [^]*connection: close\r\n\r\nno$/);
  assert.equal(served.closed(), true);
});
test('a client that leaves within its request is recorded as such', async () => {
  const served = serveBytes();
  await sendPieces(served, ['POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nsome']);
  served.client.destroy();
  served.connection.destroy();
  await sendPieces(served, []);
  assert.deepEqual(served.records.map(({ status, flags, details }) => [status, flags, details]), [[0, ['DC'], 'downstream_remote_disconnect']]);
});
test('the connection of a CONNECT request is handed over with what came after it', async () => {
  const tunnels: string[] = [];
  const served = serveBytes({
    onConnect: (authority, socket) => {
      socket.on('data', (bytes: Buffer) => tunnels.push(`${authority} ${bytes.toString()}`));
      socket.resume();
    },
  });
  await sendPieces(served, ['CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\n\r\nearly', 'late']);
  assert.deepEqual(tunnels, ['web:80 early', 'web:80 late']);
  assert.deepEqual([served.seen.length, served.text()], [0, '']);
  const refused = serveBytes();
  await sendPieces(refused, ['CONNECT web:80 HTTP/1.1\r\nHost: web:80\r\n\r\n']);
  assert.match(refused.text(), /^HTTP\/1\.1 405 /);
});

/** A clock whose timer is driven by the test. */
function manualTimer(): { readonly clock: Clock; tick(): void } {
  const fns = new Set<() => void>();
  return {
    clock: {
      now: () => 0,
      after: () => () => {},
      every: (_ms, fn) => {
        fns.add(fn);
        return () => fns.delete(fn);
      },
    },
    tick: () => {
      for (const fn of fns) fn();
    },
  };
}
const AT_ONCE = { idleMs: 1e9, headMs: 0, streamIdleMs: 1e9 };

test('a head that does not come to its end is answered 408', async () => {
  const { clock, tick } = manualTimer();
  const served = serveBytes({ clock, connection: { timeouts: AT_ONCE } });
  tick();
  assert.equal(served.closed(), false);
  await sendPieces(served, ['GET / HTTP/1.1\r\nHost: w']);
  tick();
  await sendPieces(served, []);
  assert.match(served.text(), /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assert.equal(served.closed(), true);
});
test('a request on which nothing moves is answered 408 while the client is due, 504 while the upstream is', async () => {
  for (const [bytes, status] of [['POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nsome', 408], [GET, 504]] as const) {
    const { clock, tick } = manualTimer();
    const served = serveBytes({ clock, connection: { timeouts: { idleMs: 1e9, headMs: 1e9, streamIdleMs: 0 } }, dispatch: () => {} });
    await sendPieces(served, [bytes]);
    tick();
    await sendPieces(served, []);
    assert.match(served.text(), new RegExp(`^HTTP/1\\.1 ${status} [^]*stream timeout$`));
    assert.deepEqual(served.records.map((record) => [record.status, record.flags, record.details]), [[status, ['SI'], 'stream_idle_timeout']]);
    assert.equal(served.closed(), true);
  }
});
test('draining ends an idle connection at once, a busy one after its answer', async () => {
  const idle = serveBytes();
  await sendPieces(idle, [GET]);
  idle.connection.drain();
  await sendPieces(idle, []);
  assert.equal(idle.closed(), true);
  let answer = (): void => {};
  const busy = serveBytes({ dispatch: (_exchange, respond) => (answer = () => respond({ status: 200, headers: {}, body: 'ok' })) });
  await sendPieces(busy, [GET]);
  busy.connection.drain();
  answer();
  await sendPieces(busy, []);
  assert.match(busy.text(), /connection: close\r\n\r\nok$/);
  assert.equal(busy.closed(), true);
});

const FIELD_NAME = fc.stringMatching(/^x-[a-z0-9_-]{1,8}$/);
const FIELD_VALUE = fc.stringMatching(/^[!-~]([ -~]{0,10}[!-~])?$/);
const REQUEST = fc.record({ path: fc.stringMatching(/^\/[a-z0-9]{0,8}$/), fields: fc.uniqueArray(fc.tuple(FIELD_NAME, FIELD_VALUE), { selector: ([name]) => name, maxLength: 4 }), body: fc.uint8Array({ maxLength: 60 }), chunked: fc.boolean(), trailer: fc.option(FIELD_VALUE) });

function print({ path, fields, body, chunked, trailer }: typeof REQUEST extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const bytes = Buffer.from(body);
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  if (!chunked) return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nhost: web\r\n${lines}content-length: ${bytes.length}\r\n\r\n`), bytes]);
  const half = bytes.length >> 1;
  const chunks = [bytes.subarray(0, half), bytes.subarray(half)].filter((chunk) => chunk.length > 0).flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nhost: web\r\n${lines}transfer-encoding: chunked\r\n\r\n`), ...chunks, Buffer.from(`0\r\n${trailer === null ? '' : `x-trailer: ${trailer}\r\n`}\r\n`)]);
}

test('what was sent is what is seen, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(REQUEST, { minLength: 1, maxLength: 3 }), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), async (requests, places) => {
      const served = serveBytes();
      await sendPieces(served, cutAt(Buffer.concat(requests.map(print)), places));
      served.connection.destroy();
      assert.deepEqual(
        served.seen.map(({ path, body, trailers, headers }) => ({ path, body, trailers, fields: Object.entries(headers).filter(([name]) => name.startsWith('x-') && name !== 'x-request-id') })),
        requests.map(({ path, body, fields, chunked, trailer }) => ({ path, body: Buffer.from(body).toString('latin1'), trailers: chunked && trailer !== null ? { 'x-trailer': trailer } : {}, fields })),
      );
    }),
    { interruptAfterTimeLimit: 1500, numRuns: 300 },
  );
});
test('bytes gone wrong never throw, and each request that is seen was well-formed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(REQUEST, { minLength: 1, maxLength: 2 }), fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('\r', '\n', '\0', ' ', ':', ';', ',', '0', 'a', '\xff', '\r\n', '\r\n\r\n')), { minLength: 1, maxLength: 4 }), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }), async (requests, changes, places) => {
      let bytes = Buffer.concat(requests.map(print));
      for (const [place, insert] of changes) {
        const at = Math.floor(place * bytes.length);
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(insert, 'latin1'), bytes.subarray(at + 1)]);
      }
      const served = serveBytes();
      await sendPieces(served, cutAt(bytes, places));
      served.connection.destroy();
      for (const { headers } of served.seen) for (const [name, value] of Object.entries(headers)) assert.match(`${name}: ${String(value)}`, /^[!#$%&'*+\-.^_`|~0-9a-z]+: [\t\x20-\x7e\x80-\xff]*$/);
    }),
    { interruptAfterTimeLimit: 1500, numRuns: 500 },
  );
});
test('random bytes never throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), async (pieces) => {
      const served = serveBytes();
      await sendPieces(served, pieces.map((piece) => Buffer.from(piece)));
      served.connection.destroy();
    }),
    { interruptAfterTimeLimit: 800, numRuns: 300 },
  );
});
