import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { HTTP2_PREFACE, sniffHttp } from './sniff-http.ts';
import type { HttpSniff } from './sniff-http.ts';

const CASES: readonly (readonly [string, HttpSniff])[] = [
  ['GET / HTTP/1.1\r\n', 'http/1.1'],
  ['GET / HTTP/1.0\r\n', 'http/1.0'],
  ['M-SEARCH * HTTP/1.1\nhost: x', 'http/1.1'],
  ['CONNECT web:80 HTTP/1.1\r\n', 'http/1.1'],
  ['GET http://web/ HTTP/1.1\r\n', 'http/1.1'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'h2c'],
  ['PRI * HTTP/2.0\r\n\r\nXX', 'not-http'],
  ['', 'incomplete'],
  ['GE', 'incomplete'],
  ['GET /index', 'incomplete'],
  ['GET / HTTP/1.', 'incomplete'],
  ['GET / HTTP/1.1', 'incomplete'],
  ['PRI * HTTP/2.0\r\n', 'incomplete'],
  ['GET / HTTP/2.0\r\n', 'not-http'],
  ['GET / HTTP/1.1x', 'not-http'],
  ['GET  / HTTP/1.1\r\n', 'not-http'],
  ['SSH-2.0-OpenSSH\r\n', 'not-http'],
  ['PING\r\n', 'not-http'],
  ['*1\r\n$4\r\nPING\r\n', 'not-http'],
  ['EHLO there\r\n', 'not-http'],
  ['get / HTTP/1.1\r\n', 'not-http'],
  ['\x16\x03\x01', 'not-http'],
  [`${'A'.repeat(40)}`, 'not-http'],
  [`GET /${'a'.repeat(9000)}`, 'not-http'],
];

for (const [text, expected] of CASES) {
  test(`${JSON.stringify(text.slice(0, 40))} is ${expected}`, () => assert.equal(sniffHttp(Buffer.from(text, 'latin1')), expected));
}
test('a verdict once given stays as more bytes come', () => {
  const start = fc.constantFrom('', 'GET ', 'GET / HTTP/1.', HTTP2_PREFACE.toString('latin1').slice(0, 20));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 40 }), fc.nat(60), (text, rest, cut) => {
      const bytes = Buffer.concat([Buffer.from(text, 'latin1'), rest]);
      const early = sniffHttp(bytes.subarray(0, cut));
      if (early !== 'incomplete') assert.equal(sniffHttp(bytes), early);
    }),
    { interruptAfterTimeLimit: 500, numRuns: 20_000 },
  );
});
