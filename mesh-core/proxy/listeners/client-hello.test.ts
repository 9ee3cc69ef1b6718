import assert from 'node:assert/strict';
import { connect } from 'node:tls';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { parseClientHello } from './client-hello.ts';

/** The bytes that Node's own TLS client begins with. */
function helloOf(options: { readonly servername?: string; readonly ALPNProtocols?: string[] }): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = connect({
      ...options,
      socket: new Duplex({
        read: () => {},
        write: (chunk: Buffer, _encoding, done) => {
          resolve(chunk);
          done();
        },
      }),
    });
    socket.on('error', () => {});
  });
}
/** The same handshake in records of at most `size` bytes. */
function refragment(hello: Buffer, size: number): Buffer {
  const records: Buffer[] = [];
  for (let at = 5; at < hello.length; at += size) {
    const fragment = hello.subarray(at, at + size);
    records.push(Buffer.from([0x16, 3, 1, fragment.length >> 8, fragment.length & 0xff]), fragment);
  }
  return Buffer.concat(records);
}
const FULL = await helloOf({ servername: 'Shop.Example.com', ALPNProtocols: ['istio-h2', 'h2', 'http/1.1'] });
const EXPECTED = { kind: 'hello', serverName: 'shop.example.com', protocols: ['istio-h2', 'h2', 'http/1.1'] };

test("a real client's hello gives its server name and protocols", async () => {
  assert.deepEqual(parseClientHello(FULL), EXPECTED);
  assert.deepEqual(parseClientHello(await helloOf({})), { kind: 'hello', serverName: '', protocols: [] });
});
test('what follows the hello does not matter, and every shorter piece is incomplete', () => {
  assert.deepEqual(parseClientHello(Buffer.concat([FULL, Buffer.from('more')])), EXPECTED);
  for (let length = 0; length < FULL.length; length++) assert.equal(parseClientHello(FULL.subarray(0, length)).kind, 'incomplete', `${length} bytes`);
});
test('a hello in many records is put together, whole or in pieces', () => {
  for (const size of [1, 3, 50, 100]) {
    const bytes = refragment(FULL, size);
    assert.deepEqual(parseClientHello(bytes), EXPECTED);
    assert.equal(parseClientHello(bytes.subarray(0, bytes.length - 1)).kind, 'incomplete');
  }
});
test('what is not TLS is known by its first bytes', () => {
  for (const text of ['GET / HTTP/1.1\r\n', 'SSH-2.0', '\x16\x02\x00', '\x16\x03\x01\x00\x00', '\x15\x03\x01\x00\x02\x02\x28', '\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00']) assert.equal(parseClientHello(Buffer.from(text, 'latin1')).kind, 'not-tls', JSON.stringify(text));
});
test('a handshake over 16 KiB is too large', () => {
  assert.equal(parseClientHello(Buffer.from([0x16, 3, 1, 0x40, 0, 1, 0, 0x40, 1])).kind, 'too-large');
});
test('lengths that do not fit, and an extension that comes twice, are refused', () => {
  const lengthOfSessionId = Buffer.from(FULL);
  lengthOfSessionId[43] = 33;
  assert.equal(parseClientHello(lengthOfSessionId).kind, 'not-tls');
  const extensions = (list: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 2, 0x13, 1, 1, 0]), Buffer.from([list.length >> 8, list.length & 0xff]), list]);
    const handshake = Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 0xff]), body]);
    return Buffer.concat([Buffer.from([0x16, 3, 1, handshake.length >> 8, handshake.length & 0xff]), handshake]);
  };
  const alpn = Buffer.from([0, 16, 0, 5, 0, 3, 2, 0x68, 0x32]);
  assert.deepEqual(parseClientHello(extensions(alpn)), { kind: 'hello', serverName: '', protocols: ['h2'] });
  assert.equal(parseClientHello(extensions(Buffer.concat([alpn, alpn]))).kind, 'not-tls');
  for (const broken of [[0, 16, 0, 5, 0, 3, 3, 0x68, 0x32], [0, 16, 0, 2, 0, 0], [0, 0, 0, 5, 0, 3, 0, 0, 0], [0, 0, 0, 6, 0, 4, 0, 0, 1, 0], [0, 0, 0, 6, 0, 4, 1, 0, 1, 0x61], [0, 0, 0]]) assert.equal(parseClientHello(extensions(Buffer.from(broken))).kind, 'not-tls', broken.join());
});
test('random and damaged bytes never throw, and a verdict once given stays as more bytes come', () => {
  const damaged = fc.tuple(fc.nat(FULL.length - 1), fc.nat(255)).map(([at, value]) => {
    const bytes = Buffer.from(FULL);
    bytes[at] = value;
    return bytes;
  });
  const random = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from([0x16, 3, 1, ...bytes]));
  fc.assert(
    fc.property(fc.oneof(damaged, random), fc.nat(600), (bytes, cut) => {
      const early = parseClientHello(bytes.subarray(0, cut));
      if (early.kind !== 'incomplete') assert.deepEqual(parseClientHello(bytes), early);
    }),
    { interruptAfterTimeLimit: 1000, numRuns: 20_000 },
  );
});
