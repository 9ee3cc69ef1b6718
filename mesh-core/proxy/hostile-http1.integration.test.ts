import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { call, TestMesh } from './testing/mesh-harness.ts';
import type { TestProxy } from './testing/mesh-harness.ts';

/** Hostile bytes over real connections; the whole table is beside the codec (http/http1/hostile-input.test.ts). */

let mesh: TestMesh;
let caller: TestProxy;
const reached: string[] = [];

before(async () => {
  mesh = await TestMesh.start();
  const app = await mesh.app((request, response) => {
    reached.push(request.url ?? '');
    request.resume();
    request.on('end', () => {
      if (request.url === '/split') response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: b\rset-cookie: c=d\r\n\r\nok');
      else if (request.url === '/both') response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n');
      else if (request.url === '/extra') response.socket?.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil');
      else response.end('ok');
    });
  });
  const web = await mesh.server('web-v1', app.port);
  caller = await mesh.client('caller-v1', [web]);
});
after(() => mesh.close());

/** Sends bytes on a connection of its own and gives all that comes until the proxy closes it. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(caller.ports.outbound, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.setTimeout(10_000, () => reject(new Error(`the proxy kept the connection open after ${JSON.stringify(text)}`)));
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      socket.setTimeout(0);
      resolve(text);
    });
  });
}

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n';
const CASES: readonly { readonly name: string; readonly bytes: string; readonly status: number }[] = [
  { name: 'Content-Length beside Transfer-Encoding', bytes: `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'two Content-Lengths', bytes: `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'a hidden transfer coding', bytes: `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'an unknown transfer coding', bytes: `POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`, status: 501 },
  { name: 'a bare line feed', bytes: `GET / HTTP/1.1\r\nHost: web\nX: y\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'a folded field', bytes: `GET / HTTP/1.1\r\nHost: web\r\nX: a\r\n b\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'two Hosts', bytes: `GET / HTTP/1.1\r\nHost: web\r\nHost: other\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'no Host', bytes: `GET / HTTP/1.1\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'NUL in a value', bytes: `GET / HTTP/1.1\r\nHost: web\r\nX: a\0b\r\n\r\n${SMUGGLED}`, status: 400 },
  { name: 'a head without end', bytes: `GET / HTTP/1.1\r\nHost: web\r\nX: ${'x'.repeat(62_000)}`, status: 431 },
];
for (const { name, bytes, status } of CASES) {
  test(`${name} is answered ${status}, closes the connection and reaches nobody`, async () => {
    reached.length = 0;
    const text = await exchange(bytes);
    assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), [`HTTP/1.1 ${status}`]);
    assert.deepEqual(reached, []);
  });
}
test('a chunk gone wrong breaks the request off: the app never has it as a whole', async () => {
  const text = await exchange(`POST /broken HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n${SMUGGLED}`);
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 400']);
  assert.equal(reached.includes('/smuggled'), false);
});
test('an app whose answer would split or end twice is answered for with 502', async () => {
  for (const path of ['/split', '/both']) assert.equal((await call(caller.ports.outbound, { path })).status, 502, path);
});
test('what an app sends beyond its answer belongs to no later request', async () => {
  for (let i = 0; i < 5; i++) assert.equal((await call(caller.ports.outbound, { path: '/extra' })).body, 'ok');
  for (let i = 0; i < 5; i++) assert.equal((await call(caller.ports.outbound)).body, 'ok');
});
